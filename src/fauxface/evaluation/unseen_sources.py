"""Calibration and decision thresholds for the next camera and the next generator, from out-of-source predictions.

Every source counts alike. The thresholds are chosen for means over left-out sources, and what is guaranteed is what
each source gets from thresholds that were chosen without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.evaluation import calibration
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import Changed, RealThresholds
from fauxface.evaluation.sources import BySource, by_source, source_weights
from fauxface.evaluation.thresholds import AIMS, Thresholds, choose_thresholds
from fauxface.labels import class_index, probability_fake
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import CardCalibration, ErrorRates
from fauxface.weights.metrics import Aims

_EPSILON: Final = 1e-12
Floats = NDArray[np.float64]


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


def calibrated(rows: Sequence[Prediction], fitted: calibration.Calibration) -> list[Prediction]:
    """The rows with calibrated probabilities."""
    p = probability_fake(fitted.apply(logits_of(rows)))
    return [replace(r, probability_fake=float(x)) for r, x in zip(rows, p, strict=True)]


def said(rows: Sequence[Prediction], thresholds: Thresholds) -> list[Prediction]:
    """The rows with the labels that these thresholds give."""
    return [_labelled(r, thresholds) for r in rows]


def said_left_out(
    rows: Sequence[Prediction], aims: Aims = AIMS, real: RealThresholds | None = None
) -> list[Prediction]:
    """The rows with the labels that each source gets from thresholds that were chosen without it.

    Args:
        real: as of `choose_thresholds`; its tables lose the source, too.

    Raises:
        DataError: without some source one class is missing.
    """
    names = sorted({r.source for r in rows})
    chosen = {
        name: choose_thresholds([r for r in rows if r.source != name], aims, real.without(name) if real else None)
        for name in names
    }
    return [_labelled(r, chosen[r.source]) for r in rows]


def _labelled(row: Prediction, thresholds: Thresholds) -> Prediction:
    verdict, reason = thresholds.answer(row.probability_fake or 0.0, row.distance, row.side, row.colour)
    return replace(row, verdict=verdict, reasons=reason)


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


def unseen(
    rows: Sequence[Prediction],
    aims: Aims = AIMS,
    left_out: Sequence[str] = (),
    *,
    degraded: Changed | None = None,
    known: Changed | None = None,
    least_colour: float = 0.0,
    smallest_side: int = 0,
) -> Unseen:
    """Calibrate and choose thresholds on out-of-source predictions, and count what each source gets.

    Args:
        rows: uncalibrated. Pictures of the split "test" take no part.
        left_out: families that take no part, because the detector is not for them (face swaps).
        degraded: uncalibrated predictions of `fauxface.training.degraded` by the name of the change: small faces and
            those without colour then get thresholds of their own, which count in everything.
        known: the same of validation fakes that were trained on; see `RealThresholds`.
        least_colour, smallest_side: see `fauxface.evaluation.real_threshold.Rules`.

    Raises:
        DataError: one class is missing, or has no source with enough pictures.
    """
    chosen = [r for r in rows if r.split != "test" and r.family not in left_out and r.probability_fake is not None]
    fitted = fit(chosen)
    even = calibrated(chosen, fitted)
    real = None
    if degraded is not None:
        changed, passing = (
            {name: calibrated(judged, fitted) for name, judged in each.items()} for each in (degraded, known or {})
        )
        real = RealThresholds(changed, passing, least_colour, smallest_side)
    labelled = said_left_out(even, aims, real)
    return Unseen(fitted, choose_thresholds(even, aims, real), tuple(labelled), by_source(labelled), aims)


def with_guarantees(card: ModelCard, found: Unseen) -> ModelCard:
    """A card with calibration, thresholds, rules and guaranteed error rates for sources that nobody trained on."""
    low, high = found.thresholds.low, found.thresholds.high
    decision = replace(
        card.decision,
        threshold=high,
        abstention_region=(low, high) if low < high else (high, high),
        guaranteed=ErrorRates(found.by_source.missed_fakes.value, found.by_source.accused_photographs.value),
        familiar_within=found.thresholds.familiar,
        small_real_to=found.thresholds.rules.small,
        # 0 would make grey fakes uncertain, too.
        colourless_real_to=max(found.thresholds.rules.colourless, _EPSILON),
    )
    return replace(
        card,
        calibration=CardCalibration(round(found.fitted.temperature, 6), round(found.fitted.bias, 6)),
        decision=decision,
        metrics=replace(card.metrics, unseen_sources=found.by_source.for_card(found.aims)),
    )
