"""What lies beside the pixels of a JPEG: its segments up to the first scan."""

from __future__ import annotations

from typing import Final

from fauxface.images.jpeg import segments
from fauxface.provenance.contents import Contents, Text
from fauxface.provenance.text import decoded

_MOST_SEGMENTS: Final = 5000
_MOST_COMMENTS: Final = 50
_MOST_PARTS: Final = 512
"""Of a manifest, 64 KiB each."""
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_MORE: Final = b"http://ns.adobe.com/xmp/extension/\0"
_IIM: Final = 0x0404
_COMMENT, _TABLES, _SCAN = 0xFE, 0xDB, 0xDA
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def unpack(data: bytes) -> Contents:
    """The parts of a JPEG file.

    Source: ITU-T T.81; Adobe XMP part 3; C2PA 2.x, embedding in JPEG (JPEG XT boxes in APP11).
    """
    found = Contents("JPEG")
    boxes: dict[int, list[bytes]] = {}
    more: dict[int, bytes] = {}
    for number, segment in enumerate(segments(data)):
        marker, body = segment.marker, segment.body
        found.cut |= number == _MOST_SEGMENTS
        if marker == _SCAN or number == _MOST_SEGMENTS:
            break
        if marker in _FRAMES and len(body) >= 5 and found.size is None:
            found.size = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
            if marker in (0xC2, 0xC6, 0xCA, 0xCE):
                found.facts.add("progressive")
        elif marker == _TABLES:
            found.tables.update(_tables(body))
        elif marker == _COMMENT:
            found.cut |= len(found.texts) >= _MOST_COMMENTS
            if len(found.texts) < _MOST_COMMENTS:
                found.texts.append(Text("JPEG comment", "", decoded(found.room(body))))
        elif marker == 0xEB:
            _collect(body, boxes)
        elif marker == 0xE1 and body.startswith(_XMP_MORE):
            at = len(_XMP_MORE) + 36  # the digest of the whole, then its length and the offset of this part
            more[int.from_bytes(body[at : at + 4], "big")] = body[at + 4 :]
        else:
            _application(marker, body, found)
    if more:
        found.xmp.append(found.room(b"".join(more[offset] for offset in sorted(more))))
    stores = [store for parts in boxes.values() if (store := b"".join(parts))[4:8] == b"jumb"]
    found.manifest = next((store for store in stores if b"c2pa\0" in store[:128]), b"")
    return found


def _application(marker: int, body: bytes, found: Contents) -> None:
    if marker == 0xE1 and body.startswith(b"Exif\0"):
        found.exif.append(found.room(body[6:]))
    elif marker == 0xE1 and body.startswith(_XMP):
        found.xmp.append(found.room(body[len(_XMP) :]))
    elif marker == 0xED and body.startswith(b"Photoshop 3.0\0"):
        found.facts.add("photoshop")
        if record := _resource(body[14:], _IIM):
            found.iptc.append(found.room(record))
    elif marker == 0xEE and body.startswith(b"Adobe"):
        found.facts.add("adobe")
    elif marker == 0xEC and body.startswith(b"Ducky"):
        found.facts.add("ducky")


def _tables(body: bytes) -> dict[int, tuple[int, ...]]:
    tables, at = {}, 0
    while at < len(body):
        wide, number = body[at] >> 4, body[at] & 15
        step = 2 if wide else 1
        values = body[at + 1 : at + 1 + 64 * step]
        if len(values) < 64 * step:
            break
        tables[number] = tuple(int.from_bytes(values[i : i + step], "big") for i in range(0, 64 * step, step))
        at += 1 + 64 * step
    return tables


def _collect(body: bytes, boxes: dict[int, list[bytes]]) -> None:
    """One APP11 segment of a box: "JP", the box's number, the part's number, and the box's head again in each part."""
    if body[:2] != b"JP" or len(body) < 16:
        return
    parts = boxes.setdefault(int.from_bytes(body[2:4], "big"), [])
    if len(parts) < _MOST_PARTS:
        parts.append(body[16:] if parts else body[8:])


def _resource(body: bytes, wanted: int) -> bytes:
    """A resource of Photoshop's by its number; nothing if it is not there.

    Source: Adobe Photoshop File Formats, image resource blocks.
    """
    at = 0
    while body[at : at + 4] == b"8BIM":
        name = body[at + 6] if at + 6 < len(body) else 0
        start = at + 6 + (name + 2) // 2 * 2
        length = int.from_bytes(body[start : start + 4], "big")
        if int.from_bytes(body[at + 4 : at + 6], "big") == wanted:
            return body[start + 4 : start + 4 + length]
        at = start + 4 + (length + 1) // 2 * 2
    return b""
