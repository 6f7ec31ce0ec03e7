"""Clips: taken, looked after and stopped, by people and programs alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import UploadFile

from fauxface.web.schemas import JobBody
from fauxface.web.services.jobs import Jobs
from fauxface.web.services.uploads import UploadError, clean_name, too_large
from fauxface.web.settings import Settings


@dataclass(frozen=True, slots=True)
class Clips:
    """Has clips judged.

    Attributes:
        settings: limits. jobs: judges them one after another.
    """

    settings: Settings
    jobs: Jobs

    async def take(self, file: UploadFile, gone: Callable[[], Awaitable[bool]]) -> JobBody:
        """Start a job.

        Args:
            file: a clip.
            gone: whether its visitor has hung up; then nobody will ever learn the job's id, and it is stopped.

        Raises:
            UploadError: too large. OverloadedError, ClosedError: as `Jobs.start`.
        """
        if (file.size or 0) > self.settings.max_video_bytes:
            raise too_large(self.settings.max_video_bytes)
        job = await asyncio.to_thread(self.jobs.start, file.file, clean_name(file.filename))
        if await gone():
            await self.find(job.id, stop=True)
        return job

    async def find(self, id: str, *, stop: bool = False) -> JobBody:
        """How far a job is, by its id; first it is asked to stop, if that is wished.

        Raises:
            UploadError: there is none (404).
        """

        def look() -> JobBody | None:
            try:
                job = self.jobs.find(id)
                return None if job is None else job.cancel() if stop else job.body()
            except FileNotFoundError:  # its time was up a moment ago
                return None

        body = await asyncio.to_thread(look)
        if body is None:
            raise UploadError(
                "there is no such job: it was never started, or has expired", code="not_found", status=404
            )
        return body
