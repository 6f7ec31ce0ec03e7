"""What lies beside the pixels of WebP, TIFF, AVIF, HEIF, GIF and BMP files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fauxface.images.header import open_image
from fauxface.images.loading import of_kind
from fauxface.provenance.contents import Contents, Text
from fauxface.provenance.text import decoded

_MOST_BOXES: Final = 10_000
_C2PA: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


def unpack_webp(data: bytes) -> Contents:
    """The parts of a WebP file.

    Source: WebP container specification (RFC 9649); C2PA 2.x, embedding in RIFF.
    """
    found, view, at = Contents("WEBP"), memoryview(data), 12
    for _ in range(_MOST_BOXES):
        kind, length = bytes(view[at : at + 4]), int.from_bytes(view[at + 4 : at + 8], "little")
        if len(kind) < 4:
            break
        body = view[at + 8 : at + 8 + length]
        if kind == b"EXIF":
            found.exif.append(found.room(body).removeprefix(b"Exif\0\0"))
        elif kind == b"XMP ":
            found.xmp.append(found.room(body))
        elif kind == b"C2PA" and not found.manifest:
            found.manifest = bytes(body)
        elif found.size is None:
            found.size = _webp_size(kind, bytes(body[:16]))
        at += 8 + length + length % 2
    return found


def _webp_size(kind: bytes, head: bytes) -> tuple[int, int] | None:
    if kind == b"VP8X" and len(head) >= 10:
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8 " and len(head) >= 10:
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    if kind == b"VP8L" and len(head) >= 5:
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def unpack_tiff(data: bytes) -> Contents:
    """A TIFF is itself what EXIF data looks like; its XMP and IPTC are found as fields of it."""
    return Contents("TIFF", exif=[data])


def unpack_opened(data: bytes, kind: str) -> Contents:
    """The parts of an AVIF, HEIF, GIF or BMP file, as far as Pillow gives them out of its header.

    Raises:
        Whatever the decoder throws; needs `fauxface.images.guard` around it.
    """
    found = Contents(kind)
    with open_image(of_kind(data, kind, name=kind)) as image:
        found.size = image.size
        info: dict[str, Any] = {k: v for k, v in image.info.items() if isinstance(k, str)}
    if isinstance(exif := info.get("exif"), bytes):
        found.exif.append(found.room(exif).removeprefix(b"Exif\0\0"))
    if isinstance(xmp := info.get("xmp"), bytes):
        found.xmp.append(found.room(xmp))
    if isinstance(comment := info.get("comment"), bytes):
        found.texts.append(Text(f"{kind} comment", "", decoded(found.room(comment))))
    if kind in ("AVIF", "HEIF"):
        found.manifest = next((_manifest(body) for body in _boxes(data) if body.startswith(_C2PA)), b"")
    return found


def _manifest(body: bytes) -> bytes:
    """The manifest store in such a box: behind its name, version, purpose and an offset of 8 bytes."""
    purpose, _, rest = body[20:].partition(b"\0")
    return rest[8:] if purpose == b"manifest" else b""


def _boxes(data: bytes) -> Iterator[bytes]:
    """Bodies of the "uuid" boxes at the top of an ISO media file."""
    at = 0
    for _ in range(_MOST_BOXES):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        head = 16 if length == 1 else 8
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        elif length == 0:
            length = len(data) - at
        if len(kind) < 4 or length < head:
            return
        if kind == b"uuid":
            yield data[at + head : at + length]
        at += length
