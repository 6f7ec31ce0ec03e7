"""How a detector fares on each source or generator by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from fauxface.evaluation.intervals import RESAMPLES, percentile, wilson
from fauxface.evaluation.predictions import Prediction, PredictionTable
from fauxface.evaluation.ranking import Ranking
from fauxface.labels import class_index


def by_source(table: PredictionTable, threshold: float, *, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Figures for each source that the pictures name; empty if none does.

    Returns:
        For each source: ``n``, ``real``, ``fake`` pictures; ``accuracy`` by the threshold with its 95% ``interval``;
        ``auc`` and ``auc_interval`` of its pictures of each class against all pictures of the other class in the table
        (None if there are none); and, where the words are stored, ``abstained`` and ``wrong``, the shares called
        uncertain and called the other thing.
    """
    groups: dict[str, list[Prediction]] = {}
    for row in table.judged:
        groups.setdefault(row.source, []).append(row)
    if set(groups) <= {""}:
        return {}
    return {source: _figures(rows, table, threshold, seed) for source, rows in sorted(groups.items())}


def _figures(rows: list[Prediction], table: PredictionTable, threshold: float, seed: int) -> dict[str, Any]:
    fake = sum(r.label == "fake" for r in rows)
    called_fake = [r.probability_fake is not None and r.probability_fake >= threshold for r in rows]
    right = sum(said == (r.label == "fake") for r, said in zip(rows, called_fake, strict=True))
    interval = wilson(right, len(rows))
    figures: dict[str, Any] = {
        "n": len(rows),
        "real": len(rows) - fake,
        "fake": fake,
        "accuracy": right / len(rows),
        "interval": list(interval) if interval else None,
        **_against_the_rest(rows, table, seed),
    }
    if all(r.verdict for r in rows):
        figures["abstained"] = sum(r.verdict == "uncertain" for r in rows) / len(rows)
        figures["wrong"] = sum(r.verdict not in ("uncertain", r.label) for r in rows) / len(rows)
    return figures


def _against_the_rest(rows: list[Prediction], table: PredictionTable, seed: int) -> dict[str, Any]:
    own = {r.label for r in rows}
    others = [r for r in table.judged if r.label not in own]
    if len(own) == 2 or not others:
        others = []
    both = [*rows, *others]
    labels = np.array([class_index(r.label or "") for r in both], dtype=np.int64)
    p = np.array([r.probability_fake for r in both], dtype=np.float64)
    ranking = Ranking.of(labels, p)
    area = ranking.auc()
    interval = None if area is None else percentile(ranking.bootstrap(seed, RESAMPLES)[0], area)
    return {"auc": area, "auc_interval": list(interval) if interval else None}
