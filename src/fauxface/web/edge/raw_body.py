"""A picture or clip as the whole body of a request, without a form around it: ``curl --data-binary @face.jpg``."""

from __future__ import annotations

import secrets
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fauxface.web.edge.prefix import inner

FIELDS: Final = {
    "/api/v1/predict": ("files", "picture"),
    "/api/v1/explain": ("file", "picture"),
    "/api/v1/inspect": ("file", "file"),
    "/api/v1/videos": ("file", "clip"),
}
"""Address → field of the form that its file would be in, and what a file without a name is called."""
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/*", "video/*", "application/octet-stream")
        }
    }
}
"""For routes, so that the description of the API tells that a file may come by itself."""


class RawBody:
    """Middleware: puts the form around such a body while it comes in, so that all limits of forms hold for it too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        field = FIELDS.get(inner(scope)) if scope["type"] == "http" and scope["method"] == "POST" else None
        kind = dict(scope["headers"]).get(b"content-type", b"").lower().strip() if field else b""
        if field is None or not kind.startswith((b"image/", b"video/", b"application/octet-stream")):
            await self.app(scope, receive, send)
            return
        mark = secrets.token_hex(16).encode()  # nobody can put into a file what ends its part
        name, called = (text.encode() for text in field)
        head = b'--%b\r\ncontent-disposition: form-data; name="%b"; filename="%b"\r\n\r\n' % (mark, name, called)
        headers = [(k, v) for k, v in scope["headers"] if k not in (b"content-type", b"content-length")]
        headers.append((b"content-type", b"multipart/form-data; boundary=" + mark))
        around = _Form(receive, head, b"\r\n--%b--\r\n" % mark)
        inside = {**scope, "headers": headers}
        try:
            await self.app(inside, around.receive, send)
        finally:
            if "route" in inside:  # by which the request is logged and counted
                scope["route"] = inside["route"]


class _Form:
    """The messages of one request, with something before its body and after it."""

    def __init__(self, receive: Receive, head: bytes, tail: bytes) -> None:
        self._receive, self._head, self._tail = receive, head, tail

    async def receive(self) -> Message:
        """What the connection says next."""
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        body, self._head = self._head + message.get("body", b""), b""
        if not message.get("more_body", False):
            body, self._tail = body + self._tail, b""
        return {**message, "body": body}
