"""Refuses work for which there is no room before its pictures are kept anywhere."""

from __future__ import annotations

import json
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from fauxface.errors import FauxfaceError
from fauxface.web.edge.prefix import inner
from fauxface.web.problems import status_of
from fauxface.web.schemas import ErrorBody
from fauxface.web.services.engine import Engine
from fauxface.web.services.jobs import Jobs

PICTURES: Final = ("/api/v1/predict", "/api/v1/explain")
CLIPS: Final = "/api/v1/videos"


class Admission:
    """Middleware: a request to judge something that finds no room is answered with 503 after its body went by unread.

    The body is received to its end, within the limits of `BodyLimit` outside, because browsers call a connection that
    is closed in the middle of an upload a broken network. Nothing of it is stored.
    """

    def __init__(self, app: ASGIApp, engine: Engine, jobs: Jobs) -> None:
        self.app, self.engine, self.jobs = app, engine, jobs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        refused = self._refusal(scope)
        if refused is None:
            await self.app(scope, receive, send)
            return
        try:
            while (message := await receive()).get("more_body", False):
                if message["type"] == "http.disconnect":
                    return
        except FauxfaceError as error:  # too large or too slow: that is what to say of it
            refused = error
        status, more = status_of(refused)
        body = json.dumps(ErrorBody(code=refused.code, message=refused.message).model_dump()).encode()
        more = {"content-type": "application/json", "content-length": str(len(body)), **more}
        headers = [(name.encode(), value.encode()) for name, value in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _refusal(self, scope: Scope) -> FauxfaceError | None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        try:
            if inner(scope) in PICTURES:
                self.engine.need_room()
            elif inner(scope) == CLIPS:
                self.jobs.need_room()
        except FauxfaceError as error:
            return error
        return None
