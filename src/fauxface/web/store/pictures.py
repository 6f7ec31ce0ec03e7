"""Kept pictures on disk, each under the hash of its content, written whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fauxface.errors import DataError
from fauxface.files import replacing
from fauxface.images.formats import sniff

_SUFFIXES: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "BMP": "bmp", "TIFF": "tif"} | {
    "AVIF": "avif",
    "HEIF": "heic",
}
_ON_ITS_WAY: Final = 3600
_HEX: Final = frozenset("0123456789abcdef")


class Pictures:
    """A folder ``pictures/ab/abcdef….jpg``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "pictures"

    def add(self, data: bytes) -> tuple[str, str]:
        """Keep a picture; on return it is on disk, also after a power cut.

        Returns:
            (sha256, suffix).

        Raises:
            DataError: cannot be written (code ``cannot_write``).
            ImageError: the bytes are no picture.
        """
        sha256, suffix = hashlib.sha256(data).hexdigest(), _SUFFIXES[sniff(data, "picture")]
        path = self.path(sha256, suffix)
        if not path.is_file():
            with replacing(path) as file:
                file.write_bytes(data)
            for folder in (path.parent, self.folder, self.folder.parent):
                _sync(folder)
        return sha256, suffix

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        """Wait for the other threads and processes: many may add files at once, but only one deletes, alone.

        Otherwise a file that is there already could be deleted while the row that names it is on its way.

        Raises:
            DataError: the folder cannot be written into (code ``cannot_write``).
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            lock = self.folder.with_name(".pictures.lock").open("a")
        except OSError as e:
            raise DataError(f"{self.folder}: cannot be written into ({e.strerror or e})", code="cannot_write") from e
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield

    def path(self, sha256: str, suffix: str) -> Path:
        """Where a picture lies."""
        if len(sha256) != 64 or not set(sha256) <= _HEX or not suffix.isalnum():
            raise ValueError("no SHA-256 in hex")
        return self.folder / sha256[:2] / f"{sha256}.{suffix}"

    def remove(self, sha256: str, suffix: str) -> None:
        """Delete a picture, if it is there."""
        self.path(sha256, suffix).unlink(missing_ok=True)

    def orphans(self, known: set[str]) -> Iterator[Path]:
        """Files of which the database knows nothing: left by a kill between writing a file and its row.

        Not those of the last hour: their row may be on its way.
        """
        for path in sorted(self.folder.glob("??/*")):
            if path.stem not in known and path.stat().st_mtime < time.time() - _ON_ITS_WAY:
                yield path


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
