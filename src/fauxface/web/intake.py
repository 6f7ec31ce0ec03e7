"""The door: what comes in is counted and timed while it comes, and held against the limits before it is decoded."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from starlette.datastructures import UploadFile
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fauxface.errors import FauxfaceError, ImageError
from fauxface.image_files import Limits, check_size, printable, sniff
from fauxface.image_guard import decoder_boundary, pillow_quiet
from fauxface.images import open_header
from fauxface.video import looks_like_video
from fauxface.video.kinds import HEAD_BYTES
from fauxface.web.settings import MIB, Settings

FORM_BYTES: Final = MIB
"""What the text fields and the part headers of a form may take besides its files."""
MOST_NAME: Final = 120


class IntakeError(FauxfaceError):
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


class BodyLimit:
    """Middleware: no request body above its limit, and none that never ends.

    Args:
        app: what comes next.
        settings: limits in bytes and seconds.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self._most(scope["path"])
        told = dict(scope["headers"]).get(b"content-length", b"0")
        scope.setdefault("state", {})["too_large"] = told.isdigit() and int(told) > most
        seen, deadline, ended = 0, time.monotonic() + self.settings.body_seconds, False

        async def counted() -> Message:
            nonlocal seen, ended
            if ended:  # the body is here; what comes now is the end of the connection, and may take its time
                return await receive()
            if scope["state"]["too_large"]:
                raise too_large(most)
            patience = min(self.settings.idle_seconds, deadline - time.monotonic())
            try:
                message = await asyncio.wait_for(receive(), max(0.0, patience))
            except TimeoutError:
                raise IntakeError(
                    "the upload was too slow and was given up: try a better connection or a smaller file",
                    code="too_slow",
                    status=408,
                ) from None
            seen += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if seen > most:
                scope["state"]["too_large"] = True
                raise too_large(most)
            return message

        await self.app(scope, counted, send)

    def _most(self, path: str) -> int:
        s = self.settings
        if path == "/api/v1/videos":
            return s.max_video_bytes + FORM_BYTES
        if path == "/api/v1/predict":
            return s.max_files * s.max_picture_bytes + FORM_BYTES
        if path == "/result":
            return max(s.max_video_bytes, s.max_files * s.max_picture_bytes) + FORM_BYTES
        if path in ("/api/v1/explain", "/api/v1/feedback", "/api/v1/results"):
            return s.max_picture_bytes + FORM_BYTES
        return FORM_BYTES


def too_large(most: int) -> IntakeError:
    """For a body above ``most`` bytes."""
    return IntakeError(f"the upload is larger than {most / MIB:.0f} MB", code="too_large", status=413)


async def pictures(files: Sequence[UploadFile], settings: Settings) -> list[Upload]:
    """The files of a form, in order; wrong pictures are refused later, one by one (`check_picture`).

    Raises:
        IntakeError: none, too many, or one is too large.
    """
    sent = [file for file in files if file.filename or file.size]
    if not sent:
        raise IntakeError("no picture came: choose one and send it as  files", code="no_file", status=422)
    if len(sent) > settings.max_files:
        most = settings.max_files
        raise IntakeError(f"{len(sent)} pictures at once; the limit is {most}", code="too_many_files", status=413)
    return [await picture(file, settings) for file in sent]


async def is_clip(file: UploadFile) -> bool:
    """Whether a file is a clip by its first bytes."""
    head = await file.read(HEAD_BYTES)
    await file.seek(0)
    return looks_like_video(head)


async def picture(file: UploadFile, settings: Settings) -> Upload:
    """The bytes of one uploaded picture.

    Raises:
        IntakeError: too large.
    """
    name = clean_name(file.filename)
    data = await file.read(settings.max_picture_bytes + 1)
    if len(data) > settings.max_picture_bytes:
        raise IntakeError(
            f"{name}: larger than {settings.max_picture_mb:g} MB: save a smaller copy",
            code="file_too_large",
            status=413,
        )
    return Upload(name, data)


def check_picture(upload: Upload, settings: Settings) -> None:
    """Look at the first bytes and the header only: kind and size in pixels.

    Raises:
        ImageError: codes in `fauxface.images`.
    """
    if not upload.data:
        raise ImageError(f"{upload.name}: the file is empty", code="empty_file")
    kind = sniff(upload.data, upload.name)
    limits = Limits(max_bytes=settings.max_picture_bytes, max_pixels=round(settings.max_megapixels * 1e6))
    with (
        pillow_quiet(),
        decoder_boundary(upload.name, kind),
        open_header(upload.data, kind, upload.name) as image,
    ):
        check_size(*image.size, upload.name, limits)


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def clean_name(name: str | None) -> str:
    """What a visitor calls a file: no folders, no control characters, not too long."""
    last = PureWindowsPath(PurePosixPath(name or "").name).name
    last = "".join(c if c.isprintable() else "\ufffd" for c in printable(last)).strip()
    if len(last) > MOST_NAME:
        last = last[: MOST_NAME - 20] + "…" + last[-19:]
    return last if last.strip(".") else "picture"
