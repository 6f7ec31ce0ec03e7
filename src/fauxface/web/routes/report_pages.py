"""One page about one answer, to print or to save, and the page that confirms that this server signed it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from fauxface.web.dependencies import TheCard, TheTokens
from fauxface.web.routes.fields import Looks, Receipt, WithName
from fauxface.web.services.followup import ReportBody, report_of, signed_report
from fauxface.web.services.signed_token import looks_of
from fauxface.web.services.uploads import digest
from fauxface.web.templating import page

router = APIRouter(include_in_schema=False)
MOST_PICTURE = 512 << 10
Record = Annotated[str, Form(max_length=131072)]
Picture = Annotated[str, Form(max_length=MOST_PICTURE)]
Remark = Annotated[str, Form(max_length=10_000)]


@router.post("/report", response_class=HTMLResponse)
async def report(
    request: Request,
    tokens: TheTokens,
    card: TheCard,
    receipt: Receipt,
    looks: Looks = "",
    name: WithName = False,
    picture: Picture = "",
) -> Response:
    """The report on an answer. The picture comes from the browser, and is shown if it is the one that was judged."""
    body = report_of(tokens, card, receipt, looks, name=name)
    seen = looks_of(tokens, looks, body.sha256)
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
