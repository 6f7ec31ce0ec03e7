"""Faces in a picture as it stands, or else in the quarter turn that shows one best."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.faces import crop as framing
from fauxface.faces.crop import Box
from fauxface.faces.face import Face
from fauxface.faces.finder import Finder
from fauxface.turns import SAID, box_back, points_back, upright

SURE: Final = 0.95
"""From which score on a face is believed as it stands, and what the best face of a turned picture must reach.

Networks that were made for upright faces see one now and then in a picture on its side. When this was chosen, of 150
portraits from six sources, turned three ways, 386 of 450 were put upright (309 if only pictures without any face are
turned), and none of the 150 was turned while it stood upright. 0.9 put 379 upright; 0.98 did 394, and looked at the
turns of twice as many upright ones. `benchmarks/faces.py` counts the first of these anew.
"""


class Found(list[tuple[Face, Box]]):
    """Faces with what to judge for each, in pixels of the picture as it stands.

    Attributes:
        turn: quarter turns to the left after which they are upright.
    """

    turn = 0


def crops(finder: Finder, rgb: NDArray[np.uint8]) -> Found:
    """The faces in a picture (H, W, 3), largest first; if none is clear, those of the turn that shows one best.

    Looking at three turns takes three times as long again, for pictures without a clear face only.
    """
    found = Found(framing.crops(finder, rgb))
    if max((face.score for face, _ in found), default=0.0) >= SURE:
        return found
    height, width = rgb.shape[:2]
    best = SURE
    for turn in SAID:
        turned = framing.crops(finder, upright(rgb, turn))
        score = max((face.score for face, _ in turned), default=0.0)
        if score >= best:
            best = score
            found = Found(
                (_stood(face, turn, width, height), box_back(box, turn, width, height)) for face, box in turned
            )
            found.turn = turn
    return found


def _stood(face: Face, turn: int, width: int, height: int) -> Face:
    corners = points_back(np.array(face.box, dtype=np.float64).reshape(2, 2), turn, width, height)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Face((left, top, right, bottom), points_back(face.landmarks, turn, width, height), face.score)
