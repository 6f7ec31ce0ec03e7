"""What callers may hand over as a picture, and how each kind is read."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface import images
from fauxface.errors import ImageError
from fauxface.images import DEFAULT_LIMITS, Limits, Picture
from fauxface.preprocess import DECODE_AT_LEAST

Source = str | os.PathLike[str] | bytes | NDArray[np.uint8] | Image.Image


def name_of(source: Source) -> str:
    """How verdicts call a picture: its path, "<bytes>" or "<array>"."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return "<bytes>" if isinstance(source, bytes) else "<array>"


def read(
    source: Source, name: str, *, at_least: int | None = DECODE_AT_LEAST, limits: Limits = DEFAULT_LIMITS
) -> Picture:
    """Decode a picture.

    Args:
        source: path, bytes of a picture file, RGB array (H, W, 3) uint8, or Pillow picture.
        name: how an error calls what is none of these.
        at_least: see `fauxface.images.decode`; matters only for paths and bytes.
        limits: what the picture may ask for.

    Raises:
        ImageError: codes in `fauxface.images`.
    """
    if isinstance(source, (str, os.PathLike)):
        return images.read(source, at_least=at_least, limits=limits)
    if isinstance(source, bytes):
        return images.decode(source, at_least=at_least, limits=limits)
    if isinstance(source, np.ndarray):
        return images.check_array(source, limits=limits)
    if isinstance(source, Image.Image):
        return images.from_pillow(source, limits=limits)
    raise ImageError(f"{name}: a picture is a path, bytes, an array or a Pillow picture", code="bad_array")
