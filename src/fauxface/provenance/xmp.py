"""The few XMP properties that tell where a picture comes from, read without entities, documents' types or depth."""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

WANTED: Final = frozenset(
    {"digitalsourcetype", "creatortool", "createdate", "modifydate", "datecreated", "credit", "creator", "description"}
    | {"title", "usercomment", "gpslatitude", "gpslongitude", "softwareagent", "aigc", "provenance", "make", "model"}
    | {"software", "artist", "aisystemused", "captionwriter", "instructions"}
    | {"label", "contentproducer", "produceid", "contentpropagator", "propagateid"}
)
"""Names of properties in lower case; prefixes of name spaces do not count, since programs mistake them."""
_AIGC_ONLY: Final = frozenset({"label", "contentproducer", "produceid", "contentpropagator", "propagateid"})
_MOST_ELEMENTS: Final = 50_000
_MOST_DEPTH: Final = 100
_MOST_VALUES: Final = 50
_MOST_TEXT: Final = 1 << 16

Properties = dict[str, list[str]]


class HostileXmpError(ValueError):
    """A packet that names entities, is nested too deeply or has too many elements."""


def read(packet: bytes) -> Properties:
    """Values of the properties in `WANTED`, in the order of the packet.

    Args:
        packet: XML; damaged or cut off, it gives what stands before the damage.

    Raises:
        HostileXmpError: it is not to be believed at all.

    Source: Adobe XMP specification, part 1.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text, parser.buffer_size = True, _MOST_TEXT
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    start = packet.find(b"<")
    try:
        parser.Parse(packet[start if start > 0 else 0 :].rstrip(b"\0 \t\r\n"), True)
    except expat.ExpatError:
        pass  # damaged: what came before it was read
    except LookupError:  # an encoding that nobody knows
        pass
    return reader.found


def _name(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    local = local.lower()
    if local in _AIGC_ONLY and prefix.lower() not in ("aigc", "tc260"):
        return ""
    return local if local in WANTED else ""


class _Reader:
    def __init__(self) -> None:
        self.found: Properties = {}
        self._elements, self._depth = 0, 0
        self._open: list[tuple[int, str]] = []
        self._written = 0

    def refuse(self, *_: object) -> None:
        raise HostileXmpError("names a document type or entities")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements, self._depth = self._elements + 1, self._depth + 1
        if self._elements > _MOST_ELEMENTS or self._depth > _MOST_DEPTH:
            raise HostileXmpError("too many elements, or too deep")
        wanted = _name(name)
        for key, value in attributes.items():
            if key == "rdf:resource" and wanted:
                self._keep(wanted, value)
            elif inner := _name(key):
                self._keep(inner, value)
        if wanted:
            self._open.append((self._depth, wanted))

    def end(self, _: str) -> None:
        if self._open and self._open[-1][0] == self._depth:
            self._open.pop()
        self._depth -= 1

    def text(self, text: str) -> None:
        if self._open and text.strip():
            self._keep(self._open[-1][1], text.strip())

    def _keep(self, name: str, value: str) -> None:
        values = self.found.setdefault(name, [])
        if len(values) < _MOST_VALUES and self._written < 8 * _MOST_TEXT:
            values.append(value[:_MOST_TEXT])
            self._written += len(values[-1])
