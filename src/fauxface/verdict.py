"""The one result that every part of fauxface gives: command line, Python, tables, and later the page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fauxface.labels import Label


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the detector says about one picture.

    Attributes:
        path: the picture as the caller named it ("-" for standard input, "<bytes>", "<array>" in Python).
        label: "real", "fake" or "uncertain"; None if the picture could not be judged.
        probability_fake: calibrated, in [0, 1]; None if the picture could not be judged.
        model: id of the weights that judged ("name@version").
        error: None, or {"code", "message"} saying why this picture could not be judged.
        elapsed_ms: milliseconds for reading, preprocessing and judging this picture (in a batch: its share).
        notes: short facts that the reader should know ("first of 12 frames").
    """

    path: str
    label: Label | None
    probability_fake: float | None
    model: str
    error: dict[str, str] | None = None
    elapsed_ms: float = 0.0
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A plain dict ready for JSON, keys in a fixed order; tuples become lists, milliseconds get 2 decimals."""
        row = asdict(self)
        row["elapsed_ms"] = round(self.elapsed_ms, 2)
        row["notes"] = list(self.notes)
        return row
