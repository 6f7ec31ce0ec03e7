"""What every runtime offers: normalised pictures in, logits and class-activation maps out; some measure novelty too."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class Session(Protocol):
    """One loaded network."""

    def run(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Judge a batch.

        Args:
            batch: (N, 3, S, S), normalised as the card says, N ≥ 1.

        Returns:
            logits for *real*, (N,), uncalibrated; and class-activation maps, (N, h, w), in logit units,
            positive where the picture speaks for *real*. The mean of a map plus the classifier's bias is the
            logit.
        """
        ...


@runtime_checkable
class MeasuringSession(Session, Protocol):
    """One loaded network that also says how far a picture lies from those that it learned from."""

    @property
    def measures(self) -> bool:
        """Whether this network does."""
        ...

    def measure(
        self, batch: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """As `run`, and distances, (N,), 0 and more; see `fauxface.evaluation.novelty`."""
        ...
