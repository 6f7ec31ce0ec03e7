"""Small honest changes of a picture, under which a verdict worth giving does not change sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.degrade import erased, saved, scaled_and_back

Rgb = NDArray[np.uint8]

# Of the square's side: left, top, right, bottom. Each hides one part of a face that is framed as FFHQ frames it.
_LEFT_EYE: Final = (0.25, 0.34, 0.5, 0.59)
_MOUTH: Final = (0.375, 0.62, 0.625, 0.87)


def mirrored(rgb: Rgb) -> Rgb:
    """The picture from left to right."""
    return rgb[:, ::-1]


def resized(rgb: Rgb, share: float = 0.75) -> Rgb:
    """The picture brought to that share of its sides and back (bicubic)."""
    bicubic = Image.Resampling.BICUBIC
    return np.asarray(scaled_and_back(Image.fromarray(rgb), share, bicubic, bicubic))


def saved_as_jpeg(rgb: Rgb, quality: int = 75) -> Rgb:
    """The picture after a trip through a JPEG file of that quality, 4:2:0."""
    return np.asarray(saved(Image.fromarray(rgb), "JPEG", quality))


def hidden(rgb: Rgb, place: tuple[float, float, float, float]) -> Rgb:
    """The picture with a black patch (cutout); place: (left, top, right, bottom) as shares of the sides."""
    height, width = rgb.shape[:2]
    left, top, right, bottom = place
    return erased(rgb, [(round(left * width), round(top * height), round(right * width), round(bottom * height))])


PERTURBATIONS: Final[Mapping[str, tuple[str, Callable[[Rgb], Rgb]]]] = {
    "mirror": ("mirrored", mirrored),
    "jpeg": ("saved again as JPEG of quality 75", saved_as_jpeg),
    "resize": ("made smaller by a quarter and larger again", resized),
    "hide-eye": ("seen with one eye hidden", lambda rgb: hidden(rgb, _LEFT_EYE)),
    "hide-mouth": ("seen with the mouth hidden", lambda rgb: hidden(rgb, _MOUTH)),
}
"""Name → (what it does, in words that follow "changes when it is", and how); each takes and gives (S, S, 3) uint8."""
