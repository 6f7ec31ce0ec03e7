"""Which probabilities are called real, uncertain and fake, chosen so that left-out sources get few wrong answers.

Every source counts alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.decision import EVEN
from fauxface.errors import DataError
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import STEPS, WHOLE_SIDE, RealThresholds, Rules
from fauxface.evaluation.sources import source_weights
from fauxface.labels import Label
from fauxface.weights.metrics import Aims

KEPT: Final = 0.75
"""Share of left-out fakes that the distance threshold keeps familiar."""
AIMS: Final = Aims()
_LEVELS: Final = 400
"""Of more possible thresholds for *real* so many are tried, evenly drawn from them."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """At and below ``low`` probability_fake is called real, from ``high`` on fake, between them uncertain.

    What lies further than ``familiar`` from training pictures is never called fake; 0: distances do not matter. Small
    faces, and those without colour, have ``rules`` of their own.
    """

    low: float
    high: float
    familiar: float = 0.0
    rules: Rules = field(default_factory=Rules)

    def label(
        self,
        probability_fake: float,
        distance: float | None = None,
        side: float | None = None,
        colour: float | None = None,
    ) -> Label:
        """What a calibrated probability is called; the same as `fauxface.decision.decide` says by a card."""
        return self.answer(probability_fake, distance, side, colour)[0]

    def answer(
        self, probability_fake: float, distance: float | None, side: float | None, colour: float | None
    ) -> tuple[Label, str]:
        """The label, and the code of what makes it uncertain, if that is not the probability alone."""
        if self.rules.too_small(side):
            return "uncertain", "too_few_pixels"
        if probability_fake >= self.high:
            return ("uncertain", "unfamiliar") if self.strange(distance) else ("fake", "")
        if probability_fake > self.low:
            return "uncertain", ""
        why = self.rules.hold_back(probability_fake, side, colour)
        return ("uncertain", why) if why else ("real", "")

    def strange(self, distance: float | None) -> bool:
        """Whether a distance is too large for "fake"."""
        return bool(self.familiar) and distance is not None and distance > self.familiar

    def without_rules(self) -> Thresholds:
        """The same for probabilities and distances alone."""
        return replace(self, rules=Rules())


def choose_thresholds(rows: Sequence[Prediction], aims: Aims = AIMS, real: RealThresholds | None = None) -> Thresholds:
    """Thresholds for calibrated probabilities, for distances where all rows have them, and rules for what shows less.

    The distance threshold keeps the share `KEPT` of left-out fakes familiar, each source counted alike. At the same
    share of accused photographs it catches more of them than a higher probability threshold does
    (`fauxface.report.novelty`); shares from 70 to 95% were compared (`docs/experiments/44-wary-of-each-source.md`).
    What the rules make uncertain counts as uncertain here, too.

    Args:
        rows: calibrated; their sides and colours matter only with ``real``.
        aims: what the thresholds are chosen for.
        real: gives the rules that follow from a threshold for *real*; None: there are none.

    Raises:
        DataError: one class is missing.
    """
    familiar = 0.0
    if rows and all(r.distance is not None for r in rows):
        familiar = _kept([r for r in rows if r.label == "fake"])
    classes = [_Class([r for r in rows if r.label == label], familiar, real) for label in ("real", "fake")]
    levels = np.unique(np.concatenate([*(c.p for c in classes), [0.0, 1.0]]))
    fewer = classes[0].called_fake(levels) <= aims.accused_photographs
    high = float(levels[np.argmax(fewer)]) if fewer.any() else 1.0
    below = levels[levels < min(high, np.nextafter(EVEN, 1.0))]
    if not len(below):
        return Thresholds(high, high, familiar, real.rules(high) if real else Rules())
    if len(below) > _LEVELS:
        below = below[np.linspace(0, len(below) - 1, _LEVELS).astype(int)]
    called_real = [c.called_real(below, real) for c in classes]
    inside = [c.sources * (1 - passed - c.called_fake(high)) for c, passed in zip(classes, called_real, strict=True)]
    # `missed` rises with the threshold, `uncertain` falls: the highest that misses few enough, or, if that leaves
    # too many uncertain, the lowest that does not.
    few = np.flatnonzero(called_real[1] <= aims.missed_fakes)
    low = int(few[-1]) if len(few) else 0
    spare = np.flatnonzero(sum(inside) / sum(c.sources for c in classes) <= aims.uncertain)
    low = max(low, int(spare[0]) if len(spare) else len(below) - 1)
    chosen = float(below[low])
    return Thresholds(chosen, high, familiar, real.rules(chosen) if real else Rules())


def _kept(fakes: Sequence[Prediction]) -> float:
    """The distance within which the share `KEPT` of fakes lies; 0 if there are none."""
    if not fakes:
        return 0.0
    distances = np.array([r.distance for r in fakes], dtype=np.float64)
    order = np.argsort(distances)
    within = np.cumsum(source_weights([r.source for r in fakes])[order])
    return float(distances[order][min(np.searchsorted(within, KEPT * within[-1]), len(order) - 1)])


class _Class:
    """Probabilities of one class, each source counted alike."""

    def __init__(self, rows: Sequence[Prediction], familiar: float, real: RealThresholds | None) -> None:
        if not rows:
            raise DataError("thresholds need photographs and fakes, one of them is missing", code="one_class")
        rows = sorted(rows, key=lambda r: r.probability_fake or 0.0)
        rules = Rules(smallest_side=real.smallest_side) if real else Rules()
        bounds = Thresholds(0.0, 0.0, familiar, rules)
        self.p = np.array([r.probability_fake for r in rows], dtype=np.float64)
        self.weights = source_weights([r.source for r in rows])
        self.sources = len({r.source for r in rows})
        self._fake_above = _summed_from_above(
            np.where([bounds.label(1.0, r.distance, r.side) == "fake" for r in rows], self.weights, 0.0)
        )
        sides = np.array([math.inf if r.side is None else r.side for r in rows])
        self._size = np.searchsorted([*STEPS, WHOLE_SIDE], sides, side="right")
        self._too_small = np.array([rules.too_small(r.side) for r in rows])
        self._colourless = np.array(
            [real is not None and r.colour is not None and r.colour < real.least_colour for r in rows]
        )

    def called_fake(self, levels: Floats | float) -> Floats:
        """Mean over sources of the share of their pictures that is called fake from each level on."""
        return self._fake_above[np.searchsorted(self.p, levels, side="left")]

    def called_real(self, lows: Floats, real: RealThresholds | None) -> Floats:
        """(L,) the same of those that are called real up to each level."""
        if real is None:
            passed = np.concatenate([[0.0], np.cumsum(self.weights)])
            return passed[np.searchsorted(self.p, lows, side="right")]
        own = real.up_to(lows)
        # Below the first of the `STEPS`, from each of them on, and whole ones.
        by_size = np.concatenate([own[:, :1], own[:, :-1], lows[:, None]], axis=1)
        shares = np.empty(len(lows))
        for i, (sizes, grey) in enumerate(zip(by_size, own[:, -1], strict=True)):
            up_to = np.where(self._colourless, np.minimum(sizes[self._size], grey), sizes[self._size])
            shares[i] = self.weights[(self.p <= up_to) & ~self._too_small].sum()
        return shares


def _summed_from_above(weights: Floats) -> Floats:
    return np.append(np.cumsum(weights[::-1])[::-1], 0.0)
