"""Bytes or path → RGB picture: load, inspect the header, decode. See `fauxface.images`."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.errors import ImageError
from fauxface.images import jpeg_quality
from fauxface.images.files import printable, read_file, read_stream
from fauxface.images.frames import Animation, count
from fauxface.images.guard import decoder_boundary, pillow_quiet
from fauxface.images.header import draft, inspect_header
from fauxface.images.limits import DEFAULT_LIMITS, Limits, check_size
from fauxface.images.loading import Loaded, load
from fauxface.images.modes import to_rgb
from fauxface.images.pixels import check_decoded, check_pixels, mend


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        rgb: (H, W, 3) uint8, 0–255, upright; may be read-only.
        format: "JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF" or "HEIF".
        notes: short facts that a reader of the verdict should know ("first of 12 frames").
        jpeg_quality: of a JPEG, 1 to 100; None for other formats. What the picture went through before is not known.
        scale: it was decoded at 1/``scale`` of its size.
        animation: all frames, where it moves; ``rgb`` is the first one that is not blank.
    """

    rgb: NDArray[np.uint8]
    format: str
    notes: tuple[str, ...] = ()
    jpeg_quality: int | None = None
    scale: int = 1
    animation: Animation | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a table of pictures keeps of a file that was decoded to the last pixel.

    Attributes:
        width, height: upright, in pixels; of a JPEG above `Limits.max_pixels` up to seven pixels too many.
        format: as in `Picture`.
        bytes: size of the file.
        sha256: hex digest of the file.
    """

    width: int
    height: int
    format: str
    bytes: int
    sha256: str


def read(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    name: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    at_least: int | None = None,
) -> Picture:
    """Read a picture from a path or an open binary file.

    Args:
        source: path, or a file opened for reading bytes (read to its end, not closed).
        name: how errors call the picture; default: the path, or "<file>".
        limits: what the picture may ask for.
        at_least: see `decode`.

    Raises:
        ImageError: see `fauxface.images`.
    """
    if isinstance(source, (str, os.PathLike)):
        data, name = read_file(source, limits), name or os.fspath(source)
    else:
        name = name or "<file>"
        data = read_stream(source, limits, name=printable(name))
    return decode(data, name=name, limits=limits, at_least=at_least)


def decode(
    data: bytes, *, name: str = "<bytes>", limits: Limits = DEFAULT_LIMITS, at_least: int | None = None
) -> Picture:
    """Decode the bytes of a picture file.

    Args:
        data: the whole file.
        name: how errors call the picture.
        limits: what the picture may ask for.
        at_least: if given, a JPEG whose shorter side is at least twice this many pixels is decoded at 1/2,
            1/4 or 1/8 of its size, still at least this large, which saves memory and time. Other pictures
            are never touched, but for a JPEG of more than `Limits.max_pixels`.

    Raises:
        ImageError: see `fauxface.images`.
    """
    file = load(data, name=name, limits=limits)
    with pillow_quiet(), decoder_boundary(file.name, file.kind):
        try:
            return _decode(file, at_least)
        except ImageError as error:
            if error.code not in ("truncated_image", "broken_image") or not (mended := mend(file)):
                raise
            return _decode(mended, at_least, checked=True)


def check(data: bytes, *, name: str = "<bytes>", limits: Limits = DEFAULT_LIMITS) -> None:
    """Hold the bytes of a picture file against the limits by its first bytes and its header; nothing is decoded.

    Raises:
        ImageError: see `fauxface.images`.
    """
    file = load(data, name=name, limits=limits)
    with pillow_quiet(), decoder_boundary(file.name, file.kind), inspect_header(file):
        pass


def _decode(file: Loaded, at_least: int | None, *, checked: bool = False) -> Picture:
    kind, notes = file.kind, file.notes
    with decoder_boundary(file.name, kind), inspect_header(file) as image:
        if not checked:
            check_pixels(file)
        if (total := count(image, file)) > 1:
            animation = Animation(file, image, total)
            frame = animation.first()
            said = f"first of {animation.total} frames"
            if frame.number > 1:
                said = f"frame {frame.number} of {animation.total}: the first one is blank"
            return Picture(frame.rgb, kind, (*notes, said, *frame.notes), animation=animation)
        if kind == "TIFF" and getattr(image, "is_animated", False):
            notes = (*notes, "first page of several")
        scale = 1
        if kind == "JPEG" and (scale := draft(image, at_least, file.limits)) > 1:
            notes = (*notes, f"large picture, decoded at 1/{scale} of its size")
        strength = jpeg_quality.quality(getattr(image, "quantization", {})) if kind == "JPEG" else None
        image.load()
        check_decoded(file, image)
        rgb, more = to_rgb(image, kind, file.name)
    return Picture(rgb, kind, (*notes, *more), strength, scale)


def inspect(path: str | os.PathLike[str], *, limits: Limits = DEFAULT_LIMITS) -> Facts:
    """Decode a file completely and tell what an index needs to know about it.

    Raises:
        ImageError: see `fauxface.images`.
    """
    data = read_file(path, limits)
    picture = decode(data, name=os.fspath(path), limits=limits)
    height, width = (side * picture.scale for side in picture.rgb.shape[:2])
    return Facts(width, height, picture.format, len(data), hashlib.sha256(data).hexdigest())


def check_array(array: NDArray[np.generic], *, name: str = "<array>", limits: Limits = DEFAULT_LIMITS) -> Picture:
    """Take a picture that the caller decoded: (H, W, 3) uint8, RGB, 0–255.

    Raises:
        ImageError: bad_array, too_many_pixels, side_too_long, too_small.
    """
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        found = f"{array.dtype}, shape {array.shape}"
        raise ImageError(f"{name}: a picture must be uint8 of shape (H, W, 3), this is {found}", code="bad_array")
    check_size(array.shape[1], array.shape[0], name, limits)
    return Picture(array.astype(np.uint8, copy=False), "array")


def from_pillow(image: Image.Image, *, name: str = "<picture>", limits: Limits = DEFAULT_LIMITS) -> Picture:
    """Take a picture that the caller opened with Pillow; it is loaded if it was not, and left as it is.

    Raises:
        ImageError: see `fauxface.images`.
    """
    with pillow_quiet(), decoder_boundary(name, image.format or "Pillow"):
        check_size(*image.size, name, limits)
        image.load()
        rgb, notes = to_rgb(image, image.format or "Pillow", name)
    return Picture(rgb, image.format or "Pillow", tuple(notes))
