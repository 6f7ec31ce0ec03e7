"""The review page: what visitors left with their consent, an answer for each picture, all of it behind a key."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fauxface.errors import ImageError
from fauxface.web.desk import Desk, desk_of
from fauxface.web.messages import ENGLISH
from fauxface.web.messages.operator import OPERATOR
from fauxface.web.messages.phrasing import stored_words
from fauxface.web.routes.pages import page
from fauxface.web.services.reviewing import Reviewer, check_form, form_token, keep_cookie, reviewer_of, sign_in
from fauxface.web.services.thumbnails import thumbnail
from fauxface.web.services.uploads import UploadError
from fauxface.web.store import NotFoundError, State

router = APIRouter(prefix="/review", include_in_schema=False)
TheDesk = Annotated[Desk, Depends(desk_of)]
Token = Annotated[str, Form(max_length=4096)]
Sha256 = Annotated[str, Form(pattern="^[0-9a-f]{64}$")]
Did = Literal["real", "fake", "rejected", "undone", "nothing", "gone"]
SIDES: Final = {"picture": 1280, "thumbnail": 192}
"""Longest side in pixels of what is shown."""
SHOWN: Final = 12
"""Pictures in the strip below."""


@router.get("", response_class=HTMLResponse)
async def review(
    request: Request, desk: TheDesk, state: State = "unreviewed", at: str = "", did: Did | None = None
) -> Response:
    """One picture with all that is known of it, and those that come next; a form for the key without one."""
    who = await reviewer_of(request, desk)
    if who is None:
        return page(request, "review_sign_in.html", o=OPERATOR, wrong=False)
    return await asyncio.to_thread(_show, request, desk, who, state, at, did)


def _show(request: Request, desk: Desk, who: Reviewer, state: State, at: str, did: Did | None) -> Response:
    queue, store = desk.store.queue(state), desk.store
    index = queue.index(at) if at in queue else 0
    facts: dict[str, Any] = {"kept": None}
    if queue:
        sha256, start = queue[index], max(0, min(index - 2, len(queue) - SHOWN))
        verdicts = store.verdicts_on(sha256)
        facts = {
            "kept": store.find(sha256),
            "said": store.said_of(sha256),
            "verdicts": [(each, stored_words(each, desk.engine.detector.card)) for each in verdicts],
            "claims": [claim for each in verdicts[:1] for claim in each.get("provenance", ())],
            "before": queue[index - 1] if index else None,
            "after": queue[index + 1] if index + 1 < len(queue) else None,
            "strip": list(enumerate(queue[start : start + SHOWN], start + 1)),
        }
    facts |= {"state": state, "states": store.states(), "number": index + 1, "count": len(queue), "did": did}
    return page(request, "review.html", o=OPERATOR, who=who, token=form_token(desk, who), **facts)


@router.post("/sign-in", response_class=HTMLResponse)
async def enter(request: Request, desk: TheDesk, key: Annotated[str, Form(max_length=200)] = "") -> Response:
    """With a key that may review."""
    content = await sign_in(request, desk, key)
    if content is None:
        return page(request, "review_sign_in.html", 403, o=OPERATOR, wrong=True)
    return keep_cookie(request, desk, _back(desk), content)


@router.post("/sign-out")
async def leave(request: Request, desk: TheDesk, token: Token = "") -> Response:
    """The cookie goes."""
    await _sender(request, desk, token)
    return keep_cookie(request, desk, _back(desk), None)


@router.post("/answer")
async def answer(
    request: Request,
    desk: TheDesk,
    sha256: Sha256,
    found: Annotated[Literal["real", "fake", "rejected"], Form()],
    token: Token,
    state: Annotated[State, Form()] = "unreviewed",
    after: Annotated[str, Form(max_length=64)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """What the picture is; then the next one."""
    who = await _sender(request, desk, token)
    if who is None:
        return _back(desk)
    try:
        await asyncio.to_thread(desk.store.review, sha256, found, reviewer=who.name, note=note)
    except NotFoundError:
        return _back(desk, state=state, at=after, did="gone")
    return _back(desk, state=state, at=after, did=found)


@router.post("/undo")
async def undo(
    request: Request, desk: TheDesk, token: Token, state: Annotated[State, Form()] = "unreviewed"
) -> Response:
    """The reviewer's last answer of this visit is taken back, and its picture shown."""
    who = await _sender(request, desk, token)
    if who is None:
        return _back(desk)
    try:
        kept = await asyncio.to_thread(desk.store.undo, who.name, since=who.since)
    except NotFoundError:
        return _back(desk, state=state, did="nothing")
    return _back(desk, state=kept.state, at=kept.sha256, did="undone")


@router.get("/{size}/{sha256}")
async def picture(request: Request, desk: TheDesk, size: Literal["picture", "thumbnail"], sha256: str) -> Response:
    """A kept picture as a new JPEG, one at a time; without the cookie it does not exist."""
    gone = UploadError(ENGLISH["error.not_found"], code="not_found", status=404)
    if len(sha256) != 64 or await reviewer_of(request, desk) is None:
        raise gone
    try:
        kept = await asyncio.to_thread(desk.store.find, sha256)
        async with desk.shrinking:
            data = await asyncio.to_thread(thumbnail, kept.path, SIDES[size], desk.settings.limits)
    except (NotFoundError, ImageError) as e:
        raise gone from e
    return Response(data, media_type="image/jpeg", headers={"content-disposition": "inline"})


async def _sender(request: Request, desk: Desk, token: str) -> Reviewer | None:
    """Who sends a form of this page; None if nobody is signed in (any more).

    Raises:
        StrangeFormError: it is not from this visit, or another site sent it.
    """
    who = await reviewer_of(request, desk)
    if who is not None:
        check_form(request, desk, who, token)
    return who


def _back(desk: Desk, **where: str) -> RedirectResponse:
    told = urlencode({name: value for name, value in where.items() if value})
    return RedirectResponse(f"{desk.settings.root}/review" + (f"?{told}" if told else ""), 303)
