"""The API for jobs: hand one in, ask how far it is, stop it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile

from fauxface.web.dependencies import TheAccess, TheJobs, TheSettings
from fauxface.web.edge.request import BODY
from fauxface.web.openapi import KEYED
from fauxface.web.problems import RESPONSES
from fauxface.web.schemas import JobBody

router = APIRouter(prefix="/api/v1", tags=["clips"], responses=RESPONSES)


@router.post("/videos", summary="Judge a clip", status_code=202, openapi_extra=BODY | KEYED)
async def start(
    request: Request,
    access: TheAccess,
    jobs: TheJobs,
    settings: TheSettings,
    file: Annotated[UploadFile, File(description="a clip")],
) -> JobBody:
    """Frames are sampled evenly and at scene changes and judged one by one; ask `/jobs/{id}` how far it is."""
    async with access.admitted(request, settings.video_frames):
        return await jobs.take(file, request.is_disconnected)


@router.get("/jobs/{id}", summary="How far a clip is")
async def look(id: str, jobs: TheJobs) -> JobBody:
    """The frames judged so far, and at the end the clip's verdict; can be fetched for some minutes."""
    return await jobs.look(id)


@router.delete("/jobs/{id}", summary="Stop a clip, or forget one that has ended")
async def stop(id: str, jobs: TheJobs) -> JobBody:
    """One under way stops after the frame under way. One that has ended is deleted, and answered one last time."""
    return await jobs.look(id, stop=True)
