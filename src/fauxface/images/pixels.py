"""Whether the pixels of a picture are all there, whatever its decoder says, and what can be mended if they are.

Where pixels are missing nothing is mended: a grey or black rest would be judged as if it had been seen.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import Final

from PIL import Image, JpegImagePlugin

from fauxface.errors import ImageError
from fauxface.images import jpeg, jpeg_pixels, png, tiff_pixels
from fauxface.images.containers import ends_in_zeros
from fauxface.images.header import draft
from fauxface.images.limits import Limits
from fauxface.images.loading import Loaded

NO_END: Final = "the file has no end, but all of its pixels"
WRONG_SUM: Final = "the file's checksum is wrong, but all of its pixels are there"

_BYTES_A_PIXEL: Final = 8
"""Of a PNG at most: four channels of 16 bits."""
_FILLING: Final = b"\xaa" * 4096
_STRIP: Final = 256


def check_pixels(file: Loaded) -> None:
    """What decoders do not tell of the pixels of a file whose header is within the limits.

    Raises:
        ImageError: broken_image, truncated_image.
    """
    data, name = file.data, file.name
    if file.kind == "PNG" and png.pixels_damaged(data, file.limits.max_pixels * _BYTES_A_PIXEL):
        raise ImageError(f"{name}: the PNG file's pixels are damaged: copy it again", code="broken_image")
    if file.kind == "TIFF" and tiff_pixels.pixels_missing(data):
        raise ImageError(f"{name}: part of the TIFF file's pixels is missing: copy it again", code="truncated_image")
    if file.kind in ("WEBP", "AVIF", "HEIF") and ends_in_zeros(data, file.kind):
        message = f"{name}: the file ends in zeros, as after a download that broke off: copy it again"
        raise ImageError(message, code="truncated_image")
    if file.kind != "JPEG":
        return
    if not jpeg.has_end(data):
        raise ImageError(f"{name}: the JPEG file ends too early: copy it again", code="truncated_image")
    if not jpeg.has_every_pass(data):
        raise ImageError(f"{name}: a part of the JPEG file's detail is missing: copy it again", code="truncated_image")
    if (found := jpeg_pixels.damage(data)) == "missing":
        raise ImageError(f"{name}: part of the JPEG file's pixels is missing: copy it again", code="truncated_image")
    if found:
        raise ImageError(f"{name}: part of the JPEG file's pixels is damaged: copy it again", code="broken_image")


def check_decoded(file: Loaded, image: Image.Image) -> None:
    """Whether a picture that has been decoded was filled up where its file had no more.

    Raises:
        ImageError: truncated_image.
    """
    if file.kind != "PNG" or any(image.crop((0, image.height - 1, image.width, image.height)).tobytes()):
        return  # missing rows are black, or transparent
    if png.rows_missing(file.data, file.limits.max_pixels * _BYTES_A_PIXEL):
        raise ImageError(f"{file.name}: the PNG file's last rows are missing: copy it again", code="truncated_image")


def mend(file: Loaded) -> Loaded | None:
    """A file that decodes to the pixels of this one, with a note on what was mended; None if pixels are missing.

    Needs `pillow_quiet` and `decoder_boundary` around it.

    Args:
        file: one that did not decode, though its header is within the limits.
    """
    most = file.limits.max_pixels * _BYTES_A_PIXEL
    mended = said = None
    if file.kind == "PNG" and not png.pixels_damaged(file.data, most):
        mended, said = png.with_right_sum(file.data, most), WRONG_SUM
    elif file.kind == "JPEG":
        mended, said = _with_end(file.data, file.limits), NO_END
    return replace(file, data=mended, notes=(*file.notes, said)) if mended else None


def _with_end(data: bytes, limits: Limits) -> bytes | None:
    """A JPEG with an end marker, if nothing but that is missing.

    A decoder that runs out of data fills up in silence. So it is asked twice: with the end at once, and with other
    data before the end. Only if it had all it needed does it see the same picture.
    """
    if jpeg.has_end(data):  # what is missing is missing elsewhere
        return None
    if len(data) - len(kept := data.rstrip(b"\0")) < 3:  # not the padding of a disk
        kept = data
    if kept.endswith(b"\xff"):
        kept = kept[:-1]
    if jpeg_pixels.damage(kept + jpeg.END):  # there is a hole before the end
        return None
    if not jpeg.has_every_pass(kept) or 2 * jpeg.scan_pixels(kept) > limits.max_scan_pixels:
        return None
    ended = kept + jpeg.END
    return ended if _digest(ended, limits) == _digest(kept + _FILLING + jpeg.END, limits) else None


def _digest(data: bytes, limits: Limits) -> bytes:
    """Of all pixels, strip by strip, so that no second copy of them is needed."""
    image: Image.Image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    draft(image, None, limits)
    image.load()
    digest = hashlib.sha256()
    for top in range(0, image.height, _STRIP):
        digest.update(image.crop((0, top, image.width, min(top + _STRIP, image.height))).tobytes())
    return digest.digest()
