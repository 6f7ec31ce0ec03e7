"""What turning "fake" into "uncertain" by novelty costs on left-out sources, beside a higher probability threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import source_weights
from fauxface.evaluation.thresholds import Thresholds
from fauxface.evaluation.unseen_sources import Unseen
from fauxface.report import style

KEPT: Final = (1.0, 0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Shares of all left-out pictures that are taken as familiar, along the curve."""


@dataclass(frozen=True, slots=True)
class Trade:
    """Mean shares over sources: photographs called fake, fakes called fake, and "fake" that became "uncertain"."""

    accused_photographs: float
    caught: float
    withheld: float


def by_novelty(found: Unseen) -> list[Trade]:
    """The shipped probability threshold, and fewer and fewer pictures familiar; where no distance was measured, all."""
    distances = [r.distance for r in found.rows if r.distance is not None]
    tighter = [float(np.quantile(distances, share)) for share in KEPT[1:]] if distances else []
    thresholds = [0.0, *tighter]
    return [_trade(found, replace(found.thresholds, familiar=threshold)) for threshold in thresholds]


def by_probability(found: Unseen) -> list[Trade]:
    """No distance threshold, a higher and higher probability threshold; the shipped one alone where it calls nothing
    fake, for there is nothing that a higher one could withhold."""
    called = [r.probability_fake or 0.0 for r in found.rows if (r.probability_fake or 0.0) >= found.thresholds.high]
    higher = [float(np.quantile(called, 1 - share)) for share in KEPT[1:]] if called else []
    return [_trade(found, Thresholds(found.thresholds.low, high)) for high in (found.thresholds.high, *higher)]


def _trade(found: Unseen, thresholds: Thresholds) -> Trade:
    def share(label: str) -> float:
        rows = [r for r in found.rows if r.label == label]
        return _mean(rows, [thresholds.label(r.probability_fake or 0.0, r.distance) == "fake" for r in rows])

    accused, caught = share("real"), share("fake")
    base = Thresholds(found.thresholds.low, found.thresholds.high)
    kept = [base.label(r.probability_fake or 0.0) == "fake" for r in found.rows]
    both = [
        k and thresholds.label(r.probability_fake or 0.0, r.distance) != "fake"
        for r, k in zip(found.rows, kept, strict=True)
    ]
    return Trade(accused, caught, _mean(found.rows, both))


def _mean(rows: Sequence[Prediction], said: Sequence[bool]) -> float:
    return float(np.dot(source_weights([r.source for r in rows]), np.array(said, dtype=np.float64)))


class NoveltyCurve(style.Display):
    """Fakes caught against photographs accused, mean over left-out sources, as each threshold is drawn tighter."""

    size = (5.2, 3.8)

    def __init__(self, found: Unseen) -> None:
        self.found = found

    def plot(self, ax: Axes) -> Axes:
        """See `fauxface.report.style.Display.plot`."""
        style.frame(ax, title="Accuse less: by probability or by novelty", x="photographs called fake",
                    y="fakes called fake")  # fmt: skip
        for trades, colour, name in (
            (by_probability(self.found), style.BLUE, "a higher probability threshold"),
            (by_novelty(self.found), style.RED, "unfamiliar becomes uncertain"),
        ):
            ax.plot([t.accused_photographs for t in trades], [t.caught for t in trades],
                    color=colour, marker="o", markersize=3, linewidth=1.5, label=name)  # fmt: skip
        ax.legend(frameon=False, fontsize=8)
        return ax
