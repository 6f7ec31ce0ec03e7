"""Results as a table on disk: CSV, JSON Lines or Parquet, put in place whole at the end."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fauxface.cli import predict_clips, terminal
from fauxface.errors import DataError
from fauxface.files import replacing
from fauxface.verdict import Verdict

if TYPE_CHECKING:
    from fauxface.video import ClipVerdict

Write = Callable[["Verdict | ClipVerdict"], None]
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
)
_ROWS_AT_ONCE = 10_000


def check(path: Path) -> None:
    """Refuse a table that could not be written, before any work.

    Raises:
        DataError: unknown_format, cannot_write.
        MissingExtraError: Parquet without pyarrow.
    """
    if path.suffix.lower() not in (".csv", ".jsonl", ".parquet"):
        raise DataError(f"{path}: --out must end with .csv, .jsonl or .parquet", code="unknown_format")
    if not path.parent.is_dir():
        raise DataError(f"{path.parent}: no such folder: make it first", code="cannot_write")
    if path.is_dir():
        raise DataError(f"{path}: this is a folder: name a file", code="cannot_write")
    if path.suffix.lower() == ".parquet":
        terminal.need("report", "pyarrow")


@contextmanager
def open_table(path: Path | None) -> Iterator[Write]:
    """A function that takes one verdict after another; the file appears whole when the block ends well.

    Raises:
        DataError: cannot_write.
    """
    if path is None:
        yield lambda verdict: None
        return
    writers = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
    with replacing(path) as temporary, writers[path.suffix.lower()](temporary) as write:
        yield write


def to_json(verdict: Verdict | ClipVerdict) -> str:
    """One line of JSON in ASCII, so that no name can break a line, a terminal or an encoding."""
    return json.dumps(verdict.to_dict())


@contextmanager
def _jsonl(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="ascii") as file:

        def write(verdict: Verdict | ClipVerdict) -> None:
            file.write(to_json(verdict) + "\n")

        yield write


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    # Names that are not valid UTF-8 are written with \udcff escapes instead of failing at the last picture.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)

        def write(verdict: Verdict | ClipVerdict) -> None:
            row = _flat(verdict)
            row["path"], row["error_message"] = _no_formula(row["path"]), _no_formula(row["error_message"])
            table.writerow(row.values())

        yield write


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"probability_fake": pa.float64(), "elapsed_ms": pa.float64(), "faces": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    rows: list[dict[str, Any]] = []
    with pq.ParquetWriter(path, schema) as writer:

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            rows.clear()

        def write(verdict: Verdict | ClipVerdict) -> None:
            row = _flat(verdict)
            # Parquet holds UTF-8 only.
            rows.append({k: _utf8(v) if isinstance(v, str) else v for k, v in row.items()})
            if len(rows) >= _ROWS_AT_ONCE:
                flush()

        yield write
        flush()


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
    )
    return dict(zip(COLUMNS, values, strict=True))


def _utf8(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _no_formula(text: str | None) -> str | None:
    """Keep a spreadsheet from running a name as a formula: ``=x.jpg`` becomes ``./=x.jpg``, the same file."""
    if text and len(text) > 1 and text[0] in "=+-@\t\r":
        return "./" + text
    return text
