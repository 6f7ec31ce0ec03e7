"""Clips take a while: each is a job in a folder of its own, which every process of the server can read.

One thread a process judges one clip at a time. A job's folder holds the clip until it was read, the state as JSON
(replaced in one step), and an empty file that asks it to stop; some minutes after the end all of it is deleted.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import re
import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import BinaryIO, Final

from fauxface.errors import DataError, FauxfaceError, VideoError
from fauxface.files import write_text
from fauxface.video import FrameVerdict, VideoLimits, conclude, judge_frames, sample
from fauxface.video.file import open_clip
from fauxface.web.closer import jpeg_uri
from fauxface.web.engine import ClosedError, Engine, OverloadedError
from fauxface.web.schemas import ErrorBody, FrameBody, JobBody, VerdictBody
from fauxface.web.settings import Settings
from fauxface.web.words import clip_words, verdict_words

log = logging.getLogger("fauxface.web")
STATE, CLIP, STOP, NAME = "state.json", "clip", "stop", "name"
SHOWN: Final = 320
"""Longest side in pixels of the frames that are shown."""
MOST_WAITING: Final = 4
SWEEP_SECONDS: Final = 60
_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_SECONDS_A_CLIP: Final = 15


class Job:
    """One clip, by its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def body(self) -> JobBody:
        """How far it is."""
        return JobBody.model_validate_json((self.folder / STATE).read_bytes())

    def write(self, body: JobBody) -> None:
        """Say how far it is."""
        write_text(self.folder / STATE, body.model_dump_json())

    def cancel(self) -> Job:
        """Ask it to stop."""
        (self.folder / STOP).touch()
        body = self.body()
        if body.state == "queued":
            self.drop()
        return self

    def drop(self) -> None:
        """Give it up before it began: the clip goes at once."""
        body = self.body()
        body.state = "cancelled"
        (self.folder / CLIP).unlink(missing_ok=True)
        self.write(body)

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop, or is gone."""
        return (self.folder / STOP).exists() or not self.folder.exists()


class Jobs:
    """Takes clips and judges them one after another.

    Args:
        folder: where the jobs lie; those that a killed server has left there are deleted when they are old.
        engine: whose detector judges.
        settings: limits.
    """

    def __init__(self, folder: Path, engine: Engine, settings: Settings) -> None:
        self.folder, self.engine, self.settings = folder, engine, settings
        self._waiting: queue.Queue[Job] = queue.Queue(MOST_WAITING)
        self._closing = threading.Event()
        self._limits = VideoLimits(max_bytes=settings.max_video_bytes, max_seconds=settings.max_video_seconds)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise DataError(f"{folder}: cannot be made ({e.strerror or e})", code="cannot_write") from e
        self._sweep()
        self._thread = threading.Thread(target=self._run, name="fauxface-clips", daemon=True)
        self._thread.start()

    def start(self, clip: BinaryIO, name: str) -> Job:
        """Take a clip.

        Args:
            clip: its file, read to the end.
            name: how the verdict calls it.

        Raises:
            OverloadedError: too many wait. ClosedError: the server is being stopped.
        """
        self._sweep()
        if self._closing.is_set():
            raise ClosedError("the server is being stopped: try again in a moment")
        self.need_room()
        job = Job(self.folder / secrets.token_urlsafe(16))
        job.folder.mkdir()
        try:
            with (job.folder / CLIP).open("wb") as file:
                shutil.copyfileobj(clip, file)
            (job.folder / NAME).write_text(name, encoding="utf-8", errors="replace")
            body = JobBody(id=job.folder.name, state="queued")
            try:
                open_clip(job.folder / CLIP, name, self._limits)[0].close()
            except VideoError as e:  # its first bytes tell: it takes nobody's place in the queue
                body.state, body.error = "failed", ErrorBody(code=e.code, message=e.message)
                (job.folder / CLIP).unlink()
            job.write(body)
            if body.state == "queued":
                self._waiting.put_nowait(job)
        except queue.Full:
            shutil.rmtree(job.folder, ignore_errors=True)
            raise OverloadedError(_SECONDS_A_CLIP) from None
        except OSError as e:
            shutil.rmtree(job.folder, ignore_errors=True)
            raise DataError(f"the clip cannot be stored ({e.strerror or e})", code="cannot_write") from e
        return job

    def need_room(self) -> None:
        """For those who would work in vain otherwise.

        Raises:
            OverloadedError: too many clips wait.
        """
        if self._waiting.full():
            raise OverloadedError(_SECONDS_A_CLIP)

    def find(self, name: str) -> Job | None:
        """A job by its id, if it is (still) there."""
        self._sweep()
        folder = self.folder / name
        return Job(folder) if _ID.fullmatch(name) and (folder / STATE).is_file() else None

    @property
    def alive(self) -> bool:
        """Whether clips are judged."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop the clip under way, give up those that wait, and take no more."""
        self._closing.set()
        self._thread.join(10)
        while not self._waiting.empty():
            job = self._waiting.get_nowait()
            if job.folder.exists():
                job.drop()

    def _sweep(self) -> None:
        oldest = time.time() - 60 * self.settings.job_minutes
        for folder in self.folder.iterdir():
            state = folder / STATE
            try:
                touched = (state if state.exists() else folder).stat().st_mtime
            except FileNotFoundError:  # another process was faster
                continue
            if touched < oldest:
                shutil.rmtree(folder, ignore_errors=True)

    def _run(self) -> None:
        swept = time.monotonic()
        while not self._closing.is_set():
            try:
                job = self._waiting.get(timeout=0.2)
                if not job.stopped:
                    self._judge(job)
            except queue.Empty:
                pass
            except Exception:  # a full disk, for one, must not end the thread: the next clip has its turn
                log.exception("a clip failed")
            if time.monotonic() - swept > SWEEP_SECONDS:
                swept = time.monotonic()
                self._sweep()

    def _judge(self, job: Job) -> None:
        started = time.perf_counter()
        name = (job.folder / NAME).read_text(encoding="utf-8")
        body = JobBody(id=job.folder.name, state="running", total=self.settings.video_frames)
        detector, judged = self.engine.detector, list[FrameVerdict]()
        try:
            body.sha256 = _sha256(job.folder / CLIP)
            job.write(body)
            with sample(job.folder / CLIP, most=body.total, limits=self._limits, name=name) as sampled:
                body.total = sampled.expected
                for one in judge_frames(detector, sampled, batch_size=min(4, self.settings.batch_size)):
                    if job.stopped or self._closing.is_set():
                        body.state = "cancelled"
                        break
                    judged.append(one)
                    body.frames.append(self._frame(one))
                    body.done = len(judged)
                    job.write(body)
            if body.state != "cancelled":
                verdict = conclude(
                    name,
                    judged,
                    detector.card,
                    duration_s=sampled.duration_s,
                    notes=sampled.notes,
                    elapsed_ms=1e3 * (time.perf_counter() - started),
                )
                body.total, body.verdict, body.state = len(judged), verdict.to_dict(), "done"
                body.words = clip_words(verdict, detector.card)
        except FauxfaceError as e:
            body.state, body.error = "failed", ErrorBody(code=e.code, message=e.message)
        except Exception as e:  # noqa: BLE001 - the visitor gets a word, the next clip its turn
            body.state, body.error = (
                "failed",
                ErrorBody(code="internal", message=f"the clip failed ({type(e).__name__})"),
            )
        (job.folder / CLIP).unlink(missing_ok=True)
        if job.folder.exists():
            job.write(body)

    def _frame(self, one: FrameVerdict) -> FrameBody:
        return FrameBody(
            seconds=round(one.frame.seconds, 3),
            scene_change=one.frame.scene_change,
            picture=jpeg_uri(one.frame.rgb, SHOWN),
            words=verdict_words(one.verdict, self.engine.detector.card),
            verdict=VerdictBody.model_validate(one.verdict.to_dict()),
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
