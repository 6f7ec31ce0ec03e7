"""Bytes from paths and open files, before any decoder sees them: limits, refusals and the names of formats.

This half of `fauxface.images` imports neither NumPy nor Pillow, so the command line can use it at no cost.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import BinaryIO, Final

from fauxface.errors import ImageError, not_fetched
from fauxface.strangers import AVI, MATROSKA, MPEG_TS, VIDEO, Stranger, stranger

HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
EXTENSIONS: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".avif", ".heic", ".heif", ".mpo", ".hif", ".heics", ".heifs"}
)
"""File name endings of pictures that fauxface can read: what a walk through a folder picks up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an untrusted picture may ask for. Every limit is checked before pixels are decoded.

    These are the limits of the command line, of Python and, where its settings say nothing else, of the page.

    Attributes:
        max_bytes: largest file; larger ones are not even read.
        max_pixels: width × height as decoded, which takes 7 to 14 bytes a pixel. A JPEG of more is decoded at 1/2, 1/4
            or 1/8 of its size (`fauxface.image_opening.draft`); no other format can be.
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


def printable(name: str) -> str:
    """A file name that is safe to print and to encode: control characters and lone surrogates are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def read_file(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of a regular file.

    Raises:
        ImageError: file_not_found, is_an_address, is_a_folder, permission_denied, not_a_file, unreadable_file,
            empty_file, file_too_large.
    """
    name = printable(os.fspath(path))
    try:
        _refuse_special(os.stat(path).st_mode, name)  # noqa: PTH116 - Path would choke on the same names earlier
        # Not blocking: between the two looks somebody may have put a FIFO there, and opening that would hang.
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(fd, "rb") as file:
            state = os.fstat(fd)
            _refuse_special(state.st_mode, name)
            if state.st_size > limits.max_bytes:
                raise _too_large(name, limits)
            return read_stream(file, limits, name=name)
    except (FileNotFoundError, NotADirectoryError) as e:
        raise _none(name) from e
    except PermissionError as e:
        raise ImageError(f"{name}: you may not read this file: change its permissions", code="permission_denied") from e
    except OSError as e:
        if not_fetched(name):  # a name too long for a file
            raise _none(name) from e
        raise ImageError(f"{name}: cannot be read ({e.strerror})", code="unreadable_file") from e
    except ValueError as e:  # a NUL or a lone surrogate in the name: no file can be called that
        raise ImageError(f"{name}: no such file (no file can have this name)", code="file_not_found") from e


def _none(name: str) -> ImageError:
    if said := not_fetched(name):
        return ImageError(f"{name[:200]}: {said}", code="is_an_address")
    return ImageError(f"{name}: no such file", code="file_not_found")


def read_stream(file: BinaryIO, limits: Limits = DEFAULT_LIMITS, *, name: str) -> bytes:
    """Everything left in an open file or a pipe, at most ``limits.max_bytes``.

    Raises:
        ImageError: empty_file, file_too_large, unreadable_file.
    """
    pieces: list[bytes] = []
    left = limits.max_bytes + 1
    try:
        while left > 0 and (piece := file.read(left)):  # a pipe without a buffer gives what is there
            pieces.append(piece)
            left -= len(piece)
        data = b"".join(pieces)
    except (TypeError, UnicodeDecodeError) as e:
        raise ImageError(f"{name}: is not open for reading bytes: open it with 'rb'", code="unreadable_file") from e
    except (OSError, ValueError) as e:  # a broken disk or connection; a file that was closed
        raise ImageError(f"{name}: cannot be read ({getattr(e, 'strerror', None) or e})", code="unreadable_file") from e
    if len(data) > limits.max_bytes:
        raise _too_large(name, limits)
    if not data:
        raise ImageError(f"{name}: the file is empty", code="empty_file")
    return data


def _too_large(name: str, limits: Limits) -> ImageError:
    most = f"{limits.max_bytes / (1 << 20):g} MiB"
    return ImageError(
        f"{name}: larger than the limit of {most}: save a smaller copy of the picture", code="file_too_large"
    )


def _refuse_special(mode: int, name: str) -> None:
    if stat.S_ISDIR(mode):
        raise ImageError(f"{name}: this is a folder, not a picture", code="is_a_folder")
    if not stat.S_ISREG(mode):
        raise ImageError(f"{name}: not a regular file (a pipe, a socket or a device)", code="not_a_file")


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


def sniff(data: bytes, name: str) -> str:
    """The format by its first bytes, whatever the file is called: Pillow's name of it, or "HEIF".

    Raises:
        ImageError: not_an_image, unsupported_format.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    # Many texts begin with BM, so the size of the second header must fit as well.
    if data[:2] == b"BM" and data[14:18] in {n.to_bytes(4, "little") for n in (12, 16, 40, 52, 56, 64, 108, 124)}:
        return "BMP"
    if data[4:8] == b"ftyp":
        return _sniff_iso_media(data, name)
    if found := _clip(data) or stranger(data):
        raise _unsupported(name, found)
    raise ImageError(f"{name}: not a picture{_what_text(data)}", code="not_an_image")


def _sniff_iso_media(data: bytes, name: str) -> str:
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    brands = {data[i : i + 4] for i in (8, *range(16, end - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & HEIF_BRANDS:
        return "HEIF"
    raise _unsupported(name, stranger(data) or VIDEO)


def _clip(data: bytes) -> Stranger | None:
    """What a clip is that `fauxface.video` reads and this room does not."""
    if data.startswith(b"\x1aE\xdf\xa3"):
        return MATROSKA
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return AVI
    if data[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot") and data[:1] in (b"\0", b"\1"):
        return VIDEO
    sync = [data[start : start + 4 * step : step] for start, step in ((0, 188), (4, 192))]
    return MPEG_TS if b"GGGG" in sync else None


def _unsupported(name: str, found: Stranger) -> ImageError:
    return ImageError(f"{name}: {found.message}", code="unsupported_format")


def _what_text(data: bytes) -> str:
    """Say so if it is text: a download that failed often leaves a web page with a picture's name."""
    head = data[:512]
    try:
        text = head.decode("utf-8", "strict" if len(data) <= 512 else "ignore").lstrip("\ufeff \r\n\t")
    except UnicodeDecodeError:
        return ""
    if text[:9].lower() == "<!doctype" or text[:5].lower() == "<html":
        return ": this is a web page; download the picture itself"
    if "<svg" in text[:256]:
        return " of pixels: this is an SVG drawing"
    return " but text" if text and all(c.isprintable() or c in "\r\n\t" for c in text) else ""
