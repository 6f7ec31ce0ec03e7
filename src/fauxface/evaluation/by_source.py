"""How a detector fares on each source or generator by itself."""

from __future__ import annotations

import numpy as np

from fauxface.evaluation.intervals import RESAMPLES, Interval, percentile, wilson
from fauxface.evaluation.predictions import Prediction, PredictionTable
from fauxface.evaluation.ranking import Ranking
from fauxface.labels import class_index
from fauxface.weights.metrics import OfOneSource


def by_source(table: PredictionTable, threshold: float, *, seed: int = 0) -> dict[str, OfOneSource]:
    """Metrics for each source that the pictures name; empty if none does.

    Returns:
        One for each source; ``auc`` is None where the table has no picture of the other class.
    """
    groups: dict[str, list[Prediction]] = {}
    for row in table.judged:
        groups.setdefault(row.source, []).append(row)
    if set(groups) <= {""}:
        return {}
    return {source: _metrics(rows, table, threshold, seed) for source, rows in sorted(groups.items())}


def _metrics(rows: list[Prediction], table: PredictionTable, threshold: float, seed: int) -> OfOneSource:
    fake = sum(r.label == "fake" for r in rows)
    called_fake = [r.probability_fake is not None and r.probability_fake >= threshold for r in rows]
    right = sum(said == (r.label == "fake") for r, said in zip(rows, called_fake, strict=True))
    worded = all(r.verdict for r in rows)
    area, area_interval = _against_the_rest(rows, table, seed)
    return OfOneSource(
        n=len(rows),
        real=len(rows) - fake,
        fake=fake,
        accuracy=right / len(rows),
        interval=wilson(right, len(rows)),
        auc=area,
        auc_interval=area_interval,
        abstained=sum(r.verdict == "uncertain" for r in rows) / len(rows) if worded else None,
        wrong=sum(r.verdict not in ("uncertain", r.label) for r in rows) / len(rows) if worded else None,
    )


def _against_the_rest(
    rows: list[Prediction], table: PredictionTable, seed: int
) -> tuple[float | None, Interval | None]:
    own = {r.label for r in rows}
    others = [r for r in table.judged if r.label not in own]
    if len(own) == 2 or not others:
        others = []
    both = [*rows, *others]
    labels = np.array([class_index(r.label or "") for r in both], dtype=np.int64)
    p = np.array([r.probability_fake for r in both], dtype=np.float64)
    ranking = Ranking.of(labels, p)
    area = ranking.auc()
    return area, None if area is None else percentile(ranking.bootstrap(seed, RESAMPLES)[0], area)
