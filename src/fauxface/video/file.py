"""A clip's file, opened once: the decoding process gets the open file, so no name is looked up a second time."""

from __future__ import annotations

import os
import stat
import tempfile
from typing import BinaryIO

from fauxface.errors import VideoError
from fauxface.video.kinds import HEAD_BYTES, Kind, sniff
from fauxface.video.limits import VideoLimits


def name_of(source: str | os.PathLike[str] | bytes) -> str:
    """How verdicts call a clip: its path, or "<bytes>"."""
    return "<bytes>" if isinstance(source, bytes) else os.fspath(source)


def open_clip(source: str | os.PathLike[str] | bytes, name: str, limits: VideoLimits) -> tuple[BinaryIO, Kind]:
    """An open regular file at its beginning, for the caller to close, and its container.

    Args:
        source: path, or the bytes of a clip (put into a file without a name).
        name: printable; how errors call the clip.

    Raises:
        VideoError: file_not_found, is_a_folder, not_a_file, permission_denied, unreadable_file, empty_file,
            file_too_large, not_a_video, unsupported_format.
    """
    if isinstance(source, bytes):
        _check_size(len(source), name, limits)
        kind = sniff(source[:HEAD_BYTES], name)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        file.write(source)
        file.seek(0)
        return file, kind  # type: ignore[return-value]
    file = _open(source, name)
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


def _open(path: str | os.PathLike[str], name: str) -> BinaryIO:
    try:
        _refuse_special(os.stat(path).st_mode, name)  # noqa: PTH116 - Path would choke on the same names earlier
        # Not blocking: between the two looks somebody may have put a FIFO there, and opening that would hang.
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        file = os.fdopen(fd, "rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError) as e:
        raise VideoError(f"{name}: no such file", code="file_not_found") from e
    except PermissionError as e:
        raise VideoError(f"{name}: you may not read this file: change its permissions", code="permission_denied") from e
    except OSError as e:
        raise VideoError(f"{name}: cannot be read ({e.strerror})", code="unreadable_file") from e
    except ValueError as e:  # a NUL or a lone surrogate in the name: no file can be called that
        raise VideoError(f"{name}: no such file (no file can have this name)", code="file_not_found") from e
    try:
        _refuse_special(os.fstat(fd).st_mode, name)
    except VideoError:
        file.close()
        raise
    return file  # type: ignore[return-value]


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
