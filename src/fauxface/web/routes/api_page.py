"""The description of the API for people, shown by a viewer that is part of the package."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from fauxface.web.routes.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/api", response_class=HTMLResponse)
async def api_page(request: Request) -> Response:
    """Every route with its fields, to read and to try."""
    return page(request, "api.html")
