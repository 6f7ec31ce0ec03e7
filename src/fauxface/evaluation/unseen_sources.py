"""Calibration and decision thresholds for the next camera and the next generator, from out-of-source predictions.

Every source counts alike. The thresholds are chosen for means over left-out sources, and what is guaranteed is what
each source gets from thresholds that were chosen without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.decision import EVEN
from fauxface.errors import DataError
from fauxface.evaluation import calibration
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import COLOURLESS, SMALL, real_up_to
from fauxface.evaluation.sources import BySource, by_source, source_weights
from fauxface.labels import Label, class_index, probability_fake
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import CardCalibration, ErrorRates
from fauxface.weights.metrics import Aims

KEPT: Final = 0.9
"""Share of left-out fakes that the distance threshold keeps familiar."""
AIMS: Final = Aims()
_EPSILON: Final = 1e-12
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """At and below ``low`` probability_fake is called real, from ``high`` on fake, between them uncertain.

    What lies further than ``familiar`` from training pictures is never called fake; 0: distances do not matter.
    """

    low: float
    high: float
    familiar: float = 0.0

    def label(self, probability_fake: float, distance: float | None = None) -> Label:
        """What a calibrated probability is called; the same as `fauxface.decision.decide` says by a card."""
        if probability_fake >= self.high:
            return "uncertain" if self.strange(distance) else "fake"
        return "real" if probability_fake <= self.low else "uncertain"

    def strange(self, distance: float | None) -> bool:
        """Whether a distance is too large for "fake"."""
        return bool(self.familiar) and distance is not None and distance > self.familiar


def logits_of(rows: Sequence[Prediction]) -> Floats:
    """(N,) logits for *real* of stored probabilities."""
    p = np.array([r.probability_fake for r in rows], dtype=np.float64).clip(_EPSILON, 1 - _EPSILON)
    return np.log1p(-p) - np.log(p)


def fit(rows: Sequence[Prediction]) -> calibration.Calibration:
    """Temperature and bias, with both classes, and within a class all sources, counted alike.

    Raises:
        DataError: one class is missing.
    """
    labels = np.array([class_index(r.label or "") for r in rows])
    weights = np.empty(len(rows))
    for value in (0, 1):
        mine = np.flatnonzero(labels == value)
        weights[mine] = source_weights([rows[int(i)].source for i in mine])
    return calibration.fit(logits_of(rows), labels, weights)


def choose_thresholds(rows: Sequence[Prediction], aims: Aims = AIMS) -> Thresholds:
    """Thresholds for calibrated probabilities, and for distances where all rows have them.

    The distance threshold keeps nine of ten left-out fakes familiar, each source counted alike. At the same share of
    accused photographs it catches more of them than a higher probability threshold does (`fauxface.report.novelty`);
    thresholds from 0.8 to 0.99 differ by less than their intervals (`docs/experiments/28-longer-on-larger-crops.md`).

    Raises:
        DataError: one class is missing.
    """
    familiar = 0.0
    if rows and all(r.distance is not None for r in rows):
        familiar = _kept([r for r in rows if r.label == "fake"])
    real, fake = (_Class([r for r in rows if r.label == label], familiar) for label in ("real", "fake"))
    levels = np.unique(np.concatenate([real.p, fake.p, [0.0, 1.0]]))
    fewer = real.called_fake(levels) <= aims.accused_photographs
    high = float(levels[np.argmax(fewer)]) if fewer.any() else 1.0
    below = levels[levels < min(high, np.nextafter(EVEN, 1.0))]
    if not len(below):
        return Thresholds(high, high, familiar)
    missed = 1 - fake.at_or_above(np.nextafter(below, 2.0))
    sources = real.sources + fake.sources
    inside = [c.sources * (c.at_or_above(np.nextafter(below, 2.0)) - c.called_fake(high)) for c in (real, fake)]
    # `missed` rises with the threshold, `uncertain` falls: the highest that misses few enough, or, if that leaves
    # too many uncertain, the lowest that does not.
    few = np.flatnonzero(missed <= aims.missed_fakes)
    low = int(few[-1]) if len(few) else 0
    spare = np.flatnonzero(sum(inside) / sources <= aims.uncertain)
    low = max(low, int(spare[0]) if len(spare) else len(below) - 1)
    return Thresholds(float(below[low]), high, familiar)


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

    def __init__(self, rows: Sequence[Prediction], familiar: float) -> None:
        if not rows:
            raise DataError("thresholds need photographs and fakes, one of them is missing", code="one_class")
        p = np.array([r.probability_fake for r in rows], dtype=np.float64)
        weights = source_weights([r.source for r in rows])
        self.sources = len({r.source for r in rows})
        strange = np.array([Thresholds(0.0, 1.0, familiar).strange(r.distance) for r in rows])
        order = np.argsort(p)
        self.p = p[order]
        self._above = _summed_from_above(weights[order])
        self._familiar_above = _summed_from_above(np.where(strange, 0.0, weights)[order])

    def at_or_above(self, levels: Floats | float) -> Floats:
        """Mean over sources of the share of their pictures at or above each level."""
        return self._above[np.searchsorted(self.p, levels, side="left")]

    def called_fake(self, levels: Floats | float) -> Floats:
        """The same of those that are familiar."""
        return self._familiar_above[np.searchsorted(self.p, levels, side="left")]


def _summed_from_above(weights: Floats) -> Floats:
    return np.append(np.cumsum(weights[::-1])[::-1], 0.0)


def calibrated(rows: Sequence[Prediction], fitted: calibration.Calibration) -> list[Prediction]:
    """The rows with calibrated probabilities."""
    p = probability_fake(fitted.apply(logits_of(rows)))
    return [replace(r, probability_fake=float(x)) for r, x in zip(rows, p, strict=True)]


def said(rows: Sequence[Prediction], thresholds: Thresholds) -> list[Prediction]:
    """The rows with the labels that these thresholds give."""
    return [_labelled(r, thresholds) for r in rows]


def said_left_out(rows: Sequence[Prediction], aims: Aims = AIMS) -> list[Prediction]:
    """The rows with the labels that each source gets from thresholds that were chosen without it.

    Raises:
        DataError: without some source one class is missing.
    """
    names = sorted({r.source for r in rows})
    chosen = {name: choose_thresholds([r for r in rows if r.source != name], aims) for name in names}
    return [_labelled(r, chosen[r.source]) for r in rows]


def _labelled(row: Prediction, thresholds: Thresholds) -> Prediction:
    p = row.probability_fake or 0.0
    strange = p >= thresholds.high and thresholds.strange(row.distance)
    return replace(row, verdict=thresholds.label(p, row.distance), reasons="unfamiliar" if strange else "")


@dataclass(frozen=True)
class Unseen:
    """What out-of-source predictions say: how to calibrate, where the thresholds lie, what each source gets.

    Attributes:
        fitted: temperature and bias.
        thresholds: chosen on all sources, for the card.
        rows: the choosing pictures, calibrated, each with the label by thresholds that were chosen without its source.
        by_source: what each source got, of these rows.
    """

    fitted: calibration.Calibration
    thresholds: Thresholds
    rows: tuple[Prediction, ...]
    by_source: BySource
    aims: Aims


def unseen(rows: Sequence[Prediction], aims: Aims = AIMS, left_out: Sequence[str] = ()) -> Unseen:
    """Calibrate and choose thresholds on out-of-source predictions, and count what each source gets.

    Args:
        rows: uncalibrated. Pictures of the split "test" take no part.
        left_out: families that take no part, because the detector is not for them (face swaps).

    Raises:
        DataError: one class is missing, or has no source with enough pictures.
    """
    chosen = [r for r in rows if r.split != "test" and r.family not in left_out and r.probability_fake is not None]
    fitted = fit(chosen)
    even = calibrated(chosen, fitted)
    labelled = said_left_out(even, aims)
    return Unseen(fitted, choose_thresholds(even, aims), tuple(labelled), by_source(labelled), aims)


def with_guarantees(
    card: ModelCard, found: Unseen, degraded: Mapping[str, Sequence[Prediction]] | None = None
) -> ModelCard:
    """A card with calibration, thresholds and guaranteed error rates for sources that nobody trained on.

    Args:
        degraded: uncalibrated predictions of `fauxface.training.degraded` by the name of the change: small faces and
            those without colour then get thresholds of their own (`fauxface.evaluation.real_threshold`), which the
            guaranteed rates do not count.
    """
    low, high = found.thresholds.low, found.thresholds.high
    decision = replace(
        card.decision,
        threshold=high,
        abstention_region=(low, high) if low < high else (high, high),
        guaranteed=ErrorRates(found.by_source.missed_fakes.value, found.by_source.accused_photographs.value),
        familiar_within=found.thresholds.familiar,
    )
    if degraded is not None:
        calibrated_again = {name: calibrated(rows, found.fitted) for name, rows in degraded.items()}
        decision = replace(
            decision,
            small_side=SMALL,
            small_real_to=real_up_to(calibrated_again, low),
            colourless_real_to=real_up_to(calibrated_again, low, COLOURLESS),
        )
    return replace(
        card,
        calibration=CardCalibration(round(found.fitted.temperature, 6), round(found.fitted.bias, 6)),
        decision=decision,
        metrics=replace(card.metrics, unseen_sources=found.by_source.for_card(found.aims)),
    )
