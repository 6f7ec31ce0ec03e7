"""What lies beside the pixels of a PNG: its texts, EXIF, time and content credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fauxface.images.png import SIGNATURE
from fauxface.provenance.contents import Contents, Text
from fauxface.provenance.text import decoded

_MOST_CHUNKS: Final = 50_000
_MOST_TEXTS: Final = 200
_PROFILES: Final = {"exif", "app1", "xmp", "iptc", "8bim"}
_XMP: Final = "XML:com.adobe.xmp"


def unpack(data: bytes) -> Contents:
    """The parts of a PNG file; texts may stand before and behind the pixels.

    Source: W3C PNG, third edition; C2PA 2.x, embedding in PNG.
    """
    found = Contents("PNG")
    for kind, body in _chunks(data, found):
        if kind == b"IHDR" and len(body) >= 8 and found.size is None:
            found.size = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            found.cut |= len(found.texts) >= _MOST_TEXTS
            if len(found.texts) < _MOST_TEXTS:
                _text(kind, bytes(body), found)
        elif kind == b"eXIf":
            found.exif.append(found.room(body).removeprefix(b"Exif\0\0"))
        elif kind == b"caBX" and not found.manifest:
            found.manifest = bytes(body)
        elif kind == b"tIME" and len(body) == 7:
            date = "{:04d}-{:02d}-{:02d}".format(int.from_bytes(body[:2], "big"), body[2], body[3])
            found.times.append(("PNG time", date))
    return found


def _chunks(data: bytes, found: Contents) -> Iterator[tuple[bytes, memoryview]]:
    view, at = memoryview(data), len(SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        length, kind = int.from_bytes(view[at : at + 4], "big"), bytes(view[at + 4 : at + 8])
        if len(kind) < 4 or kind == b"IEND":
            return
        yield kind, view[at + 8 : at + 8 + length]
        at += 12 + length
    found.cut = True


def _text(kind: bytes, body: bytes, found: Contents) -> None:
    name, _, rest = body.partition(b"\0")
    if kind == b"tEXt":
        raw = found.room(rest)
    elif kind == b"zTXt":
        raw = found.unpacked(rest[1:])
    else:
        packed, parts = rest[:1] != b"\0", rest[2:].split(b"\0", 2)
        if len(parts) < 3:
            return
        raw = found.unpacked(parts[2]) if packed else found.room(parts[2])
    key = decoded(name[:79])
    if key == _XMP:
        found.xmp.append(raw)
    elif key.startswith("Raw profile type "):
        _profile(key.removeprefix("Raw profile type ").lower(), raw, found)
    else:
        found.texts.append(Text("PNG text", key, decoded(raw)))


def _profile(kind: str, raw: bytes, found: Contents) -> None:
    """A block as ImageMagick writes it: its name, its length and its bytes in hexadecimal, a line each."""
    lines = raw.strip().split(b"\n", 2)
    if kind not in _PROFILES or len(lines) < 3:
        return
    try:
        block = bytes.fromhex(lines[2].decode("ascii"))
    except ValueError:  # also what is not ASCII
        return
    if block.startswith(b"Exif\0\0"):
        found.exif.append(block[6:])
    elif block.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
        found.xmp.append(block[29:])
    elif kind == "xmp":
        found.xmp.append(block)
    elif kind in ("iptc", "8bim"):
        found.iptc.append(block[block.find(b"\x1c\x02") :] if b"\x1c\x02" in block else b"")
