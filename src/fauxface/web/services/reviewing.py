"""Who may review, by a key on a form and then a cookie that only this server can write, and the pictures shown then."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from fauxface.errors import FauxfaceError
from fauxface.images import Limits, read
from fauxface.web.messages import OPERATOR, of_seconds
from fauxface.web.services.access import LimitedError, Limiter
from fauxface.web.services.explanation import encoded, smaller
from fauxface.web.services.signed_token import SignedTokens, TokenError
from fauxface.web.settings import Settings
from fauxface.web.store import Store

COOKIE: Final = "reviewer"
LASTS: Final = 12 * 3600
"""Seconds after which one signs in again."""
_SESSION, _FORM = "review-session", "review-form"


class StrangeFormError(FauxfaceError):
    """A form was sent from somewhere else than this page, or from one that is too old."""

    code = "strange_form"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """One who is signed in.

    Attributes:
        name: of the key.
        since: when; earlier answers are not undone.
        session: a random name of this visit.
    """

    name: str
    since: dt.datetime
    session: str


async def reviewer_of(request: Request, tokens: SignedTokens, store: Store) -> Reviewer | None:
    """Who asks; None without a cookie of ours, after twelve hours, and as soon as the key was revoked."""
    try:
        facts = tokens.read(request.cookies.get(COOKIE, ""), lasts=LASTS)
    except TokenError:
        return None
    if facts.get("kind") != _SESSION or not await asyncio.to_thread(store.may_review, facts["name"]):
        return None
    return Reviewer(facts["name"], of_seconds(facts["at"]), facts["session"])


async def sign_in(request: Request, tokens: SignedTokens, store: Store, tries: Limiter, key: str) -> str | None:
    """The cookie's content for the owner of a key; None if the key opens nothing here.

    Raises:
        LimitedError: this address tries too often. StrangeFormError: see `from_here`.
    """
    from_here(request)
    wait = tries.ask(request.client.host if request.client else "")
    if wait:
        raise LimitedError(max(1, round(wait + 0.5)))
    found = await asyncio.to_thread(store.find_key, key.strip())
    if found is None or not found.may_review:
        return None
    return tokens.write({"kind": _SESSION, "name": found.name, "session": secrets.token_hex(16)})


def keep_cookie(request: Request, settings: Settings, response: Response, content: str | None) -> Response:
    """Set the cookie, or delete it: for the review page only, out of reach of scripts and of other sites."""
    secure = request.url.scheme == "https" or settings.public_url.startswith("https:")
    path = f"{settings.root}/review"
    if content is None:
        response.delete_cookie(COOKIE, path=path, secure=secure, httponly=True, samesite="strict")
    else:
        response.set_cookie(COOKIE, content, max_age=LASTS, path=path, secure=secure, httponly=True, samesite="strict")
    return response


def form_token(tokens: SignedTokens, reviewer: Reviewer) -> str:
    """What every form of this visit carries."""
    return tokens.write({"kind": _FORM, "session": reviewer.session})


def check_form(request: Request, tokens: SignedTokens, reviewer: Reviewer, token: str) -> None:
    """Let nobody else's page send the reviewer's answers.

    Raises:
        StrangeFormError: the form is not from this visit, or another site sent it.
    """
    from_here(request)
    try:
        facts = tokens.read(token, lasts=LASTS)
    except TokenError as e:
        raise StrangeFormError(OPERATOR["error.form"]) from e
    if facts.get("kind") != _FORM or facts["session"] != reviewer.session:
        raise StrangeFormError(OPERATOR["error.form"])


def from_here(request: Request) -> None:
    """Refuse what a browser says comes from another site; the cookie would not be sent along anyway.

    Raises:
        StrangeFormError: it does.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise StrangeFormError(OPERATOR["error.form"])


def thumbnail(path: Path, side: int, limits: Limits) -> bytes:
    """A file's picture as a JPEG of at most ``side`` pixels, upright, its metadata left out.

    Raises:
        ImageError: it is gone, or no picture within the limits.
    """
    return encoded(smaller(read(path, at_least=side, limits=limits).rgb, side), "JPEG")
