"""Pieces of an open file by their place: a clip is never read whole to learn what it says about itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

MOST_BOXES: Final = 20_000
"""Boxes, elements and chunks that are looked at in one file."""
MOST_TEXT: Final = 1 << 20
"""Bytes of a box that are read as text."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a file: its kind, and where its body lies (bytes from the file's beginning; the end does not belong)."""

    kind: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return self.end - self.start


class Pieces:
    """An open file.

    Args:
        file: can be searched; moved, and neither closed nor put back.

    Attributes:
        size: of the file in bytes.
        cut: there was more than may be looked at, and the rest was left unread.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        self.cut = False
        self._left = MOST_BOXES

    def at(self, place: int, length: int) -> bytes:
        """Up to ``length`` bytes from a place on; fewer where the file ends."""
        self._file.seek(place)
        found = bytearray()
        while len(found) < length and (piece := self._file.read(length - len(found))):
            found += piece
        return bytes(found)

    def whole(self, box: Box, most: int) -> bytes:
        """The body of a box, at most its first ``most`` bytes."""
        return self.at(box.start, min(box.size, most))

    def text(self, box: Box) -> bytes:
        """The body of a box that holds a text, at most its first `MOST_TEXT` bytes."""
        self.cut |= box.size > MOST_TEXT
        return self.whole(box, MOST_TEXT)

    def count(self) -> bool:
        """Whether one more box may be looked at."""
        self._left -= 1
        self.cut |= self._left < 0
        return self._left >= 0

    def boxes(self, start: int, end: int) -> Iterator[Box]:
        """The boxes of an ISO media file between two places; they end where one is damaged.

        Source: ISO/IEC 14496-12, section 4.2.
        """
        while start + 8 <= end and self.count():
            head = self.at(start, 16)
            length, kind, skip = int.from_bytes(head[:4], "big"), head[4:8], 8
            if length == 1:
                length, skip = int.from_bytes(head[8:16], "big"), 16
            elif length == 0:
                length = end - start
            if len(kind) < 4 or length < skip:
                return
            yield Box(kind, start + skip, min(start + length, end))
            start += length

    def chunks(self, start: int, end: int) -> Iterator[Box]:
        """The chunks of a RIFF file between two places."""
        while start + 8 <= end and self.count():
            head = self.at(start, 8)
            length = int.from_bytes(head[4:8], "little")
            yield Box(head[:4], start + 8, min(start + 8 + length, end))
            start += 8 + length + length % 2

    def elements(self, start: int, end: int) -> Iterator[Box]:
        """The elements of a Matroska file between two places, their numbers as kinds; one without a length is the last.

        Source: RFC 8794, section 4.
        """
        while start < end and self.count():
            head = self.at(start, 12)
            wide = _width(head)
            kind, rest = head[:wide], head[wide:]
            long = _width(rest)
            if not 1 <= wide <= 4 or not 1 <= long <= len(rest):
                return
            length = int.from_bytes(rest[:long], "big") & ((1 << 7 * long) - 1)
            body = start + wide + long
            unknown = length == (1 << 7 * long) - 1
            yield Box(kind, body, end if unknown else min(body + length, end))
            if unknown:
                return
            start = body + length


def _width(head: bytes) -> int:
    """Bytes of a number whose first byte tells its length; 9 if there is none."""
    return 9 - head[0].bit_length() if head else 9
