"""The groups of a model card: what the network sees, how its logit is read, what is said, where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CardInput:
    """What a network may be given, and how.

    Attributes:
        size: side in pixels of the square that the network sees.
        mean, std: per channel (R, G, B) in units of 0–255; input = (pixel - mean) / std.
        jpeg: quality of the JPEG file (4:2:0) that each square is saved to, and read from, before the network sees it:
            what lossless files and resized pictures lack, and all that it learned from had; 0: none is.
        smallest_side: what is judged (a face with its margin, or the whole picture) is called uncertain if its
            shorter side has fewer pixels than this; 0: none is.
        lowest_jpeg_quality: a JPEG of a lower quality is called uncertain; 0: none is.
        least_colour: what is judged counts as colourless if its spread of colour (`fauxface.preprocess.colour_spread`)
            is smaller than this; 0: nothing does. What follows from it: ``colourless_real_to`` of the decision.
        needs_face: a picture in which no face was found, though one was looked for, is called uncertain.
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    jpeg: int = 0
    smallest_side: int = 0
    lowest_jpeg_quality: int = 0
    least_colour: float = 0.0
    needs_face: bool = False


@dataclass(frozen=True)
class CardCalibration:
    """How a logit becomes a probability: calibrated logit = logit / temperature + bias."""

    temperature: float = 1.0
    bias: float = 0.0


@dataclass(frozen=True)
class ErrorRates:
    """Shares among pictures like those that a decision was fitted on; None: nothing is known.

    Attributes:
        missed_fakes: of the fakes, called real.
        accused_photographs: of the photographs, called fake.
    """

    missed_fakes: float | None = None
    accused_photographs: float | None = None


@dataclass(frozen=True)
class CardDecision:
    """How a probability becomes an answer.

    Attributes:
        threshold: smallest probability_fake that is called fake where nothing may be called uncertain.
        abstention_region: (low, high): low < probability_fake < high is called uncertain; equal ends mean "never".
        guaranteed: error rates to expect. Of left-out sources: means over generators and over cameras, each counted by
            thresholds that were chosen without it; some sources get worse. Of pictures of one's own
            (`fauxface.evaluation.recalibration`): the most that pictures like those get.
        perturbations: small changes (names in `fauxface.stability`) under which a picture must keep its side of the
            threshold, or it is called uncertain.
        familiar_within: a picture that would be called fake is called uncertain if its features lie further from those
            of training pictures (`fauxface.evaluation.novelty`); 0: none is, and no distance is measured.
        small_real_to: pairs of pixels, rising, and a probability: what is judged and has fewer pixels on its shorter
            side is called real only up to the probability (`fauxface.evaluation.real_threshold`), above that
            uncertain; the first pair that fits counts.
        colourless_real_to: what is judged and is colourless is called real only up to this, above that uncertain; 0: it
            is uncertain whatever its probability.
    """

    threshold: float = 0.5
    abstention_region: tuple[float, float] = (0.5, 0.5)
    guaranteed: ErrorRates = ErrorRates()
    perturbations: tuple[str, ...] = ()
    familiar_within: float = 0.0
    small_real_to: tuple[tuple[int, float], ...] = ()
    colourless_real_to: float = 0.0

    @property
    def fake_from(self) -> float:
        """Smallest probability_fake that is called fake."""
        return max(self.threshold, self.abstention_region[1])


@dataclass(frozen=True)
class CardProvenance:
    """Where the weights lie, and what they were made from.

    Attributes:
        weights_file: name of the weights beside the card (no folders in it).
        sha256: hex digest of that file; size_bytes: its size.
        parameters: numbers in the weights.
        licence: terms of the weights (not of the code).
        data: the pictures: ``{"pictures": {split: {"fake: source": n}}}``.
        training: what the run recorded of itself, and of those it started from.
    """

    weights_file: str
    sha256: str
    size_bytes: int
    parameters: int = 0
    licence: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
