"""A network with its card: decoded pictures in, calibrated numbers out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from fauxface.errors import WeightsError
from fauxface.labels import probability_fake
from fauxface.preprocess import normalise, saved_again, square
from fauxface.runtime.session import MeasuringSession, Session
from fauxface.stability import PERTURBATIONS
from fauxface.weights.card import ModelCard

Rgb = NDArray[np.uint8]


class Network:
    """What a card says about a network, done to pictures before it and to its logits after it.

    Attributes:
        card: how to feed it and how to read it.
        session: the loaded network.
    """

    def __init__(self, card: ModelCard, session: Session) -> None:
        """Put both together.

        Raises:
            WeightsError: bad_card: the card asks for what this network, or this fauxface, cannot do.
        """
        self.card, self.session = card, session
        if unknown := set(card.decision.perturbations) - set(PERTURBATIONS):
            raise WeightsError(
                f"the card of '{card.id}' asks for a change '{min(unknown)}' that this fauxface does not know: "
                "install a newer one",
                code="bad_card",
            )
        self._measures = isinstance(session, MeasuringSession) and session.measures
        if card.decision.familiar_within and not self._measures:
            raise WeightsError(
                f"the card of '{card.id}' asks how familiar a picture is (decision.familiar_within), but its network "
                "does not measure it",
                code="bad_card",
            )

    def judge(self, pictures: Sequence[Rgb]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """See `fauxface.detector.Detector.judge`."""
        logits, maps = self.session.run(self._seen(pictures))
        return self._calibrated(logits), maps

    def measure(self, pictures: Sequence[Rgb]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """See `fauxface.detector.Detector.measure`."""
        if not self._measures:
            return probability_fake(self.judge(pictures)[0]), None
        assert isinstance(self.session, MeasuringSession)
        logits, _, distances = self.session.measure(self._seen(pictures))
        return probability_fake(self._calibrated(logits)), distances.astype(np.float64)

    def measure_all(self, pictures: Iterable[Rgb], at_once: int) -> Iterator[tuple[float, float | None]]:
        """`measure` for any number of pictures, with ``at_once`` in memory: probability_fake and distance of each.

        Raises:
            WeightsError: bad_weights if a logit is not finite.
        """
        waiting = iter(pictures)
        while chunk := list(islice(waiting, at_once)):
            probabilities, distances = self.measure(chunk)
            far = [None] * len(chunk) if distances is None else distances.tolist()
            yield from zip(probabilities.tolist(), far, strict=True)

    def _seen(self, pictures: Sequence[Rgb]) -> NDArray[np.float32]:
        squares = [saved_again(square(rgb, self.card.input.size), self.card.input.jpeg) for rgb in pictures]
        return normalise(np.stack(squares), self.card)

    def _calibrated(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        if not np.isfinite(logits).all():
            raise WeightsError(
                f"the network '{self.card.id}' gave a number that is not finite: its weights are damaged"
            )
        return logits.astype(np.float64) / self.card.calibration.temperature + self.card.calibration.bias
