"""WebP, AVIF and HEIC files whose end was never written: room is reserved first, and a system fills it with zeros."""

from __future__ import annotations

from typing import Final

_ZEROS: Final = bytes(256)
"""No encoder ends the data of a picture with so many."""
_MOST_BOXES: Final = 1000


def ends_in_zeros(data: bytes, kind: str) -> bool:
    """Whether the picture's data ends in zeros, within what the container says is its own.

    Args:
        data: the whole file; what lies behind the container is no part of it.
        kind: "WEBP", "AVIF" or "HEIF".
    """
    if kind == "WEBP":
        return data[: 8 + int.from_bytes(data[4:8], "little")].endswith(_ZEROS)
    return _media_data(data).endswith(_ZEROS)


def _media_data(data: bytes) -> bytes:
    """The body of the last "mdat" box of an ISO media file."""
    at, found = 0, b""
    for _ in range(_MOST_BOXES):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        elif length == 0:
            length = len(data) - at
        if len(kind) < 4 or length < 8:
            break
        if kind == b"mdat":
            found = data[max(at + 8, at + length - len(_ZEROS)) : at + length]
        at += length
    return found
