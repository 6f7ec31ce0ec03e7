"""The page below a path, ``https://host/faces/``: where its own addresses begin, as visitors have them.

A proxy in front may take the path off (``/faces/about`` comes in as ``/about``) or leave it on; both are understood, so
whoever asks the server itself (a health check) needs no path. Inside, every scope is as ASGI has it: ``root_path`` is
the path of ``public_url``, and ``path`` begins with it.
"""

from __future__ import annotations

from typing import Final

from starlette.types import Scope

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
