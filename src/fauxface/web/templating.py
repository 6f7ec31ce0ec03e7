"""Pages from templates: what every page needs, and the addresses of static files."""

from __future__ import annotations

import functools
import hashlib
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates

from fauxface.web.edge.request import inner
from fauxface.web.messages import ENGLISH, day, in_words, minute
from fauxface.web.schemas import ErrorBody

HERE: Final = Path(str(package_files("fauxface.web")))
STATIC: Final = HERE / "static"
ACCEPT: Final = "image/*,.heic,.heif,.avif,video/mp4,video/quicktime,video/webm,.mkv,.avi,.m4v,.mov"
THEMES: Final = ("auto", "light", "dark")
SEARCHES: Final = (
    ("Google Images", "https://images.google.com/"),
    ("TinEye", "https://tineye.com/"),
    ("Bing Visual Search", "https://www.bing.com/visualsearch"),
    ("Yandex Images", "https://yandex.com/images/"),
)
"""Where visitors may look for other copies of a picture; the page itself asks none of them."""


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A template with what every page needs."""
    state = request.app.state
    theme = request.cookies.get("theme", "auto")
    more = {
        "theme": theme if theme in THEMES else "auto",
        "root": state.settings.root,
        "here": inner(request.scope),
        "settings": state.settings,
        "version": request.app.version,
        "card": state.engine.detector.card,
        "accept": ACCEPT,
    }
    return _templates.TemplateResponse(request, template, more | context, status)


def error_page(request: Request, status: int, body: ErrorBody) -> Response:
    """An error for people."""
    return page(request, "error.html", status, error=body)


@functools.cache
def static_url(name: str) -> str:
    """Address of a static file below the prefix, with a digest of its content: browsers keep it until it changes."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _said(claim: Any) -> str:
    """A claim for people: its date as they write it."""
    told = claim if isinstance(claim, dict) else {"kind": claim.kind, "claim": claim.claim}
    return in_words(told["claim"]) if told["kind"] == "date" else told["claim"]


_templates: Final = Jinja2Templates(HERE / "templates")
_templates.env.globals |= {"t": ENGLISH, "searches": SEARCHES, "static_url": static_url}
_templates.env.filters |= {"day": day, "minute": minute, "said": _said}
_templates.env.trim_blocks = _templates.env.lstrip_blocks = True
