"""Clips in `fauxface predict`: which inputs are clips, their verdicts in place, and how a clip's line goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from fauxface.errors import ImageError
from fauxface.images.formats import sniff
from fauxface.video import EXTENSIONS, looks_like_video
from fauxface.video.file import head_of

if TYPE_CHECKING:
    from fauxface.cli.predict_inputs import Input
    from fauxface.detector import Detector
    from fauxface.verdict import Verdict
    from fauxface.video import ClipVerdict

JudgePictures = Callable[["Iterable[Input]"], "Iterator[Verdict]"]


def is_clip(one: Input) -> bool:
    """Whether an input is a clip: by its first bytes, and by its ending where those are not a picture's either."""
    if one.source is None or isinstance(one.source, bytes):
        return one.source is not None and looks_like_video(one.source)
    head = head_of(one.source)
    if looks_like_video(head):
        return True
    return os.path.splitext(one.source)[1].lower() in EXTENSIONS and not _is_picture(head)  # noqa: PTH122


def _is_picture(head: bytes) -> bool:
    try:
        sniff(head, "")
    except ImageError:
        return False
    return True


def judge(
    detector: Detector, inputs: Iterable[Input], pictures: JudgePictures, *, frames: int, batch_size: int
) -> Iterator[Verdict | ClipVerdict]:
    """Verdicts in the order of the inputs: runs of pictures through ``pictures``, clips one by one.

    Args:
        frames: judged of each clip, 1 to 256.
        batch_size: frames judged together.
    """
    for clips, run in groupby(inputs, is_clip):
        if not clips:
            yield from pictures(run)
            continue
        # Only here: who has no clips need not wait for what reads them.
        from fauxface.video import predict_clip

        for one in run:
            assert one.source is not None
            yield predict_clip(detector, one.source, name=one.name, frames=frames, batch_size=batch_size)


def took(verdict: Verdict | ClipVerdict) -> str:
    """How long it took: milliseconds for a picture, seconds for a clip."""
    return f"{verdict.elapsed_ms / 1e3:.1f} s" if verdict.kind == "clip" else f"{verdict.elapsed_ms:.0f} ms"


def facts(verdict: Verdict | ClipVerdict) -> list[str]:
    """What a clip's line says before reasons and notes: ``median of 32 frames, 81% of them fake``."""
    if verdict.kind == "picture" or verdict.share_fake is None:
        return []
    several = f"median of {verdict.counted} frames, {verdict.share_fake * 100:.0f}% of them fake"
    return [several if verdict.counted > 1 else "one frame"]


def faces(verdict: Verdict | ClipVerdict) -> int | None:
    """Number of faces; of a clip, the most in any frame. None if nobody looked."""
    if verdict.kind == "clip":
        return max((len(f.verdict.faces) for f in verdict.frames if f.verdict.faces is not None), default=None)
    return None if verdict.faces is None else len(verdict.faces)
