"""From the bytes of a picture file to an opened header that is held against the limits; nothing is decoded yet."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, JpegImagePlugin, UnidentifiedImageError, features

from fauxface import image_jpeg, image_jpeg_pixels, image_png, image_tiff
from fauxface.errors import ImageError
from fauxface.image_files import DEFAULT_LIMITS, Limits, check_size
from fauxface.image_guard import quiet_libtiff

BYTES_A_PIXEL: Final = 8
"""Of a PNG at most: four channels of 16 bits."""
_FRACTIONS: Final = (1, 2, 4, 8)
"""A JPEG can be decoded at one of these, without ever being in memory in full."""


def readable(data: bytes, kind: str, name: str, limits: Limits = DEFAULT_LIMITS) -> tuple[bytes, tuple[str, ...]]:
    """The file without what would keep a decoder from its pixels or lead it to others, and what to say about it.

    Args:
        data: the whole file.
        kind: its format, by `fauxface.image_files.sniff`.
        name: how errors call the picture.
        limits: what the picture may ask for.

    Raises:
        ImageError: unsupported_format, broken_image.
    """
    if kind == "PNG":
        if image_png.for_phones(data):
            message = f"{name}: a PNG rewritten for iPhone apps, which is not read: save it as an ordinary PNG"
            raise ImageError(message, code="unsupported_format")
        return image_png.tidy(data)
    if kind == "TIFF":
        quiet_libtiff()
        return image_tiff.largest_page(data, name)
    if kind == "JPEG" and image_jpeg.has_more_segments(data, limits.max_jpeg_segments):
        message = f"{name}: a JPEG of more than {limits.max_jpeg_segments:,} pieces: save it anew"
        raise ImageError(message, code="broken_image")
    if kind == "JPEG" and image_jpeg.jpeg_exif_bytes(data) > limits.max_exif_bytes:
        return image_jpeg.with_less_exif(data), (image_jpeg.EXIF_LEFT_OUT,)
    return data, ()


def open_header(data: bytes, kind: str, name: str) -> Image.Image:
    """Open with exactly the decoder that the first bytes name (``kind``, by `sniff`); nothing is decoded yet.

    Holds no limits against the picture, and needs `pillow_quiet` and `decoder_boundary` around it.

    Raises:
        ImageError: needs_heif, unsupported_format.
    """
    return open_readable(readable(data, kind, name)[0], kind, name)


def open_readable(data: bytes, kind: str, name: str) -> Image.Image:
    """As `open_header`, for what `readable` gave."""
    if kind == "HEIF":
        try:
            from pillow_heif import HeifImageFile
        except ImportError as e:
            hint = "run  pip install 'fauxface[heif]'  or save it as JPEG"
            raise ImageError(f"{name}: HEIC pictures need the extra 'heif': {hint}", code="needs_heif") from e
        # The class itself, not register_heif_opener(), which would change Pillow for the whole program.
        return HeifImageFile(io.BytesIO(data))
    if kind in ("AVIF", "WEBP") and not features.check(kind.lower()):
        raise ImageError(
            f"{name}: this Pillow was built without {kind}: save it as JPEG or PNG", code="unsupported_format"
        )
    if kind == "JPEG":
        # The class itself: Image.open() would refuse 200 megapixels, which need not be decoded in full.
        try:
            return JpegImagePlugin.JpegImageFile(io.BytesIO(data))
        except SyntaxError as e:
            raise UnidentifiedImageError(str(e)) from e
    try:
        return Image.open(io.BytesIO(data), formats=[kind])
    except UnidentifiedImageError:
        if kind == "TIFF" and (layout := image_tiff.odd_layout(data)):
            raise image_tiff.not_read(name, layout) from None
        raise


def check_header(image: Image.Image, data: bytes, kind: str, name: str, limits: Limits) -> None:
    """Hold an opened picture against the limits, before anything is decoded.

    Raises:
        ImageError: side_too_long, too_many_pixels, too_small.
    """
    if kind != "JPEG":
        check_size(*image.size, name, limits)
        return
    if image_jpeg.scan_pixels(data) > limits.max_scan_pixels:
        raise ImageError(f"{name}: a progressive JPEG with too many passes: save it anew", code="too_many_pixels")
    most = max(limits.max_pixels, min(limits.max_jpeg_pixels, limits.max_pixels * _FRACTIONS[-1] ** 2))
    check_size(*image.size, name, limits, most)
    if image_jpeg.coefficient_bytes(data) > limits.max_coefficient_bytes:
        most_bytes = f"{limits.max_coefficient_bytes / (1 << 20):g} MiB"
        raise ImageError(
            f"{name}: a progressive JPEG of {image.width} × {image.height} pixels needs more than {most_bytes} to be "
            "decoded: save it as a baseline JPEG or scale it down",
            code="too_many_pixels",
        )


def check_pixels(data: bytes, kind: str, name: str, limits: Limits) -> None:
    """What decoders do not tell of the pixels of a file that is within the limits.

    Raises:
        ImageError: broken_image, truncated_image.
    """
    if kind == "PNG" and image_png.pixels_damaged(data, limits.max_pixels * BYTES_A_PIXEL):
        raise ImageError(f"{name}: the PNG file's pixels are damaged: copy it again", code="broken_image")
    if kind != "JPEG":
        return
    if not image_jpeg.has_end(data):
        raise ImageError(f"{name}: the JPEG file ends too early: copy it again", code="truncated_image")
    if (found := image_jpeg_pixels.damage(data)) == "missing":
        raise ImageError(f"{name}: part of the JPEG file's pixels is missing: copy it again", code="truncated_image")
    if found:
        raise ImageError(f"{name}: part of the JPEG file's pixels is damaged: copy it again", code="broken_image")


def draft(image: Image.Image, at_least: int | None, limits: Limits) -> int:
    """Have a JPEG decoded at the fraction of its size that is wanted, or that the limits leave; 1, 2, 4 or 8.

    Args:
        image: opened, not loaded.
        at_least: see `fauxface.images.decode`.
        limits: what is decoded has at most ``max_pixels``.
    """
    width, height = image.size
    wanted = min(image.size) // at_least if at_least else 1
    needed = next((s for s in _FRACTIONS if -(-width // s) * -(-height // s) <= limits.max_pixels), _FRACTIONS[-1])
    scale = max(needed, max((s for s in _FRACTIONS if s <= wanted), default=1))
    if scale > 1:
        image.draft(None, (width // scale, height // scale))
    return round(width / image.width)
