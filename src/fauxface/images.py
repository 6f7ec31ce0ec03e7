"""Bytes or path → RGB picture, and the only door for untrusted pictures.

Reads JPEG, PNG, WebP, GIF, APNG, BMP, TIFF, AVIF, and HEIC with the extra ``heif``. Of moving pictures the first frame
that is not blank is taken, said in the notes; the others are in `Picture.animation`. EXIF rotation is applied;
transparent parts are laid on white; CMYK, palettes, grey and 16 bit become 8-bit RGB. Colour profiles (ICC) are ignored
on purpose: the networks were trained on plain pixel values, and a profile would be one more hostile format to parse.

What is wrong beside the pixels (long texts, a wrong checksum, a missing end) is no reason to refuse them. That some of
them are missing is one.

Every way in which a picture can be wrong is one `ImageError` with a stable code:

| code | meaning |
|---|---|
| ``file_not_found`` | no such file |
| ``is_an_address`` | an address of the web: nothing is fetched |
| ``is_a_folder`` | a folder, not a picture |
| ``permission_denied`` | the file may not be read |
| ``not_a_file`` | a pipe, socket or device |
| ``unreadable_file`` | the system cannot read it (a loop of links, a broken disk) |
| ``empty_file`` | zero bytes |
| ``file_too_large`` | more bytes than `Limits.max_bytes`; not read at all |
| ``not_an_image`` | the bytes are no picture, whatever the name says |
| ``unsupported_format`` | a picture or document of a kind that is not read |
| ``needs_heif`` | HEIC, and the extra ``heif`` is not installed |
| ``truncated_image`` | the file ends too early |
| ``broken_image`` | the file is damaged, or its decoder gave up |
| ``nothing_visible`` | transparent everywhere, and of one colour |
| ``too_many_pixels`` | more than `Limits.max_pixels` (of a JPEG `Limits.max_jpeg_pixels`), or too much work or memory |
| ``side_too_long`` | a side above `Limits.max_side` |
| ``too_small`` | a side below `Limits.min_side` |
| ``bad_array`` | a NumPy array that is not (H, W, 3) uint8 (raised by `check_array`) |

Pillow's global settings (``MAX_IMAGE_PIXELS``, ``LOAD_TRUNCATED_IMAGES``, registered plugins) are left alone.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface import jpeg_quality
from fauxface.errors import ImageError
from fauxface.image_files import (
    DEFAULT_LIMITS,
    EXTENSIONS,
    Limits,
    check_size,
    printable,
    read_file,
    read_stream,
    sniff,
)
from fauxface.image_frames import Animation, count
from fauxface.image_guard import decoder_boundary, pillow_quiet
from fauxface.image_mending import mend
from fauxface.image_modes import to_rgb
from fauxface.image_opening import check_header, check_pixels, draft, open_header, open_readable, readable

__all__ = [
    "DEFAULT_LIMITS",
    "EXTENSIONS",
    "Facts",
    "Limits",
    "Picture",
    "check",
    "check_array",
    "decode",
    "from_pillow",
    "inspect",
    "open_header",
    "read",
]


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
        ImageError: see the table above.
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
        ImageError: see the table above.
    """
    name, kind = printable(name), _kind(data, printable(name), limits)
    with pillow_quiet(), decoder_boundary(name, kind):
        data, notes = readable(data, kind, name, limits)
        try:
            return _decode(data, kind, name, limits, at_least, notes, trust=False)
        except ImageError as error:
            if error.code not in ("truncated_image", "broken_image") or not (mended := mend(data, kind, limits)):
                raise
            return _decode(mended[0], kind, name, limits, at_least, (*notes, mended[1]), trust=True)


def check(data: bytes, *, name: str = "<bytes>", limits: Limits = DEFAULT_LIMITS) -> None:
    """Hold the bytes of a picture file against the limits by its first bytes and its header; nothing is decoded.

    Raises:
        ImageError: see the table above.
    """
    name, kind = printable(name), _kind(data, printable(name), limits)
    with pillow_quiet(), decoder_boundary(name, kind), open_header(data, kind, name) as image:
        check_header(image, data, kind, name, limits)


def _kind(data: bytes, name: str, limits: Limits) -> str:
    if not data:
        raise ImageError(f"{name}: the file is empty", code="empty_file")
    if len(data) > limits.max_bytes:
        most = f"{limits.max_bytes / (1 << 20):g} MiB"
        raise ImageError(f"{name}: larger than the limit of {most}", code="file_too_large")
    return sniff(data, name)


def _decode(
    data: bytes, kind: str, name: str, limits: Limits, at_least: int | None, notes: tuple[str, ...], *, trust: bool
) -> Picture:
    with decoder_boundary(name, kind), open_readable(data, kind, name) as image:
        check_header(image, data, kind, name, limits)
        if not trust:  # what was mended was looked at more closely
            check_pixels(data, kind, name, limits)
        if (total := count(image, data, kind)) > 1:
            animation = Animation(data, kind, name, limits, image, total)
            frame = animation.first()
            said = f"first of {animation.total} frames"
            if frame.number > 1:
                said = f"frame {frame.number} of {animation.total}: the first one is blank"
            return Picture(frame.rgb, kind, (*notes, said, *frame.notes), animation=animation)
        if kind == "TIFF" and getattr(image, "is_animated", False):
            notes = (*notes, "first page of several")
        scale = 1
        if kind == "JPEG" and (scale := draft(image, at_least, limits)) > 1:
            notes = (*notes, f"large picture, decoded at 1/{scale} of its size")
        strength = jpeg_quality.quality(getattr(image, "quantization", {})) if kind == "JPEG" else None
        image.load()
        rgb, more = to_rgb(image, kind, name)
    return Picture(rgb, kind, (*notes, *more), strength, scale)


def inspect(path: str | os.PathLike[str], *, limits: Limits = DEFAULT_LIMITS) -> Facts:
    """Decode a file completely and tell what an index needs to know about it.

    Raises:
        ImageError: see the table above.
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
        ImageError: see the table above.
    """
    with pillow_quiet(), decoder_boundary(name, image.format or "Pillow"):
        check_size(*image.size, name, limits)
        image.load()
        rgb, notes = to_rgb(image, image.format or "Pillow", name)
    return Picture(rgb, image.format or "Pillow", tuple(notes))
