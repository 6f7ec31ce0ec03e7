"""Around every connection and request: no more clients than it can bear, none too slow; headers on every answer; a log.

The headers keep a browser from doing what the page never asks for.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
from typing import Final

import h11
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from fauxface.web.edge.request import inner, placed
from fauxface.web.schemas import ErrorBody

log = logging.getLogger("fauxface.web")

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex",
}
VERSIONS: Final = ("1.0", "1.1")
MOST_HEADERS: Final = 32 << 10
RETRY_AFTER: Final = 2
_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
MOST_AHEAD: Final = 512 << 10
"""Bytes of requests that may come before the one under way is answered."""


class Guard:
    """Middleware: one form of address, headers on every answer, a bound on requests under way, metrics, a line of log.

    The log holds no name, no content and no address: method, route, status, milliseconds and the request's id.
    """

    def __init__(
        self, app: ASGIApp, *, max_clients: int, send_seconds: float, registry: CollectorRegistry, root: str = ""
    ) -> None:
        self.app, self.max_clients, self.under_way, self.send_seconds = app, max_clients, 0, send_seconds
        self._root = root
        self._requests = Counter("fauxface_requests", "Answers.", ["method", "route", "status"], registry=registry)
        self._seconds = Histogram("fauxface_request_seconds", "Seconds until an answer.", ["route"], registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = placed(scope, self._root)
        sent_id = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = sent_id.decode() if _ID.fullmatch(sent_id) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 500
        asked = scope["method"]
        if asked == "HEAD":  # what GET would say, without the body
            scope = {**scope, "method": "GET"}

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                have = {name.lower() for name, _ in message["headers"]}
                more = [(k.encode(), v.encode()) for k, v in (HEADERS | {"x-request-id": request_id}).items()]
                if b"cache-control" not in have:
                    more.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in have)]
            elif asked == "HEAD":
                message = {**message, "body": b""}
            # Who does not read keeps a place among max_clients only for so long; the server then hangs up.
            await asyncio.wait_for(send(message), self.send_seconds)

        self.under_way += 1
        try:
            if scope["http_version"] not in VERSIONS:
                await _refuse(scope, with_headers, 505, "http_version", "this server speaks HTTP/1.1 and HTTP/1.0")
            elif sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
                await _refuse(scope, with_headers, 431, "headers_too_large", "the headers of the request are too large")
            elif self.under_way > self.max_clients and inner(scope) not in ("/healthz", "/readyz", "/metrics"):
                busy = f"too many people are asking at the moment: try again in {RETRY_AFTER} s"
                await _refuse(scope, with_headers, 503, "overloaded", busy, (b"retry-after", str(RETRY_AFTER).encode()))
            else:
                await self.app(scope, receive, with_headers)
        finally:
            self.under_way -= 1
            self._count({**scope, "method": asked}, status, time.perf_counter() - started, request_id)

    def _count(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        if status < 400 and inner(scope).startswith("/static/"):  # a page has thirty of them, and they say nothing
            return
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "DELETE") else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        facts = {"method": method, "route": route, "status": status, "ms": round(seconds * 1e3, 1), "id": request_id}
        log.info("request", extra={"facts": facts})


async def _refuse(scope: Scope, send: Send, status: int, code: str, said: str, *more: tuple[bytes, bytes]) -> None:
    """A word for people, an object for programs, both without any work."""
    wants_html = b"text/html" in dict(scope["headers"]).get(b"accept", b"") and not inner(scope).startswith("/api/")
    kind, text = "application/json", json.dumps({"code": code, "message": said, "detail": None})
    if wants_html:
        kind = "text/html; charset=utf-8"
        text = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>fauxface</title><h1>{said}</h1></html>'
    body = text.encode()
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", kind.encode()), length, (b"connection", b"close"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that hangs up on who opens a connection and does not get done with the headers (slowloris)."""

    header_seconds = 10.0
    send_seconds = 120.0
    _clock: asyncio.TimerHandle | None = None
    _watch: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock, and the watch over how it ends."""
        super().connection_made(transport)
        self._start_clock()
        self._look(was_closing=False)

    def handle_events(self) -> None:
        """Stop it when the headers of a request are there."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_clock()

    def on_response_complete(self) -> None:
        """The next request may take its time to begin (keep-alive has a clock of its own), but not in the middle."""
        super().on_response_complete()
        self._stop_clock()

    def data_received(self, data: bytes) -> None:
        """A request that begins on an open connection has to get on as well."""
        if self._clock is None and (self.cycle is None or self.cycle.response_complete):
            self._start_clock()
        super().data_received(data)
        if len(self.conn.trailing_data[0]) > MOST_AHEAD:  # requests sent before the one under way is answered
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets an answer in our shape too, and the connection is closed."""
        body = ErrorBody(code="bad_request", message=f"this is no HTTP request ({msg})").model_dump_json().encode()
        told = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close", **HEADERS}
        headers = [(name.encode(), value.encode()) for name, value in told.items()]
        start = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        self.transport.write(b"".join(self.conn.send(e) or b"" for e in (start, h11.Data(body), h11.EndOfMessage())))
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        for timer in (self._watch, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Nobody reads what was sent; not for long."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Somebody reads again."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def _look(self, *, was_closing: bool) -> None:
        """A connection that was closed waits for whoever reads what was sent; not for ever."""
        closing = self.transport.is_closing()
        if closing and was_closing:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(self.header_seconds, lambda: self._look(was_closing=closing))

    def _start_clock(self) -> None:
        self._clock = self.loop.call_later(self.header_seconds, self._hang_up)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
