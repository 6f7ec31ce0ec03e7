"""What follows an answer, as pages, also without JavaScript: feedback, a page to share, a report to print or save."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from fauxface.web.dependencies import (
    Receipt,
    SaysField,
    TheAccess,
    TheCard,
    TheExplanation,
    TheFeedback,
    TheSharing,
    TheTokens,
    WithName,
)
from fauxface.web.messages import ENGLISH
from fauxface.web.messages.phrasing import kind_of, stored_phrasing
from fauxface.web.schemas import ErrorBody
from fauxface.web.services.followup import ReportBody, Sharing, gone, report_of, signed_report
from fauxface.web.services.signed_token import explanation_of
from fauxface.web.services.uploads import UploadError, digest
from fauxface.web.store import Shared
from fauxface.web.templating import page

router = APIRouter(include_in_schema=False)
MOST_PICTURE = 512 << 10
Record = Annotated[str, Form(max_length=131072)]
Picture = Annotated[str, Form(max_length=MOST_PICTURE)]
Remark = Annotated[str, Form(max_length=10_000)]


@router.post("/result/feedback", response_class=HTMLResponse)
async def give_feedback(
    request: Request,
    access: TheAccess,
    feedback: TheFeedback,
    receipt: Receipt,
    says: SaysField,
    how: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Feedback without JavaScript; the picture is gone by then, so it cannot be kept."""
    async with access.admitted_with(request, "feedback", receipt):
        await feedback.keep(receipt, says, how)
    return page(request, "message.html", 201, title=ENGLISH["feedback.title"], message=ENGLISH["feedback.thanks"])


@router.post("/result/share", response_class=HTMLResponse)
async def share(
    request: Request,
    access: TheAccess,
    sharing: TheSharing,
    receipt: Receipt,
    explanation: TheExplanation,
    name: WithName = False,
) -> Response:
    """Share without JavaScript."""
    async with access.admitted_with(request, "share", receipt):
        shared = await sharing.share(receipt, explanation, name=name)
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
    kind, verdict = kind_of(found.payload), found.payload["verdict"]
    said = stored_phrasing(verdict, kind, card)
    if said.meaning and kind == "picture":  # a clip's is no promise
        said.meaning = found.payload.get("meaning", said.meaning)  # of the detector that judged, not of today's
    return page(
        request,
        "shared.html",
        verdict=verdict,
        phrasing=said,
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


@router.post("/report", response_class=HTMLResponse)
async def report(
    request: Request,
    tokens: TheTokens,
    card: TheCard,
    receipt: Receipt,
    explanation: TheExplanation,
    name: WithName = False,
    picture: Picture = "",
) -> Response:
    """The report on an answer. The picture comes from the browser, and is shown if it is the one that was judged."""
    body = report_of(tokens, card, receipt, explanation, name=name)
    seen = explanation_of(tokens, explanation, body.sha256)
    shown = picture if seen and digest(picture.encode()) == seen["picture"] else ""
    return _page(request, body, picture=shown)


@router.post("/report.json")
async def report_json(tokens: TheTokens, record: Record, remark: Remark = "") -> Response:
    """The same for programs, as a file to keep."""
    body = signed_report(tokens, record, remark)
    name = f"fauxface-{body.sha256[:12]}.json"
    return JSONResponse(body.model_dump(), headers={"content-disposition": f'attachment; filename="{name}"'})


@router.get("/check", response_class=HTMLResponse)
async def check_page(request: Request) -> Response:
    """Where a saved report is confirmed."""
    return page(request, "check.html")


@router.post("/check", response_class=HTMLResponse)
async def check(request: Request, tokens: TheTokens, record: Record) -> Response:
    """The report that a record, or a saved JSON file, holds: as this server signed it, whatever else the file says."""
    try:
        told = json.loads(record)
        record = str(told["record"])
    except (ValueError, KeyError, TypeError, RecursionError):
        record = record.strip()
    return _page(request, signed_report(tokens, record), confirmed=True)


def _page(request: Request, body: ReportBody, *, picture: str = "", confirmed: bool = False) -> Response:
    judged = dt.datetime.fromisoformat(body.judged_at)
    return page(request, "report.html", report=body, judged=judged, picture=picture, confirmed=confirmed)
