"""From an RGB picture of any size to what a network sees; the same code for judging, evaluating and training."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.degrade import saved
from fauxface.weights.card import ModelCard

DECODE_AT_LEAST: Final = 1024
"""JPEGs of twice this side and more are decoded at a fraction of their size, still well above what any network sees: a
picture of a modern camera then takes a tenth of the memory and time. Judging and training must do the same."""


def square(rgb: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Bring the shorter side to ``size`` pixels (Lanczos, antialiased) and cut out the centre square.

    A picture that is ``size`` × ``size`` already passes untouched, so forensic features survive.

    Args:
        rgb: (H, W, 3), 0–255.
        size: side of the result in pixels.

    Returns:
        (size, size, 3), 0–255.
    """
    height, width = rgb.shape[:2]
    if (height, width) == (size, size):
        return rgb
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    picture = Image.fromarray(rgb).resize((size, size), Image.Resampling.LANCZOS, box=box)
    return np.asarray(picture)


def saved_again(rgb: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """The picture after a trip through a JPEG file of that quality, 4:2:0; quality 0: as it is.

    Args:
        rgb: (H, W, 3), 0–255.
    """
    return rgb if quality == 0 else np.asarray(saved(Image.fromarray(rgb), "JPEG", quality))


def colour_spread(rgb: NDArray[np.uint8]) -> float:
    """How much colours differ within a picture: root of the summed variances of Cb and Cr (ITU-R BT.601).

    Args:
        rgb: (H, W, 3), 0–255.

    Returns:
        In levels of 0–255: 0 for grey and for one tint, 10 to 30 for most colour photographs.
    """
    chroma = np.asarray(Image.fromarray(rgb).convert("YCbCr"))[..., 1:]
    return float(np.sqrt(chroma.reshape(-1, 2).var(axis=0, dtype=np.float64).sum()))


def normalise(batch: NDArray[np.uint8], card: ModelCard) -> NDArray[np.float32]:
    """(N, S, S, 3) of 0–255 to contiguous (N, 3, S, S): (pixel - mean) / std of the card."""
    mean = np.asarray(card.input.mean, dtype=np.float32)
    std = np.asarray(card.input.std, dtype=np.float32)
    scaled = (batch.astype(np.float32) - mean) / std
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))
