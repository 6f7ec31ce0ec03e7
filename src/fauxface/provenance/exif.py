"""The few EXIF fields that tell where a picture comes from, read from a TIFF block.

A reader of its own, because a general one keeps every field: a block of a megabyte can name 65,536 fields of a megabyte
each.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fauxface.provenance.text import decoded, utf16

_MOST_FIELDS: Final = 1000
_MOST_BYTES: Final = 1 << 18
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
_EXIF, _GPS = 0x8769, 0x8825
_WIDTH, _HEIGHT, _XMP, _IPTC = 0x0100, 0x0101, 0x02BC, 0x83BB
_COMMENT: Final = 0x9286
_WINDOWS: Final = frozenset(range(0x9C9B, 0x9CA0))
NAMES: Final = {
    0x000B: "ProcessingSoftware",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x0132: "DateTime",
    0x013B: "Artist",
    0x8298: "Copyright",
    0x9003: "DateTimeOriginal",
    0x9004: "DateTimeDigitized",
    0x927C: "MakerNote",
    0x9286: "UserComment",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9D: "XPAuthor",
    0x9C9E: "XPKeywords",
    0xA430: "CameraOwnerName",
    0xA431: "BodySerialNumber",
    0xA434: "LensModel",
    0xA436: "ImageTitle",
    0xA437: "Photographer",
    0xA438: "ImageEditor",
    0xA43A: "RAWDevelopingSoftware",
    0xA43B: "ImageEditingSoftware",
}
_EXPOSURE: Final = {0x829A, 0x829D, 0x8827, 0x920A}
"""Exposure time, aperture, sensitivity, focal length."""


@dataclass(slots=True)
class Exif:
    """What was read.

    Attributes:
        texts: field → text, by the names of EXIF; neither safe to print nor short.
        exposure: how many of exposure time, aperture, sensitivity and focal length are there.
        place: latitude and longitude in degrees.
        size: width and height, of a TIFF.
        xmp, iptc: packets that stand in fields, of a TIFF.
        cut: there are more fields, or a longer one, than is read.
    """

    texts: dict[str, str] = field(default_factory=dict)
    exposure: int = 0
    place: tuple[float, float] | None = None
    size: tuple[int, int] | None = None
    xmp: bytes = b""
    iptc: bytes = b""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Field:
    tag: int
    kind: int
    raw: bytes
    order: str

    def number(self) -> int:
        """The first whole number; 0 if there is none."""
        letter = {1: "B", 3: "H", 4: "I", 13: "I"}.get(self.kind)
        if letter is None or len(self.raw) < struct.calcsize(letter):
            return 0
        return struct.unpack_from(self.order + letter, self.raw)[0]

    def ratios(self) -> list[float]:
        """Fractions; what is divided by nothing is left out."""
        if self.kind != 5:
            return []
        pairs = struct.iter_unpack(self.order + "II", self.raw[: len(self.raw) // 8 * 8])
        return [above / below for above, below in pairs if below]

    def text(self) -> str:
        """The text, in the encoding that its field has."""
        if self.tag in _WINDOWS:
            return utf16(self.raw, big=False)
        if self.tag == _COMMENT and self.raw[:8] == b"UNICODE\0":
            return utf16(self.raw[8:], big=self.order == ">")
        if self.tag == _COMMENT and self.raw[:8] in (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b"\0" * 8):
            return decoded(self.raw[8:])
        return decoded(self.raw)


def read(block: bytes) -> Exif:
    """Read a TIFF block; what is damaged is left out.

    Args:
        block: EXIF data, or a whole TIFF file.

    Source: CIPA DC-008 (Exif 3.0); TIFF 6.0.
    """
    found = Exif()
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        return found
    width = height = 0
    place: dict[int, _Field] = {}
    for one in _fields(block, struct.unpack_from(order + "I", block, 4)[0], order, found):
        if one.tag == _EXIF:
            for inner in _fields(block, one.number(), order, found):
                found.exposure += inner.tag in _EXPOSURE
                _take(inner, found)
        elif one.tag == _GPS:
            place = {inner.tag: inner for inner in _fields(block, one.number(), order, found)}
        elif one.tag == _WIDTH:
            width = one.number()
        elif one.tag == _HEIGHT:
            height = one.number()
        elif one.tag == _XMP:
            found.xmp = one.raw
        elif one.tag == _IPTC:
            found.iptc = one.raw
        else:
            _take(one, found)
    found.size = (width, height) if width and height else None
    found.place = _place(place)
    return found


def _fields(block: bytes, at: int, order: str, found: Exif) -> Iterator[_Field]:
    if at + 2 > len(block):
        return
    (count,) = struct.unpack_from(order + "H", block, at)
    found.cut |= count > _MOST_FIELDS
    wanted = NAMES.keys() | _EXPOSURE | {_EXIF, _GPS, _WIDTH, _HEIGHT, _XMP, _IPTC, 1, 2, 3, 4}
    seen: set[int] = set()
    for place in range(at + 2, min(at + 2 + 12 * min(count, _MOST_FIELDS), len(block) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", block, place)
        if tag not in wanted or tag in seen or kind not in _SIZES:
            continue
        seen.add(tag)
        length = _SIZES[kind] * number
        found.cut |= _MOST_BYTES < length <= len(block)
        start = place + 8 if length <= 4 else struct.unpack_from(order + "I", block, place + 8)[0]
        yield _Field(tag, kind, block[start : start + min(length, _MOST_BYTES)], order)


def _take(one: _Field, found: Exif) -> None:
    if (name := NAMES.get(one.tag)) and (text := one.text().strip()):
        found.texts.setdefault(name, text)


def _place(fields: dict[int, _Field]) -> tuple[float, float] | None:
    found = []
    for letter, value, negative, most in ((1, 2, b"S", 90), (3, 4, b"W", 180)):
        parts = fields[value].ratios()[:3] if value in fields else []
        degrees = sum(part / 60**i for i, part in enumerate(parts))
        if not parts or not 0 <= degrees <= most:
            return None
        south = letter in fields and fields[letter].raw[:1].upper() == negative
        found.append(-degrees if south else degrees)
    return found[0], found[1]
