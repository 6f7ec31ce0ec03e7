"""The way from a clip to a `ClipVerdict`; command line and page both use it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from fauxface.clip_verdict import ClipVerdict, JudgedFrame, conclude
from fauxface.errors import MissingExtraError, VideoError
from fauxface.images.files import printable
from fauxface.provenance import inspect_clip
from fauxface.verdict import Claim, Verdict
from fauxface.video.file import Source, name_of, open_clip
from fauxface.video.limits import VideoLimits
from fauxface.video.sampling import DEFAULT_LIMITS, Frame, Sampled, sample

if TYPE_CHECKING:
    from fauxface.detector import Detector


@dataclass(frozen=True, slots=True, eq=False)
class FrameVerdict:
    """A frame, with its pixels, and what the detector says about it (``verdict.path``: "clip.mp4 @ 1.2 s")."""

    frame: Frame
    verdict: Verdict

    @property
    def judged(self) -> JudgedFrame:
        """The same without the pixels."""
        return JudgedFrame(self.frame.seconds, self.frame.scene_change, self.verdict)


def judge_frames(detector: Detector, sampled: Sampled, *, batch_size: int = 8) -> Iterator[FrameVerdict]:
    """Judge the frames of a clip in batches, in time order; only one batch is in memory at a time.

    A frame that cannot be judged (too small; no face where one is required) gives a verdict with an error.

    Raises:
        VideoError: the clip fails on the way; what was judged before has been given.
        WeightsError: bad_weights if the network gives no finite number.
        ValueError: batch_size below 1.
    """
    waiting: deque[Frame] = deque()

    def pictures() -> Iterator[NDArray]:
        for frame in sampled.frames:
            waiting.append(frame)
            yield frame.rgb

    for verdict in detector.predict_many(pictures(), batch_size=batch_size):
        frame = waiting.popleft()
        yield FrameVerdict(frame, replace(verdict, path=f"{sampled.name} @ {frame.seconds:.1f} s"))


def predict_clip(
    detector: Detector,
    source: Source,
    *,
    name: str | None = None,
    frames: int = 32,
    limits: VideoLimits = DEFAULT_LIMITS,
    batch_size: int = 8,
    advance: Callable[[int, int], Any] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> ClipVerdict:
    """Judge a clip. One that cannot be judged gives a verdict whose ``error`` says why.

    Args:
        source, name, limits: as for `sample`.
        frames: judged in total, 1 to 256; a clip that has fewer is judged by all.
        batch_size: frames judged together.
        advance: told after each frame how many are judged, of how many that are expected (`Sampled.expected`).
        should_stop: asked after each frame; once it says True, the frames judged so far decide, and a note says so.

    Raises:
        WeightsError: bad_weights if the network gives no finite number.
        ValueError: ``frames`` or ``batch_size`` is out of range.
    """
    start = time.perf_counter()
    name = name or name_of(source)
    model = detector.card.id
    try:
        judged: list[JudgedFrame] = []
        stopped = should_stop is not None and should_stop()
        if stopped:
            raise VideoError(f"{printable(name)}: stopped before a frame was judged", code="stopped")
        with sample(source, most=frames, limits=limits, name=name, trust=detector.trust) as sampled:
            for one in judge_frames(detector, sampled, batch_size=batch_size):
                judged.append(one.judged)
                if advance is not None:
                    advance(len(judged), sampled.expected)
                if stopped := should_stop is not None and should_stop():
                    break
    except MissingExtraError as missing:
        error = VideoError(f"{printable(name)}: {missing.message}", code=missing.code)
        return ClipVerdict.failed(name, model, error, elapsed_ms=1e3 * (time.perf_counter() - start))
    except VideoError as error:
        failed = ClipVerdict.failed(name, model, error, elapsed_ms=1e3 * (time.perf_counter() - start))
        return replace(failed, provenance=file_says(source, limits=limits, trust=detector.trust))
    notes = [*sampled.notes, *([f"stopped after {len(judged)} frames"] if stopped else [])]
    spent = 1e3 * (time.perf_counter() - start)
    clip = conclude(name, judged, detector.card, duration_s=sampled.duration_s, notes=notes, elapsed_ms=spent)
    return replace(clip, provenance=sampled.provenance)


def file_says(source: Source, *, limits: VideoLimits = DEFAULT_LIMITS, trust: str = "") -> tuple[Claim, ...]:
    """What a clip's file says about itself although it cannot be judged; nothing if it cannot be opened.

    Args:
        source, limits, trust: as for `sample`.
    """
    try:
        file, _ = open_clip(source, "", limits)
        with file:
            return inspect_clip(file, trust=trust).claims
    except (VideoError, OSError):
        return ()
