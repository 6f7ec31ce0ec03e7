"""Limits on what comes in: the body of each request, the bytes of all uploads together, and work without room."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Final

from prometheus_client import CollectorRegistry, Gauge
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fauxface.errors import FauxfaceError
from fauxface.web.edge.request import inner
from fauxface.web.problems import status_of
from fauxface.web.schemas import ErrorBody
from fauxface.web.services.engine import Engine, OverloadedError
from fauxface.web.services.jobs import Jobs
from fauxface.web.services.uploads import UploadError, too_large
from fauxface.web.settings import MIB, Settings

FORM_BYTES: Final = MIB
"""What the text fields and the part headers of a form may take besides its files."""
RETRY_AFTER: Final = 5
"""Seconds in which some upload will have been answered."""
SMALL: Final = 64
"""Uploads up to this part of the budget are small."""
PICTURES: Final = ("/api/v1/predict", "/api/v1/explain")
CLIPS: Final = "/api/v1/videos"


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


class UploadBudget:
    """Bytes that came in and are not answered yet; used by one event loop.

    A large upload claims its whole length before it begins, so that a crowd of large ones is not let in together and
    then turned away together, each half-way. A small one needs no claim, so that those who claim much and send
    nothing keep only large ones out.

    Args:
        most: how many there may be.
        registry: where the metric for ``/metrics`` is kept.
    """

    def __init__(self, most: int, registry: CollectorRegistry | None = None) -> None:
        self.most, self.held, self.claimed = most, 0, 0
        registry = registry or CollectorRegistry()
        self._gauge = Gauge(
            "fauxface_upload_bytes",
            "Bytes of uploads that are not answered yet.",
            registry=registry,
            multiprocess_mode="livesum",
        )

    def claim(self, count: int) -> int:
        """Before an upload of ``count`` bytes begins; what was claimed, to be given back with what it took.

        Raises:
            OverloadedError: there is no room for so many.
        """
        large = count * SMALL > self.most
        if (self.claimed if large else self.held) + count > self.most:
            raise OverloadedError(RETRY_AFTER)
        self.claimed += count if large else 0
        return count if large else 0

    def take(self, count: int) -> None:
        """Take room for bytes that came in.

        Raises:
            OverloadedError: there is none; nothing is taken then.
        """
        if self.held + count > self.most:
            raise OverloadedError(RETRY_AFTER)
        self._hold(self.held + count)

    def give_back(self, taken: int, claimed: int) -> None:
        """Their request is answered."""
        self.claimed -= claimed
        self._hold(self.held - taken)

    def _hold(self, count: int) -> None:
        self.held = count
        self._gauge.set(count)


class Admission:
    """Middleware: a request to judge something that finds no room is answered with 503 after its body went by unread.

    The body is received to its end, within the limits of `BodyLimit` outside, because browsers call a connection that
    is closed in the middle of an upload a broken network. Nothing of it is stored.
    """

    def __init__(self, app: ASGIApp, engine: Engine, jobs: Jobs) -> None:
        self.app, self.engine, self.jobs = app, engine, jobs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        refused = self._refusal(scope)
        if refused is None:
            await self.app(scope, receive, send)
            return
        try:
            while (message := await receive()).get("more_body", False):
                if message["type"] == "http.disconnect":
                    return
        except FauxfaceError as error:  # too large or too slow: that is what to say of it
            refused = error
        status, more = status_of(refused)
        body = json.dumps(ErrorBody(code=refused.code, message=refused.message).model_dump()).encode()
        more = {"content-type": "application/json", "content-length": str(len(body)), **more}
        headers = [(name.encode(), value.encode()) for name, value in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _refusal(self, scope: Scope) -> FauxfaceError | None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        try:
            if inner(scope) in PICTURES:
                self.engine.need_room()
            elif inner(scope) == CLIPS:
                self.jobs.need_room()
        except FauxfaceError as error:
            return error
        return None
