"""A decoded frame as bytes: scaled to a small grey picture, or to the RGB picture that is judged."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from av.sidedata.sidedata import Type
from av.video.reformatter import VideoReformatter

from fauxface.video.wire import LONGEST_SIDE

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_GREY: Final = (32, 18)
_PQ, _HLG = 16, 18


@dataclass(frozen=True, slots=True)
class Turn:
    """How a stored frame becomes upright: transposed first, then mirrored left to right, then top to bottom."""

    transpose: bool = False
    mirror: bool = False
    flip: bool = False


class Pictures:
    """Scales frames; keeps what FFmpeg needs for it from frame to frame."""

    def __init__(self) -> None:
        self._small, self._large = VideoReformatter(), VideoReformatter()

    def grey(self, frame: VideoFrame) -> bytes:
        """32 × 18 grey values, to see how much two frames differ."""
        width, height = _GREY
        small = self._small.reformat(frame, width, height, format="gray", interpolation="AREA", threads=1)
        return _packed(small, width)

    def rgb(self, frame: VideoFrame, shape: float = 1.0) -> tuple[int, int, bytes]:
        """Width, height and width × height × 3 bytes; the longer side scaled down to `LONGEST_SIDE`.

        Args:
            shape: width of a stored pixel in heights of it.
        """
        width, height = frame.width * shape, float(frame.height)
        factor = min(1.0, LONGEST_SIDE / max(width, height))
        w, h = (min(max(round(side * factor), 1), LONGEST_SIDE) for side in (width, height))
        how = "AREA" if factor < 1 else "BICUBIC"
        large = self._large.reformat(frame, w, h, format="rgb24", interpolation=how, threads=1)
        return w, h, _packed(large, w * 3)


def turn_of(frame: VideoFrame) -> Turn:
    """What the display matrix of a frame asks for, to the nearest quarter turn."""
    side_data: Any = frame.side_data  # PyAV's stub calls it something else
    try:
        matrix = struct.unpack("=9i", bytes(side_data[Type.DISPLAYMATRIX]))
    except (KeyError, struct.error):
        return Turn()
    # (x, y) of the stored frame is shown at (a x + c y, b x + d y).
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, a < 0, d < 0)
    return Turn(True, c < 0, b < 0)


def is_hdr(frame: VideoFrame) -> bool:
    """Whether its colours are meant for a brighter screen than the networks know."""
    return frame.color_trc in (_PQ, _HLG)


def difference(one: bytes, other: bytes) -> float:
    """Mean absolute difference of two grey pictures, 0 to 255."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def _packed(frame: VideoFrame, row: int) -> bytes:
    """The one plane of a frame without the padding at the end of its rows."""
    plane = frame.planes[0]
    data = bytes(plane)
    if plane.line_size == row:
        return data[: row * frame.height]
    return b"".join(data[y * plane.line_size : y * plane.line_size + row] for y in range(frame.height))
