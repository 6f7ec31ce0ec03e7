"""A clip's file, opened once: the decoding process gets the open file, so no name is looked up a second time."""

from __future__ import annotations

import io
import os
import stat
import tempfile
from typing import BinaryIO

from fauxface.errors import VideoError, not_fetched
from fauxface.video.containers import HEAD_BYTES, Container, sniff
from fauxface.video.limits import VideoLimits

_PIECE = 1 << 20


Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO


def name_of(source: Source) -> str:
    """How verdicts call a clip: its path, that of an open file, "<file>" or "<bytes>"."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return "<bytes>"
    called = getattr(source, "name", None)
    return called if isinstance(called, str) and called else "<file>"


def open_clip(source: Source, name: str, limits: VideoLimits) -> tuple[BinaryIO, Container]:
    """An open regular file at its beginning, for the caller to close, and its container.

    Args:
        source: path; or the bytes of a clip, or a file open for reading bytes (put into a file without a name).
        name: printable; how errors call the clip.

    Raises:
        VideoError: file_not_found, is_an_address, is_a_folder, not_a_file, permission_denied, unreadable_file,
            empty_file, file_too_large, not_a_video, unsupported_format.
    """
    file = _open(source, name) if isinstance(source, (str, os.PathLike)) else _copied(source, name, limits)
    try:
        _check_size(os.fstat(file.fileno()).st_size, name, limits)
        kind = sniff(file.read(HEAD_BYTES), name)
        file.seek(0)
    except OSError as e:
        file.close()
        raise VideoError(f"{name}: cannot be read ({e.strerror})", code="unreadable_file") from e
    except VideoError:
        file.close()
        raise
    return file, kind


def _copied(source: bytes | bytearray | memoryview | BinaryIO, name: str, limits: VideoLimits) -> BinaryIO:
    if isinstance(source, (bytes, bytearray, memoryview)):
        _check_size(memoryview(source).nbytes, name, limits)
        source = io.BytesIO(source)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        while file.tell() <= limits.max_bytes and (piece := source.read(_PIECE)):
            file.write(piece)
        file.seek(0)
    except (AttributeError, OSError, TypeError, ValueError) as e:  # closed, open as text, no file at all
        file.close()
        why = getattr(e, "strerror", None) or "a clip is a path, bytes, or a file open for reading bytes"
        raise VideoError(f"{name}: cannot be read ({why})", code="unreadable_file") from e
    return file  # type: ignore[return-value]


def _open(path: str | os.PathLike[str], name: str) -> BinaryIO:
    try:
        _refuse_special(os.stat(path).st_mode, name)  # noqa: PTH116 - Path would choke on the same names earlier
        # Not blocking: between the two looks somebody may have put a FIFO there, and opening that would hang.
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        file = os.fdopen(fd, "rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError) as e:
        raise _none(name) from e
    except PermissionError as e:
        raise VideoError(f"{name}: you may not read this file: change its permissions", code="permission_denied") from e
    except OSError as e:
        if not_fetched(name):  # a name too long for a file
            raise _none(name) from e
        raise VideoError(f"{name}: cannot be read ({e.strerror})", code="unreadable_file") from e
    except ValueError as e:  # a NUL or a lone surrogate in the name: no file can be called that
        raise VideoError(f"{name}: no such file (no file can have this name)", code="file_not_found") from e
    try:
        _refuse_special(os.fstat(fd).st_mode, name)
    except VideoError:
        file.close()
        raise
    return file  # type: ignore[return-value]


def _none(name: str) -> VideoError:
    if said := not_fetched(name):
        return VideoError(f"{name[:200]}: {said}", code="is_an_address")
    return VideoError(f"{name}: no such file", code="file_not_found")


def _refuse_special(mode: int, name: str) -> None:
    if stat.S_ISDIR(mode):
        raise VideoError(f"{name}: this is a folder, not a clip", code="is_a_folder")
    if not stat.S_ISREG(mode):
        raise VideoError(f"{name}: not a regular file (a pipe, a socket or a device)", code="not_a_file")


def _check_size(size: int, name: str, limits: VideoLimits) -> None:
    if size == 0:
        raise VideoError(f"{name}: the file is empty", code="empty_file")
    if size > limits.max_bytes:
        most = f"{limits.max_bytes / (1 << 20):g} MiB"
        raise VideoError(f"{name}: larger than the limit of {most}: cut it or save it smaller", code="file_too_large")


def head_of(path: str) -> bytes:
    """The first bytes of a regular file, to tell a clip from a picture; none if it cannot be read."""
    try:
        with _open(path, path) as file:
            return file.read(HEAD_BYTES)
    except (VideoError, OSError):
        return b""  # why, is said when it is judged
