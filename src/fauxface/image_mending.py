"""Files whose pixels are all there although a decoder gives up: an end that is missing, a sum that is wrong.

Where pixels are missing nothing is mended: a grey or black rest would be judged as if it had been seen.
"""

from __future__ import annotations

import hashlib
import io
from typing import Final

from PIL import Image, JpegImagePlugin

from fauxface import image_jpeg, image_jpeg_pixels, image_png
from fauxface.image_files import Limits
from fauxface.image_opening import BYTES_A_PIXEL, draft

NO_END: Final = "the file has no end, but all of its pixels"
WRONG_SUM: Final = "the file's checksum is wrong, but all of its pixels are there"

_FILLING: Final = b"\xaa" * 4096
_STRIP: Final = 256


def mend(data: bytes, kind: str, limits: Limits) -> tuple[bytes, str] | None:
    """A file that decodes to the pixels of this one, and what to say about it; None if pixels are missing.

    Needs `pillow_quiet` and `decoder_boundary` around it.

    Args:
        data: of a file that did not decode, as `fauxface.image_opening.readable` gave it and within the limits.
    """
    most = limits.max_pixels * BYTES_A_PIXEL
    if kind == "PNG" and not image_png.pixels_damaged(data, most) and (mended := image_png.with_right_sum(data, most)):
        return mended, WRONG_SUM
    if kind == "JPEG" and (mended := _with_end(data, limits)):
        return mended, NO_END
    return None


def _with_end(data: bytes, limits: Limits) -> bytes | None:
    """A JPEG with an end marker, if nothing but that is missing.

    A decoder that runs out of data fills up in silence. So it is asked twice: with the end at once, and with other
    data before the end. Only if it had all it needed does it see the same picture.
    """
    if image_jpeg.has_end(data):  # set behind pixels that had been cut
        kept = image_jpeg.before_end(data)
    elif len(data) - len(kept := data.rstrip(b"\0")) < 3:  # not the padding of a disk
        kept = data
    if kept.endswith(b"\xff"):
        kept = kept[:-1]
    if image_jpeg_pixels.damage(data) == "damaged":  # nothing is missing, and what is there is wrong
        return None
    if not image_jpeg.has_every_pass(kept) or 2 * image_jpeg.scan_pixels(kept) > limits.max_scan_pixels:
        return None
    ended = kept + image_jpeg.END
    return ended if _digest(ended, limits) == _digest(kept + _FILLING + image_jpeg.END, limits) else None


def _digest(data: bytes, limits: Limits) -> bytes:
    """Of all pixels, strip by strip, so that no second copy of them is needed."""
    image: Image.Image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    draft(image, None, limits)
    image.load()
    digest = hashlib.sha256()
    for top in range(0, image.height, _STRIP):
        digest.update(image.crop((0, top, image.width, min(top + _STRIP, image.height))).tobytes())
    return digest.digest()
