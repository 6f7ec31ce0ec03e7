"""The few IPTC-IIM fields that tell where a picture comes from."""

from __future__ import annotations

from typing import Final

from fauxface.provenance.text import decoded

NAMES: Final = {
    (2, 40): "Instructions",
    (2, 55): "DateCreated",
    (2, 65): "OriginatingProgram",
    (2, 80): "By-line",
    (2, 110): "Credit",
    (2, 116): "Copyright",
    (2, 120): "Caption",
    (2, 122): "CaptionWriter",
}
_MOST_FIELDS: Final = 1000


def read(record: bytes) -> dict[str, str]:
    """Field → text, by IPTC's names; the first one of several. What is damaged ends it.

    Source: IPTC-NAA Information Interchange Model 4.2.
    """
    found: dict[str, str] = {}
    at = 0
    for _ in range(_MOST_FIELDS):
        if record[at : at + 1] != b"\x1c" or at + 5 > len(record):
            break
        name = NAMES.get((record[at + 1], record[at + 2]))
        length = int.from_bytes(record[at + 3 : at + 5], "big")
        if length & 0x8000:  # an extended field, which no text needs
            break
        if name and (text := decoded(record[at + 5 : at + 5 + length]).strip()):
            found.setdefault(name, text)
        at += 5 + length
    return found
