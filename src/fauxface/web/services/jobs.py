"""Clips take a while: each is a job in a folder of its own, which every process of the server can read.

One thread a process judges one clip at a time; another says that the process lives and deletes what is old. What a
visitor may fetch stays for some minutes after the end, so that it outlives a restart of the server.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import shutil
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import BinaryIO, Final

from starlette.datastructures import UploadFile

from fauxface.errors import DataError, FauxfaceError
from fauxface.video import VideoLimits
from fauxface.web.schemas import JobBody
from fauxface.web.services.engine import ClosedError, Engine, OverloadedError, Worker
from fauxface.web.services.job import CLIP, OWNER, SILENCE, STATE, Job
from fauxface.web.services.signed_token import SignedTokens
from fauxface.web.services.uploads import UploadError, clean_name, too_large
from fauxface.web.settings import Settings

log = logging.getLogger("fauxface.web")
MOST_WAITING: Final = 4
LIFE: Final = ".alive"
SWEEP_SECONDS: Final = 60
_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_SECONDS_A_CLIP: Final = 15


class Jobs(Worker):
    """Takes clips and judges them one after another.

    Args:
        folder: where the jobs lie; those that a killed server has left there are deleted when they are old.
        engine: whose detector judges.
        tokens: signs the verdicts.
        settings: limits.
    """

    def __init__(self, folder: Path, engine: Engine, tokens: SignedTokens, settings: Settings) -> None:
        super().__init__()
        self.folder, self.engine, self.tokens, self.settings = folder, engine, tokens, settings
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition(threading.RLock())
        self._ended = threading.Event()
        self._limits = VideoLimits(max_bytes=settings.max_video_bytes, max_seconds=settings.max_video_seconds)
        self._life = folder / (secrets.token_hex(8) + LIFE)
        self._under_way: Job | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._life.touch()
        except OSError as e:
            raise DataError(f"{folder}: cannot be made ({e.strerror or e})", code="cannot_write") from e
        self._sweep()
        self._thread = threading.Thread(target=self._run, name="fauxface-clips", daemon=True)
        self._keeper = threading.Thread(target=self._keep, name="fauxface-clips-keeper", daemon=True)
        self._thread.start()
        self._keeper.start()

    async def take(self, file: UploadFile, gone: Callable[[], Awaitable[bool]]) -> JobBody:
        """Start a visitor's clip; its progress then.

        Args:
            file: a clip.
            gone: whether its visitor has hung up; then nobody will ever learn the job's id, and it is stopped.

        Raises:
            UploadError: too large. OverloadedError, ClosedError: as `start`.
        """
        if (file.size or 0) > self.settings.max_video_bytes:
            raise too_large(self.settings.max_video_bytes)
        job = await asyncio.to_thread(self.start, file.file, clean_name(file.filename))
        if await gone():
            await self.look(job.id, stop=True)
        return job

    async def look(self, id: str, *, stop: bool = False) -> JobBody:
        """The progress of a job, by its id; first it is asked to stop, if that is wished.

        Raises:
            UploadError: there is none (404).
        """
        body = await asyncio.to_thread(self._look, id, stop)
        if body is None:
            raise UploadError(
                "there is no such job: it was never started, or has expired", code="not_found", status=404
            )
        return body

    def _look(self, id: str, stop: bool) -> JobBody | None:
        try:
            job = self.find(id)
            return None if job is None else job.cancel() if stop else job.body()
        except FileNotFoundError:  # its time was up a moment ago
            return None

    def start(self, clip: BinaryIO, name: str) -> JobBody:
        """Take a clip; its progress then.

        Args:
            clip: its file, read to the end.
            name: how the verdict calls it.

        Raises:
            OverloadedError: too many wait. ClosedError: the server is being stopped.
        """
        self.need_room()
        folder = self.folder / secrets.token_urlsafe(16)
        try:
            body = Job.take(folder, clip, name, self._limits, owner=self._life)
        except OSError as e:
            raise DataError(f"the clip cannot be stored ({e.strerror or e})", code="cannot_write") from e
        if body.state == "queued":  # what is no clip takes nobody's place
            try:
                with self._changed:
                    self.need_room()  # others came while it was written
                    self._waiting.append(Job(folder))
                    self._changed.notify_all()
            except FauxfaceError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return body

    def need_room(self) -> None:
        """For those who would work in vain otherwise.

        Raises:
            OverloadedError: too many clips wait. ClosedError: the server is being stopped.
        """
        if self._closing.is_set():
            raise ClosedError("the server is being stopped: try again in a moment")
        with self._changed:
            self._waiting = deque(job for job in self._waiting if not job.stopped)  # who gave up keeps nobody out
            if len(self._waiting) >= MOST_WAITING:
                raise OverloadedError(_SECONDS_A_CLIP)

    def find(self, name: str) -> Job | None:
        """A job by its id, if it is (still) there; whoever asks often must not pay for all the others."""
        if not _ID.fullmatch(name):
            return None
        folder = self.folder / name
        self._tidy(folder, time.time())
        return Job(folder) if (folder / STATE).is_file() else None

    def close(self, seconds: float) -> None:
        """Take no more clips and finish those that were accepted; what is not done in ``seconds`` is given up."""
        with self._changed:
            self._closing.set()
            self._changed.notify_all()
        self._thread.join(seconds)
        with self._changed:
            left = (*self._waiting, self._under_way)
        for job in left:
            if job is not None and not job.stopped:
                job.interrupt()
        self._thread.join(10)
        self._ended.set()
        self._keeper.join(10)

    def _sweep(self) -> None:
        now = time.time()
        for found in self.folder.iterdir():
            self._tidy(found, now)

    def _tidy(self, found: Path, now: float) -> None:
        """Delete of a job what nobody needs any more, or the sign of life of a dead process."""
        state = found / STATE
        try:
            silent = now - (state if state.exists() else found).stat().st_mtime
        except FileNotFoundError:  # another process was faster
            return
        if found.suffix == LIFE:
            if silent > SILENCE:
                found.unlink(missing_ok=True)
        elif (found / CLIP).exists() and Job(found).kept:  # it may still wait for its turn
            return
        elif silent >= 60 * self.settings.job_minutes:
            shutil.rmtree(found, ignore_errors=True)
        else:
            (found / CLIP).unlink(missing_ok=True)  # whoever was to judge it is dead

    def _keep(self) -> None:
        swept = time.monotonic()
        while not self._ended.wait(min(SILENCE / 6, SWEEP_SECONDS)):
            try:
                self._life.touch()
                if time.monotonic() - swept >= SWEEP_SECONDS:
                    swept = time.monotonic()
                    self._sweep()
            except OSError:  # a full disk passes; a keeper that is gone does not come back
                log.exception("the folder of clips cannot be kept")
        self._life.unlink(missing_ok=True)

    def _next(self) -> Job | None:
        """The clip whose turn it is; none at the end."""
        with self._changed:
            while not self._waiting:
                if self._closing.is_set():
                    return None
                self._changed.wait()
            self._under_way = self._waiting.popleft()
            return self._under_way

    def _run(self) -> None:
        while job := self._next():
            try:
                if not job.stopped:
                    job.judge(self.engine, self.tokens, self.settings, self._limits)
            except Exception:  # a full disk, for one, must not end the thread: the next clip has its turn
                log.exception("a clip failed")
                (job.folder / OWNER).unlink(missing_ok=True)  # whoever asks is told that nobody judges it any more
            self._under_way = None
