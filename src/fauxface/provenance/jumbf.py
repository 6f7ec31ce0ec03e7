"""A C2PA manifest store without its library: the newest manifest, and what can be read of it as plain bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

_MOST_BOXES: Final = 1000
_SOURCE: Final = re.compile(rb"digitalSourceType")
_GENERATOR: Final = re.compile(rb"claim_generator_info.{1,3}dname|claim_generator(?=[\x60-\x78])", re.DOTALL)


def active(store: bytes) -> bytes:
    """The newest manifest of a store, which is its last one; nothing if there is none. Two levels deep, no further.

    Source: ISO/IEC 19566-5 (JUMBF); C2PA 2.x, manifest store.
    """
    outer = next(_boxes(store), (b"", b""))
    if outer[0] != b"jumb":
        return b""
    found = b""
    for kind, body in _boxes(outer[1]):
        if kind == b"jumb":
            found = body
    return found


def source_types(manifest: bytes) -> list[str]:
    """The digital source types that a manifest's actions name, each once, ten at most."""
    found = (_text(manifest, match.end()) for match in islice(_SOURCE.finditer(manifest), 100))
    return list(dict.fromkeys(word for word in found if word))[:10]


def generator(manifest: bytes) -> str:
    """The program that made a manifest, as it calls itself; empty if it does not."""
    match = _GENERATOR.search(manifest)
    return _text(manifest, match.end()) if match else ""


def _text(data: bytes, at: int) -> str:
    """The CBOR text of up to 255 bytes that begins at a place; empty if there is none.

    Source: RFC 8949, section 3.1.
    """
    first = data[at] if at < len(data) else 0
    start, length = (at + 1, first & 31) if 0x60 <= first <= 0x77 else (at + 2, 0)
    if first == 0x78 and at + 1 < len(data):
        length = data[at + 1]
    return data[start : start + length].decode("utf-8", "replace")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(_MOST_BOXES):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        head = 8
        if length == 1:
            length, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif length == 0:
            length = len(data) - at
        if len(kind) < 4 or length < head:
            return
        yield kind, data[at + head : at + length]
        at += length
