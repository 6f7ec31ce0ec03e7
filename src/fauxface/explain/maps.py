"""Which parts of a picture moved the network: its class-activation map, and a finer map by hiding patches.

Class-activation map: Zhou, Khosla, Lapedriza, Oliva and Torralba, "Learning Deep Features for Discriminative
Localization" (2016). Occlusion: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014). The
patch that hides is black, as in the cutout that the networks were trained with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fauxface.degrade import erased
from fauxface.detector import Detector
from fauxface.errors import WeightsError
from fauxface.preprocess import square
from fauxface.source import Source, at_hand, name_of, read
from fauxface.turns import box_back, turn_of, upright
from fauxface.verdict import Verdict

Kind = Literal["class-activation map", "occlusion map"]
Rgb = NDArray[np.uint8]
Heat = NDArray[np.float64]

PATCH: Final = 1 / 6
"""Side of the hiding patch, as a share of the side of what the network sees."""
STRIDE: Final = 1 / 2
"""Distance from one patch to the next, as a share of the patch."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """What moved the network in one picture, and where that lies.

    Attributes:
        verdict: what the detector says about the picture.
        rgb: the picture, (H, W, 3) uint8, upright, as it was judged; may be read-only.
        box: (left, top, right, bottom) of the square that the network saw, in pixels of ``rgb``: of several faces the
            one that decides; without a face the middle of the picture. May end between two pixels.
        heat: (h, w), covers ``box``; in calibrated logits, positive where the picture speaks for *fake*.
            Of a class-activation map the mean is, but for a constant, the logit for *fake*. An occlusion map says by
            how much the logit for *fake* falls when that place is hidden.
        kind: which of the two maps it is.
        patch, stride: side and distance of the hiding patches in pixels of the network's input, of which ``heat`` then
            has one value each; 0 for a class-activation map.
    """

    verdict: Verdict
    rgb: Rgb
    box: tuple[float, float, float, float]
    heat: Heat
    kind: Kind
    patch: int = 0
    stride: int = 0


def class_activation(detector: Detector, picture: Source) -> Explanation:
    """Explain a picture by the map that its logit is the mean of: coarse, exact, and free with every verdict.

    Args:
        detector: judges; its card's calibration and its way with faces hold here as well.
        picture: what `Detector.predict` takes.

    Raises:
        ImageError: the picture cannot be judged; codes in `fauxface.images`.
        WeightsError: bad_weights if the network gives a number that is not finite.
    """
    verdict, rgb, box, seen = _look(detector, picture)
    _, maps = detector.judge([seen])
    heat = -maps[0].astype(np.float64) / detector.card.calibration.temperature
    return _explanation(verdict, rgb, box, heat, "class-activation map")


def occlusion(
    detector: Detector,
    picture: Source,
    *,
    patch: float = PATCH,
    stride: float = STRIDE,
    batch_size: int = 8,
    advance: Callable[[int], Any] | None = None,
) -> Explanation:
    """Explain a picture by hiding one patch of it after another: finer than the other map, and a pass for each patch.

    Each pixel gets the mean change over the patches that covered it, weighted by how near to their middle it lies:
    a plain mean would draw the patches' edges, which nothing in the picture has. Patches at the border end with it, so
    every pixel is covered.

    Args:
        detector, picture: as for `class_activation`.
        patch: side of the patch as a share of the side of what the network sees, above 0; from 1 on all is hidden.
        stride: distance from patch to patch as a share of the patch, above 0 and at most 1.
        batch_size: patches judged together, at least 1; the map does not depend on it.
        advance: called with the number of patches done since the last call; `count_patches` says how many there are.

    Raises:
        ValueError: patch, stride or batch_size out of range.
        ImageError, WeightsError: as for `class_activation`.
    """
    size, step, starts = _grid(detector.card.input.size, patch, stride)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    verdict, rgb, box, seen = _look(detector, picture)
    unhidden = float(detector.judge([seen])[0][0])
    total, weights = np.zeros(seen.shape[:2]), np.zeros(seen.shape[:2])
    tent = _tent(size)
    corners = product(starts, starts)
    while corner_batch := list(islice(corners, batch_size)):
        hidden = [erased(seen, [(left, top, left + size, top + size)]) for top, left in corner_batch]
        logits, _ = detector.judge(hidden)
        for (top, left), logit in zip(corner_batch, logits, strict=True):
            # The logit speaks for real: if it rises when a place is hidden, that place spoke for fake.
            total[top : top + size, left : left + size] += (logit - unhidden) * tent
            weights[top : top + size, left : left + size] += tent
        if advance is not None:
            advance(len(corner_batch))
    return _explanation(verdict, rgb, box, total / weights, "occlusion map", size, step)


def count_patches(side: int, patch: float = PATCH, stride: float = STRIDE) -> int:
    """How many patches `occlusion` hides, one after another, of a network's input of ``side`` pixels.

    Raises:
        ValueError: patch or stride out of range.
    """
    return len(_grid(side, patch, stride)[2]) ** 2


def _grid(side: int, patch: float, stride: float) -> tuple[int, int, list[int]]:
    """Side of the patches, distance between them, and where they begin along a side, all in pixels."""
    if not patch > 0:
        raise ValueError(f"patch must be above 0, not {patch}")
    if not 0 < stride <= 1:
        raise ValueError(f"stride must be above 0 and at most 1, not {stride}")
    size = max(1, round(min(patch, 1.0) * side))
    step = max(1, round(stride * size))
    return size, step, [*range(0, side - size, step), side - size]


def _tent(size: int) -> NDArray[np.float64]:
    """(size, size), falling from the middle to the border, positive everywhere."""
    side = np.minimum(np.arange(size), np.arange(size)[::-1]) + 0.5
    return np.outer(side, side)


def _look(detector: Detector, source: Source) -> tuple[Verdict, Rgb, tuple[float, float, float, float], Rgb]:
    """The verdict, the picture, the square in it that decided the verdict, and that square as the network sees it."""
    source = at_hand(source, detector.limits)
    picture = read(source, name_of(source), limits=detector.limits)
    if picture.animation is not None:  # a map belongs to one frame, so that frame is judged
        verdict = detector.predict(picture.rgb)
        verdict = replace(verdict, path=name_of(source), notes=(*picture.notes, *verdict.notes))
    else:
        verdict = detector.predict(source)
    if set(picture.notes) - set(verdict.notes):
        # A note on the smaller size of a large JPEG is gone: for a small face the picture was read in full.
        picture = read(source, verdict.path, at_least=None, limits=detector.limits)
    turn = turn_of(verdict.notes)
    rgb = upright(picture.rgb, turn)  # shown as it was judged
    left, top, right, bottom = box_back(_decisive(verdict, picture.rgb), -turn, rgb.shape[1], rgb.shape[0])
    seen = square(rgb[top:bottom, left:right], detector.card.input.size)
    side = min(right - left, bottom - top)
    x, y = left + (right - left - side) / 2, top + (bottom - top - side) / 2  # as `square` cuts
    return verdict, rgb, (x, y, x + side, y + side), seen


def _decisive(verdict: Verdict, rgb: Rgb) -> tuple[int, int, int, int]:
    """The crop of the face whose verdict is the picture's, or the whole picture."""
    for face in verdict.faces or ():
        if (face.label, face.probability_fake) == (verdict.label, verdict.probability_fake):
            return face.crop
    return 0, 0, rgb.shape[1], rgb.shape[0]


def _explanation(
    verdict: Verdict,
    rgb: Rgb,
    box: tuple[float, float, float, float],
    heat: Heat,
    kind: Kind,
    patch: int = 0,
    stride: int = 0,
) -> Explanation:
    if not np.isfinite(heat).all():
        raise WeightsError(f"the network '{verdict.model}' gave a map that is not finite: its weights are damaged")
    return Explanation(verdict, rgb, box, heat, kind, patch, stride)
