"""PNG, chunk by chunk: whatever is wrong beside the pixels is set right or left out before a decoder sees the file.

A decoder gives a whole file up for a long text, a profile or a wrong checksum, although every pixel is there: ComfyUI
writes its nodes, Photoshop its layers' names, and scanners their profiles in megabytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fauxface.images.png_stream import unpack

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MOST_TEXT: Final = 1 << 20
"""Bytes of one text or profile when unpacked; Pillow refuses the file above."""
_MOST_TEXTS: Final = 32 << 20
_MOST_CHUNKS: Final = 300_000
_LENGTHS: Final = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}
_TRANSPARENCY: Final = {0: 2, 2: 6}
_STEPS: Final = ((8, 8, 0, 0), (8, 8, 4, 0), (4, 8, 0, 4), (4, 4, 2, 0), (2, 4, 0, 2), (2, 2, 1, 0), (1, 2, 0, 1))
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

LEFT_OUT: Final = "very long text or a colour profile in the file was left out"
DAMAGED: Final = "damaged data beside the pixels was ignored"


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk; ``crc`` is what the file says, shorter than 4 bytes where the file ends before."""

    kind: bytes
    body: memoryview | bytes
    crc: bytes

    @property
    def whole(self) -> bytes:
        """As it is written: the checksum of the file, or the right one where it is missing."""
        crc = self.crc if len(self.crc) == 4 else _crc(self.kind, self.body)
        return struct.pack(">I", len(self.body)) + self.kind + bytes(self.body) + crc

    @property
    def right(self) -> bool:
        """Its checksum is right."""
        return self.crc == _crc(self.kind, self.body)


def tidy(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The same file without what would keep a decoder from its pixels, and what to say about it.

    Header, palette and pixels stay as they are, also damaged ones. Long texts and profiles keep their names and lose
    their contents; damaged chunks beside the pixels go; a missing end is added.
    """
    head, pixels, rest = _sorted(data)
    if not pixels or not head:
        return data, ()
    notes: set[str] = set()
    room = [_MOST_TEXTS]
    colour = head[0].body[9] if len(head[0].body) > 9 else 0
    before = [kept for chunk in head if (kept := _kept(chunk, colour, room, notes)) is not None]
    behind = [kept for chunk in rest if (kept := _kept(chunk, colour, room, notes)) is not None]
    written = _written([*before, *pixels, *behind])
    return (data if data.startswith(written) else written), tuple(sorted(notes))


def animated(data: bytes) -> bool:
    """Whether there are frames besides the first picture."""
    return any(chunk.kind == b"acTL" for chunk in _sorted(data)[0])


def for_phones(data: bytes) -> bool:
    """Whether it was rewritten for iPhone apps, which no other decoder reads."""
    return data[12:16] == b"CgBI"


def with_right_sum(data: bytes, most: int) -> bytes | None:
    """The file with the checksum of its pixels set right, if every pixel is there; else None.

    Args:
        most: bytes that the pixels may take when unpacked; more are not counted.
    """
    head, pixels, _ = _sorted(data)
    packed = b"".join(chunk.body for chunk in pixels)
    needed = _raw_bytes(head)
    stream = unpack(packed, needed) if 0 < needed <= most else None
    if stream is None or stream.size < needed:
        return None
    body = packed[: stream.end] + stream.right_sum
    still = [chunk for chunk in head if chunk.kind not in (b"acTL", b"fcTL")]
    return _written([*still, _Chunk(b"IDAT", body, b"")])


def pixels_damaged(data: bytes, most: int) -> bool:
    """Whether a chunk of pixels and all of them together have wrong checksums: what decodes is something else.

    Args:
        most: as for `with_right_sum`; of more nothing is known, and the answer is no.
    """
    head, pixels, _ = _sorted(data)
    if all(chunk.right or len(chunk.crc) < 4 for chunk in pixels):
        return False
    packed = b"".join(chunk.body for chunk in pixels)
    stream = unpack(packed, min(_raw_bytes(head), most))
    return stream is not None and packed[stream.end : stream.end + 4] != stream.right_sum


def rows_missing(data: bytes, most: int) -> bool:
    """Whether the pixels come to their end before the last row, though nothing is damaged.

    Args:
        most: as for `with_right_sum`; of more nothing is known, and the answer is no.
    """
    head, pixels, _ = _sorted(data)
    wanted = _raw_bytes(head)
    if wanted > most:
        return False
    stream = unpack(b"".join(chunk.body for chunk in pixels), wanted)
    return stream is not None and stream.size < wanted


def _written(chunks: list[_Chunk]) -> bytes:
    return b"".join((SIGNATURE, *(chunk.whole for chunk in chunks), _Chunk(b"IEND", b"", b"").whole))


def _sorted(data: bytes) -> tuple[list[_Chunk], list[_Chunk], list[_Chunk]]:
    """What lies before the pixels, the pixels, and what lies behind or between them."""
    head: list[_Chunk] = []
    pixels: list[_Chunk] = []
    rest: list[_Chunk] = []
    for chunk in _chunks(data):
        if chunk.kind == b"IDAT":
            pixels.append(chunk)
        else:
            (rest if pixels else head).append(chunk)
    return head, pixels, rest


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """All up to the end, or up to the first one that is none; the last one may be cut off."""
    view, at = memoryview(data), len(SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        length, kind = int.from_bytes(view[at : at + 4], "big"), bytes(view[at + 4 : at + 8])
        if len(kind) < 4 or not kind.isalpha() or not kind.isascii() or kind == b"IEND":
            return
        end = at + 8 + length
        yield _Chunk(kind, view[at + 8 : end], bytes(view[end : end + 4]))
        at = end + 4


def _kept(chunk: _Chunk, colour: int, room: list[int], notes: set[str]) -> _Chunk | None:
    """What becomes of a chunk that holds no pixels of the first picture."""
    if not chunk.kind[0] & 32 or chunk.kind == b"fdAT":  # pixels, or how they are to be read
        return chunk
    if len(chunk.crc) < 4 or not _right_length(chunk, colour):
        notes.add(DAMAGED)
        return None
    if chunk.kind in (b"tEXt", b"zTXt", b"iTXt", b"iCCP"):
        size = _unpacked(chunk) if room[0] > 0 else MOST_TEXT + 1
        room[0] -= size if size >= 0 else MOST_TEXT  # a damaged one may have cost as much
        if size > MOST_TEXT or room[0] <= 0:
            notes.add(LEFT_OUT)
            return _emptied(chunk)
        if size < 0:
            notes.add(DAMAGED)
            return None
    if not chunk.right:
        notes.add(DAMAGED)
        return _Chunk(chunk.kind, chunk.body, _crc(chunk.kind, chunk.body))
    return chunk


def _right_length(chunk: _Chunk, colour: int) -> bool:
    if chunk.kind == b"tRNS":
        return len(chunk.body) == _TRANSPARENCY[colour] if colour in _TRANSPARENCY else 0 < len(chunk.body) <= 256
    if chunk.kind in (b"acTL", b"fcTL"):
        return len(chunk.body) == (8 if chunk.kind == b"acTL" else 26)
    return len(chunk.body) >= _LENGTHS.get(chunk.kind, 0)


def _unpacked(chunk: _Chunk) -> int:
    """Bytes of a text or profile when unpacked, counted up to a little above the limit; -1 if it is damaged."""
    body = bytes(chunk.body)
    name, _, value = body.partition(b"\0")
    if chunk.kind == b"tEXt":
        return len(body)
    if chunk.kind == b"iTXt":
        if len(value) < 2:
            return -1
        packed, method, value = value[0], value[1], value[2:]
        if not packed:
            return len(body)
        *_, value = value.split(b"\0", 2)
    else:
        method, value = (value[0], value[1:]) if value else (1, b"")
    if method or not name:
        return -1
    try:
        return len(body) + len(zlib.decompressobj().decompress(value, MOST_TEXT + 1))
    except zlib.error:
        return -1


def _emptied(chunk: _Chunk) -> _Chunk:
    """The same chunk with next to nothing in it, so that what looks at the file still sees that there was one."""
    name = bytes(chunk.body[:80]).partition(b"\0")[0][:79] or b"text"
    kind = b"iCCP" if chunk.kind == b"iCCP" else b"tEXt"
    body = name + (b"\0\0" + zlib.compress(b"left out") if kind == b"iCCP" else b"\0left out")
    return _Chunk(kind, body, _crc(kind, body))


def _raw_bytes(head: list[_Chunk]) -> int:
    """Bytes of all rows as they are packed, each with its filter; 0 if the header does not say."""
    if not head or head[0].kind != b"IHDR" or len(head[0].body) != 13:
        return 0
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", head[0].body)
    bits = depth * _CHANNELS.get(colour, 0)
    if not interlaced:
        return height * (1 + (width * bits + 7) // 8)
    total = 0
    for across, down, left, top in _STEPS:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        total += rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0
    return total


def _crc(kind: bytes, body: memoryview | bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
