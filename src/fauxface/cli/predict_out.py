"""Results as a table on disk: CSV, JSON Lines, Parquet or Excel, put in place whole at the end."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fauxface.cli import predict_clips, terminal
from fauxface.errors import DataError
from fauxface.files import replacing
from fauxface.verdict import Verdict

if TYPE_CHECKING:
    from fauxface.video import ClipVerdict

Row = dict[str, Any] | str
"""A row as it is written: its columns, or a line of JSON."""
Write = Callable[["Verdict | ClipVerdict"], None]
Put = Callable[[Row], Any]
COLUMNS = (
    "path",
    "label",
    "probability_fake",
    "model",
    "error_code",
    "error_message",
    "elapsed_ms",
    "notes",
    "faces",
    "reasons",
    "provenance",
)
_ROWS_AT_ONCE = 10_000


def check(path: Path) -> None:
    """Refuse a table that could not be written, before any work.

    Raises:
        DataError: unknown_format, cannot_write.
        MissingExtraError: Parquet without pyarrow, Excel without openpyxl.
    """
    if path.suffix.lower() not in WRITERS:
        *some, last = sorted(WRITERS)
        raise DataError(f"{path}: --out must end with {', '.join(some)} or {last}", code="unknown_format")
    if not path.parent.is_dir():
        raise DataError(f"{path.parent}: no such folder: make it first", code="cannot_write")
    if path.is_dir():
        raise DataError(f"{path}: this is a folder: name a file", code="cannot_write")
    if path.suffix.lower() == ".parquet":
        terminal.need("report", "pyarrow")
    if path.suffix.lower() == ".xlsx":
        terminal.need("excel", "openpyxl")


@contextmanager
def open_table(path: Path | None, before: Iterable[Row] = ()) -> Iterator[Write]:
    """A function that takes one verdict after another; the file appears whole when the block ends.

    Whatever ends it (Ctrl-C, a signal, an error), the rows that are finished are kept, and the error goes on. If there
    is none yet, an older table stays as it was.

    Args:
        before: rows that stand first, see `fauxface.cli.predict_resume`.

    Raises:
        DataError: cannot_write; an older table is then as it was.
    """
    if path is None:
        yield lambda verdict: None
        return
    finished, spoiled, stop = 0, False, None

    def write(verdict: Verdict | ClipVerdict) -> None:
        nonlocal finished, spoiled
        try:
            put(row_of(verdict))
        except BaseException:  # in the middle of a row
            spoiled = True
            raise
        finished += 1

    kind = path.suffix.lower()
    row_of = to_json if kind == ".jsonl" else _flat
    with replacing(path) as temporary, WRITERS[kind](temporary) as put:
        for row in before:
            put(row)
        try:
            yield write
        except BaseException as e:
            if spoiled or not finished:
                raise
            stop = e
    if stop is not None:
        raise stop


def to_json(verdict: Verdict | ClipVerdict) -> str:
    """One line of JSON in ASCII, so that no name can break a line, a terminal or an encoding."""
    return json.dumps(verdict.to_dict())


@contextmanager
def _jsonl(path: Path) -> Iterator[Put]:
    with path.open("w", encoding="ascii") as file:
        yield lambda line: file.write(f"{line}\n")


@contextmanager
def _csv(path: Path) -> Iterator[Put]:
    # Names that are not valid UTF-8 are written with \udcff escapes instead of failing at the last picture.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)

        def put(row: Row) -> None:
            assert isinstance(row, dict)
            safe = {name: no_formula(row[name]) for name in ("path", "error_message")}
            table.writerow((row | safe).values())

        yield put


@contextmanager
def _parquet(path: Path) -> Iterator[Put]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"probability_fake": pa.float64(), "elapsed_ms": pa.float64(), "faces": pa.int64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])
    rows: list[dict[str, Any]] = []
    with pq.ParquetWriter(path, schema) as writer:

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            rows.clear()

        def put(row: Row) -> None:
            assert isinstance(row, dict)
            # Parquet holds UTF-8 only.
            rows.append({k: utf8(v) if isinstance(v, str) else v for k, v in row.items()})
            if len(rows) >= _ROWS_AT_ONCE:
                flush()

        yield put
        flush()


def rows_of_parquet(path: Path) -> list[Row]:
    """The rows of a table that was written here.

    Raises:
        ValueError: it has other columns, or is none.
        OSError: it cannot be read.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(path)  # pyarrow's own errors are ValueError or OSError
    if tuple(table.schema.names) != COLUMNS:
        raise ValueError("other columns")
    return table.to_pylist()


@contextmanager
def _xlsx(path: Path) -> Iterator[Put]:
    from fauxface.cli.predict_xlsx import open_sheet

    with open_sheet(path, COLUMNS) as add:
        yield lambda row: add([utf8(v) if isinstance(v, str) else v for v in row.values()])  # type: ignore[union-attr]


WRITERS: Final = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet, ".xlsx": _xlsx}


def _flat(verdict: Verdict | ClipVerdict) -> dict[str, Any]:
    error = verdict.error or {}
    values = (
        verdict.path,
        verdict.label,
        verdict.probability_fake,
        verdict.model,
        error.get("code"),
        error.get("message"),
        round(verdict.elapsed_ms, 2),
        "; ".join(verdict.notes),
        predict_clips.faces(verdict),  # how many; --json and .jsonl hold each
        ",".join(reason.code for reason in verdict.reasons),
        "; ".join(claim.claim for claim in verdict.provenance if claim.confesses),
    )
    return dict(zip(COLUMNS, values, strict=True))


def utf8(text: str) -> str:
    """The text with bytes that are no UTF-8 (of a file's name) as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def no_formula(text: str | None) -> str | None:
    """Keep a spreadsheet from running a name as a formula: ``=x.jpg`` becomes ``./=x.jpg``, the same file."""
    if text and len(text) > 1 and text[0] in "=+-@\t\r":
        return "./" + text
    return text
