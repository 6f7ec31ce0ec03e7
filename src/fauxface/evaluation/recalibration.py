"""From labelled pictures to a card that can be trusted: temperature and bias, thresholds, measured metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.data.samples import SampleTable
from fauxface.detector import Detector
from fauxface.errors import DataError
from fauxface.evaluation import calibration
from fauxface.evaluation.abstention import abstention
from fauxface.evaluation.by_source import by_source
from fauxface.evaluation.conformal import conformal_region
from fauxface.evaluation.judging import Advance, predict_table
from fauxface.evaluation.metrics import from_probabilities
from fauxface.evaluation.predictions import Prediction, PredictionTable
from fauxface.labels import probability_fake
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import CardCalibration
from fauxface.weights.metrics import Fitting, OnTestPictures

SMALLEST_SIDE: Final = 96
LOWEST_JPEG_QUALITY: Final = 30
FEW: Final = 100
"""With fewer pictures of a class than this, only one number is fitted (`shifted`)."""
CHANGED: Final = ("mirror", "jpeg")
"""What happens to every picture on the web. All five were tried on the shipped weights: none of 402 verdicts became its
opposite, and judging took twice as long again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a card should guarantee.

    Attributes:
        max_missed_fakes: wanted share of fakes called real.
        max_accused: wanted share of photographs called fake.
        perturbations, smallest_side, lowest_jpeg_quality, needs_face: as in `fauxface.weights.card_groups`.
        least_colour: likewise; None: as the detector's card has it.
    """

    max_missed_fakes: float = 0.01
    max_accused: float = 0.05
    perturbations: tuple[str, ...] = CHANGED
    smallest_side: int = SMALLEST_SIDE
    lowest_jpeg_quality: int = LOWEST_JPEG_QUALITY
    least_colour: float | None = None
    needs_face: bool = True


def recalibrated(
    detector: Detector,
    valid: SampleTable,
    wanted: Wanted,
    advance: Advance | None = None,
) -> tuple[ModelCard, tuple[Prediction, ...]]:
    """The detector's card with temperature, bias and thresholds fitted on labelled pictures.

    Fitting temperature and bias keeps the order of the pictures, so the ends of the abstention region, which are
    ranks, hold as if they had been chosen on pictures of their own.

    Args:
        valid: pictures that the network was not trained on, like those it is to judge.

    Returns:
        The new card, and its predictions for ``valid``.

    Raises:
        DataError: a picture cannot be judged, or one class is missing.
    """
    rows = predict_table(detector.using(_plain(detector.card), stability=False), valid, advance)
    p = _probabilities(rows, valid)
    truth = np.array(valid.targets)
    fitted = calibration.fit(np.log1p(-p) - np.log(p), truth)
    temperature, bias = round(fitted.temperature, 6), round(fitted.bias, 6)
    calibrated = probability_fake((np.log1p(-p) - np.log(p)) / temperature + bias)
    region = conformal_region(
        calibrated,
        truth,
        max_missed_fakes=wanted.max_missed_fakes,
        max_accused=wanted.max_accused,
    )
    fitting = Fitting(
        pictures=region.pictures,
        sources=tuple(sorted({s.source for s in valid.samples})),
        expected_calibration_error_before=calibration.expected_calibration_error(truth, p),
        expected_calibration_error_after=calibration.expected_calibration_error(truth, calibrated),
        abstained=float(np.mean((calibrated > region.low) & (calibrated < region.high))),
    )
    card = detector.card
    card = replace(
        card,
        calibration=CardCalibration(temperature, bias),
        decision=replace(
            card.decision, threshold=region.threshold, abstention_region=region.ends, guaranteed=region.guaranteed
        ),
        metrics=replace(card.metrics, calibration=fitting),
    )
    judged = tuple(replace(r, probability_fake=float(x)) for r, x in zip(rows, calibrated, strict=True))
    return abstaining(card, wanted), tuple(replace(r, verdict="", reasons="") for r in judged)


def shifted(
    detector: Detector, valid: SampleTable, advance: Advance | None = None
) -> tuple[ModelCard, tuple[Prediction, ...]]:
    """The detector's card with another bias and all else as it was: for few pictures of one's own.

    Thresholds and temperature would be guesses on so few; those of many left-out sources are better ones.

    Args:
        valid: pictures that the network was not trained on, like those it is to judge.

    Returns:
        The new card, and its predictions for ``valid``.

    Raises:
        DataError: a picture cannot be judged, or one class is missing.
    """
    rows = predict_table(detector.using(stability=False), valid, advance)
    p = _probabilities(rows, valid)
    truth = np.array(valid.targets)
    logits = np.log1p(-p) - np.log(p)
    offset = calibration.fit_offset(logits, truth)
    moved = probability_fake(logits + offset)
    fitting = Fitting(
        pictures={"real": int(truth.sum()), "fake": int((1 - truth).sum())},
        offset=offset,
        expected_calibration_error_before=calibration.expected_calibration_error(truth, p),
        expected_calibration_error_after=calibration.expected_calibration_error(truth, moved),
    )
    card = detector.card
    card = replace(
        card,
        calibration=replace(card.calibration, bias=round(card.calibration.bias + offset, 6)),
        metrics=replace(card.metrics, calibration=fitting),
    )
    judged = tuple(replace(r, probability_fake=float(x)) for r, x in zip(rows, moved, strict=True))
    return card, tuple(replace(r, verdict="", reasons="") for r in judged)


def _probabilities(rows: Sequence[Prediction], valid: SampleTable) -> NDArray[np.float64]:
    """(N,) strictly between 0 and 1, of pictures that could all be judged."""
    if broken := [r for r in rows if r.probability_fake is None]:
        raise DataError(f"cannot calibrate: {valid.root / broken[0].path} [{broken[0].error}]", code="cannot_calibrate")
    return np.array([r.probability_fake for r in rows], dtype=np.float64).clip(1e-12, 1 - 1e-12)


def abstaining(card: ModelCard, wanted: Wanted) -> ModelCard:
    """A card with the rules for when nothing is said, whatever the probability."""
    seen = replace(
        card.input,
        smallest_side=min(wanted.smallest_side, card.input.size),
        lowest_jpeg_quality=wanted.lowest_jpeg_quality,
        least_colour=card.input.least_colour if wanted.least_colour is None else wanted.least_colour,
        needs_face=wanted.needs_face,
    )
    return replace(card, input=seen, decision=replace(card.decision, perturbations=wanted.perturbations))


def _plain(card: ModelCard) -> ModelCard:
    """A card that gives probabilities as the network has them, and stops no picture for its size or compression."""
    seen = replace(card.input, smallest_side=0, lowest_jpeg_quality=0)
    return replace(card, input=seen, calibration=CardCalibration(), decision=replace(card.decision, perturbations=()))


def measured(
    detector: Detector, test: SampleTable, advance: Advance | None = None
) -> tuple[ModelCard, tuple[Prediction, ...]]:
    """The detector's card with metrics on test pictures, and its predictions for them."""
    card = detector.card
    rows = tuple(predict_table(detector, test, advance))
    table, threshold = PredictionTable(rows, card.id, card.decision.threshold), card.decision.threshold
    metrics = vars(from_probabilities(*table.arrays(), threshold))
    found = OnTestPictures(**metrics, by_source=by_source(table, threshold), said=abstention(table))
    return replace(card, metrics=replace(card.metrics, test=found)), rows
