"""What callers may hand over as a picture, and how each kind is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeGuard

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface import images
from fauxface.errors import ImageError
from fauxface.images import DEFAULT_LIMITS, Limits, Picture
from fauxface.images.files import printable, read_file, read_stream
from fauxface.preprocess import DECODE_AT_LEAST

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | NDArray[np.uint8] | Image.Image


class Held(bytes):
    """The bytes of a picture's file that was handed over open, and what it is called."""

    name = "<file>"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in for a file that was handed over open and cannot be read; `read` raises its error."""

    name: str
    error: ImageError


def at_hand(source: Source | Unreadable, limits: Limits = DEFAULT_LIMITS) -> Any:
    """The source as something that can be read more than once: an open file is read here, to its end or the limit.

    Whatever holds bytes becomes `bytes`. Never raises: what is wrong is said by `read`.
    """
    if isinstance(source, (bytearray, memoryview)):
        try:
            return bytes(source)
        except ValueError as e:  # released
            return Unreadable("<bytes>", ImageError(f"<bytes>: cannot be read ({e})", code="unreadable_file"))
    if not is_open_file(source):
        return source
    called = getattr(source, "name", None)
    name = called if isinstance(called, str) and called else Held.name
    try:
        held = Held(read_stream(source, limits, name=printable(name)))
    except ImageError as error:
        return Unreadable(name, error)
    held.name = name
    return held


def in_memory(source: Source | Unreadable, limits: Limits = DEFAULT_LIMITS) -> Any:
    """As `at_hand`, and of a path the bytes, so that a file is read once for its pixels and for what it says.

    Never raises: what is wrong is said by `read`.
    """
    if not isinstance(source, (str, os.PathLike)):
        return at_hand(source, limits)
    name = name_of(source)
    try:
        held = Held(read_file(source, limits))
    except ImageError as error:
        return Unreadable(name, error)
    held.name = name
    return held


def is_open_file(source: Any) -> TypeGuard[BinaryIO]:
    """Whether it can be read like a file; not a path, a picture or an array."""
    return callable(getattr(source, "read", None)) and not isinstance(source, (os.PathLike, np.ndarray, Image.Image))


def is_one_picture(source: Any) -> bool:
    """Whether it is a picture by itself, though Python could go through its letters, bytes, lines or rows."""
    if isinstance(source, np.ndarray):
        return source.ndim < 4
    return isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview, Image.Image)) or is_open_file(source)


def name_of(source: Source | Unreadable) -> str:
    """How verdicts call a picture: its path, that of an open file, "<file>", "<bytes>" or "<array>"."""
    if isinstance(source, (str, os.PathLike)):
        return os.fsdecode(source)
    if isinstance(source, (Held, Unreadable)):
        return source.name
    return "<bytes>" if isinstance(source, (bytes, bytearray, memoryview)) else "<array>"


def read(
    source: Source | Unreadable, name: str, *, at_least: int | None = DECODE_AT_LEAST, limits: Limits = DEFAULT_LIMITS
) -> Picture:
    """Decode a picture.

    Args:
        source: path, bytes (or what holds them) of a picture file, a file open for reading bytes, RGB array (H, W, 3)
            uint8, or Pillow picture.
        name: how an error calls what is none of these.
        at_least: see `fauxface.images.decode`; matters only for paths, bytes and files.
        limits: what the picture may ask for.

    Raises:
        ImageError: codes in `fauxface.images`.
    """
    source = at_hand(source, limits)
    if isinstance(source, Unreadable):
        raise source.error
    if isinstance(source, (str, os.PathLike)):
        return images.read(source, at_least=at_least, limits=limits)
    if isinstance(source, bytes):
        return images.decode(source, name=name_of(source), at_least=at_least, limits=limits)
    if isinstance(source, np.ndarray):
        return images.check_array(source, limits=limits)
    if isinstance(source, Image.Image):
        return images.from_pillow(source, limits=limits)
    raise ImageError(
        f"{name}: a picture is a path, bytes, an open file, an array or a Pillow picture", code="bad_array"
    )
