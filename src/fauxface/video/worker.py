"""The decoding process: a clip on standard input, frames on standard output; see `fauxface.video.wire`.

It may open nothing, write nothing but its pipe, start nothing, and use only so much memory and processor time. Where
the system has no such limits (Windows), only the clock of the parent holds it.
"""

from __future__ import annotations

import json
import math
import os
import sys
from dataclasses import dataclass
from typing import BinaryIO

# All that PyAV loads later, too: once confined, this process can open no module any more.
import av
import av.audio.codeccontext
import av.audio.stream
import av.error
import av.logging
import av.subtitles.codeccontext
import av.subtitles.stream
import av.video.codeccontext
import av.video.stream

from fauxface.video import wire
from fauxface.video.choice import Seen, Target, choose, even, scene_changes
from fauxface.video.picture import Pictures, difference, is_hdr, turn_of
from fauxface.video.reader import ClipError, Facts, Reader

MEMORY = 2 << 30
SMALL_CLIP = 1_200_000_000
"""A clip of so many pixels in all its frames is decoded whole, twice: once to look, once to take."""
LARGE_CLIP = 4_000_000_000
"""Of a longer clip only key frames are decoded, unless it has too few; then at most so many pixels, once."""

LEAST_WORK = 20_000
"""A frame counts as so many pixels at least, for each costs time, however small."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the parent wants; in the process's one argument, as JSON. See `fauxface.video.sampling.sample`."""

    kind: str
    most: int
    max_seconds: float
    max_pixels: int
    max_frames: int
    cpu_seconds: float


def main() -> None:
    """Send the clip's facts, its frames and the end, or an error in place of any of them."""
    order = Order(**json.loads(sys.argv[1]))
    pipe, file = os.fdopen(os.dup(1), "wb"), os.fdopen(0, "rb", closefd=False)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)  # whatever else prints does not get into the pipe
    av.logging.set_level(None)
    confine(order.cpu_seconds)
    try:
        Sender(pipe, file, order).run()
    except ClipError as e:
        wire.write(pipe, "error", {"code": e.code, "detail": e.detail[:300]})
    except MemoryError:
        wire.write(pipe, "error", {"code": "broken_video", "detail": "decoding it needs more memory than it may have"})
    except BrokenPipeError:
        os._exit(0)  # the parent has what it wants
    except Exception as e:  # noqa: BLE001 - PyAV throws anything at hostile bytes
        wire.write(
            pipe, "error", {"code": "broken_video", "detail": f"the file is damaged ({type(e).__name__}: {e})"[:300]}
        )


def confine(cpu_seconds: float) -> None:
    """Give up, for good, what decoding does not need."""
    if sys.platform == "win32":
        return
    import resource

    cpu = math.ceil(cpu_seconds)
    limits = {
        resource.RLIMIT_CPU: (cpu, cpu + 1),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NPROC: (0, 0),
        resource.RLIMIT_NOFILE: (0, 0),  # what is open stays open
    }
    if sys.platform != "darwin":  # which knows this limit and does not keep it
        limits[resource.RLIMIT_AS] = (MEMORY, MEMORY)
    for which, (soft, hard) in limits.items():
        ceiling = resource.getrlimit(which)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(which, (soft, hard))


class Sender:
    """Looks through the clip, chooses frames and sends them."""

    def __init__(self, pipe: BinaryIO, file: BinaryIO, order: Order) -> None:
        self._pipe = pipe
        self._order = order
        self._reader = Reader(file, order.kind, max_seconds=order.max_seconds, max_pixels=order.max_pixels)
        self._pictures = Pictures()
        self._hdr, self._shape = False, 1.0

    def run(self) -> None:
        """Everything, from the facts to the end.

        Raises:
            ClipError: see `Reader.walk`.
        """
        facts = self._reader.facts()
        self._shape = facts.shape
        keys, gap, targets, covered, notes = self._plan(facts)
        if facts.streams > 1:
            notes.append(f"the largest of {facts.streams} video streams")
        if max(facts.width, facts.height) > wire.LONGEST_SIDE:
            notes.append(f"frames of {facts.width} × {facts.height} pixels, scaled down to {wire.LONGEST_SIDE}")
        if self._hdr:
            notes.append("an HDR clip, whose colours are taken as they are stored")
        wire.write(self._pipe, "clip", {"seconds": covered, "frames": len(targets), "notes": notes})
        damaged = self._reader.damaged
        sent, whole = self._send(facts, keys, gap, targets)
        if not sent:
            raise ClipError("broken_video", "no frame of it can be decoded")
        late = [_damaged(sent)] if self._reader.damaged and not damaged else []
        if not whole:
            late.append(_only_first(sent))
        wire.write(self._pipe, "end", {"notes": late})

    def _plan(self, facts: Facts) -> tuple[bool, float, list[Target], float, list[str]]:
        """Key frames only?, the gap between them, what to take, length in seconds, notes."""
        order, pixels = self._order, max(facts.width * facts.height, LEAST_WORK)
        if facts.frames * pixels <= SMALL_CLIP and facts.frames <= order.max_frames:
            seen, whole = self._look(facts, keys=False, gap=0, budget=2 * SMALL_CLIP)
            if not seen:
                raise ClipError("broken_video", "no frame of it can be decoded")
            if whole:
                end = seen[-1].seconds + 1 / facts.rate
                cut = self._reader.damaged or end < 0.9 * facts.seconds - 0.5
                return False, 0, choose(seen, order.most), end, [_damaged(end)] if cut else []
        at_most = max(min(8 * order.most, LARGE_CLIP // 2 // pixels), order.most)
        gap = facts.seconds / at_most if facts.seconds else 0.5
        seen, whole = self._look(facts, keys=True, gap=gap, budget=LARGE_CLIP)
        if not seen and not facts.seconds:
            raise ClipError("broken_video", "none of its key frames can be decoded")
        length = max(facts.seconds, seen[-1].seconds if seen else 0)
        notes = [_damaged(seen[-1].seconds)] if seen and self._reader.damaged else []
        if not seen or (len(seen) < order.most / 2 and facts.seconds and facts.frames * pixels <= LARGE_CLIP):
            scenes = {one.seconds for one in scene_changes(seen)[: order.most // 2]}
            times = {*scenes, *even(0, facts.seconds, order.most - len(scenes))}
            return False, 0, [Target(t, t in scenes) for t in sorted(times)], length, notes
        notes.append("a long clip, of which only key frames were looked at")
        if not whole:
            notes.append(_only_first(seen[-1].seconds))
        return True, gap, choose(seen, order.most), length, notes

    def _look(self, facts: Facts, *, keys: bool, gap: float, budget: int) -> tuple[list[Seen], bool]:
        """Times and changes of the frames, and whether ``budget`` pixels and the limit of frames sufficed for all."""
        seen: list[Seen] = []
        before: bytes | None = None
        for seconds, frame in self._reader.walk(keys=keys, gap=gap, rate=facts.rate):
            grey = self._pictures.grey(frame)
            seen.append(Seen(seconds, difference(before, grey) if before else 0.0))
            before = grey
            self._hdr = self._hdr or is_hdr(frame)
            budget -= max(frame.width * frame.height, LEAST_WORK)
            if budget < 0 or len(seen) >= self._order.max_frames:
                return seen, False
        return seen, True

    def _send(self, facts: Facts, keys: bool, gap: float, targets: list[Target]) -> tuple[float, bool]:
        """Send the frames; the time behind the last one, 0 if there was none; False if work ran out before them."""
        waiting, covered, budget = list(reversed(targets)), 0.0, 2 * LARGE_CLIP
        walk = self._reader.walk(keys=keys, gap=gap, rate=facts.rate)
        for number, (seconds, frame) in enumerate(walk, 1):
            covered = seconds + 1 / facts.rate
            due = False
            scene = False
            while waiting and seconds >= waiting[-1].seconds - 1e-6:
                due, scene = True, waiting.pop().scene_change or scene
            if due:
                self._send_frame(seconds, frame, scene)
            budget -= max(frame.width * frame.height, LEAST_WORK)
            if not waiting:
                break
            if budget < 0 or number >= self._order.max_frames:
                return covered, False
        return covered, True

    def _send_frame(self, seconds: float, frame: av.VideoFrame, scene: bool) -> None:
        width, height, data = self._pictures.rgb(frame, self._shape)
        turn = turn_of(frame)
        body = {
            "seconds": seconds,
            "width": width,
            "height": height,
            "scene_change": scene,
            "turn": [turn.transpose, turn.mirror, turn.flip],
        }
        wire.write(self._pipe, "frame", body, data)


def _damaged(seconds: float) -> str:
    return f"the file is damaged or ends early: judged up to {seconds:.1f} s"


def _only_first(seconds: float) -> str:
    return f"only its first {seconds:.0f} s were looked at"


if __name__ == "__main__":
    main()
