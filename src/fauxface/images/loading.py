"""The bytes of a picture on their way to a decoder: within the limits, of a known format, without what misleads."""

from __future__ import annotations

from dataclasses import dataclass

from fauxface.errors import ImageError
from fauxface.images import jpeg, png, tiff
from fauxface.images.files import printable
from fauxface.images.formats import sniff
from fauxface.images.guard import decoder_boundary, quiet_libtiff
from fauxface.images.limits import DEFAULT_LIMITS, Limits, check_bytes


@dataclass(frozen=True, slots=True)
class Loaded:
    """A picture file that may be opened.

    Attributes:
        data: the file, or as much of it as a decoder shall see.
        kind: its format, by `fauxface.images.formats.sniff`.
        name: how errors call the picture; printable.
        limits: what it may ask for.
        notes: what was left out, for a reader of the verdict.
    """

    data: bytes
    kind: str
    name: str
    limits: Limits
    notes: tuple[str, ...] = ()


def load(data: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS) -> Loaded:
    """Take the bytes of a picture file; nothing is decoded.

    Args:
        data: the whole file.
        name: how errors call the picture.
        limits: what the picture may ask for.

    Raises:
        ImageError: empty_file, file_too_large, not_an_image, unsupported_format, broken_image.
    """
    name = printable(name)
    check_bytes(len(data), name, limits)
    kind = sniff(data, name)
    with decoder_boundary(name, kind):
        return of_kind(data, kind, name=name, limits=limits)


def of_kind(data: bytes, kind: str, *, name: str, limits: Limits = DEFAULT_LIMITS) -> Loaded:
    """As `load`, of a file whose size and format (by `fauxface.images.formats.sniff`) were looked at before.

    Needs `decoder_boundary` around it.

    Raises:
        ImageError: unsupported_format, broken_image.
    """
    if kind == "PNG":
        if png.for_phones(data):
            message = f"{name}: a PNG rewritten for iPhone apps, which is not read: save it as an ordinary PNG"
            raise ImageError(message, code="unsupported_format")
        data, notes = png.tidy(data)
        return Loaded(data, kind, name, limits, notes)
    if kind == "TIFF":
        quiet_libtiff()
        data, notes = tiff.largest_page(data, name)
        return Loaded(data, kind, name, limits, notes)
    if kind == "JPEG" and jpeg.has_more_segments(data, limits.max_jpeg_segments):
        message = f"{name}: a JPEG of more than {limits.max_jpeg_segments:,} pieces: save it anew"
        raise ImageError(message, code="broken_image")
    if kind == "JPEG" and (found := jpeg.not_read(data)):
        message = f"{name}: this is {found}, which is not read: save it as an ordinary JPEG or as PNG"
        raise ImageError(message, code="unsupported_format")
    if kind == "JPEG" and jpeg.jpeg_exif_bytes(data) > limits.max_exif_bytes:
        return Loaded(jpeg.with_less_exif(data), kind, name, limits, (jpeg.EXIF_LEFT_OUT,))
    return Loaded(data, kind, name, limits)
