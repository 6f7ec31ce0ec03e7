"""Clips with metadata of every kind, written here byte by byte; none of them has frames."""

from __future__ import annotations

import struct

from tests.provenance.files import box

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
FTYP = box(b"ftyp", b"isom\0\0\2\0isommp42")
QT = box(b"ftyp", b"qt  \0\0\2\0qt  ")


def data(value: bytes, kind: int = 1) -> bytes:
    """The value of an item."""
    return box(b"data", struct.pack(">II", kind, 0) + value)


def itunes(**items: str) -> bytes:
    """`udta` with tags as iTunes and FFmpeg write them; ``c_too`` is "©too", other names go under "----"."""
    found = b""
    for name, value in items.items():
        if name.startswith("c_"):
            found += box(b"\xa9" + name[2:].encode(), data(value.encode()))
        else:
            head = box(b"mean", bytes(4) + b"com.apple.iTunes") + box(b"name", bytes(4) + name.encode())
            found += box(b"----", head + data(value.encode()))
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    return box(b"udta", box(b"meta", bytes(4) + handler + box(b"ilst", found)))


def quicktime(*tags: tuple[str, str]) -> bytes:
    """`meta` with numbered names, as telephones and ``-movflags use_metadata_tags`` write them."""
    names = b"".join(struct.pack(">I", 8 + len(n.encode())) + b"mdta" + n.encode() for n, _ in tags)
    keys = box(b"keys", struct.pack(">II", 0, len(tags)) + names)
    items = b"".join(box(struct.pack(">I", i), data(v.encode())) for i, (_, v) in enumerate(tags, 1))
    return box(b"meta", box(b"hdlr", bytes(8) + b"mdta" + bytes(13)) + keys + box(b"ilst", items))


def old_text(name: bytes, value: str) -> bytes:
    """`udta` with a text as QuickTime and cameras write it."""
    raw = value.encode()
    return box(b"udta", box(name, struct.pack(">HH", len(raw), 0x15C7) + raw))


def mp4(*movie: bytes, top: bytes = b"", made: int = 0, head: bytes = FTYP) -> bytes:
    """A movie of these boxes; ``made``: seconds since 1904."""
    header = box(b"mvhd", struct.pack(">IIIII", 0, made, made, 1000, 1000) + bytes(80))
    return head + top + box(b"mdat", bytes(64)) + box(b"moov", header + b"".join(movie))


def manifest(store: bytes) -> bytes:
    """The box of a C2PA manifest store."""
    return box(b"uuid", C2PA + bytes(4) + b"manifest\0" + bytes(8) + store)


def element(number: str, body: bytes) -> bytes:
    """An element of a Matroska file, its length in eight bytes."""
    return bytes.fromhex(number) + struct.pack(">Q", len(body) | 1 << 56) + body


def matroska(*tags: tuple[str, str], app: str = "Lavf61.7.100", nanoseconds: int = 0, cluster: bytes = b"") -> bytes:
    """A Matroska file with its tags behind a cluster."""
    info = element("4d80", app.encode()) + element("5741", app.encode())
    info += element("4461", struct.pack(">q", nanoseconds)) if nanoseconds else b""
    simple = [element("67c8", element("45a3", n.encode()) + element("4487", v.encode())) for n, v in tags]
    body = element("1549a966", info) + (cluster or element("1f43b675", bytes(50)))
    body += element("1254c367", element("7373", b"".join(simple)))
    return element("1a45dfa3", element("4282", b"webm")) + element("18538067", body)


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a RIFF file."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def avi(**facts: str) -> bytes:
    """An AVI file with a list of facts."""
    listed = b"".join(chunk(name.encode(), value.encode() + b"\0") for name, value in facts.items())
    body = chunk(b"LIST", b"hdrl" + chunk(b"avih", bytes(56))) + chunk(b"LIST", b"INFO" + listed)
    return chunk(b"RIFF", b"AVI " + body + chunk(b"LIST", b"movi"))
