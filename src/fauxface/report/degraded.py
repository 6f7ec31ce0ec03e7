"""What is said of left-out sources after each change: a table by size and compression, and one of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import BySource
from fauxface.evaluation.sources import by_source as count
from fauxface.report.markdown import table
from fauxface.report.tables import per_cent, plain

FEWEST = 10


def metrics(rows: Mapping[str, Sequence[Prediction]]) -> dict[str, BySource]:
    """Metrics of each change; the rows are calibrated and carry answers."""
    return {name: count(judged, fewest=FEWEST) for name, judged in rows.items()}


def lines(found: Mapping[str, BySource]) -> str:
    """A Markdown table: one line a change, means over left-out sources."""
    rows = [
        (
            name,
            plain(f.mean_auc.value, f.mean_auc.interval),
            per_cent(f.missed_fakes.value, f.missed_fakes.interval),
            per_cent(f.accused_photographs.value, f.accused_photographs.interval),
            per_cent(float(np.mean([s.uncertain for s in (*f.cameras, *f.generators)]))),
        )
        for name, f in found.items()
    ]
    return table(("the face", "AUC", "fakes called real", "photographs called fake", "uncertain"), rows)
