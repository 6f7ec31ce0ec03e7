"""What lies beside the frames of an AVI file: its list of facts, XMP and a C2PA manifest."""

from __future__ import annotations

from fauxface.provenance.contents import Contents
from fauxface.provenance.mp4 import MOST_MANIFEST
from fauxface.provenance.pieces import Box, Pieces
from fauxface.provenance.tags import take


def unpack(pieces: Pieces) -> Contents:
    """The parts of an AVI file.

    Source: Microsoft, Multimedia Programming Interface (RIFF, LIST INFO); C2PA 2.x, embedding in RIFF.
    """
    found = Contents("AVI")
    for riff in pieces.chunks(0, pieces.size):
        for chunk in pieces.chunks(riff.start + 4, riff.end):
            if chunk.kind == b"LIST":
                _list(pieces, chunk, found)
            elif chunk.kind == b"_PMX":
                found.xmp.append(found.room(pieces.text(chunk)))
            elif chunk.kind == b"C2PA" and not found.manifest:
                found.manifest = pieces.whole(chunk, MOST_MANIFEST)
    return found


def _list(pieces: Pieces, chunk: Box, found: Contents) -> None:
    kind = pieces.at(chunk.start, 4)
    if kind not in (b"INFO", b"hdrl"):
        return
    for inner in pieces.chunks(chunk.start + 4, chunk.end):
        if kind == b"INFO" or inner.kind == b"IDIT":
            take(found, "AVI tag", inner.kind.decode("latin-1"), pieces.text(inner))
        elif inner.kind == b"LIST" and pieces.at(inner.start, 4) == b"INFO":
            _list(pieces, inner, found)
