"""The files of a form, held against the limits before they are decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO, Final

from starlette.datastructures import UploadFile

from fauxface.errors import FauxfaceError
from fauxface.images import check
from fauxface.images.files import printable
from fauxface.video import looks_like_video
from fauxface.video.containers import HEAD_BYTES
from fauxface.web.settings import MIB, Settings

MOST_NAME: Final = 120


class UploadError(FauxfaceError):
    """A request is too large, too slow or not what was asked for; ``status``: the HTTP status that says so."""

    code = "bad_request"

    def __init__(self, message: str, *, code: str, status: int) -> None:
        super().__init__(message, code=code)
        self.status = status


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in.

    Attributes:
        name: as the visitor called it, without folders, safe to print; never used as a path.
        data: its bytes.
    """

    name: str
    data: bytes


def too_large(most: int) -> UploadError:
    """For a body above ``most`` bytes."""
    return UploadError(f"the upload is larger than {megabytes(most)} MB", code="too_large", status=413)


def megabytes(count: int) -> str:
    """Bytes as people read them: whole MB from ten on, two digits below."""
    return f"{count / MIB:.0f}" if count >= 10 * MIB else f"{count / MIB:.2g}"


async def pictures(files: Sequence[UploadFile], settings: Settings) -> list[Upload]:
    """The files of a form, in order; wrong pictures are refused later, one by one (`check_picture`).

    Raises:
        UploadError: none, too many, or one is too large.
    """
    sent = [file for file in files if file.filename or file.size]
    if not sent:
        raise UploadError("no picture came: choose one and send it as  files", code="no_file", status=422)
    if len(sent) > settings.max_files:
        most = settings.max_files
        raise UploadError(f"{len(sent)} pictures at once; the limit is {most}", code="too_many_files", status=413)
    return [await picture(file, settings) for file in sent]


async def is_clip(file: UploadFile) -> bool:
    """Whether a file is a clip by its first bytes."""
    head = await file.read(HEAD_BYTES)
    await file.seek(0)
    return looks_like_video(head)


async def picture(file: UploadFile, settings: Settings) -> Upload:
    """The bytes of one uploaded picture.

    Raises:
        UploadError: too large.
    """
    name = clean_name(file.filename)
    data = await file.read(settings.max_picture_bytes + 1)
    if len(data) > settings.max_picture_bytes:
        raise UploadError(
            f"{name}: larger than {settings.max_picture_mb:g} MB: save a smaller copy",
            code="file_too_large",
            status=413,
        )
    await file.close()  # once in memory is enough
    return Upload(name, data)


def check_picture(upload: Upload, settings: Settings) -> None:
    """Look at the first bytes and the header only: kind and size in pixels.

    Raises:
        ImageError: codes in `fauxface.images`.
    """
    check(upload.data, name=upload.name, limits=settings.limits)


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def digest_of(file: BinaryIO) -> str:
    """SHA-256 in hex of an open file, read piece by piece from its beginning."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # pyright: ignore[reportArgumentType]


def clean_name(name: str | None) -> str:
    """What a visitor calls a file: no folders, no control characters, not too long."""
    last = PureWindowsPath(PurePosixPath(name or "").name).name
    last = "".join(c if c.isprintable() else "\ufffd" for c in printable(last)).strip()
    if len(last) > MOST_NAME:
        last = last[: MOST_NAME - 20] + "…" + last[-19:]
    return last if last.strip(".") else "picture"
