"""What every runtime offers: normalised pictures in, logits and class-activation maps out."""

from __future__ import annotations

from typing import Protocol

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
