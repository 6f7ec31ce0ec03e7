"""Bytes from paths and open files, before any decoder sees them; needs neither NumPy nor Pillow."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO, Final

from fauxface.errors import ImageError, not_fetched
from fauxface.images.limits import DEFAULT_LIMITS, Limits, check_bytes

EXTENSIONS: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".avif", ".heic", ".heif", ".mpo", ".hif", ".heics", ".heifs"}
)
"""File name endings of pictures that fauxface can read: what a walk through a folder picks up."""


def printable(name: str) -> str:
    """A file name that is safe to print and to encode: control characters and lone surrogates are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def read_file(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of a regular file.

    Raises:
        ImageError: file_not_found, is_an_address, is_a_folder, permission_denied, not_a_file, unreadable_file,
            empty_file, file_too_large.
    """
    name = printable(os.fsdecode(path))
    try:
        _refuse_special(os.stat(path).st_mode, name)  # noqa: PTH116 - Path would choke on the same names earlier
        # Not blocking: between the two looks somebody may have put a FIFO there, and opening that would hang.
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(fd, "rb") as file:
            state = os.fstat(fd)
            _refuse_special(state.st_mode, name)
            check_bytes(state.st_size or 1, name, limits)  # what the kernel makes up says 0 and holds something
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
    except Exception as e:
        # On purpose: a broken disk, a file that was closed, or whatever an archive's member raises when it is damaged.
        said = getattr(e, "strerror", None) or str(e) or type(e).__name__
        raise ImageError(f"{name}: cannot be read ({said})", code="unreadable_file") from e
    check_bytes(len(data), name, limits)
    return data


def _refuse_special(mode: int, name: str) -> None:
    if stat.S_ISDIR(mode):
        raise ImageError(f"{name}: this is a folder, not a picture", code="is_a_folder")
    if not stat.S_ISREG(mode):
        raise ImageError(f"{name}: not a regular file (a pipe, a socket or a device)", code="not_a_file")
