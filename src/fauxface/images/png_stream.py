"""The pixels of a PNG file unpacked and thrown away, to learn what is in them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

_PIECE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Stream:
    """What unpacking the pixels has shown: bytes unpacked, where the stream ends, the checksum that belongs there."""

    size: int
    end: int
    right_sum: bytes


def unpack(packed: bytes, most: int) -> Stream | None:
    """Unpack and throw away; None if the stream is damaged, ends early, or is larger than ``most``."""
    unpacker, size, adler, used = zlib.decompressobj(wbits=-15), 0, 1, 2
    try:
        while used < len(packed) and not unpacker.eof:
            todo = packed[used : used + _PIECE]
            used += len(todo)
            while todo and not unpacker.eof and size <= most:
                piece = unpacker.decompress(todo, _PIECE)
                todo, size, adler = unpacker.unconsumed_tail, size + len(piece), zlib.adler32(piece, adler)
            if size > most:
                return None
    except zlib.error:
        return None
    end = used - len(unpacker.unused_data)
    return Stream(size, end, struct.pack(">I", adler)) if unpacker.eof else None
