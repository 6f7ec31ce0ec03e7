"""Headers that keep a browser from doing what the page never asks for, and the identity of each request."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fauxface.web.edge.prefix import inner, placed

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
MOST_HEADERS: Final = 32 << 10
RETRY_AFTER: Final = 2
_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")


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
            if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
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
