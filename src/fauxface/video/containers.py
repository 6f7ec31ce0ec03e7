"""Containers of clips, told from a file's first bytes; imports nothing heavy."""

from __future__ import annotations

from typing import Final, Literal

from fauxface.errors import VideoError
from fauxface.images.formats import HEIF_BRANDS
from fauxface.unsupported import RAW_BRANDS, unsupported

Container = Literal["mov", "matroska", "avi", "mpegts"]
"""FFmpeg's names of the demuxers that may be used; none of them opens a second file as it is used here."""

EXTENSIONS: Final = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".3gp", ".3g2", ".mts", ".m2ts"})
"""File name endings of clips: what a walk through a folder picks up."""
HEAD_BYTES: Final = 1024
"""So many first bytes tell the container."""

_PICTURE_BRANDS: Final = HEIF_BRANDS | RAW_BRANDS | {b"avif", b"avis"}
_ATOMS: Final = frozenset({b"moov", b"wide", b"free", b"skip", b"pnot"})

_LISTS: Final = ("#EXTM3U", "ffconcat", "[playlist]")


def looks_like_video(first_bytes: bytes) -> bool:
    """Whether a file that begins so (better `HEAD_BYTES` of it) is in a container that `sample` reads."""
    return container_of(first_bytes) is not None


def container_of(head: bytes) -> Container | None:
    """The container; None if it is none that is read. A HEIC or AVIF picture is none, even one that moves."""
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head[4:8] == b"ftyp":
        end = min(int.from_bytes(head[:4], "big"), 256, len(head))
        brands = {head[i : i + 4] for i in (8, *range(16, end - 3, 4))}
        return None if brands & _PICTURE_BRANDS else "mov"
    # Old QuickTime files begin with another atom; no text has a NUL in front.
    if head[4:8] == b"mdat" or (head[:1] == b"\0" and head[4:8] in _ATOMS):
        return "mov"
    for start, step in ((0, 188), (4, 192)):
        if len(head) > start + 3 * step and all(head[start + i * step] == 0x47 for i in range(4)):
            return "mpegts"
    return None


def sniff(head: bytes, name: str) -> Container:
    """The container of a file that begins so.

    Raises:
        VideoError: not_a_video, unsupported_format.
    """
    if kind := container_of(head):
        return kind
    if found := unsupported(head):
        raise VideoError(f"{name}: {found.message}", code="unsupported_format")
    text = head.decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if text.startswith(_LISTS) or "<MPD" in text:
        raise VideoError(f"{name}: a list of other files, which is not followed: give the clip", code="not_a_video")
    if text[:9].lower() == "<!doctype" or text[:5].lower() == "<html":
        raise VideoError(f"{name}: this is a web page; download the clip itself", code="not_a_video")
    what = " but text" if text and all(c.isprintable() or c in "\r\n\t" for c in text) else ""
    raise VideoError(f"{name}: not a clip{what}", code="not_a_video")
