"""One page about one answer, to print or to save, and the page that confirms that this server signed it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from fauxface.web.desk import Desk, desk_of, looks_of
from fauxface.web.routes import api
from fauxface.web.routes.pages import page
from fauxface.web.services.reports import ReportBody, report_of, signed_report
from fauxface.web.services.uploads import digest

router = APIRouter(include_in_schema=False)
TheDesk = Annotated[Desk, Depends(desk_of)]
MOST_PICTURE = 512 << 10
Record = Annotated[str, Form(max_length=131072)]
Picture = Annotated[str, Form(max_length=MOST_PICTURE)]
Remark = Annotated[str, Form(max_length=10_000)]


@router.post("/report", response_class=HTMLResponse)
async def report(
    request: Request,
    desk: TheDesk,
    receipt: api.Receipt,
    looks: api.Looks = "",
    name: api.WithName = False,
    picture: Picture = "",
) -> Response:
    """The report on an answer. The picture comes from the browser, and is shown if it is the one that was judged."""
    body = report_of(desk, receipt, looks, name)
    seen = looks_of(desk.receipts, looks, body.sha256)
    shown = picture if seen and digest(picture.encode()) == seen["picture"] else ""
    return _page(request, body, picture=shown)


@router.post("/report.json")
async def report_json(desk: TheDesk, record: Record, remark: Remark = "") -> Response:
    """The same for programs, as a file to keep."""
    body = signed_report(desk, record, remark)
    name = f"fauxface-{body.sha256[:12]}.json"
    return JSONResponse(body.model_dump(), headers={"content-disposition": f'attachment; filename="{name}"'})


@router.get("/check", response_class=HTMLResponse)
async def check_page(request: Request) -> Response:
    """Where a saved report is confirmed."""
    return page(request, "check.html")


@router.post("/check", response_class=HTMLResponse)
async def check(request: Request, desk: TheDesk, record: Record) -> Response:
    """The report that a record, or a saved JSON file, holds: as this server signed it, whatever else the file says."""
    try:
        told = json.loads(record)
        record = str(told["record"])
    except (ValueError, KeyError, TypeError, RecursionError):
        record = record.strip()
    return _page(request, signed_report(desk, record), confirmed=True)


def _page(request: Request, body: ReportBody, *, picture: str = "", confirmed: bool = False) -> Response:
    judged = dt.datetime.fromisoformat(body.judged_at)
    return page(request, "report.html", report=body, judged=judged, picture=picture, confirmed=confirmed)
