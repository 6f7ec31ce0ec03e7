"""What lies beside the frames of an MP4 or MOV file: tags, dates, XMP and a C2PA manifest."""

from __future__ import annotations

import datetime as dt
from typing import Final

from fauxface.provenance.contents import Contents
from fauxface.provenance.pieces import Box, Pieces
from fauxface.provenance.tags import take

MOST_MANIFEST: Final = 16 << 20
_C2PA: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EPOCH: Final = dt.datetime(1904, 1, 1, tzinfo=dt.UTC)
_MOST_KEYS: Final = 1000
_FULL_TEXT: Final = frozenset({b"titl", b"auth", b"cprt", b"dscp", b"perf"})
"""3GPP's texts: version and language of six bytes before them."""


def unpack(pieces: Pieces) -> Contents:
    """The parts of an MP4 or MOV file.

    Source: ISO/IEC 14496-12; QuickTime File Format; 3GPP TS 26.244; C2PA 2.x, embedding in ISO media.
    """
    found = Contents("MP4" if pieces.at(4, 4) == b"ftyp" and pieces.at(8, 4) != b"qt  " else "MOV")
    for box in pieces.boxes(0, pieces.size):
        if box.kind == b"moov":
            for inner in pieces.boxes(box.start, box.end):
                _movie(pieces, inner, found)
        elif box.kind == b"uuid":
            _uuid(pieces, box, found)
        elif box.kind == b"meta":
            _meta(pieces, box, found)
    return found


def _movie(pieces: Pieces, box: Box, found: Contents) -> None:
    if box.kind == b"mvhd":
        _date(pieces.whole(box, 20), found)
    elif box.kind == b"meta":
        _meta(pieces, box, found)
    elif box.kind == b"uuid":
        _uuid(pieces, box, found)
    elif box.kind == b"udta":
        _user_data(pieces, box, found)
    elif box.kind == b"trak":
        for inner in pieces.boxes(box.start, box.end):
            if inner.kind in (b"udta", b"meta"):
                (_user_data if inner.kind == b"udta" else _meta)(pieces, inner, found)


def _uuid(pieces: Pieces, box: Box, found: Contents) -> None:
    name, body = pieces.whole(box, 16), Box(b"", box.start + 16, box.end)
    if name == _XMP and body.size > 0:
        found.xmp.append(found.room(pieces.text(body)))
    elif name == _C2PA and not found.manifest:
        purpose, _, rest = pieces.whole(body, MOST_MANIFEST)[4:].partition(b"\0")
        found.manifest = rest[8:] if purpose == b"manifest" else b""


def _date(head: bytes, found: Contents) -> None:
    """When it was made: seconds since 1904, by the clock of the program that wrote it."""
    raw = head[4:12] if head[:1] == b"\x01" else head[4:8]
    seconds = int.from_bytes(raw, "big")
    if seconds and seconds < 1 << 33:
        moment = _EPOCH + dt.timedelta(seconds=seconds)
        if moment.year > 1970:  # a clock that was never set
            found.times.append((f"{found.kind} header", moment.isoformat()))


def _user_data(pieces: Pieces, box: Box, found: Contents) -> None:
    place = f"{found.kind} tag"
    for inner in pieces.boxes(box.start, box.end):
        kind = inner.kind
        if kind == b"meta":
            _meta(pieces, inner, found)
        elif kind == b"XMP_":
            found.xmp.append(found.room(pieces.text(inner)))
        elif kind[:1] == b"\xa9":  # length and language of two bytes each
            raw = pieces.text(inner)
            take(found, place, kind.decode("latin-1"), raw[4 : 4 + int.from_bytes(raw[:2], "big")])
        elif kind in _FULL_TEXT:
            raw = pieces.text(inner)[6:]
            wide = raw.startswith(b"\xfe\xff")
            take(found, place, kind.decode(), raw[2:] if wide else raw, wide=wide)
        elif kind == b"loci":
            found.places.append((f"{place} “loci”", "in the form of telephones"))
        elif kind == b"AIGC":
            take(found, place, "AIGC", pieces.text(inner))


def _meta(pieces: Pieces, box: Box, found: Contents) -> None:
    """Named values: iTunes' by four letters, QuickTime's by numbers of names that stand before them."""
    skip = 0 if pieces.at(box.start + 4, 4) == b"hdlr" else 4
    names: list[str] = []
    for inner in pieces.boxes(box.start + skip, box.end):
        if inner.kind == b"keys":
            names = _keys(pieces, inner)
        elif inner.kind == b"ilst":
            for item in pieces.boxes(inner.start, inner.end):
                _item(pieces, item, names, found)


def _keys(pieces: Pieces, box: Box) -> list[str]:
    first = Box(b"", box.start + 8, box.end)
    return [
        pieces.whole(one, 200).decode("utf-8", "replace")
        for one, _ in zip(pieces.boxes(first.start, first.end), range(_MOST_KEYS), strict=False)
    ]


def _item(pieces: Pieces, item: Box, names: list[str], found: Contents) -> None:
    number = int.from_bytes(item.kind, "big")
    name = names[number - 1] if 1 <= number <= len(names) else item.kind.decode("latin-1")
    for inner in pieces.boxes(item.start, item.end):
        if inner.kind == b"name" and item.kind == b"----":
            name = pieces.whole(inner, 204)[4:].decode("utf-8", "replace")
        elif inner.kind == b"data":
            raw = pieces.text(inner)
            type_ = int.from_bytes(raw[1:4], "big")
            if type_ in (0, 1, 2, 4, 5):  # a text, in UTF-8 or UTF-16
                take(found, f"{found.kind} tag", name, raw[8:], wide=type_ in (2, 5))
