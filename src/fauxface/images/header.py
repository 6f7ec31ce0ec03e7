"""The header of a picture file, opened and held against the limits; nothing is decoded yet."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, JpegImagePlugin, UnidentifiedImageError, features

from fauxface.errors import ImageError
from fauxface.images import jpeg, tiff
from fauxface.images.limits import Limits, check_size
from fauxface.images.loading import Loaded

_FRACTIONS: Final = (1, 2, 4, 8)
"""A JPEG can be decoded at one of these, without ever being in memory in full."""


def inspect_header(file: Loaded) -> Image.Image:
    """Open a picture and hold what its header says against the limits; nothing is decoded.

    Needs `pillow_quiet` and `decoder_boundary` around it.

    Raises:
        ImageError: as `open_image`; side_too_long, too_many_pixels, too_small.
    """
    image = open_image(file)
    _check(image, file)
    return image


def open_image(file: Loaded) -> Image.Image:
    """Open with exactly the decoder that the first bytes name; no limits are held against it, nothing is decoded.

    Needs `pillow_quiet` and `decoder_boundary` around it.

    Raises:
        ImageError: needs_heif, unsupported_format.
    """
    data, kind, name = file.data, file.kind, file.name
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
        if kind == "TIFF" and (layout := tiff.odd_layout(data)):
            raise tiff.not_read(name, layout) from None
        raise


def _check(image: Image.Image, file: Loaded) -> None:
    data, name, limits = file.data, file.name, file.limits
    if file.kind != "JPEG":
        check_size(*image.size, name, limits)
        return
    if jpeg.scan_pixels(data) > limits.max_scan_pixels:
        raise ImageError(f"{name}: a progressive JPEG with too many passes: save it anew", code="too_many_pixels")
    most = max(limits.max_pixels, min(limits.max_jpeg_pixels, limits.max_pixels * _FRACTIONS[-1] ** 2))
    check_size(*image.size, name, limits, most)
    if jpeg.coefficient_bytes(data) > limits.max_coefficient_bytes:
        most_bytes = f"{limits.max_coefficient_bytes / (1 << 20):g} MiB"
        raise ImageError(
            f"{name}: a progressive JPEG of {image.width} × {image.height} pixels needs more than {most_bytes} to be "
            "decoded: save it as a baseline JPEG or scale it down",
            code="too_many_pixels",
        )


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
