"""Boxes as arrays (N, 4) of left, top, right, bottom in pixels: suppression, correction, squares, patches."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Boxes = NDArray[np.float64]
Measure = Literal["union", "smaller"]


def suppress(boxes: Boxes, scores: NDArray[np.float64], limit: float, measure: Measure = "union") -> NDArray[np.intp]:
    """Non-maximum suppression: indices of the boxes that stay, best score first.

    A box goes when it overlaps a better one that stays by more than ``limit``: the shared area as a part of both
    together ("union") or of the smaller one ("smaller"). Of equal scores the first counts as better.
    """
    left, top, right, bottom = boxes.T
    areas = (right - left) * (bottom - top)
    order = np.argsort(-scores, kind="stable")
    kept = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        width = np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest])
        height = np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest])
        shared = np.maximum(width, 0) * np.maximum(height, 0)
        union = areas[best] + areas[rest] - shared
        order = rest[shared <= limit * (union if measure == "union" else np.minimum(areas[best], areas[rest]))]
    return np.array(kept, dtype=np.intp)


def corrected(boxes: Boxes, corrections: NDArray[np.float32]) -> Boxes:
    """Each border moved by its correction (N, 4), which is a share of the box's width or height."""
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes + corrections * np.tile(size, 2)


def squared(boxes: Boxes) -> Boxes:
    """The squares with the same centres and the longer side."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.hstack([centres - half, centres + half])


def patches(picture: Image.Image, squares: Boxes, side: int) -> NDArray[np.uint8]:
    """Cut out squares and bring each to ``side`` × ``side`` pixels; what lies outside of the picture is black.

    Returns:
        (N, side, side, 3).
    """
    out = np.zeros((len(squares), side, side, 3), dtype=np.uint8)
    for patch, (left, top, right, bottom) in zip(out, squares.tolist(), strict=True):
        inside = (max(left, 0.0), max(top, 0.0), min(right, picture.width), min(bottom, picture.height))
        scale = side / (right - left)
        x0, y0 = round((inside[0] - left) * scale), round((inside[1] - top) * scale)
        x1, y1 = round((inside[2] - left) * scale), round((inside[3] - top) * scale)
        if x1 > x0 and y1 > y0:
            part = picture.resize((x1 - x0, y1 - y0), Image.Resampling.BILINEAR, box=inside, reducing_gap=2.0)
            patch[y0:y1, x0:x1] = np.asarray(part)
    return out


def usable(boxes: Boxes, width: int, height: int) -> NDArray[np.bool_]:
    """Which boxes are finite, not empty, and have a part in a picture of this size."""
    left, top, right, bottom = boxes.T
    shape = np.isfinite(boxes).all(axis=1) & (right - left >= 1) & (bottom - top >= 1)
    return shape & (left < width - 1) & (top < height - 1) & (right > 1) & (bottom > 1)


def pyramid(width: int, height: int, smallest: float, *, cell: int = 12, factor: float = 0.709) -> list[float]:
    """Scales at which a face of ``smallest`` pixels, then larger ones, fills a cell, down to the whole picture."""
    scale = cell / smallest
    steps = math.log(min(width, height) * scale / cell) / -math.log(factor) if min(width, height) > smallest else -1
    return [scale * factor**step for step in range(math.floor(steps) + 1)]
