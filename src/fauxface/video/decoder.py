"""The parent's side of the decoding process: starts it, holds it to the clock, and ends it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Final, TypeVar

from fauxface.errors import VideoError
from fauxface.video import wire
from fauxface.video.containers import Container
from fauxface.video.limits import VideoLimits

_T = TypeVar("_T")

# What Python needs to find its packages; keys and passwords that the environment may hold are kept from the process.
_ENVIRONMENT: Final = frozenset(
    {"PATH", "HOME", "LANG", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "LD_LIBRARY_PATH"}
    | {"DYLD_LIBRARY_PATH", "SYSTEMROOT", "APPDATA", "USERPROFILE"}
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame as it came through the pipe.

    Attributes:
        seconds: since the first frame.
        width, height: as it is stored.
        scene_change: whether it begins another scene.
        turn: transpose, mirror left to right, flip top to bottom, in this order, to make it upright.
        data: width × height × 3 bytes, RGB.
    """

    seconds: float
    width: int
    height: int
    scene_change: bool
    turn: tuple[bool, bool, bool]
    data: bytes


def command() -> list[str]:
    """The decoding process; -P because a file av.py in the current folder is no library."""
    return [sys.executable, "-P", "-m", "fauxface.video.worker"]


class Decoder:
    """One clip in one process. The process ends with `close`, and at the latest when this object is forgotten."""

    def __init__(self, file: BinaryIO, kind: Container, name: str, most: int, limits: VideoLimits) -> None:
        """Start decoding.

        Args:
            file: open at its beginning; closed here, for the process has it too.
            name: printable; how errors call the clip.

        Raises:
            VideoError: no_decoder.
        """
        order = {"kind": kind, "most": most, "max_seconds": limits.max_seconds, "max_pixels": limits.max_pixels}
        order |= {"max_frames": limits.max_frames, "cpu_seconds": limits.max_decode_seconds}
        environment = {k: v for k, v in os.environ.items() if k.upper() in _ENVIRONMENT}
        with file:
            try:
                self._process = subprocess.Popen(
                    [*command(), json.dumps(order)],
                    stdin=file,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                )
            except OSError as e:
                why = f"no process can be started to decode it ({e.strerror}): try again later"
                raise VideoError(f"{name}: {why}", code="no_decoder") from e
        self._name = name
        self._most = most
        self._limits = limits
        self._left = limits.max_decode_seconds
        self._late = False
        self._end = weakref.finalize(self, _end, self._process)

    def clip(self) -> tuple[float, int, tuple[str, ...]]:
        """Seconds of the clip, how many frames will come at most, and notes; to be asked for first.

        Raises:
            VideoError: unsupported_format, no_video_stream, broken_video, video_too_long, too_many_pixels,
                video_timeout.
        """
        kind, body = self._message()
        if kind != "clip":
            raise self._wrong("no clip")
        seconds = self._checked(lambda: wire.number(body, "seconds", self._most_seconds))
        return seconds, *self._checked(lambda: (wire.whole(body, "frames", self._most), wire.texts(body, "notes")))

    def next(self) -> Picture | tuple[str, ...]:
        """The next frame, or, after the last one, more notes.

        Raises:
            VideoError: as `clip`.
        """
        kind, body = self._message()
        if kind == "end":
            notes = self._checked(lambda: wire.texts(body, "notes"))
            self.close()
            return notes
        if kind != "frame":
            raise self._wrong("no frame")
        width, height = self._checked(
            lambda: [wire.whole(body, side, wire.LONGEST_SIDE) for side in ("width", "height")]
        )
        data = self._read(lambda pipe: wire.pixels(pipe, width, height))
        turn = body.get("turn")
        if not isinstance(turn, list) or len(turn) != 3:
            raise self._wrong("a wrong turn")
        transpose, mirror, flip = map(bool, turn)
        seconds = self._checked(lambda: wire.number(body, "seconds", self._most_seconds))
        scene = body.get("scene_change") is True
        return Picture(seconds, width, height, scene, (transpose, mirror, flip), data)

    def close(self) -> None:
        """End the process."""
        self._end()

    @property
    def _most_seconds(self) -> float:
        return self._limits.max_seconds + 60  # the last frame is shown for a while, too

    def _message(self) -> tuple[str, dict[str, Any]]:
        kind, body = self._read(wire.read)
        if kind == "error":
            code, detail = body.get("code"), body.get("detail")
            if code not in wire.CODES or not isinstance(detail, str):
                raise self._wrong("a wrong error")
            self.close()
            raise VideoError(f"{self._name}: {wire.plain(detail)}", code=code)
        return kind, body

    def _read(self, read: Callable[[IO[bytes]], _T]) -> _T:
        """Read from the pipe while the clock runs; it stands still while the caller judges."""
        pipe = self._process.stdout
        assert pipe is not None
        watch = threading.Timer(max(self._left, 0), self._too_late)
        start = time.monotonic()
        watch.start()
        try:
            return read(pipe)
        except wire.WireError as e:
            watch.cancel()
            raise self._wrong(str(e)) from e
        finally:
            watch.cancel()
            self._left -= time.monotonic() - start

    def _checked(self, read: Callable[[], _T]) -> _T:
        try:
            return read()
        except wire.WireError as e:
            raise self._wrong(str(e)) from e

    def _too_late(self) -> None:
        self._late = True
        self._process.kill()

    def _wrong(self, what: str) -> VideoError:
        """The one error for a process that was stopped, crashed, or said something it may not say."""
        with contextlib.suppress(subprocess.TimeoutExpired):  # it may talk nonsense and live
            self._process.wait(0 if what else 1)
        code = self._process.poll()
        self.close()
        if self._late or (sys.platform != "win32" and code == -signal.SIGXCPU):
            most = f"{self._limits.max_decode_seconds:g} s"
            return VideoError(f"{self._name}: decoding it took longer than {most}: cut it", code="video_timeout")
        if what:
            return VideoError(f"{self._name}: the decoder was led astray by this file ({what})", code="broken_video")
        said = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return VideoError(f"{self._name}: the decoder crashed on this file ({said})", code="broken_video")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
