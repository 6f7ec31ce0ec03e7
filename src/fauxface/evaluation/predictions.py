"""The predictions table: one row a picture, kept on disk, from which every printed number is computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fauxface import former_names
from fauxface.data.samples import SPLITS
from fauxface.errors import DataError
from fauxface.files import replacing
from fauxface.labels import ClassName, Label, class_index

MAX_ROWS: Final = 10_000_000
MAX_BYTES: Final = 4 << 30
_TEXTS: Final = (
    "path", "sha256", "label", "source", "split", "error", "verdict", "reasons", "family", "fold", "group"
)  # fmt: skip
_MUST: Final = ("path", "sha256", "label", "probability_fake")
_NUMBERS: Final = ("probability_fake", "distance", "side", "colour")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the detector said about one labelled picture.

    Attributes:
        path: relative to the data's root, with /.
        sha256: hex digest of the file; "" if it could not be read.
        label: the truth; None only for a file that was left out before anyone looked at its label.
        probability_fake: calibrated, in [0, 1]; None if the picture could not be judged.
        source, split: where it comes from, "" if unknown.
        error: code of the error that kept it from being judged, "" if it was judged.
        verdict: the answer that was given, "" if none was or it is not known.
        reasons: codes of the reasons for "uncertain", with commas between them.
        family, fold, group: as in `fauxface.data.samples.Sample`.
        distance: how far its features lie from those of training pictures (`fauxface.evaluation.novelty`); None: not
            measured.
        side: pixels, on the shorter side, of what was judged; None: not known.
        colour: its spread of colour (`fauxface.preprocess.colour_spread`); None: not known.
    """

    path: str
    sha256: str
    label: ClassName | None
    probability_fake: float | None
    source: str = ""
    split: str = ""
    error: str = ""
    verdict: Label | Literal[""] = ""
    reasons: str = ""
    family: str = ""
    fold: str = ""
    group: str = ""
    distance: float | None = None
    side: float | None = None
    colour: float | None = None


@dataclass(frozen=True)
class PredictionTable:
    """Rows with the id of the weights that judged and the threshold they are used with."""

    rows: tuple[Prediction, ...]
    model: str = ""
    threshold: float = 0.5
    judged: tuple[Prediction, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "judged", tuple(r for r in self.rows if r.probability_fake is not None))

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(M,) labels (1 real, 0 fake) and (M,) probability_fake of the judged pictures, in order."""
        labels = [class_index(r.label or "") for r in self.judged]
        return np.array(labels, dtype=np.int64), np.array([r.probability_fake for r in self.judged], dtype=np.float64)

    @property
    def unreadable(self) -> list[dict[str, str]]:
        """``{"path", "code"}`` of each picture that could not be judged."""
        return [{"path": r.path, "code": r.error} for r in self.rows if r.probability_fake is None]


def write(rows: Sequence[Prediction], path: Path, *, model: str = "", threshold: float = 0.5) -> None:
    """Write the table as Parquet in one piece.

    Raises:
        DataError: the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {name: pa.string() for name in _TEXTS} | {name: pa.float64() for name in _NUMBERS}
    order = (*_MUST, *(name for name in (*_TEXTS, *_NUMBERS) if name not in _MUST))
    about = {"fauxface.model": model, "fauxface.threshold": repr(float(threshold))}
    schema = pa.schema([pa.field(name, types[name]) for name in order], metadata=about)
    columns = [pa.array([getattr(r, name) for r in rows], types[name]) for name in order]
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_arrays(columns, schema=schema), temporary, compression="zstd")


def read(path: Path) -> PredictionTable:
    """Read a table that may come from anywhere; only path, sha256, label and probability_fake must be there.

    Raises:
        DataError: missing, not Parquet, too large, a column missing or of the wrong kind, or a value out of
            range.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise DataError(f"{path}: no such predictions table", code="predictions_not_found")
    try:
        with pq.ParquetFile(path) as file:
            info = file.metadata
            size = sum(info.row_group(i).total_byte_size for i in range(info.num_row_groups))
            if not 0 <= info.num_rows <= MAX_ROWS or size > MAX_BYTES:
                raise _bad(path, f"more than {MAX_ROWS:,} rows or {MAX_BYTES >> 30} GiB")
            schema = file.schema_arrow
            columns = _columns(path, schema)
            content = file.read(columns=columns).to_pydict()
            about = {k.decode(errors="replace"): v.decode(errors="replace") for k, v in (schema.metadata or {}).items()}
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError) as e:
        raise _bad(
            path, f"not a readable Parquet file ({str(e).splitlines()[0] if str(e) else type(e).__name__})"
        ) from e
    rows = []
    names = list(content)
    for number, values in enumerate(zip(*content.values(), strict=True)):
        row: dict[str, Any] = dict(zip(names, values, strict=True))
        if problem := _problem(row):
            raise _bad(path, f"row {number}: {problem}")
        # Other tools leave out the optional columns or fill them with nulls.
        for name in set(_TEXTS) - set(_MUST):
            row[name] = row.get(name) or ""
        row["reasons"] = ",".join(former_names.reason(code, str(path)) for code in row["reasons"].split(","))
        if row["probability_fake"] is None and not row["error"]:
            row["error"] = "not_judged"
        rows.append(Prediction(**row))
    return PredictionTable(tuple(rows), about.get("fauxface.model", ""), _threshold(path, about))


def _columns(path: Path, schema: Any) -> list[str]:
    import pyarrow.types as types

    for name in _MUST:
        if name not in schema.names:
            raise _bad(path, f"the column '{name}' is missing")
    present = [name for name in (*_TEXTS, *_NUMBERS) if name in schema.names]
    for name in present:
        if schema.names.count(name) != 1:
            raise _bad(path, f"the column '{name}' is there twice")
        kind = schema.field(name).type
        is_text = types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind)
        is_number = types.is_floating(kind) or types.is_null(kind)
        if not (is_number if name in _NUMBERS else is_text):
            raise _bad(path, f"the column '{name}' is of the wrong kind ({kind})")
    return present


def _problem(row: dict[str, Any]) -> str:
    p, label = row["probability_fake"], row["label"]
    if not row["path"]:
        return "no path"
    if row["sha256"] is None:
        return "no sha256"
    if label is not None and label not in get_args(ClassName):
        return f"the label must be 'real' or 'fake', not {label[:40]!r}"
    if p is None:
        return ""
    if label is None:
        return "a probability but no label"
    if row.get("error"):
        return "both a probability and an error"
    if row.get("split") not in (None, "", *SPLITS):
        return f"unknown split {row['split'][:40]!r}"
    if (row.get("verdict") or "") not in ("", *get_args(Label)):
        return f"unknown verdict {row['verdict'][:40]!r}"
    for name in ("distance", "side", "colour"):
        if not (row.get(name) is None or 0 <= row[name] < math.inf):
            return f"{name} {row[name]} is not a number of 0 or more"
    return "" if 0 <= p <= 1 else f"probability_fake {p} is not between 0 and 1"


def _threshold(path: Path, about: dict[str, str]) -> float:
    try:
        threshold = float(about.get("fauxface.threshold", "0.5"))
    except ValueError as e:
        raise _bad(path, "its threshold is not a number") from e
    if not 0 <= threshold <= 1:
        raise _bad(path, "its threshold is not between 0 and 1")
    return threshold


def _bad(path: Path, problem: str) -> DataError:
    return DataError(f"{path}: {problem}", code="bad_predictions")
