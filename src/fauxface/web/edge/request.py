"""A request in one form: its address without the prefix of the page, and a file that came alone with a form around it.

The page may lie below a path, ``https://host/faces/``: where its own addresses begin, as visitors have them. A
proxy in front may take the path off (``/faces/about`` comes in as ``/about``) or leave it on; both are understood, so
whoever asks the server itself (a health check) needs no path. Inside, every scope is as ASGI has it: ``root_path`` is
the path of ``public_url``, and ``path`` begins with it.

A picture or clip may be the whole body of a request, without a form around it: ``curl --data-binary @face.jpg``.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN: Final = frozenset(
    {
        "about",
        "api",
        "check",
        "clip",
        "healthz",
        "metrics",
        "openapi.json",
        "r",
        "readyz",
        "report",
        "result",
        "review",
        "static",
    }
    | {"report.json", "robots.txt", "theme"}
)
"""What the page's own addresses begin with; a prefix that begins so could not be told from one of them."""
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


def placed(scope: Scope, root: str) -> Scope:
    """The scope of a request with its address in that one form.

    An address with a slash too many at its end is the one without it; the framework would send visitors elsewhere, by
    a name of the host that only the proxy knows.

    Args:
        root: the path of ``public_url`` without a slash at its end, such as ``/faces``; nothing if there is none.
    """
    path = inner({"path": scope["path"], "root_path": root})
    return {**scope, "root_path": root, "path": f"{root}/{path.strip('/')}"}


def root_of(scope: Scope) -> str:
    """The prefix itself, ``/faces``, or nothing; also where a mounted part has written its own path into the scope."""
    return scope.get("app_root_path", scope.get("root_path", ""))


def inner(scope: Scope) -> str:
    """The address of a request without the prefix, ``/about``: what limits and routes go by."""
    path, root = scope["path"], root_of(scope)
    if path == root:
        return "/"
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


class RawBody:
    """Middleware: puts the form around a file that came alone, so that all limits of forms hold for it too."""

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
