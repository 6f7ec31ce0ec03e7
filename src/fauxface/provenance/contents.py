"""What lies beside the pixels of a file, taken out of its container and not yet understood."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a file.

    Attributes:
        place: where it stands, for people: "PNG text", "JPEG comment", "EXIF", "XMP", "IPTC".
        key: its name there, such as "parameters" or "Software"; empty for a comment.
        value: as it stands, neither safe to print nor short.
    """

    place: str
    key: str
    value: str

    @property
    def source(self) -> str:
        """Place and name for people."""
        return f"{self.place} “{self.key}”" if self.key else self.place


@dataclass(slots=True)
class Contents:
    """Parts of a file.

    Attributes:
        kind: its format, by `fauxface.images.files.sniff`; of a clip "MP4", "MOV", "Matroska" or "AVI".
        size: width and height in pixels as stored; None if the header does not say.
        exif: TIFF blocks of EXIF data, without "Exif\\0\\0".
        xmp: XMP packets.
        iptc: IPTC-IIM records.
        manifest: a C2PA manifest store (JUMBF).
        texts: comments and named texts.
        times: dates that the container itself keeps, as (place, ISO date).
        tables: a JPEG's quantisation tables by number, 64 values each in zigzag order.
        facts: of a JPEG: "progressive", "adobe", "photoshop", "ducky".
        camera: of a clip: "Make" and "Model".
        places: of a clip: (where it stands, what it says) of each place on earth.
        cut: there is more than is read, and the rest was left unread.
        ROOM: bytes of packed text that are unpacked of one file, all texts together.
        MOST_TEXT: bytes of one text or packet that are kept.
    """

    ROOM: ClassVar[int] = 8 << 20
    MOST_TEXT: ClassVar[int] = 1 << 20

    kind: str
    size: tuple[int, int] | None = None
    exif: list[bytes] = field(default_factory=list)
    xmp: list[bytes] = field(default_factory=list)
    iptc: list[bytes] = field(default_factory=list)
    manifest: bytes = b""
    texts: list[Text] = field(default_factory=list)
    times: list[tuple[str, str]] = field(default_factory=list)
    tables: dict[int, tuple[int, ...]] = field(default_factory=dict)
    facts: set[str] = field(default_factory=set)
    camera: dict[str, str] = field(default_factory=dict)
    places: list[tuple[str, str]] = field(default_factory=list)
    cut: bool = False
    _left: int = ROOM

    def room(self, raw: bytes | memoryview) -> bytes:
        """The first bytes of a text, as many as one text may have and as there is room for."""
        kept = bytes(raw[: min(self.MOST_TEXT, self._left)])
        self._left -= len(kept)
        self.cut |= len(kept) < len(raw)
        return kept

    def unpacked(self, raw: bytes) -> bytes:
        """The same of a zlib stream, of which no more is unpacked; what is damaged ends early."""
        most = min(self.MOST_TEXT, self._left)
        if most <= 0:
            self.cut = True
            return b""
        stream = zlib.decompressobj()
        try:
            kept = stream.decompress(raw, most)
        except zlib.error:
            return b""
        self.cut |= bool(stream.unconsumed_tail)
        self._left -= len(kept)
        return kept
