"""JPEG, marker by marker: what decoding will cost, what metadata is too much, and whether every pass is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

END: Final = b"\xff\xd9"
EXIF_LEFT_OUT: Final = "endless EXIF data was left out"

_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEVERAL_PASSES: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_LOSSLESS: Final = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_SCAN, _EXIF, _JPEG_LS = 0xDA, 0xE1, 0xF7


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker of the first picture in a file and what belongs to it; ``body`` is empty where the file ends before."""

    marker: int
    at: int
    body: bytes


def segments(data: bytes) -> Iterator[Segment]:
    """All markers up to the end of the first picture; a depth map or a video behind it does not count."""
    at = 2
    while found := _NEXT_MARKER.search(data, at):
        at, marker = found.end(), data[found.end() - 1]
        if marker == 0xD9:
            return
        length = 0 if marker in (0x01, 0xD8) else int.from_bytes(data[at : at + 2], "big")
        yield Segment(marker, found.start(), data[at + 2 : at + length])
        at += length


def has_more_segments(data: bytes, most: int) -> bool:
    """Whether a JPEG file has more than ``most`` segments; no more of them are looked at."""
    return next(islice(segments(data), most, None), None) is not None


def jpeg_scans(data: bytes) -> int:
    """Number of passes over the first picture of a JPEG file: 1 if baseline, about 10 if progressive.

    A file of a few kilobytes may hold thousands of empty passes over a huge picture, and decoding would take
    minutes.
    """
    return sum(segment.marker == _SCAN for segment in segments(data))


def jpeg_exif_bytes(data: bytes) -> int:
    """Bytes of EXIF data before the first picture of a JPEG file, summed over its segments."""
    return sum(end - start - 2 for start, end in _exif_places(data))


def has_end(data: bytes) -> bool:
    """Whether a JPEG file's pixels come to an end: a decoder may not miss that, and take a disk's padding for them."""
    return _end(data) > 0


def _end(data: bytes) -> int:
    first = next((segment.at for segment in segments(data) if segment.marker == _SCAN), len(data))
    return data.find(END, first)


def with_less_exif(data: bytes) -> bytes:
    """The file with its first segment of EXIF data only."""
    parts, at = [], 0
    for start, end in list(_exif_places(data))[1:]:
        parts.append(data[at:start])
        at = end
    return b"".join((*parts, data[at:]))


def scan_pixels(data: bytes) -> int:
    """Width × height × passes, which is what decoding a JPEG file costs in time."""
    header = next((segment.body for segment in segments(data) if segment.marker in _FRAMES), b"")
    return int.from_bytes(header[1:3], "big") * int.from_bytes(header[3:5], "big") * jpeg_scans(data)


def coefficient_bytes(data: bytes) -> int:
    """Memory that a decoder needs besides the pixels: of a JPEG in several passes all coefficients, else nothing."""
    header, scans = None, 0
    for segment in segments(data):
        header = segment if header is None and segment.marker in _FRAMES else header
        scans += segment.marker == _SCAN
    if header is None or len(header.body) < 6 or (scans < 2 and header.marker not in _SEVERAL_PASSES):
        return 0
    height, width = int.from_bytes(header.body[1:3], "big"), int.from_bytes(header.body[3:5], "big")
    factors = [(byte >> 4, byte & 15) for byte in header.body[7::3][: header.body[5]]]
    across, down = max((h for h, _ in factors), default=1) or 1, max((v for _, v in factors), default=1) or 1
    return sum(2 * (width * h // across + 64) * (height * v // down + 64) for h, v in factors)


def not_read(data: bytes) -> str | None:
    """What kind of JPEG it is, if it is one that decoders of pictures do not read; None for the usual kinds."""
    frame = next((s for s in segments(data) if s.marker in _FRAMES or s.marker == _JPEG_LS), None)
    if frame is None or not frame.body:
        return None
    if frame.marker == _JPEG_LS:
        return "a JPEG-LS picture"
    if frame.marker in _LOSSLESS:
        return "a lossless JPEG"
    if frame.body[0] != 8:
        return f"a JPEG of {frame.body[0]} bits"
    return "a JPEG without its height" if frame.body[1:3] == b"\0\0" else None


def has_every_pass(data: bytes) -> bool:
    """Whether the passes of a JPEG file together carry every coefficient to its last bit.

    Says nothing of the last pass itself, which may be cut off.
    """
    missing: dict[int, set[int]] = {}
    progressive = False
    for segment in segments(data):
        body = segment.body
        if segment.marker in _FRAMES and not missing and len(body) >= 6:
            missing = {name: set(range(64)) for name in body[6::3][: body[5]]}
            progressive = segment.marker in _SEVERAL_PASSES
        if segment.marker == _SCAN and body:
            number = body[0]
            if len(body) < 4 + 2 * number:
                return False
            first, last, bits = body[1 + 2 * number], body[2 + 2 * number], body[3 + 2 * number] & 15
            if not progressive:  # some writers put nonsense there, and decoders do not look
                first, last, bits = 0, 63, 0
            for name in body[1 : 1 + 2 * number : 2]:
                if not bits:
                    missing.get(name, set()).difference_update(range(first, last + 1))
    return bool(missing) and not any(missing.values())


def _exif_places(data: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] not in (b"\xda", b"\xd9", b""):
        end = at + 2 + max(int.from_bytes(data[at + 2 : at + 4], "big"), 2)
        if data[at + 1] == _EXIF and data[at + 4 : at + 10] == b"Exif\0\0":
            yield at, end
        at = end
