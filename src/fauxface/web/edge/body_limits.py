"""The door: the body of a request is counted and timed while it comes in."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fauxface.web.edge.prefix import inner
from fauxface.web.edge.upload_budget import UploadBudget
from fauxface.web.services.engine import OverloadedError
from fauxface.web.services.uploads import UploadError, too_large
from fauxface.web.settings import MIB, Settings

FORM_BYTES: Final = MIB
"""What the text fields and the part headers of a form may take besides its files."""


class BodyLimit:
    """Middleware: no request body above its limit, none that never ends, and no more at once than memory holds.

    Args:
        app: what comes next.
        settings: limits in bytes and seconds.
        budget: bytes that all requests together may hold.
    """

    def __init__(self, app: ASGIApp, settings: Settings, budget: UploadBudget) -> None:
        self.app, self.settings, self.budget = app, settings, budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive, _told(scope), most_bytes(inner(scope), self.settings), self.settings, self.budget)
        try:
            await self.app(scope, body.next, send)
        finally:
            self.budget.give_back(body.held, body.claimed)


class _Body:
    """The body of one request while it comes in."""

    def __init__(self, receive: Receive, told: int, most: int, settings: Settings, budget: UploadBudget) -> None:
        self.told, self.most, self.held, self.claimed = told, most, 0, 0
        self._receive, self._budget, self._seen, self._begun, self._ended = receive, budget, 0, False, False
        self._idle, self._deadline = settings.idle_seconds, time.monotonic() + settings.body_seconds

    async def next(self) -> Message:
        """What the connection says next.

        Raises:
            UploadError: the body is too large, or too slow.
            OverloadedError: there is no room for it; the rest went by unread.
        """
        if self._ended:  # the body is here; what comes now is the end of the connection, and may take its time
            return await self._receive()
        if self.told > self.most:
            raise too_large(self.most)
        try:
            if not self._begun:
                self._begun = True
                self.claimed = self._budget.claim(self.told)
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
            raise UploadError(
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
    """How large the body of a request to ``path``, an address without prefix, may be."""
    pictures = settings.max_files * settings.max_picture_bytes
    most = {
        "/api/v1/videos": settings.max_video_bytes,
        "/api/v1/predict": pictures,
        "/result": max(settings.max_video_bytes, pictures),
        "/api/v1/inspect": max(settings.max_video_bytes, settings.max_picture_bytes),
        "/api/v1/explain": settings.max_picture_bytes,
        "/api/v1/feedback": settings.max_picture_bytes,
        "/api/v1/results": settings.max_picture_bytes,
    }
    return most.get(path, 0) + FORM_BYTES


def uploads_bytes(settings: Settings) -> int:
    """How many bytes of uploads there may be at once; always enough for the largest one."""
    return max(round(settings.uploads_mb * MIB), most_bytes("/result", settings))
