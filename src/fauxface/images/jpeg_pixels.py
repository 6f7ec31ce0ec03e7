"""Whether the pixels of a JPEG file are all there, as libjpeg-turbo itself tells it.

A decoder fills up in silence what a file lacks, and goes on behind a hole: half of a face may be grey, or moved by some
blocks, and nobody hears of it. Pillow keeps libjpeg's warnings to itself; `simplejpeg` hands them over.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import simplejpeg

from fauxface.images.jpeg import segments

Damage = Literal["missing", "damaged"]

_LEFT_OVER: Final = re.compile(r"(\d+) extraneous bytes before marker 0x")
_FEW: Final = 16
"""Bytes too many that some cameras and editors leave at the end of the pixels."""
_SCAN: Final = 0xDA
_SEQUENTIAL: Final = frozenset({0xC0, 0xC1})


def damage(data: bytes) -> Damage | None:
    """What is wrong with the pixels of a JPEG file; decodes all of them once, at an eighth of their size.

    Args:
        data: a JPEG file within the limits of `fauxface.images.header.check_header`.

    Returns:
        "missing" if the file ends, or says that it ends, before the last pixel; "damaged" if it holds what no encoder
        writes, or far more than its pixels need; None if libjpeg has nothing to say, or only of other things. A small
        hole behind which the blocks fall into step again by chance is not found.
    """
    bare = _bare(data)
    try:
        # Of four channels only CMYK can be had, of all others grey.
        colours = "CMYK" if simplejpeg.decode_jpeg_header(bare)[2] == "CMYK" else "GRAY"
        simplejpeg.decode_jpeg(bare, colours, min_height=1, min_width=1, min_factor=8, strict=True)
    except ValueError as e:
        said = str(e)
    else:
        return None
    if "premature end" in said.lower():
        return "missing"
    if "bad Huffman code" in said or "instead of RST" in said:
        return "damaged"
    left_over = _LEFT_OVER.search(said)
    return "damaged" if left_over and not _padding(data, int(left_over[1])) else None


def _padding(data: bytes, count: int) -> bool:
    """Whether that many bytes too many are harmless: few, or one value again and again up to the end marker."""
    if count <= _FEW:
        return True
    end = data.find(b"\xff\xd9", next((s.at for s in segments(data) if s.marker == _SCAN), 0))
    body = data[:end]
    same = len(body) - len(body.rstrip(body[-1:]))
    return count <= same <= count + _FEW  # of a hole up to the end, the decoder takes some for pixels


def _bare(data: bytes) -> bytes:
    """The file without its metadata, of which libjpeg may warn first, and then says no more of the pixels."""
    parts, kept_to, sequential = [data[:2]], 2, False
    for segment in segments(data):
        after = segment.at + 4 + len(segment.body)
        sequential = sequential or segment.marker in _SEQUENTIAL
        if 0xE0 <= segment.marker <= 0xEF or segment.marker == 0xFE:
            parts.append(data[kept_to : segment.at])
            kept_to = after
        elif segment.marker == _SCAN and sequential and len(segment.body) >= 3:
            # Some writers put nonsense there, and decoders do not look.
            parts += [data[kept_to : after - 3], b"\0\x3f\0"]
            kept_to = after
    return b"".join((*parts, data[kept_to:]))
