"""Quarter turns of a picture that lies on its side, as many do whose file lost the camera's word on it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]

SAID: Final = {
    1: "no clear face as it stands: it was judged turned by a quarter to the left",
    2: "no clear face as it stands: it was judged upside down",
    3: "no clear face as it stands: it was judged turned by a quarter to the right",
}
"""Quarter turns to the left → the note on them."""


def turn_of(notes: tuple[str, ...]) -> int:
    """Quarter turns to the left after which the picture of a verdict was judged, by its notes."""
    return next((turn for turn, said in SAID.items() if said in notes), 0)


def upright(rgb: NDArray[np.uint8], turn: int) -> NDArray[np.uint8]:
    """A picture, or a part of one, after quarter turns to the left; the very same if there is none."""
    return np.ascontiguousarray(np.rot90(rgb, turn)) if turn % 4 else rgb


def points_back(points: NDArray[np.float64], turn: int, width: int, height: int) -> NDArray[np.float64]:
    """Points (N, 2) of a turned picture, x and y, in the picture as it stands; arguments as for `box_back`."""
    x, y = points[:, 0], points[:, 1]
    return np.stack({0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[turn % 4], axis=1)


def box_back(box: Box, turn: int, width: int, height: int) -> Box:
    """A box (left, top, right, bottom) of a turned picture in the picture as it stands.

    Args:
        turn: quarter turns to the left, any whole number.
        width, height: of the picture as it stands, in pixels.
    """
    corners = points_back(np.array(box, dtype=np.float64).reshape(2, 2), turn, width, height)
    left, top = corners.min(axis=0).tolist()
    right, bottom = corners.max(axis=0).tolist()
    return round(left), round(top), round(right), round(bottom)
