"""MTCNN's cascade: a picture goes in, faces come out, largest first."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.errors import ImageError
from fauxface.faces.boxes import Boxes, corrected, patches, pyramid, squared, suppress, usable
from fauxface.faces.face import Face
from fauxface.faces.networks import Floats, Networks

SMALLEST: Final = 60
"""Side of the smallest face looked for, in pixels: smaller ones have too few for a verdict, see docs/faces.md."""
THRESHOLDS: Final = (0.6, 0.7, 0.7)
"""What a candidate must reach in P-Net, R-Net and O-Net."""
WORKING_SIDE: Final = 1280
"""Larger pictures are searched at this size (the longer side), whatever they ask for."""
_SMALLEST_WORKING: Final = 20
_STRIDE, _CELL = 2, 12
# A picture made for it could propose a face at every second pixel of every scale.
_MOST_A_SCALE, _MOST_PROPOSED, _MOST_REFINED = 500, 400, 100

Rgb = NDArray[np.uint8]


class Finder:
    """The three networks, loaded; safe to use from several threads."""

    def __init__(self, *, threads: int = 1) -> None:
        """Load the networks.

        Args:
            threads: processor threads for one picture. The networks are so small that more than one only wait for
                each other: on a busy machine they were slower.

        Raises:
            WeightsError: weights_damaged, weights_not_found, bad_weights.
        """
        self._networks = Networks(threads=threads)

    def find(self, image: Rgb, *, smallest: float = SMALLEST) -> list[Face]:
        """Faces in a picture, largest first; an empty list if there are none.

        Args:
            image: (H, W, 3) uint8, RGB, of any size. The longer side is searched at `WORKING_SIDE` pixels at most.
            smallest: side in pixels of the smallest face looked for, at least 20 at the size that is searched.

        Raises:
            ImageError: bad_array.
            ValueError: ``smallest`` is not above 0.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ImageError(f"a picture must be uint8, (H, W, 3), not {image.dtype} {image.shape}", code="bad_array")
        if not smallest > 0:
            raise ValueError(f"smallest must be above 0, not {smallest}")
        height, width = image.shape[:2]
        if min(width, height) < _CELL:
            return []
        picture = Image.fromarray(image)
        shrink = min(1.0, WORKING_SIDE / max(width, height))
        if shrink < 1:
            picture = picture.resize((max(round(width * shrink), 1), max(round(height * shrink), 1)), reducing_gap=3.0)
        boxes = self._propose(picture, max(smallest * shrink, _SMALLEST_WORKING))
        boxes = self._refine(picture, boxes)
        boxes, points, scores = self._decide(picture, boxes)
        scale = np.array([width / picture.width, height / picture.height])
        faces = _faces(boxes * np.tile(scale, 2), points * scale, scores, width, height)
        return sorted(faces, key=lambda face: -face.area)

    def _propose(self, picture: Image.Image, smallest: float) -> Boxes:
        """Squares where P-Net, run over the picture at every scale, sees a face."""
        found, scores = [np.zeros((0, 4))], [np.zeros(0)]
        for scale in pyramid(picture.width, picture.height, smallest):
            size = (max(round(picture.width * scale), _CELL), max(round(picture.height * scale), _CELL))
            scaled = np.asarray(picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
            corrections, faces = self._networks.run("pnet", _normalised(scaled[None]))
            rows, columns = np.nonzero(faces[0, 1] > THRESHOLDS[0])
            certainty = faces[0, 1, rows, columns].astype(np.float64)
            best = np.argsort(-certainty, kind="stable")[:_MOST_A_SCALE]
            rows, columns, certainty = rows[best], columns[best], certainty[best]
            corner = np.stack([columns, rows], axis=1).astype(np.float64) * _STRIDE
            boxes = corrected(np.hstack([corner, corner + _CELL]), corrections[0][:, rows, columns].T)
            kept = suppress(boxes, certainty, 0.5)
            ratio = np.array([picture.width / size[0], picture.height / size[1]])
            found.append(boxes[kept] * np.tile(ratio, 2))
            scores.append(certainty[kept])
        boxes = np.concatenate(found)
        return squared(boxes[suppress(boxes, np.concatenate(scores), 0.7)[:_MOST_PROPOSED]])

    def _refine(self, picture: Image.Image, boxes: Boxes) -> Boxes:
        """Squares that R-Net takes for faces as well, moved by it."""
        boxes = boxes[usable(boxes, *picture.size)]
        if not len(boxes):
            return boxes
        corrections, faces = self._networks.run("rnet", _normalised(patches(picture, boxes, 24)))
        sure = faces[:, 1] > THRESHOLDS[1]
        boxes = corrected(boxes[sure], corrections[sure])
        return squared(boxes[suppress(boxes, faces[sure, 1].astype(np.float64), 0.7)[:_MOST_REFINED]])

    def _decide(self, picture: Image.Image, boxes: Boxes) -> tuple[Boxes, NDArray[np.float64], NDArray[np.float64]]:
        """Boxes (N, 4), landmarks (N, 5, 2) and scores (N,) of what O-Net takes for faces."""
        boxes = boxes[usable(boxes, *picture.size)]
        if not len(boxes):
            return boxes, np.zeros((0, 5, 2)), np.zeros(0)
        corrections, faces, landmarks = self._networks.run("onet", _normalised(patches(picture, boxes, 48)))
        sure = faces[:, 1] > THRESHOLDS[2]
        boxes, scores = boxes[sure], faces[sure, 1].astype(np.float64)
        # Five x, then five y, as shares of the square that O-Net saw.
        shares = landmarks[sure].reshape(-1, 2, 5).transpose(0, 2, 1)
        points = boxes[:, None, :2] + shares * (boxes[:, None, 2:] - boxes[:, None, :2])
        boxes = corrected(boxes, corrections[sure])
        kept = suppress(boxes, scores, 0.7, "smaller")
        return boxes[kept], points[kept], scores[kept]


@cache
def _shared() -> Finder:
    return Finder()


def find(image: Rgb, *, smallest: float = SMALLEST) -> list[Face]:
    """Faces in a picture, largest first; the networks are loaded at the first call. See `Finder.find`.

    Raises:
        ImageError: bad_array.
        WeightsError: weights_damaged, weights_not_found, bad_weights.
    """
    return _shared().find(image, smallest=smallest)


def _normalised(pictures: Rgb) -> Floats:
    """(N, H, W, 3) of 0–255 to (N, 3, H, W) of about -1 to 1, as the networks were trained."""
    scaled = (pictures.astype(np.float32) - np.float32(127.5)) / np.float32(128)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def _faces(
    boxes: Boxes, points: NDArray[np.float64], scores: NDArray[np.float64], width: int, height: int
) -> list[Face]:
    cut = np.clip(boxes, 0, [width, height, width, height])
    faces = []
    for (left, top, right, bottom), landmarks, score in zip(cut.tolist(), points, scores.tolist(), strict=True):
        if right > left and bottom > top and np.isfinite(landmarks).all():
            faces.append(Face((left, top, right, bottom), landmarks, score))
    return faces
