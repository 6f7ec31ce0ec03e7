"""How far up a small face may still be called real.

A face that was saved small and is enlarged again looks more like a photograph, whatever it is: with one limit for all
sizes more fakes pass at 192 pixels than at full size, and fewer photographs are accused. So a small face gets a lower
limit for *real*: the one at which no more small fakes pass than large ones. What is above it is *uncertain*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import source_weights

SMALL: Final = 224
"""Pixels; half-way between 192, where more fakes pass, and 256, where no more do than in whole pictures."""
WHOLE: Final = "as it is"
DEGRADED: Final = ("192 px, jpeg-90", "192 px, jpeg-75", "192 px, jpeg-50", "192 px, webp-75")
"""The changes of `fauxface.training.degraded` that stand for small faces: nobody saves them without loss."""
_HAIR: Final = 1e-9
Floats = NDArray[np.float64]


class SmallFaces:
    """Left-out fakes as they are, and made small.

    Args:
        judged: calibrated predictions by the name of the change, `WHOLE` and `DEGRADED` among them; the sources count
            alike, photographs do not matter.
    """

    def __init__(self, judged: Mapping[str, Sequence[Prediction]]) -> None:
        self._whole = _Passing([judged[WHOLE]])
        self._small = _Passing([judged[name] for name in DEGRADED])

    def real_up_to(self, lows: Floats) -> Floats:
        """The limits for *real* at which no more small fakes pass than whole ones do.

        Args:
            lows: (N,) limits for faces that are not small, probabilities.

        Returns:
            (N,) probabilities, each at most its ``low``; 0 where every small fake passes as soon as one does.
        """
        allowed = self._whole.share(lows)
        few = np.searchsorted(self._small.shares, allowed + _HAIR, side="right") - 1
        levels = np.where(few < 0, 0.0, self._small.levels[few.clip(min=0)])
        # Where as many may pass as pass at the limit itself, it needs no lower one.
        return np.where(self._small.share(lows) <= allowed + _HAIR, lows, np.minimum(levels, lows))


class _Passing:
    """Shares of fakes, each generator counted alike, at or below each of their own probabilities."""

    def __init__(self, tables: Sequence[Sequence[Prediction]]) -> None:
        p: list[float] = []
        weights: list[Floats] = []
        for rows in tables:
            fakes = [r for r in rows if r.label == "fake"]
            p += [r.probability_fake or 0.0 for r in fakes]
            weights.append(source_weights([r.source for r in fakes]) / len(tables))
        values = np.array(p, dtype=np.float64)
        self.levels, place = np.unique(values, return_inverse=True)
        self.shares = np.cumsum(np.bincount(place, np.concatenate(weights), minlength=len(self.levels)))

    def share(self, levels: Floats) -> Floats:
        """(N,) shares at or below each level."""
        return np.concatenate([[0.0], self.shares])[np.searchsorted(self.levels, levels, side="right")]
