"""Published weights on this machine: from the cache, or downloaded over https, and verified before every use."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from fauxface.errors import WeightsError
from fauxface.files import home_folder, write_text
from fauxface.weights.download import Broken, Show, discard, download, finish
from fauxface.weights.remote import OTHERWISE, PackagedFile, RemoteFile

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LARGEST: Final = 2 << 30
"""Bytes that a file of unknown size may have."""

_log = logging.getLogger("fauxface")


def cache_folder() -> Path:
    """``$FAUXFACE_CACHE``, else ``$XDG_CACHE_HOME/fauxface``, else ``~/.cache/fauxface``; may not exist yet.

    Raises:
        WeightsError: this user has no home folder (code ``cannot_write``).
    """
    general = os.environ.get("XDG_CACHE_HOME", "")
    try:
        if chosen := os.environ.get("FAUXFACE_CACHE"):
            return Path(chosen).expanduser()
        # The standard says that a relative path here is to be ignored.
        return (Path(general) if Path(general).is_absolute() else home_folder() / ".cache") / "fauxface"
    except RuntimeError as e:  # no HOME, and no line in /etc/passwd: a container with a number for a user
        raise WeightsError(
            "this user has no home folder to keep published weights in: name a folder in FAUXFACE_CACHE",
            code="cannot_write",
        ) from e


def fetch(file: RemoteFile, *, show: Show | None = None, cache: Path | None = None, _plain_http: bool = False) -> Path:
    """A published file on this machine, downloaded if it is not here yet. It is verified before every use.

    A download that breaks off leaves ``NAME.part``, which the next call goes on with. Where no SHA-256 is published,
    the first file seen decides: its digest is kept beside it, a warning is logged, and every later use must equal it.

    Args:
        file: what to get.
        show: shows the progress of a download.
        cache: folder of the files; default: ``weights`` in `cache_folder`.
        _plain_http: tests only: allow http.

    Raises:
        WeightsError: weights_unavailable (cannot be downloaded), weights_damaged (size or SHA-256 differ),
            weights_too_large, weights_busy (another process downloads it), cannot_write.
    """
    folder = cache if cache is not None else cache_folder() / "weights"
    path = folder / file.name
    try:
        there = path.is_file()
    except OSError as e:
        raise WeightsError(f"{path}: cannot be read ({e.strerror})", code="weights_unavailable") from e
    if not there:
        _download(file, path, show or _silent, _plain_http)
    _verify_cached(path, file)
    return path


def on_this_machine(file: RemoteFile | PackagedFile, *, show: Show | None = None) -> Path:
    """A file, verified: downloaded if need be (`fetch`), or where its package was installed.

    Raises:
        WeightsError: as `fetch`; weights_not_found, weights_damaged.
    """
    if isinstance(file, RemoteFile):
        return fetch(file, show=show)
    verify(path := file.path(), file)
    return path


def verify(path: Path, file: RemoteFile | PackagedFile) -> None:
    """Check a file that the user names instead of a download.

    Where neither size nor SHA-256 are published, only that it can be read; loading then checks names and shapes.

    Raises:
        WeightsError: weights_not_found, weights_damaged.
    """
    digest = _digest_of_right_size(path, file)
    if file.sha256 is not None and digest != file.sha256:
        raise WeightsError(
            f"{path}: this is not the published '{file.name}': its SHA-256 is {digest}, published is {file.sha256}: "
            f"get {file.url}",
            code="weights_damaged",
        )


def _download(file: RemoteFile, path: Path, show: Show, plain_http: bool) -> None:
    """Download to ``NAME.part``, check, and move into place in one step."""
    part = path.with_name(path.name + ".part")
    with _alone(path):
        if path.is_file():  # another process was faster
            return
        try:
            download(
                file.url,
                part,
                limit=file.size_bytes or LARGEST,
                exact=file.size_bytes is not None,
                show=show,
                plain_http=plain_http,
            )
        except Broken as e:
            raise WeightsError(
                f"{file.name} cannot be downloaded: {e}. Try again (it goes on where it stopped); or get {file.url} "
                f"elsewhere and put it at {path}; {OTHERWISE}",
                code="weights_unavailable",
            ) from e
        digest = _digest_of_right_size(part, file)
        wanted, origin = _wanted(path, file)
        if wanted not in (None, digest):
            discard(part)
            raise WeightsError(
                f"{file.url}: what came has the SHA-256 {digest}, {origin} was {wanted}: it was changed. Nothing was "
                f"kept. Get the right file elsewhere and put it at {path}; {OTHERWISE}",
                code="weights_damaged",
            )
        finish(part, path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from writing to the same download, where the system can lock files."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(path.name + ".lock").open("wb") as lock:
            if fcntl is not None:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as e:
                    raise WeightsError(
                        f"{path}: another process is downloading it; wait until it is done", code="weights_busy"
                    ) from e
            yield
    except OSError as e:
        raise WeightsError(f"{path}: cannot be written ({e.strerror})", code="cannot_write") from e


def _verify_cached(path: Path, file: RemoteFile) -> None:
    digest = _digest_of_right_size(path, file)
    wanted, origin = _wanted(path, file)
    if wanted is None:
        write_text(_note(path), f"{digest}  {path.name}\n")
        _log.warning(
            "%s: fauxface knows no published SHA-256 for it. The file got first is trusted from now on: %s",
            path,
            digest,
        )
    elif digest != wanted:
        raise WeightsError(
            f"{path}: its SHA-256 is {digest}, {origin} was {wanted}: the file is damaged or another one. Nothing was "
            f"loaded; move it away to download it again from {file.url}",
            code="weights_damaged",
        )


def _wanted(path: Path, file: RemoteFile) -> tuple[str | None, str]:
    """The digest that a file must have, and where that is known from; None if the first file seen decides."""
    return (file.sha256, "published") if file.sha256 is not None else (_first_seen(_note(path)), "seen first")


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _first_seen(note: Path) -> str | None:
    """The digest kept at the first download; None if there was none."""
    try:
        text = note.read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as e:
        raise WeightsError(f"{note}: cannot be read ({e}): move it away", code="weights_damaged") from e
    digest = text.split(maxsplit=1)[0] if text.strip() else ""
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise WeightsError(f"{note}: holds no SHA-256: move it away to trust the file anew", code="weights_damaged")
    return digest


def _digest_of_right_size(path: Path, file: RemoteFile | PackagedFile) -> str:
    """SHA-256 in hex of a file whose size is what was published."""
    try:
        if not path.is_file():  # a pipe or device could be read forever
            raise WeightsError(f"{path}: no such weight file", code="weights_not_found")
        size = path.stat().st_size
        if file.size_bytes is not None and size != file.size_bytes:
            raise WeightsError(
                f"{path}: {size:,} bytes, but the published '{file.name}' has {file.size_bytes:,}: it is incomplete or "
                f"another file; get {file.url}",
                code="weights_damaged",
            )
        if size > LARGEST:
            raise WeightsError(f"{path}: larger than {LARGEST >> 30} GiB, no weights of ours", code="weights_too_large")
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except (OSError, ValueError) as e:  # ValueError: a NUL in the path
        raise WeightsError(f"{path}: cannot be read ({e})", code="weights_not_found") from e


def _silent(title: str, total: int | None, unit: str) -> AbstractContextManager[Callable[[int], Any]]:
    return nullcontext(lambda n: None)
