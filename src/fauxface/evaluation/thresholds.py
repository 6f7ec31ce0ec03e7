"""Decision thresholds for the next camera and the next generator, chosen from out-of-source predictions.

Every source counts alike. What a picture's size does to its answer is counted as well: what is too small for the
network is uncertain, and a small face has a lower limit for *real* (`fauxface.evaluation.small_faces`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.decision import EVEN
from fauxface.errors import DataError
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.small_faces import SMALL, SmallFaces
from fauxface.evaluation.sources import source_weights
from fauxface.labels import Label
from fauxface.weights.metrics import Aims

KEPT: Final = 0.9
"""Share of left-out fakes that the limit of distance keeps familiar."""
AIMS: Final = Aims()
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """At and below ``low`` probability_fake is called real, from ``high`` on fake, between them uncertain.

    Attributes:
        familiar: what lies further than this from training pictures is never called fake; 0: distances do not matter.
        small_low: as ``low``, for faces of less than `fauxface.evaluation.small_faces.SMALL` pixels; None: as all.
        smallest_side: what has fewer pixels is always uncertain.
    """

    low: float
    high: float
    familiar: float = 0.0
    small_low: float | None = None
    smallest_side: int = 0

    def label(self, probability_fake: float, distance: float | None = None, side: int | None = None) -> Label:
        """What a calibrated probability is called; the same as `fauxface.decision.decide` says by a card."""
        if side is not None and side < self.smallest_side:
            return "uncertain"
        if probability_fake >= self.high:
            return "uncertain" if self.strange(distance) else "fake"
        small = side is not None and side < SMALL
        limit = self.small_low if small and self.small_low is not None else self.low
        return "real" if probability_fake <= limit else "uncertain"

    def strange(self, distance: float | None) -> bool:
        """Whether a distance is too large for "fake"."""
        return bool(self.familiar) and distance is not None and distance > self.familiar


def choose_thresholds(
    rows: Sequence[Prediction],
    aims: Aims = AIMS,
    *,
    degraded: Mapping[str, Sequence[Prediction]] | None = None,
    smallest_side: int = 0,
) -> Thresholds:
    """Thresholds for calibrated probabilities, and for distances where all rows have them.

    The limit of distance keeps nine of ten left-out fakes familiar, each source counted alike. At the same share of
    accused photographs it catches more of them than a higher limit of probability does (`fauxface.report.novelty`);
    limits from 0.8 to 0.99 differ by less than their intervals (`docs/experiments/28-longer-on-larger-crops.md`).

    Args:
        degraded: calibrated predictions after each change: small faces then have a limit of their own.
        smallest_side: what has fewer pixels will be called uncertain.

    Raises:
        DataError: one class is missing.
    """
    familiar = 0.0
    if rows and all(r.distance is not None for r in rows):
        familiar = _kept([r for r in rows if r.label == "fake"])
    without = Thresholds(0.0, 1.0, familiar, smallest_side=smallest_side)
    real, fake = (_Class([r for r in rows if r.label == label], without) for label in ("real", "fake"))
    levels = np.unique(np.concatenate([real.p, fake.p, [0.0, 1.0]]))
    fewer = real.called_fake(levels) <= aims.accused_photographs
    high = float(levels[np.argmax(fewer)]) if fewer.any() else 1.0
    below = levels[levels < min(high, np.nextafter(EVEN, 1.0))]
    if not len(below):
        return Thresholds(high, high, familiar, None if degraded is None else high, smallest_side)
    small = below if degraded is None else SmallFaces(degraded).real_up_to(below)
    missed = fake.called_real(below, small)
    counts = np.array([real.sources, fake.sources])
    decided = np.stack([each.called_real(below, small) + each.called_fake(high) for each in (real, fake)])
    uncertain = 1 - counts @ decided / counts.sum()
    # `missed` rises with the limit and `uncertain` falls: the highest limit that misses few enough, or, if that leaves
    # too many uncertain, the lowest that does not.
    few = np.flatnonzero(missed <= aims.missed_fakes)
    low = int(few[-1]) if len(few) else 0
    spare = np.flatnonzero(uncertain <= aims.uncertain)
    low = max(low, int(spare[0]) if len(spare) else len(below) - 1)
    return Thresholds(float(below[low]), high, familiar, None if degraded is None else float(small[low]), smallest_side)


def _kept(fakes: Sequence[Prediction]) -> float:
    """The distance within which the share `KEPT` of fakes lies; 0 if there are none."""
    if not fakes:
        return 0.0
    distances = np.array([r.distance for r in fakes], dtype=np.float64)
    order = np.argsort(distances)
    within = np.cumsum(source_weights([r.source for r in fakes])[order])
    return float(distances[order][min(np.searchsorted(within, KEPT * within[-1]), len(order) - 1)])


class _Class:
    """Probabilities of one class, each source counted alike, and what its pictures are called at each level.

    Args:
        without: what distance and size forbid, whatever the probability.
    """

    def __init__(self, rows: Sequence[Prediction], without: Thresholds) -> None:
        if not rows:
            raise DataError("thresholds need photographs and fakes, one of them is missing", code="one_class")
        weights = source_weights([r.source for r in rows])
        self.sources = len({r.source for r in rows})
        p = np.array([r.probability_fake for r in rows], dtype=np.float64)
        sides = np.array([SMALL if r.side is None else r.side for r in rows])
        strange = np.array([without.strange(r.distance) for r in rows])
        order = np.argsort(p)
        self.p, seen, sides = p[order], np.where(sides < without.smallest_side, 0.0, weights)[order], sides[order]
        self._fake = _summed(np.where(strange[order], 0.0, seen)[::-1])[::-1]
        self._large, self._small = (_summed(np.where(mine, seen, 0.0)) for mine in (sides >= SMALL, sides < SMALL))

    def called_fake(self, levels: Floats | float) -> Floats:
        """Mean over sources of the share of their pictures called fake, if each level were the limit."""
        return self._fake[np.searchsorted(self.p, levels, side="left")]

    def called_real(self, levels: Floats, small: Floats) -> Floats:
        """The same of those called real up to each level, small faces up to ``small``."""
        large, few = (np.searchsorted(self.p, at, side="right") for at in (levels, small))
        return self._large[large] + self._small[few]


def _summed(weights: Floats) -> Floats:
    """Sums of the first 0, 1, … weights."""
    return np.concatenate([[0.0], np.cumsum(weights)])
