"""Shared results as pages: made, seen and deleted, also without JavaScript."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from fauxface.web.desk import Desk, desk_of
from fauxface.web.messages import ENGLISH
from fauxface.web.messages.phrasing import stored_words
from fauxface.web.routes import api
from fauxface.web.routes.pages import admitted_with, page
from fauxface.web.schemas import ErrorBody

router = APIRouter(include_in_schema=False)
TheDesk = Annotated[Desk, Depends(desk_of)]


@router.post("/result/share", response_class=HTMLResponse)
async def share(
    request: Request, desk: TheDesk, receipt: api.Receipt, looks: api.Looks = "", name: api.WithName = False
) -> Response:
    """Share without JavaScript."""
    async with admitted_with(request, desk, "share", receipt):
        shared = await api.make_shared(request, desk, receipt, looks, name)
    return page(request, "shared_made.html", 201, shared=shared, expires=dt.datetime.fromisoformat(shared.expires_at))


@router.post("/result/unshare", response_class=HTMLResponse)
async def unshare(
    request: Request,
    desk: TheDesk,
    id: Annotated[str, Form(max_length=200)],
    token: Annotated[str, Form(max_length=200)],
) -> Response:
    """Delete a shared result without JavaScript."""
    await api.unshare(id, desk, token)
    return page(request, "message.html", title=ENGLISH["share.shared"], message=ENGLISH["share.deleted"])


@router.get("/r/{id}/delete", response_class=HTMLResponse, name="unshare_page")
async def unshare_page(request: Request, id: str, desk: TheDesk) -> Response:
    """Where the address to delete leads that is shown once. The token follows its #, so that no log ever sees it."""
    if await asyncio.to_thread(desk.store.shared, id) is None:
        return _no_such_result(request)
    return page(request, "unshare.html", id=id)


@router.get("/r/{id}", response_class=HTMLResponse, name="shared_page")
async def shared_page(request: Request, id: str, desk: TheDesk) -> Response:
    """A shared result."""
    found = await asyncio.to_thread(desk.store.shared, id)
    if found is None:
        return _no_such_result(request)
    verdict = found.payload["verdict"]
    said = stored_words(verdict, desk.engine.detector.card)
    if said.meaning and "share_fake" not in verdict:  # a clip's is no promise
        said.meaning = found.payload.get("meaning", said.meaning)  # of the detector that judged, not of today's
    return page(
        request,
        "shared.html",
        verdict=verdict,
        words=said,
        sha256=found.payload["sha256"],
        expires=found.expires_at,
        judged=_moment(found.payload.get("judged_at")),
        holds=found.payload.get("holds"),
        id=id,
    )


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _no_such_result(request: Request) -> Response:
    body = ErrorBody(code=api.gone().code, message=ENGLISH["share.gone"])
    return page(request, "error.html", 404, error=body, title=ENGLISH["share.gone_title"])
