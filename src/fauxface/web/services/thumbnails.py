"""Small copies of pictures, as files for a browser."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.images import Limits, read

Rgb = NDArray[np.uint8]


def smaller(rgb: Rgb, side: int) -> Image.Image:
    """A picture (H, W, 3) uint8, made smaller to at most ``side`` pixels; a smaller one stays as it is."""
    image = Image.fromarray(np.ascontiguousarray(rgb))
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return image


def encoded(image: Image.Image, kind: Literal["JPEG", "PNG"]) -> bytes:
    """A picture as a file: JPEG of quality 85, or PNG."""
    file = io.BytesIO()
    image.save(file, kind, **({"quality": 85} if kind == "JPEG" else {"optimize": True}))
    return file.getvalue()


def thumbnail(path: Path, side: int, limits: Limits) -> bytes:
    """A file's picture as a JPEG of at most ``side`` pixels, upright, its metadata left out.

    Raises:
        ImageError: it is gone, or no picture within the limits.
    """
    return encoded(smaller(read(path, at_least=side, limits=limits).rgb, side), "JPEG")
