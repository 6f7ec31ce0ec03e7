"""The review page: what visitors left with their consent, an answer for each picture, all of it behind a key."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fauxface.errors import ImageError
from fauxface.web.dependencies import TheCard, TheReviewer, TheSettings, TheStore, TheTokens
from fauxface.web.messages import ENGLISH, OPERATOR
from fauxface.web.messages.phrasing import stored_phrasing
from fauxface.web.services.reviewing import Reviewer, check_form, form_token, keep_cookie, sign_in, thumbnail
from fauxface.web.services.uploads import UploadError
from fauxface.web.settings import Settings
from fauxface.web.store import NotFoundError, State, Store
from fauxface.web.templating import page
from fauxface.weights.card import ModelCard

router = APIRouter(prefix="/review", include_in_schema=False)
Token = Annotated[str, Form(max_length=4096)]
Sha256 = Annotated[str, Form(pattern="^[0-9a-f]{64}$")]
Did = Literal["real", "fake", "rejected", "undone", "nothing", "gone"]
SIDES: Final = {"picture": 1280, "thumbnail": 192}
"""Longest side in pixels of what is shown."""
SHOWN: Final = 12
"""Pictures in the strip below."""


async def _sender(request: Request, who: TheReviewer, tokens: TheTokens, token: Token) -> Reviewer | None:
    """Who sends a form of this page; None if nobody is signed in (any more).

    Raises:
        StrangeFormError: it is not from this visit, or another site sent it.
    """
    if who is not None:
        check_form(request, tokens, who, token)
    return who


TheSender = Annotated[Reviewer | None, Depends(_sender)]


@router.get("", response_class=HTMLResponse)
async def review(
    request: Request,
    who: TheReviewer,
    store: TheStore,
    tokens: TheTokens,
    card: TheCard,
    state: State = "unreviewed",
    at: str = "",
    did: Did | None = None,
) -> Response:
    """One picture with all that is known of it, and those that come next; a form for the key without one."""
    if who is None:
        return page(request, "review_sign_in.html", o=OPERATOR, wrong=False)
    facts = await asyncio.to_thread(_facts, store, card, state, at)
    return page(request, "review.html", o=OPERATOR, who=who, token=form_token(tokens, who), did=did, **facts)


def _facts(store: Store, card: ModelCard, state: State, at: str) -> dict[str, Any]:
    """What the page shows of the picture ``at``, or of the first in the queue."""
    queue = store.queue(state)
    index = queue.index(at) if at in queue else 0
    facts: dict[str, Any] = {"kept": None}
    if queue:
        sha256, start = queue[index], max(0, min(index - 2, len(queue) - SHOWN))
        verdicts = store.verdicts_on(sha256)
        facts = {
            "kept": store.find(sha256),
            "said": store.said_of(sha256),
            "verdicts": [(each, stored_phrasing(each, "picture", card)) for each in verdicts],
            "claims": [claim for each in verdicts[:1] for claim in each.get("provenance", ())],
            "before": queue[index - 1] if index else None,
            "after": queue[index + 1] if index + 1 < len(queue) else None,
            "strip": list(enumerate(queue[start : start + SHOWN], start + 1)),
        }
    return facts | {"state": state, "states": store.states(), "number": index + 1, "count": len(queue)}


@router.post("/sign-in", response_class=HTMLResponse)
async def enter(
    request: Request,
    store: TheStore,
    tokens: TheTokens,
    settings: TheSettings,
    key: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """With a key that may review."""
    content = await sign_in(request, tokens, store, request.app.state.sign_ins, key)
    if content is None:
        return page(request, "review_sign_in.html", 403, o=OPERATOR, wrong=True)
    return keep_cookie(request, settings, _back(settings), content)


@router.post("/sign-out")
async def leave(
    request: Request, who: TheReviewer, tokens: TheTokens, settings: TheSettings, token: Token = ""
) -> Response:
    """The cookie goes."""
    if who is not None:
        check_form(request, tokens, who, token)
    return keep_cookie(request, settings, _back(settings), None)


@router.post("/answer")
async def answer(
    who: TheSender,
    store: TheStore,
    settings: TheSettings,
    sha256: Sha256,
    found: Annotated[Literal["real", "fake", "rejected"], Form()],
    state: Annotated[State, Form()] = "unreviewed",
    after: Annotated[str, Form(max_length=64)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """What the picture is; then the next one."""
    if who is None:
        return _back(settings)
    try:
        await asyncio.to_thread(store.review, sha256, found, reviewer=who.name, note=note)
    except NotFoundError:
        return _back(settings, state=state, at=after, did="gone")
    return _back(settings, state=state, at=after, did=found)


@router.post("/undo")
async def undo(
    who: TheSender, store: TheStore, settings: TheSettings, state: Annotated[State, Form()] = "unreviewed"
) -> Response:
    """The reviewer's last answer of this visit is taken back, and its picture shown."""
    if who is None:
        return _back(settings)
    try:
        kept = await asyncio.to_thread(store.undo, who.name, since=who.since)
    except NotFoundError:
        return _back(settings, state=state, did="nothing")
    return _back(settings, state=kept.state, at=kept.sha256, did="undone")


@router.get("/{size}/{sha256}")
async def picture(
    request: Request,
    who: TheReviewer,
    store: TheStore,
    settings: TheSettings,
    size: Literal["picture", "thumbnail"],
    sha256: str,
) -> Response:
    """A kept picture as a new JPEG, one at a time; without the cookie it does not exist."""
    gone = UploadError(ENGLISH["error.not_found"], code="not_found", status=404)
    if len(sha256) != 64 or who is None:
        raise gone
    try:
        kept = await asyncio.to_thread(store.find, sha256)
        async with request.app.state.shrinking:
            data = await asyncio.to_thread(thumbnail, kept.path, SIDES[size], settings.limits)
    except (NotFoundError, ImageError) as e:
        raise gone from e
    return Response(data, media_type="image/jpeg", headers={"content-disposition": "inline"})


def _back(settings: Settings, **where: str) -> RedirectResponse:
    told = urlencode({name: value for name, value in where.items() if value})
    return RedirectResponse(f"{settings.root}/review" + (f"?{told}" if told else ""), 303)
