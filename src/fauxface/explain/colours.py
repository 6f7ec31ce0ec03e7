"""The heat of an explanation as colours over its picture: orange speaks for fake, blue for real, none for neither."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.explain.maps import Explanation, Heat, Rgb

FAKE: Final = (230, 97, 0)
REAL: Final = (0, 98, 204)
"""Orange and blue differ for every kind of colour blindness, in lightness as well as in hue."""
FAINTEST: Final = 0.1
"""Heat in logits that at least belongs to full colour. So little moves no probability by more than 2.5 points; without
this, rounding errors of an empty map would be painted as brightly as evidence."""
DIMMED: Final = 0.55
"""What is left of the brightness where the network did not look."""


def scale_of(heat: Heat) -> float:
    """The heat, in logits, that gets full colour; the same for both signs, so that colours can be compared."""
    return max(float(np.abs(heat).max()), FAINTEST)


def colour(values: NDArray[np.floating], ground: NDArray[np.number], opacity: float) -> NDArray[np.uint8]:
    """Lay colour over a ground.

    Args:
        values: (h, w) in [-1, 1], positive speaks for fake.
        ground: (h, w, 3), 0–255.
        opacity: of full colour, in [0, 1]; at the value 0 the ground stays as it is.

    Returns:
        (h, w, 3), 0–255.
    """
    tint = np.where(values[..., None] > 0, np.array(FAKE, np.float32), np.array(REAL, np.float32))
    alpha = opacity * np.abs(values)[..., None]
    return (ground * (1 - alpha) + tint * alpha).round().clip(0, 255).astype(np.uint8)


def overlay(rgb: Rgb, explanation: Explanation, *, opacity: float = 0.45) -> Rgb:
    """The picture with its heat over the square that the network saw, and dimmed around it.

    Args:
        rgb: (H, W, 3), 0–255: ``explanation.rgb``, or the same picture at another size.
        explanation: of that picture.
        opacity: of full colour, in [0, 1].

    Returns:
        (H, W, 3), 0–255, a new array.
    """
    height, width = rgb.shape[:2]
    left, top, right, bottom = placed(explanation, width, height)
    heat = Image.fromarray((explanation.heat / scale_of(explanation.heat)).astype(np.float32))
    values = np.asarray(heat.resize((right - left, bottom - top), Image.Resampling.BILINEAR))
    out = (rgb * np.float32(DIMMED)).round().astype(np.uint8)
    out[top:bottom, left:right] = colour(values, rgb[top:bottom, left:right], opacity)
    return out


def placed(explanation: Explanation, width: int, height: int) -> tuple[int, int, int, int]:
    """The square that the network saw, in whole pixels of the picture at another size; never empty."""
    was_height, was_width = explanation.rgb.shape[:2]
    left, top, right, bottom = explanation.box
    x0, x1 = round(left * width / was_width), round(right * width / was_width)
    y0, y1 = round(top * height / was_height), round(bottom * height / was_height)
    x0, y0 = min(max(x0, 0), width - 1), min(max(y0, 0), height - 1)
    return x0, y0, min(max(x1, x0 + 1), width), min(max(y1, y0 + 1), height)
