"""A clip for browsers without JavaScript: handed in by the form of the page, looked after here, frame by frame."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fauxface.web.dependencies import TheCard, TheJobs, TheSettings
from fauxface.web.messages import ENGLISH
from fauxface.web.messages.promise import percent
from fauxface.web.schemas import JobBody
from fauxface.web.services.access import while_there
from fauxface.web.services.jobs import Jobs
from fauxface.web.services.uploads import UploadError
from fauxface.web.templating import page

router = APIRouter(include_in_schema=False)
PATIENCE: Final = 20.0
"""Seconds that a page waits for the clip's end; nothing refreshes by itself, which would throw readers out."""
PAUSE: Final = 0.25
_STATUS: Final = {"interrupted": 503, "internal": 500}


@router.get("/clip/{id}", response_class=HTMLResponse)
async def clip(
    request: Request, id: str, jobs: TheJobs, card: TheCard, frame: Annotated[int | None, Query(ge=0)] = None
) -> Response:
    """How far a clip is, after waiting for its end a little; then its verdict, or that of the frame that was chosen."""
    job = await while_there(request, _ended(jobs, id))
    chosen = job.frames[frame] if frame is not None and frame < len(job.frames) else None
    template = "clip.html" if job.state == "done" else "clip_under_way.html"
    status = _STATUS.get(job.error.code, 422) if job.error else 200
    threshold = percent(card.decision.fake_from)
    return page(request, template, status, job=job, chosen=chosen, chosen_number=frame, threshold=threshold)


@router.post("/clip/{id}/stop")
async def stop(id: str, jobs: TheJobs, settings: TheSettings) -> Response:
    """Stop a clip, or forget one that has ended."""
    job = await jobs.look(id, stop=True)
    page_of = f"/clip/{id}" if job.state in ("queued", "running", "cancelled") else "/"
    return RedirectResponse(settings.root + page_of, 303)


async def _ended(jobs: Jobs, id: str) -> JobBody:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            body = await jobs.look(id)
        except UploadError as e:
            raise UploadError(ENGLISH["error.clip_gone"], code=e.code, status=e.status) from e
        if body.state not in ("queued", "running") or time.monotonic() > deadline:
            return body
        await asyncio.sleep(PAUSE)
