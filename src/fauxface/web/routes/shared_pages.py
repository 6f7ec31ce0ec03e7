"""Shared results as pages: made, seen and deleted, also without JavaScript."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from fauxface.web.dependencies import TheAccess, TheCard, TheSharing
from fauxface.web.messages import ENGLISH
from fauxface.web.messages.phrasing import stored_words
from fauxface.web.routes.fields import Looks, Receipt, WithName
from fauxface.web.schemas import ErrorBody
from fauxface.web.services.followup import Sharing, gone
from fauxface.web.services.uploads import UploadError
from fauxface.web.store import Shared
from fauxface.web.templating import page

router = APIRouter(include_in_schema=False)


@router.post("/result/share", response_class=HTMLResponse)
async def share(
    request: Request,
    access: TheAccess,
    sharing: TheSharing,
    receipt: Receipt,
    looks: Looks = "",
    name: WithName = False,
) -> Response:
    """Share without JavaScript."""
    async with access.admitted_with(request, "share", receipt):
        shared = await sharing.share(receipt, looks, name=name)
    return page(request, "shared_made.html", 201, shared=shared, expires=dt.datetime.fromisoformat(shared.expires_at))


@router.post("/result/unshare", response_class=HTMLResponse)
async def unshare(
    request: Request,
    sharing: TheSharing,
    id: Annotated[str, Form(max_length=200)],
    token: Annotated[str, Form(max_length=200)],
) -> Response:
    """Delete a shared result without JavaScript."""
    await sharing.unshare(id, token)
    return page(request, "message.html", title=ENGLISH["share.shared"], message=ENGLISH["share.deleted"])


@router.get("/r/{id}/delete", response_class=HTMLResponse, name="unshare_page")
async def unshare_page(request: Request, id: str, sharing: TheSharing) -> Response:
    """Where the address to delete leads that is shown once. The token follows its #, so that no log ever sees it."""
    if await _found(sharing, id) is None:
        return _no_such_result(request)
    return page(request, "unshare.html", id=id)


@router.get("/r/{id}", response_class=HTMLResponse, name="shared_page")
async def shared_page(request: Request, id: str, sharing: TheSharing, card: TheCard) -> Response:
    """A shared result."""
    found = await _found(sharing, id)
    if found is None:
        return _no_such_result(request)
    verdict = found.payload["verdict"]
    said = stored_words(verdict, card)
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


async def _found(sharing: Sharing, id: str) -> Shared | None:
    try:
        return await sharing.find(id)
    except UploadError:
        return None


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _no_such_result(request: Request) -> Response:
    body = ErrorBody(code=gone().code, message=ENGLISH["share.gone"])
    return page(request, "error.html", 404, error=body, title=ENGLISH["share.gone_title"])
