"""The API for clips: hand one in, ask how far it is, stop it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, File, Request, UploadFile

from fauxface.web.desk import Desk, desk_of
from fauxface.web.edge.raw_body import BODY
from fauxface.web.openapi import KEYED
from fauxface.web.problems import RESPONSES
from fauxface.web.schemas import JobBody
from fauxface.web.services import uploads
from fauxface.web.services.uploads import UploadError

router = APIRouter(prefix="/api/v1", tags=["clips"], responses=RESPONSES)
TheDesk = Annotated[Desk, Depends(desk_of)]


@router.post("/videos", summary="Judge a clip", status_code=202, openapi_extra=BODY | KEYED)
async def start(request: Request, desk: TheDesk, file: Annotated[UploadFile, File(description="a clip")]) -> JobBody:
    """Frames are sampled evenly and at scene changes and judged one by one; ask `/jobs/{id}` how far it is."""
    return await take(request, desk, file)


async def take(request: Request, desk: Desk, file: UploadFile, page_token: str = "") -> JobBody:
    """What `start` does, also for the form of the page; errors as `Desk.admitted` and `Jobs.start`."""
    async with desk.admitted(request, desk.settings.video_frames, page_token=page_token):
        if (file.size or 0) > desk.settings.max_video_bytes:
            raise uploads.too_large(desk.settings.max_video_bytes)
        job = await asyncio.to_thread(desk.jobs.start, file.file, uploads.clean_name(file.filename))
    if await request.is_disconnected():  # who hung up will never learn the job's id
        await find(desk, job.id, stop=True)
    return job


@router.get("/jobs/{id}", summary="How far a clip is")
async def look(id: str, desk: TheDesk) -> JobBody:
    """The frames judged so far, and at the end the clip's verdict; can be fetched for some minutes."""
    return await find(desk, id)


@router.delete("/jobs/{id}", summary="Stop a clip, or forget one that has ended")
async def stop(id: str, desk: TheDesk) -> JobBody:
    """One under way stops after the frame under way. One that has ended is deleted, and answered one last time."""
    return await find(desk, id, stop=True)


async def find(desk: Desk, id: str, *, stop: bool = False) -> JobBody:
    """How far a job is, by its id; first it is asked to stop, if that is wished.

    Raises:
        UploadError: there is none (404).
    """

    def look() -> JobBody | None:
        try:
            job = desk.jobs.find(id)
            return None if job is None else job.cancel() if stop else job.body()
        except FileNotFoundError:  # its time was up a moment ago
            return None

    body = await asyncio.to_thread(look)
    if body is None:
        raise UploadError("there is no such job: it was never started, or has expired", code="not_found", status=404)
    return body
