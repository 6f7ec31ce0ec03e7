"""Everything that a clip's file says about itself; it is read in pieces, and no frame is decoded."""

from __future__ import annotations

from typing import BinaryIO

from fauxface.errors import ImageError
from fauxface.images.guard import decoder_boundary
from fauxface.provenance import avi, credentials, matroska, mp4
from fauxface.provenance.contents import Contents
from fauxface.provenance.fields import Fields
from fauxface.provenance.pieces import Pieces
from fauxface.provenance.testimony import Testimony, gathered, said_by
from fauxface.verdict import Claim


def inspect_clip(file: BinaryIO, *, trust: str = "") -> Testimony:
    """Read what a clip's file says about where it comes from.

    Args:
        file: open for reading bytes, can be searched; it is put back to where it stood.
        trust: certificates (PEM) of those whose content credentials are trusted; empty: nobody's.

    Returns:
        what was found, as `fauxface.provenance.inspect` does for pictures; nothing for other files (MPEG-TS among
        them). Nothing is raised for bytes of any kind: what cannot be read is a claim of the kind "unread".
    """
    stood = file.tell()
    try:
        with decoder_boundary("", "clip"):
            return _inspect(file, trust)
    except ImageError:
        said = "What lies beside the frames is damaged and was not read"
        return Testimony((Claim("unread", said, "clip file", "hint"),))
    finally:
        file.seek(stood)


def _inspect(file: BinaryIO, trust: str) -> Testimony:
    pieces = Pieces(file)
    contents = _unpack(pieces)
    if contents is None:
        return Testimony()
    contents.cut |= pieces.cut
    fields = Fields.of(contents)
    file.seek(0)
    return gathered(said_by(contents, fields), list(fields.private), credentials.check(file, contents, trust))


def _unpack(pieces: Pieces) -> Contents | None:
    head = pieces.at(0, 12)
    if head.startswith(b"\x1aE\xdf\xa3"):
        return matroska.unpack(pieces)
    if head[:4] == b"RIFF" and head[8:] == b"AVI ":
        return avi.unpack(pieces)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return mp4.unpack(pieces)
    return None
