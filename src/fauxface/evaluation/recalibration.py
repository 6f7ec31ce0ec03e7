"""From labelled pictures to a card that can be trusted: temperature and bias, thresholds, measured metrics."""

from __future__ import annotations

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
from fauxface.weights.card_groups import CardCalibration, CardDecision, ErrorRates
from fauxface.weights.metrics import CardMetrics, Fitting, OnTestPictures

SMALLEST_SIDE: Final = 96
LOWEST_JPEG_QUALITY: Final = 30
FEW: Final = 100
"""With fewer pictures of a class than this, only one number is fitted (`shifted`)."""
CHANGED: Final = ("mirror", "jpeg")
"""What happens to every picture on the web. All five were tried on the shipped weights: none of 402 verdicts became its
opposite, and judging took twice as long again."""
_INSIDE: Final = (1e-12, 1 - 1e-12)
"""Probabilities whose logits are finite."""


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
    ranks, hold as if they had been chosen on pictures of their own. The card's thresholds for small and for colourless
    faces keep their places on the network's own logit, and never lie above the new end of *real*.

    Args:
        valid: pictures that the network was not trained on, like those it is to judge.

    Returns:
        The new card, whose metrics know this fitting only, and its predictions for ``valid``.

    Raises:
        DataError: a picture cannot be judged, or one class is missing.
    """
    card = detector.card
    judged = _Judged.of(detector.using(_plain(card), stability=False), valid, advance)
    fitted = calibration.fit(judged.logits, judged.truth)
    today = CardCalibration(round(fitted.temperature, 6), round(fitted.bias, 6))
    p = probability_fake(judged.logits / today.temperature + today.bias)
    region = conformal_region(
        p,
        judged.truth,
        max_missed_fakes=wanted.max_missed_fakes,
        max_accused=wanted.max_accused,
    )
    fitting = replace(
        judged.fitting(p),
        sources=tuple(sorted({s.source for s in valid.samples})),
        abstained=float(np.mean((p > region.low) & (p < region.high))),
    )
    decision = replace(
        rules_carried(card, today, region.low),
        threshold=region.threshold,
        abstention_region=region.ends,
        guaranteed=region.guaranteed,
    )
    card = replace(card, calibration=today, decision=decision, metrics=_only(fitting, card))
    return abstaining(card, wanted), judged.said(p)


def shifted(
    detector: Detector, valid: SampleTable, advance: Advance | None = None
) -> tuple[ModelCard, tuple[Prediction, ...]]:
    """The detector's card with another bias, for few pictures of one's own; arguments and errors: `recalibrated`.

    Thresholds and temperature would be guesses on so few; those of many left-out sources are better ones. All
    thresholds, those for small and for colourless faces too, stay the same probabilities. What they were guaranteed to
    keep, and what was measured, was so with the bias of before: the new card does not say it.
    """
    card = detector.card
    judged = _Judged.of(detector.using(stability=False), valid, advance)
    offset = calibration.fit_offset(judged.logits, judged.truth)
    p = probability_fake(judged.logits + offset)
    card = replace(
        card,
        calibration=replace(card.calibration, bias=round(card.calibration.bias + offset, 6)),
        decision=replace(card.decision, guaranteed=ErrorRates()),
        metrics=_only(replace(judged.fitting(p), offset=offset), card),
    )
    return card, judged.said(p)


def rules_carried(card: ModelCard, today: CardCalibration, low: float) -> CardDecision:
    """The card's decision with its thresholds for small and for colourless faces under another calibration.

    Args:
        today: the other calibration. A threshold stays at the same logit of the network.
        low: the end of *real* from now on, in [0, 1]; no threshold lies above it.
    """

    def carried(p: float) -> float:
        if not 0 < p < 1:  # never, and always: whatever the calibration
            return min(p, low)
        before = (float(_logits(np.array(p).clip(*_INSIDE))) - card.calibration.bias) * card.calibration.temperature
        return min(float(probability_fake(before / today.temperature + today.bias)), low)

    small = tuple((pixels, carried(p)) for pixels, p in card.decision.small_real_to)
    colourless = card.decision.colourless_real_to
    if colourless:  # 0 would mean that what has no colour is not called fake either
        colourless = max(carried(colourless), float(np.nextafter(0.0, 1.0)))
    return replace(card.decision, small_real_to=small, colourless_real_to=colourless)


@dataclass(frozen=True, slots=True)
class _Judged:
    """Labelled pictures as a card judges them: rows, (N,) probabilities strictly between 0 and 1, (N,) classes."""

    rows: tuple[Prediction, ...]
    p: NDArray[np.float64]
    truth: NDArray[np.int64]

    @classmethod
    def of(cls, detector: Detector, valid: SampleTable, advance: Advance | None) -> _Judged:
        """Judge them all; raises ``DataError`` for one that cannot be judged."""
        rows = tuple(predict_table(detector, valid, advance))
        if broken := [r for r in rows if r.probability_fake is None]:
            raise DataError(
                f"cannot calibrate: {valid.root / broken[0].path} [{broken[0].error}]", code="cannot_calibrate"
            )
        p = np.array([r.probability_fake for r in rows], dtype=np.float64).clip(*_INSIDE)
        return cls(rows, p, np.array(valid.targets))

    @property
    def logits(self) -> NDArray[np.float64]:
        """(N,) for *real*, by the card."""
        return _logits(self.p)

    def fitting(self, p: NDArray[np.float64]) -> Fitting:
        """What (N,) other probabilities are worth beside the card's."""
        return Fitting(
            pictures={"real": int(self.truth.sum()), "fake": int((1 - self.truth).sum())},
            expected_calibration_error_before=calibration.expected_calibration_error(self.truth, self.p),
            expected_calibration_error_after=calibration.expected_calibration_error(self.truth, p),
        )

    def said(self, p: NDArray[np.float64]) -> tuple[Prediction, ...]:
        """The rows with other probabilities, and no word."""
        pairs = zip(self.rows, p, strict=True)
        return tuple(replace(r, probability_fake=float(x), verdict="", reasons="") for r, x in pairs)


def _logits(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log1p(-p) - np.log(p)


def _only(fitting: Fitting, card: ModelCard) -> CardMetrics:
    """Metrics after a new fitting: all others were measured with the calibration of before."""
    return CardMetrics(calibration=fitting, extra=card.metrics.extra)


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
