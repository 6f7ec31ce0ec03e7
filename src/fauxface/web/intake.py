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
from fauxface.web.budget import Budget
from fauxface.web.engine import OverloadedError
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
    """Middleware: no request body above its limit, none that never ends, and no more at once than memory holds.

    Args:
        app: what comes next.
        settings: limits in bytes and seconds.
        budget: bytes that all requests together may hold.
    """

    def __init__(self, app: ASGIApp, settings: Settings, budget: Budget) -> None:
        self.app, self.settings, self.budget = app, settings, budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive, _told(scope), most_bytes(scope["path"], self.settings), self.settings, self.budget)
        try:
            await self.app(scope, body.next, send)
        finally:
            self.budget.give_back(body.held)


class _Body:
    """The body of one request while it comes in."""

    def __init__(self, receive: Receive, told: int, most: int, settings: Settings, budget: Budget) -> None:
        self.told, self.most, self.held = told, most, 0
        self._receive, self._budget, self._seen, self._ended = receive, budget, 0, False
        self._idle, self._deadline = settings.idle_seconds, time.monotonic() + settings.body_seconds

    async def next(self) -> Message:
        """What the connection says next.

        Raises:
            IntakeError: the body is too large, or too slow.
            OverloadedError: there is no room for it; the rest went by unread.
        """
        if self._ended:  # the body is here; what comes now is the end of the connection, and may take its time
            return await self._receive()
        if self.told > self.most:
            raise too_large(self.most)
        try:
            if not self._seen:
                self._budget.need(self.told)
            message = await self._one()
            count = len(message.get("body", b""))
            self._budget.take(count)
            self.held += count
        except OverloadedError:  # browsers call a connection that is closed in the middle of an upload a broken network
            while not self._ended:
                await self._one()
            raise
        return message

    async def _one(self) -> Message:
        patience = min(self._idle, self._deadline - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, patience))
        except TimeoutError:
            raise IntakeError(
                "the upload was too slow and was given up: try a better connection or a smaller file",
                code="too_slow",
                status=408,
            ) from None
        self._seen += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._seen > self.most:
            self.told = self._seen  # also whoever asks again is told so
            raise too_large(self.most)
        return message


def _told(scope: Scope) -> int:
    """The length that the headers tell, 0 if they do not."""
    told = dict(scope["headers"]).get(b"content-length", b"0")
    return int(told) if told.isdigit() else 0


def most_bytes(path: str, settings: Settings) -> int:
    """How large the body of a request to ``path`` may be."""
    pictures = settings.max_files * settings.max_picture_bytes
    most = {
        "/api/v1/videos": settings.max_video_bytes,
        "/api/v1/predict": pictures,
        "/result": max(settings.max_video_bytes, pictures),
        "/api/v1/explain": settings.max_picture_bytes,
        "/api/v1/feedback": settings.max_picture_bytes,
        "/api/v1/results": settings.max_picture_bytes,
    }
    return most.get(path, 0) + FORM_BYTES


def uploads_bytes(settings: Settings) -> int:
    """How many bytes of uploads there may be at once; always enough for the largest one."""
    return max(round(settings.uploads_mb * MIB), most_bytes("/result", settings))


def too_large(most: int) -> IntakeError:
    """For a body above ``most`` bytes."""
    return IntakeError(f"the upload is larger than {megabytes(most)} MB", code="too_large", status=413)


def megabytes(count: int) -> str:
    """Bytes as people read them: whole MB from ten on, two digits below."""
    return f"{count / MIB:.0f}" if count >= 10 * MIB else f"{count / MIB:.2g}"


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
    await file.close()  # once in memory is enough
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
