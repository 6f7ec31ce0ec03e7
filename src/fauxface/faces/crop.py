"""The square around a face that FFHQ's own alignment would show, cut out of the picture's own pixels.

Karras, Laine and Aila, "A Style-Based Generator Architecture for GANs" (2019), and its script for the data set: from
the middle of the eyes e, the vector along the eyes and the vector m from e to the middle of the mouth, the square has
its centre at e + 0.1 m and half a side of max(2.0 × eyes, 1.8 × m). Two things differ here on purpose. The square
stays upright, because turning means resampling, which wipes out what generators leave behind. And it is moved into the
picture and made smaller where it does not fit, instead of being filled with mirrored and blurred pixels that no camera
and no generator made.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.faces.face import Face
from fauxface.faces.finder import Finder

Box = tuple[int, int, int, int]

FRAMED: Final = 0.10
"""A crop whose four borders lie within this share of the picture's side from its borders is the picture itself."""
_SMALLEST: Final = 8


def frame(landmarks: NDArray[np.float64]) -> tuple[float, float, float]:
    """Centre x, centre y and side, in pixels, of the upright square that FFHQ's recipe gives.

    Args:
        landmarks: (5, 2), in the order of `fauxface.faces.face.LANDMARKS`.
    """
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    along, down = landmarks[1] - landmarks[0], mouth - eyes
    centre = eyes + 0.1 * down
    half = max(2.0 * math.hypot(*along), 1.8 * math.hypot(*down))
    return float(centre[0]), float(centre[1]), 2 * half


def crop(face: Face, width: int, height: int) -> Box:
    """What to judge for a face: (left, top, right, bottom) in whole pixels, inside of the picture.

    A square, or the whole picture where the square would be nearly that (see `FRAMED`): then nothing is cut off, and
    a picture that is framed already is judged exactly as it is.

    Args:
        face: found in a picture of this size.
        width, height: of the picture, in pixels.
    """
    x, y, wanted = frame(face.landmarks)
    side = min(max(round(wanted), _SMALLEST), width, height)
    left = min(max(round(x - side / 2), 0), width - side)
    top = min(max(round(y - side / 2), 0), height - side)
    box = (left, top, left + side, top + side)
    margin = FRAMED * max(width, height)
    if max(left, top, width - box[2], height - box[3]) <= margin:
        return 0, 0, width, height
    return box


def crops(finder: Finder, rgb: NDArray[np.uint8]) -> list[tuple[Face, Box]]:
    """The faces in a picture (H, W, 3), largest first, each with what to judge for it."""
    height, width = rgb.shape[:2]
    return [(face, crop(face, width, height)) for face in finder.find(rgb)]
