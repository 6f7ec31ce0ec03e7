"""What an untrusted clip may ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What an untrusted clip may ask for.

    Attributes:
        max_bytes: largest file; larger ones are not even read.
        max_seconds: longest clip.
        max_pixels: width × height of a frame.
        max_frames: most frames decoded in one look through the clip. Of a clip with more, key frames are taken, or, if
            it has too few of these, what comes first; a note says so.
        max_decode_seconds: how long decoding may take, on the clock and on the processor; the time in which the frames
            that came out are judged does not count.
    """

    max_bytes: int = 200 << 20
    max_seconds: float = 600
    max_pixels: int = 3840 * 2160
    max_frames: int = 60_000
    max_decode_seconds: float = 60
