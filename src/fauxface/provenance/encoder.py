"""Which family of programs wrote a JPEG, told from its quantisation tables."""

from __future__ import annotations

from typing import Final

from fauxface.images.jpeg_quality import luminance, quality
from fauxface.provenance.contents import Contents
from fauxface.verdict import Claim

_ZIGZAG: Final = sorted(range(64), key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8))
"""Place in rows of each value, in the order in which a file has them (ITU-T T.81, figure A.6)."""


def claim_of(contents: Contents) -> Claim | None:
    """Quality and tables of a JPEG; None if it has no table."""
    table = contents.tables.get(0)
    if table is None:
        return None
    rows = [0] * 64
    for place, value in zip(_ZIGZAG, table, strict=True):
        rows[place] = value
    found = quality({0: rows})
    if found is None:
        return None
    facts = contents.facts
    if tuple(rows) == luminance(found):
        said = f"JPEG of quality {found}, with the standard tables that most programs and websites write"
    elif "ducky" in facts or {"adobe", "photoshop"} <= facts:
        said = f"JPEG of about quality {found}, with tables as Adobe’s programs write them"
    else:
        said = f"JPEG of about quality {found}, with tables of its own, as cameras and some editors write them"
    if "progressive" in facts:
        said += "; progressive, as websites like it"
    return Claim("encoding", said, "JPEG tables", "hint")
