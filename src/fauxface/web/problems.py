"""Every error as one shape, ``{code, message, detail}``, or as a page for those who read HTML."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from fauxface.errors import FauxfaceError
from fauxface.web.edge.request import inner, root_of
from fauxface.web.messages import ENGLISH
from fauxface.web.schemas import ErrorBody
from fauxface.web.services.access import GoneError, KeyRefusedError, LimitedError
from fauxface.web.services.engine import ClosedError, OverloadedError
from fauxface.web.services.uploads import UploadError

log = logging.getLogger("fauxface.web")
_NAMES: Final = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_UNAVAILABLE: Final = {"bad_store", "cannot_write"}

RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ErrorBody, "description": "the request cannot be answered as it is"},
    "5XX": {"model": ErrorBody, "description": "the server cannot answer now; see Retry-After"},
}
"""For routes, so that the description of the API tells the shape of errors."""


def install(app: FastAPI, page: Callable[..., Response]) -> None:
    """Catch everything; ``page(request, status, body)`` renders an error for people."""

    def answer(request: Request, status: int, body: ErrorBody, headers: dict[str, str] | None = None) -> Response:
        wants_html = "text/html" in request.headers.get("accept", "") and not inner(request.scope).startswith("/api/")
        response = page(request, status, body) if wants_html else JSONResponse(body.model_dump(), status)
        response.headers.update(headers or {})
        return response

    async def own(request: Request, error: Exception) -> Response:
        assert isinstance(error, FauxfaceError)
        status, headers = status_of(error)
        message = error.message
        if error.code in _UNAVAILABLE:  # which database, which folder: for the log of whoever runs the page
            number = request.scope.get("state", {}).get("request_id", "")
            log.error("unavailable", extra={"facts": {"id": number, "code": error.code, "detail": message}})
            message = ENGLISH["error.unavailable"]
        return answer(request, status, ErrorBody(code=error.code, message=message), headers)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        cause = error.__cause__
        if isinstance(cause, FauxfaceError):  # the framework hides what went wrong while it read a form
            return await own(request, cause)
        headers = dict(error.headers or {})
        if error.status_code == 405:
            if request.method == "GET" and not inner(request.scope).startswith("/api/"):
                # Where a form was sent to there is nothing to see: whoever loads it again starts anew.
                return RedirectResponse(f"{root_of(request.scope)}/", 303)
            takes = headers.get("Allow", "another method")
            message = f"this address takes {takes}, not {request.method}: see {root_of(request.scope)}/openapi.json"
        elif error.status_code == 404:
            message = ENGLISH["error.not_found"]
        else:
            message = str(error.detail)
        body = ErrorBody(code=_NAMES.get(error.status_code, "bad_request"), message=message)
        return answer(request, error.status_code, body, headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "request"
        detail = [{"field": ".".join(map(str, e["loc"][1:])), "message": e["msg"]} for e in error.errors()]
        said = "send a file" if "UploadFile" in first["msg"] else first["msg"]
        sent = request.headers.get("content-type", "").lower()
        if first["type"] == "missing" and where in ("file", "files") and not sent.startswith("multipart/"):
            said = "send a form with a file, or the file itself with its kind: -H 'Content-Type: image/jpeg'"
        return answer(request, 422, ErrorBody(code="bad_request", message=f"{where}: {said}", detail=detail))

    async def unknown(request: Request, error: Exception) -> Response:
        number = request.scope.get("state", {}).get("request_id", "")
        log.error("internal error", exc_info=error, extra={"facts": {"id": number}})
        return answer(request, 500, ErrorBody(code="internal", message=ENGLISH["error.unknown"].format(id=number)))

    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        FauxfaceError: own,
        HTTPException: http,
        RequestValidationError: invalid,
        Exception: unknown,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def status_of(error: FauxfaceError) -> tuple[int, dict[str, str]]:
    """HTTP status and headers of one of our errors."""
    if isinstance(error, UploadError):
        return error.status, {}
    if isinstance(error, OverloadedError):
        return 503, {"retry-after": str(error.retry_after)}
    if isinstance(error, ClosedError) or error.code in _UNAVAILABLE:
        return 503, {"retry-after": "5"}
    if isinstance(error, LimitedError):
        return 429, {"retry-after": str(error.retry_after)}
    if isinstance(error, KeyRefusedError):
        return 401, {"www-authenticate": "Bearer"}
    if error.code == "strange_form":
        return 403, {}
    if isinstance(error, GoneError):
        return 499, {}  # nobody reads it; the log and the metrics tell it as other servers do
    if error.code in ("bad_weights", "weights_damaged"):
        return 500, {}
    return 422, {}
