"""One pass over a clip in the decoding process: packets in, frames with their times out, all limits held."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn

import av
import av.error
from av.stream import Discard, Disposition

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

CODECS: Final = (
    *("h264", "hevc", "libdav1d", "av1", "libvpx", "vp8", "libvpx-vp9", "vp9", "mpeg4", "mpeg2video", "mpeg1video"),
    *("mjpeg", "h263", "msmpeg4", "msmpeg4v2", "prores", "dnxhd"),
)
"""FFmpeg's decoders that may be used: what cameras, phones and the web write; none of the hundreds of old ones."""
_UNKNOWN_RATE: Final = 25.0


class ClipError(Exception):
    """Why the clip cannot be judged: a code of `fauxface.video` and a text that may quote the file."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file says about itself, true or not.

    Attributes:
        width, height: of a frame as it is stored, in pixels.
        frames: how many; 0: not said, nor can it be worked out.
        seconds: length; 0: not said.
        rate: frames a second.
        streams: video streams, covers not counted.
        shape: width of a pixel in heights of it.
    """

    width: int
    height: int
    frames: int
    seconds: float
    rate: float
    streams: int
    shape: float


class Reader:
    """Opens the clip anew for each pass, so that no file's index of seek points has to be believed."""

    def __init__(self, file: BinaryIO, kind: str, *, max_seconds: float, max_pixels: int) -> None:
        """Args: a seekable file; FFmpeg's name of the demuxer; limits as in `fauxface.video.VideoLimits`."""
        self._file = file
        self._kind = kind
        self._max_seconds = max_seconds
        self._max_pixels = max_pixels
        self._origin: float | None = None
        self.damaged = False
        """Whether a pass met bytes that could not be decoded."""

    def facts(self) -> Facts:
        """What the file says about itself.

        Raises:
            ClipError: see `walk`.
        """
        with self._open() as container:
            stream, number = self._stream(container)
            rate = float(stream.average_rate or stream.guessed_rate or 0)
            rate = rate if 0 < rate <= 1000 else _UNKNOWN_RATE
            seconds = 0.0
            if stream.duration and stream.time_base:
                seconds = float(stream.duration * stream.time_base)
            elif container.duration:
                seconds = container.duration / 1e6
            seconds = max(seconds, 0.0)
            self._check_length(seconds)
            context = stream.codec_context
            frames = max(stream.frames, round(seconds * rate))
            shape = float(stream.sample_aspect_ratio or 1)
            shape = shape if 0.25 <= shape <= 4 else 1.0
            return Facts(context.width, context.height, frames, seconds, rate, number, shape)

    def walk(self, *, keys: bool, gap: float = 0.0, rate: float) -> Iterator[tuple[float, VideoFrame]]:
        """Frames with their seconds since the first one, never falling.

        Args:
            keys: key frames only; nothing else is decoded.
            gap: skip key frames that follow sooner than this, in seconds.
            rate: frames a second, where the file gives a frame no time.

        Raises:
            ClipError: no_video_stream, unsupported_format, broken_video, video_too_long, too_many_pixels.
        """
        last, last_key = 0.0, -math.inf
        with self._open() as container:
            stream, _ = self._stream(container)
            for packet in self._packets(container, stream):
                if keys and packet.size:
                    at = float(packet.pts * packet.time_base) if packet.pts is not None else None
                    if not packet.is_keyframe or (at is not None and 0 <= at - last_key < gap):
                        continue
                    last_key = at if at is not None else last_key
                for frame in self._decode(stream, packet):
                    self._check_size(frame.width, frame.height)
                    time = frame.time
                    if time is None or not math.isfinite(time):
                        time = (self._origin or 0.0) + last + 1 / rate
                    if self._origin is None:
                        self._origin = time
                    last = max(last, time - self._origin)
                    self._check_length(last)
                    yield last, frame

    def _open(self) -> InputContainer:
        self._file.seek(0)
        options = {
            "codec_whitelist": ",".join(CODECS),
            "protocol_whitelist": "none",
            "threads": "1",
            "format_whitelist": {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}.get(
                self._kind, self._kind
            ),
            # A little more than a frame may have: codecs round sides up.
            "max_pixels": str(self._max_pixels + self._max_pixels // 8 + 65536),
        }
        if self._kind == "mov":
            options |= {"enable_drefs": "0", "use_absolute_path": "0"}
        try:
            return av.open(
                self._file, "r", format=self._kind, options=options, metadata_errors="replace", io_open=_refuse
            )
        except av.error.FFmpegError as e:
            raise ClipError("broken_video", f"the file is damaged or ends early ({e.strerror})") from e

    def _stream(self, container: InputContainer) -> tuple[VideoStream, int]:
        """The largest video stream, ready to decode, and how many there are."""
        cover = Disposition.attached_pic
        streams = [s for s in container.streams.video if not s.disposition & cover]
        if not streams:
            raise ClipError("no_video_stream", "there are no moving pictures in it")
        for one in container.streams:
            one.discard = Discard.all
        contexts: dict[int, Any] = {s.index: s.codec_context for s in streams}
        stream = max(streams, key=lambda s: (c.width * c.height if (c := contexts[s.index]) else -1, -s.index))
        context = contexts[stream.index]
        if context is None or context.name not in CODECS:
            said = context.name if context else "an unknown codec"
            raise ClipError(
                "unsupported_format", f"its pictures are coded as {said}, which is not read: save it as MP4 (H.264)"
            )
        stream.discard = Discard.default
        self._check_size(context.width, context.height)
        context.thread_count = 1
        context.options = {"max_pixels": str(self._max_pixels + self._max_pixels // 8 + 65536)}
        return stream, len(streams)

    def _packets(self, container: InputContainer, stream: VideoStream) -> Iterator[Any]:
        try:
            yield from container.demux(stream)
        except av.error.FFmpegError:
            self.damaged = True

    def _decode(self, stream: VideoStream, packet: Any) -> list[VideoFrame]:
        try:
            return stream.decode(packet)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError:
            self.damaged = True
            return []

    def _check_size(self, width: int, height: int) -> None:
        if width * height > self._max_pixels:
            most = f"{self._max_pixels / 1e6:.3g} megapixels"
            raise ClipError(
                "too_many_pixels", f"{width} × {height} pixels, more than the limit of {most}: scale it down"
            )

    def _check_length(self, seconds: float) -> None:
        if seconds > self._max_seconds:
            most = f"{self._max_seconds:g} s"
            raise ClipError("video_too_long", f"{seconds:.0f} s long, more than the limit of {most}: cut it")


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError("a clip may not open another file")
