"""What an untrusted picture may ask for, and the errors of what asks for more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fauxface.errors import ImageError


@dataclass(frozen=True, slots=True)
class Limits:
    """What an untrusted picture may ask for. Every limit is checked before pixels are decoded.

    These are the limits of the command line, of Python and, where its settings say nothing else, of the page.

    Attributes:
        max_bytes: largest file; larger ones are not even read.
        max_pixels: width × height as decoded, which takes 7 to 14 bytes a pixel. A JPEG of more is decoded at 1/2, 1/4
            or 1/8 of its size (`fauxface.images.header.draft`); no other format can be.
        max_jpeg_pixels: width × height that a JPEG's header may name.
        max_coefficient_bytes: what a JPEG in several passes keeps in memory besides, however small it is decoded.
        max_side, min_side: longest and shortest side allowed, in pixels.
        max_exif_bytes: EXIF data of a JPEG in all its segments; cameras write 64 KiB at most, and joining thousands of
            segments takes time that grows with the square of their number. Of more only the first one is read.
        max_jpeg_segments: pieces (metadata, tables, passes) of a JPEG; each costs time, however small it is.
        max_scan_pixels: pixels × passes of a progressive JPEG, each of which costs time.
        max_moving_pixels, max_moving_frames: width × height × frames, and frames, of an animation that are gone
            through; what lies behind is not looked at.
    """

    max_bytes: int = 64 << 20
    max_pixels: int = 100_000_000
    max_jpeg_pixels: int = 250_000_000
    max_coefficient_bytes: int = 640 << 20
    max_side: int = 20_000
    min_side: int = 32
    max_scan_pixels: int = 4_000_000_000
    max_exif_bytes: int = 1 << 20
    max_jpeg_segments: int = 20_000
    max_moving_pixels: int = 200_000_000
    max_moving_frames: int = 2000


DEFAULT_LIMITS: Final = Limits()


def check_bytes(size: int, name: str, limits: Limits) -> None:
    """Hold the size of a file against the limits.

    Raises:
        ImageError: empty_file, file_too_large.
    """
    if size > limits.max_bytes:
        most = f"{limits.max_bytes / (1 << 20):g} MiB"
        raise ImageError(
            f"{name}: larger than the limit of {most}: save a smaller copy of the picture", code="file_too_large"
        )
    if not size:
        raise ImageError(f"{name}: the file is empty", code="empty_file")


def check_size(width: int, height: int, name: str, limits: Limits, max_pixels: int | None = None) -> None:
    """Hold a size in pixels against the limits.

    Args:
        max_pixels: instead of that of the limits.

    Raises:
        ImageError: side_too_long, too_many_pixels, too_small.
    """
    if max(width, height) > limits.max_side:
        raise ImageError(
            f"{name}: {width} × {height} pixels, and no side may exceed {limits.max_side}: scale it down",
            code="side_too_long",
        )
    if width * height > (max_pixels or limits.max_pixels):
        most = f"{(max_pixels or limits.max_pixels) / 1e6:g} megapixels"
        raise ImageError(
            f"{name}: {width} × {height} pixels, more than the limit of {most}: scale it down",
            code="too_many_pixels",
        )
    if min(width, height) < limits.min_side:
        side = limits.min_side
        raise ImageError(f"{name}: {width} × {height} pixels, and a face needs {side} × {side}", code="too_small")
