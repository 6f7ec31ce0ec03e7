"""One clip under way, by its folder: its state as JSON, the clip until it was read, and a sign to stop."""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path
from typing import BinaryIO, Final

from fauxface.errors import FauxfaceError, VideoError
from fauxface.files import write_text
from fauxface.video import FrameVerdict, VideoLimits, conclude, judge_frames, sample
from fauxface.video.file import open_clip
from fauxface.web.closer import jpeg_uri
from fauxface.web.engine import Engine
from fauxface.web.receipt import Receipts
from fauxface.web.schemas import ErrorBody, FrameBody, JobBody, VerdictBody
from fauxface.web.settings import Settings
from fauxface.web.strings import ENGLISH
from fauxface.web.words import clip_words, verdict_words

STATE, CLIP, STOP, OWNER = "state.json", "clip", "stop", "owner"
SHOWN: Final = 320
"""Longest side in pixels of the frames that are shown."""
SILENCE: Final = 30
"""Seconds without a sign of life after which a server counts as dead."""


class Job:
    """One clip, by its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def take(cls, folder: Path, clip: BinaryIO, name: str, limits: VideoLimits, *, owner: Path) -> Job:
        """Put a clip into a new folder; one that is none by its first bytes has failed at once.

        Args:
            folder: a new one. clip: its file, read to the end. name: how the verdict calls it.
            limits: on its size. owner: the file that the process which judges it touches while it lives.

        Raises:
            OSError: it cannot be written; nothing of it is left.
        """
        job = cls(folder)
        body = JobBody(id=folder.name, name=name, state="queued")
        folder.mkdir()
        try:
            with (folder / CLIP).open("wb") as file:
                shutil.copyfileobj(clip, file)
            (folder / OWNER).write_text(owner.name, encoding="utf-8")
            try:
                open_clip(folder / CLIP, name, limits)[0].close()
            except VideoError as e:
                body.state, body.error = "failed", ErrorBody(code=e.code, message=e.message)
                (folder / CLIP).unlink()
            job.write(body)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return job

    def body(self) -> JobBody:
        """How far it is; failed, if the server that judged it is dead."""
        body = JobBody.model_validate_json((self.folder / STATE).read_bytes())
        if body.state in ("queued", "running") and not self.kept:
            body.state, body.error = "failed", ErrorBody(code="interrupted", message=ENGLISH["error.interrupted"])
        return body

    @property
    def kept(self) -> bool:
        """Whether a living process waits to judge it, or does."""
        try:
            owner = self.folder.parent / (self.folder / OWNER).read_text(encoding="utf-8")
            return time.time() - owner.stat().st_mtime < SILENCE
        except FileNotFoundError:
            return False

    def write(self, body: JobBody) -> None:
        """Say how far it is."""
        write_text(self.folder / STATE, body.model_dump_json())

    def cancel(self) -> Job:
        """Ask it to stop."""
        (self.folder / STOP).touch()
        if self.body().state == "queued":
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

    def judge(self, engine: Engine, receipts: Receipts, settings: Settings, limits: VideoLimits) -> None:
        """Judge the clip frame by frame, telling how far it is; whatever happens, its file is deleted."""
        started = time.perf_counter()
        body = self.body()
        body.state, body.error, body.total, name = "running", None, settings.video_frames, body.name
        detector, judged = engine.detector, list[FrameVerdict]()
        try:
            body.sha256 = _sha256(self.folder / CLIP)
            self.write(body)
            with sample(self.folder / CLIP, most=body.total, limits=limits, name=name) as sampled:
                body.total = sampled.expected
                for one in judge_frames(detector, sampled, batch_size=min(4, settings.batch_size)):
                    if self.stopped:
                        body.state = "cancelled"
                        break
                    judged.append(one)
                    body.frames.append(_frame(one, engine))
                    body.done = len(judged)
                    self.write(body)
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
                if verdict.label is not None:
                    said = body.verdict | {"frames": []}  # to share or to contradict; each frame would be too much
                    body.receipt = receipts.write({"kind": "verdict", "sha256": body.sha256, "verdict": said})
        except FauxfaceError as e:
            body.state, body.error = "failed", ErrorBody(code=e.code, message=e.message)
        except Exception as e:  # noqa: BLE001 - the visitor gets a word, the next clip its turn
            failed = ErrorBody(code="internal", message=f"the clip failed ({type(e).__name__})")
            body.state, body.error = "failed", failed
        if body.state == "failed" and self.stopped:  # `drop` was faster, and the clip is gone already
            body.state, body.error = "cancelled", None
        (self.folder / CLIP).unlink(missing_ok=True)
        if self.folder.exists():
            self.write(body)


def _frame(one: FrameVerdict, engine: Engine) -> FrameBody:
    return FrameBody(
        seconds=round(one.frame.seconds, 3),
        scene_change=one.frame.scene_change,
        picture=jpeg_uri(one.frame.rgb, SHOWN),
        words=verdict_words(one.verdict, engine.detector.card),
        verdict=VerdictBody.model_validate(one.verdict.to_dict()),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
