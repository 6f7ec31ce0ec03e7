"""How a detector fares when the same pictures are degraded: one stored predictions table a corruption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fauxface import images
from fauxface.data.samples import Sample, SampleTable
from fauxface.errors import DataError, ImageError
from fauxface.evaluation import predictions
from fauxface.evaluation.abstention import Abstention, abstention
from fauxface.evaluation.corruptions import CORRUPTIONS, corrupt
from fauxface.evaluation.judging import Advance, Judges, predict_table
from fauxface.evaluation.metrics import Metrics, from_probabilities
from fauxface.evaluation.predictions import PredictionTable
from fauxface.source import Source

CLEAN: Final = "clean"
Show = Callable[[str, int], AbstractContextManager[Advance]]


@dataclass(frozen=True, slots=True)
class Row:
    """One corruption.

    Attributes:
        name: key of `fauxface.evaluation.corruptions.CORRUPTIONS`, or "clean".
        metrics: by probability and threshold alone.
        said: by the answers that were given; None if they are not stored.
        lost: AUC of the clean pictures minus this one's; None where either is unknown.
    """

    name: str
    metrics: Metrics
    said: Abstention | None
    lost: float | None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        said = self.said.to_dict() if self.said else None
        return {"name": self.name, "auc_lost": self.lost, "metrics": self.metrics.to_dict(), "said": said}


def judge_corrupted(
    detector: Judges,
    table: SampleTable,
    out: Path,
    *,
    show: Show,
    model: str,
    threshold: float,
    batch_size: int = 16,
    names: Sequence[str] = tuple(CORRUPTIONS),
) -> None:
    """Judge the clean pictures and each corruption of them, and store ``out/NAME.parquet`` for each.

    A table that is there already, of the same detector and the same pictures, is kept, so that a stopped evaluation
    goes on.

    Args:
        show: gives a progress bar for (title, number of pictures).
        model, threshold: of the detector.

    Raises:
        DataError: a table cannot be written.
    """
    digests = [sample.sha256 for sample in table.samples]
    for number, name in enumerate((CLEAN, *names)):
        stored = out / f"{name}.parquet"
        if stored.is_file() and _is_of(stored, model, threshold, digests):
            continue
        with show(f"{number} of {len(names)}: {name}", len(table)) as advance:
            change = None if name == CLEAN else _changed(name)
            rows = predict_table(detector, table, advance, batch_size=batch_size, change=change)
        predictions.write(rows, stored, model=model, threshold=threshold)


def _changed(name: str) -> Callable[[Path, Sample], Source]:
    def change(path: Path, sample: Sample) -> Source:
        try:
            return corrupt(images.read(path).rgb, name, sample.sha256)
        except ImageError:
            return path  # the detector meets the same error, and tells it

    return change


def _is_of(stored: Path, model: str, threshold: float, digests: list[str]) -> bool:
    try:
        found = predictions.read(stored)
    except DataError:
        return False
    judged = [r.sha256 for r in found.rows][: len(digests)]  # files that were left out come last
    return (found.model, found.threshold) == (model, threshold) and judged == digests


def rows(folder: Path, threshold: float | None = None) -> list[Row]:
    """What the stored tables tell, the clean pictures first, then in the order of `CORRUPTIONS`.

    Args:
        threshold: instead of the tables'; what was said is then not told.

    Raises:
        DataError: there is no table of clean pictures, or a table cannot be read.
    """
    if not (folder / f"{CLEAN}.parquet").is_file():
        raise DataError(f"{folder}: no {CLEAN}.parquet: run  fauxface evaluate --robustness", code="no_predictions")
    found: list[Row] = []
    for name in (CLEAN, *CORRUPTIONS):
        path = folder / f"{name}.parquet"
        if not path.is_file():
            continue
        table: PredictionTable = predictions.read(path)
        metrics = from_probabilities(*table.arrays(), table.threshold if threshold is None else threshold)
        clean = found[0].metrics.auc if found else metrics.auc
        lost = None if clean is None or metrics.auc is None else clean - metrics.auc
        found.append(Row(name, metrics, abstention(table) if threshold is None else None, lost))
    return found
