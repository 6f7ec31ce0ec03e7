"""What lies beside the frames of a Matroska or WebM file: who wrote it, when, and its tags."""

from __future__ import annotations

import datetime as dt
from typing import Final

from fauxface.provenance.contents import Contents
from fauxface.provenance.pieces import Box, Pieces
from fauxface.provenance.tags import take

_SEGMENT: Final = bytes.fromhex("18538067")
_INFO: Final = bytes.fromhex("1549a966")
_TAGS: Final = bytes.fromhex("1254c367")
_TAG, _SIMPLE = bytes.fromhex("7373"), bytes.fromhex("67c8")
_NAME, _STRING = bytes.fromhex("45a3"), bytes.fromhex("4487")
_DATE: Final = bytes.fromhex("4461")
_FIELDS: Final = {b"\x4d\x80": "muxer", b"\x57\x41": "encoder", b"\x7b\xa9": "title"}
_EPOCH: Final = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
_CENTURY: Final = 100 * 366 * 86_400


def unpack(pieces: Pieces) -> Contents:
    """The parts of a Matroska or WebM file.

    Source: RFC 9559, sections 5.1.2 (Info) and 5.1.8 (Tags).
    """
    found = Contents("Matroska")
    for top in pieces.elements(0, pieces.size):
        if top.kind != _SEGMENT:
            continue
        for element in pieces.elements(top.start, top.end):
            if element.kind == _INFO:
                _info(pieces, element, found)
            elif element.kind == _TAGS:
                _tags(pieces, element, found)
    return found


def _info(pieces: Pieces, info: Box, found: Contents) -> None:
    for element in pieces.elements(info.start, info.end):
        if name := _FIELDS.get(element.kind):
            take(found, "Matroska header", name, pieces.text(element))
        elif element.kind == _DATE:
            seconds = int.from_bytes(pieces.whole(element, 8), "big", signed=True) / 1e9
            if abs(seconds) < _CENTURY:
                moment = _EPOCH + dt.timedelta(seconds=round(seconds))
                found.times.append(("Matroska header", moment.isoformat()))


def _tags(pieces: Pieces, tags: Box, found: Contents) -> None:
    for tag in pieces.elements(tags.start, tags.end):
        if tag.kind != _TAG:
            continue
        for simple in pieces.elements(tag.start, tag.end):
            if simple.kind != _SIMPLE:
                continue
            parts = {one.kind: one for one in pieces.elements(simple.start, simple.end)}
            if _NAME in parts and _STRING in parts:
                name = pieces.whole(parts[_NAME], 200).decode("utf-8", "replace")
                take(found, "Matroska tag", name, pieces.text(parts[_STRING]))
