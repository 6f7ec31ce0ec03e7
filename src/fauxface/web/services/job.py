"""One clip under way, by its folder: its state as JSON, the clip until it was read, and a sign to stop."""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from fauxface.errors import FauxfaceError, VideoError
from fauxface.files import write_text
from fauxface.video import (
    ClipVerdict,
    FrameVerdict,
    JudgedFrame,
    VideoLimits,
    conclude,
    file_says,
    judge_frames,
    sample,
)
from fauxface.video.file import open_clip
from fauxface.web.messages import ENGLISH, now
from fauxface.web.messages.phrasing import clip_phrasing, verdict_phrasing
from fauxface.web.schemas import ErrorBody, FrameBody, JobBody, VerdictBody
from fauxface.web.services.engine import Engine
from fauxface.web.services.explanation import jpeg_uri
from fauxface.web.services.signed_token import SignedTokens
from fauxface.web.settings import Settings

STATE, CLIP, OWNER = "state.json", "clip", "owner"
STOP, INTERRUPT = "stop", "interrupt"
"""Signs to stop, empty files, which also a full disk takes: from the visitor, from the server."""
INTERRUPTED: Final = ErrorBody(code="interrupted", message=ENGLISH["error.interrupted"])
SHOWN: Final = 320
"""Longest side in pixels of the frames that are shown."""
SILENCE: Final = 30
"""Seconds without a sign of life after which a server counts as dead."""


class Job:
    """One clip, by its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def take(cls, folder: Path, clip: BinaryIO, name: str, limits: VideoLimits, *, owner: Path) -> JobBody:
        """Put a clip into a new folder, and its progress then; one that is none by its first bytes has failed at once.

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
            (folder / OWNER).write_text(owner.name, encoding="utf-8")  # first: a clip that nobody owns is swept away
            with (folder / CLIP).open("wb") as file:
                shutil.copyfileobj(clip, file)
            try:
                open_clip(folder / CLIP, name, limits)[0].close()
            except VideoError as e:
                body.state, body.error = "failed", ErrorBody(code=e.code, message=e.message)
                (folder / CLIP).unlink()
            job.write(body)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return body

    def body(self) -> JobBody:
        """Its progress; failed, if the server that judged it is dead."""
        body = JobBody.model_validate_json((self.folder / STATE).read_bytes())
        if body.state in ("queued", "running") and not self.kept:
            body.state, body.error = "failed", INTERRUPTED
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
        """Tell the progress."""
        write_text(self.folder / STATE, body.model_dump_json())

    def cancel(self) -> JobBody:
        """Its visitor needs it no more: it is asked to stop, or forgotten if it has ended; its last progress."""
        body = self.body()
        if body.state in ("queued", "running"):
            return self._stop(STOP)
        shutil.rmtree(self.folder, ignore_errors=True)
        return body

    def interrupt(self) -> JobBody:
        """The server cannot finish it: its visitor is told so."""
        return self._stop(INTERRUPT)

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop, or is gone."""
        return not self.folder.exists() or any((self.folder / sign).exists() for sign in (STOP, INTERRUPT))

    def _stop(self, sign: str) -> JobBody:
        (self.folder / sign).touch()
        body = self.body()
        if body.state == "queued":  # nobody looks for the sign before its turn comes
            self._give_up(body)
            (self.folder / CLIP).unlink(missing_ok=True)
            self.write(body)
        return body

    def _give_up(self, body: JobBody) -> None:
        """Say why it was stopped."""
        wished = (self.folder / STOP).exists() or not self.folder.exists()
        body.state, body.error = ("cancelled", None) if wished else ("failed", INTERRUPTED)
        body.verdict = body.phrasing = None

    def judge(self, engine: Engine, tokens: SignedTokens, settings: Settings, limits: VideoLimits) -> None:
        """Judge the clip frame by frame, telling the progress; whatever happens, its file is deleted."""
        started = time.perf_counter()
        body = self.body()
        body.state, body.error, body.total, name = "running", None, settings.video_frames, body.name
        detector, judged = engine.detector, list[JudgedFrame]()
        try:
            body.sha256 = _sha256(self.folder / CLIP)
            self.write(body)
            with sample(self.folder / CLIP, most=body.total, limits=limits, name=name, trust=detector.trust) as sampled:
                body.total = sampled.expected
                for one in judge_frames(detector, sampled, batch_size=min(4, settings.batch_size)):
                    if self.stopped:
                        break
                    judged.append(one.judged)
                    body.frames.append(_frame(one, engine))
                    body.done = len(judged)
                    spent = time.perf_counter() - started
                    body.seconds_left = round(spent / body.done * max(0, body.total - body.done), 1)
                    self.write(body)
            if self.stopped:
                self._give_up(body)
            else:
                verdict = conclude(
                    name,
                    judged,
                    detector.card,
                    duration_s=sampled.duration_s,
                    notes=sampled.notes,
                    elapsed_ms=1e3 * (time.perf_counter() - started),
                )
                verdict = replace(verdict, provenance=sampled.provenance)
                body.total, body.verdict, body.state = len(judged), verdict.to_dict(), "done"
                body.seconds_left, body.judged_at = None, now().isoformat(timespec="seconds")
                body.phrasing = clip_phrasing(verdict, detector.card)
                if verdict.label is not None:
                    said = body.verdict | {"frames": []}  # to share or to contradict; each frame would be too much
                    facts = {"kind": "verdict", "about": verdict.kind, "sha256": body.sha256, "verdict": said}
                    body.receipt = tokens.write(facts)
        except FauxfaceError as e:
            body.state, body.error = "failed", ErrorBody(code=e.code, message=e.message)
            said = ClipVerdict.failed(name, detector.card.id, e, elapsed_ms=1e3 * (time.perf_counter() - started))
            said = replace(said, provenance=file_says(self.folder / CLIP, limits=limits, trust=detector.trust))
            body.verdict, body.phrasing = said.to_dict(), clip_phrasing(said, detector.card)
        except Exception as e:  # noqa: BLE001 - the visitor gets a word, the next clip its turn
            failed = ErrorBody(code="internal", message=f"the clip failed ({type(e).__name__})")
            body.state, body.error = "failed", failed
        if body.state == "failed" and self.stopped:  # it was stopped when it began, and the clip is gone already
            self._give_up(body)
        (self.folder / CLIP).unlink(missing_ok=True)
        if self.folder.exists():
            self.write(body)


def _frame(one: FrameVerdict, engine: Engine) -> FrameBody:
    return FrameBody(
        seconds=round(one.frame.seconds, 3),
        scene_change=one.frame.scene_change,
        picture=jpeg_uri(one.frame.rgb, SHOWN),
        phrasing=verdict_phrasing(one.verdict, engine.detector.card),
        verdict=VerdictBody.model_validate(one.verdict.to_dict()),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
