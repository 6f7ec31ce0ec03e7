"""Writing a file in one piece (readers see the old content or the new, never half of it), and the home folder."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fauxface.errors import DataError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the name of a new file in the same folder that takes the place of ``path`` when the block ends well.

    The name keeps ``path``'s ending, because some writers choose the format by it. Folders on the way are made;
    after an error nothing is left behind and ``path`` is as it was.

    Raises:
        DataError: the file or its folder cannot be written (code ``cannot_write``).
    """
    temporary = path.with_name(f".{path.stem[:150]}.{secrets.token_hex(6)}.part{path.suffix[:50]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Some writers make files for their owner's eyes only; a result is read as any other new file is.
            temporary.touch(mode=0o666)
            mode = temporary.stat().st_mode
            yield temporary
            temporary.chmod(mode)
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as e:
        raise DataError(f"{path}: cannot be written ({e.strerror or e})", code="cannot_write") from e


def check_folder(folder: Path) -> None:
    """Refuse a folder that nothing can be written into, before hours of work go into what shall be written there.

    It need not exist yet; nothing is made or left behind.

    Raises:
        DataError: it is a file, or it (or the nearest folder above it that exists) cannot be written into (code
            ``cannot_write``).
    """
    place = folder
    try:
        while not place.exists() and place != place.parent:
            place = place.parent
        if not place.is_dir():
            raise DataError(f"{folder}: cannot be written: {place} is a file, not a folder", code="cannot_write")
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as e:
        raise DataError(f"{folder}: cannot be written into ({e.strerror or e})", code="cannot_write") from e


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8) in one piece.

    Raises:
        DataError: as `replacing`.
    """
    with replacing(path) as file:
        file.write_text(text, encoding="utf-8")


def home_folder() -> Path:
    """The home folder of whoever runs this.

    Raises:
        RuntimeError: there is none, or HOME names none: empty, it would be taken for the root folder.
    """
    if not os.environ.get("HOME", "unset") or not (home := Path.home()).is_absolute():
        raise RuntimeError("HOME is no folder of this machine")
    return home
