"""One face in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LANDMARKS: Final = ("left eye", "right eye", "nose", "left mouth corner", "right mouth corner")
"""Order of `Face.landmarks`; left and right as one sees them in the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face that was found.

    Attributes:
        box: (left, top, right, bottom) in pixels of the picture, from forehead to chin, cut at the borders.
        landmarks: (5, 2) float64, x and y in pixels, in the order of `LANDMARKS`; may lie outside of the picture.
        score: how sure the last network is, in [0, 1].
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float64]
    score: float

    @property
    def area(self) -> float:
        """Of the box, in square pixels."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)
