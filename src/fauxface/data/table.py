"""Keeps a `SampleTable` as one Parquet file (columns: those of `Sample`), with its root and rejected list.

The root is stored relative to the Parquet's own folder when it lies at or under it, so that both can move
together; else it is absolute. A table is checked row by row when it is read: it may come from anywhere.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fauxface.data.listing import Fence
from fauxface.data.samples import SPLITS, Rejected, Sample, SampleTable
from fauxface.errors import DataError, MissingExtraError, not_fetched
from fauxface.files import replacing
from fauxface.labels import CLASS_NAMES

if TYPE_CHECKING:
    import pyarrow

FORMAT: Final = 1
METADATA_KEY: Final = b"fauxface.samples"
MAX_ROWS: Final = 20_000_000
MAX_SIDE: Final = 1_000_000
_COLUMNS: Final = tuple(field.name for field in fields(Sample))
_LATER: Final = ("family", "fold", "group")
"""Columns that earlier tables lack; they are read as empty."""
_INTEGERS: Final = ("width", "height", "bytes")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def write_table(table: SampleTable, path: Path) -> None:
    """Write the table at once or not at all; missing folders are made.

    Raises:
        DataError: the file cannot be written (code ``cannot_write``).
        MissingExtraError: pyarrow is not installed.
    """
    pa, pq = _arrow()
    schema = pa.schema([(name, pa.int64() if name in _INTEGERS else pa.string()) for name in _COLUMNS])
    columns = [[getattr(s, name) for s in table.samples] for name in _COLUMNS]
    about = {
        "format": FORMAT,
        "root": _stored_root(table.root, path),
        "rejected": [asdict(r) for r in table.rejected],
    }
    arrow = pa.table(columns, schema=schema.with_metadata({METADATA_KEY: json.dumps(about).encode()}))
    with replacing(path) as file:
        pq.write_table(arrow, file, compression="zstd")


def read_table(path: Path, *, root: Path | None = None) -> SampleTable:
    """Read a table and check every row. ``root`` overrides the stored root, for moved pictures.

    Raises:
        DataError: not there, no such table, a value out of range, a path that leaves the root, a root that is
            gone (codes ``not_found``, ``bad_table``, ``missing_root``).
        MissingExtraError: pyarrow is not installed.
    """
    if not path.is_file():
        raise DataError(f"{path}: {not_fetched(str(path)) or 'there is no such table'}", code="not_found")
    arrow = _read_arrow(path)
    about = _about(path, arrow)
    folder = root if root is not None else path.parent / about["root"]
    if not folder.is_dir():
        raise DataError(
            f"{path}: its pictures lay in {folder}, which is not there: move them back, or index them again",
            code="missing_root",
        )
    columns = [arrow.column(n).to_pylist() if n in arrow.column_names else [""] * len(arrow) for n in _COLUMNS]
    samples = tuple(Sample(*row) for row in zip(*columns, strict=True))
    _check(path, folder, samples)
    return SampleTable(folder, samples, tuple(about["rejected"]))


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("report", "pyarrow") from error
    return pyarrow, pyarrow.parquet


def _stored_root(root: Path, path: Path) -> str:
    """Relative to the Parquet's folder if the root is at or below it, else absolute; with forward slashes."""
    full, home = Path(os.path.realpath(root)), Path(os.path.realpath(path.parent))
    return full.relative_to(home).as_posix() if full.is_relative_to(home) else full.as_posix()


def _bad(path: Path, what: str) -> DataError:
    return DataError(f"{path}: {what}: make it again with  fauxface data index", code="bad_table")


def _read_arrow(path: Path) -> pyarrow.Table:
    pa, pq = _arrow()
    try:
        with pq.ParquetFile(path) as parquet:
            schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
            there = [name for name in _COLUMNS if name in schema.names or name not in _LATER]
            for name in there:
                wanted = pa.int64() if name in _INTEGERS else pa.string()
                if schema.names.count(name) != 1 or schema.field(name).type != wanted:
                    raise _bad(path, f"is no table of pictures (column '{name}' is missing or not as expected)")
            if rows > MAX_ROWS:
                raise _bad(path, f"has {rows:,} rows, more than {MAX_ROWS:,}")
            arrow = parquet.read(columns=there)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _bad(path, "is no Parquet file, or a damaged one") from error
    if any(column.null_count for column in arrow.columns):
        raise _bad(path, "has empty cells")
    return arrow


def _about(path: Path, arrow: pyarrow.Table) -> dict[str, Any]:
    """The stored root (str) and rejected list (`Rejected`), checked."""
    try:
        about = json.loads((arrow.schema.metadata or {})[METADATA_KEY])
        rejected = [Rejected(str(r["path"]), str(r["code"]), str(r["message"])) for r in about["rejected"]]
        root, version = about["root"], about["format"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _bad(path, "is no table of pictures (it does not say where they lie)") from error
    if version != FORMAT:
        raise _bad(path, f"has the format {version!r}, and this version of fauxface reads {FORMAT}")
    if not isinstance(root, str) or not root or "\0" in root:
        raise _bad(path, "names no root folder")
    return {"root": root, "rejected": rejected}


def _check(path: Path, root: Path, samples: tuple[Sample, ...]) -> None:
    fence = Fence(root)
    seen: set[str] = set()
    for row, s in enumerate(samples):
        wrong = None
        objection = fence.objection(s.path)
        if objection is not None:
            wrong = objection[1]
        elif s.path in seen:
            wrong = "the same path is in the table twice"
        elif s.label not in CLASS_NAMES:
            wrong = f"the label {s.label!r} is neither real nor fake"
        elif s.split not in SPLITS:
            wrong = f"the split {s.split!r} is not train, valid or test"
        elif not (0 < s.width <= MAX_SIDE and 0 < s.height <= MAX_SIDE and s.bytes > 0):
            wrong = f"{s.width}×{s.height} pixels in {s.bytes} bytes is no picture"
        elif not _SHA256.fullmatch(s.sha256):
            wrong = "the sha256 is not 64 hexadecimal digits"
        if wrong is not None:
            raise _bad(path, f"row {row} ({s.path[:100]!r}): {wrong}")
        seen.add(s.path)
