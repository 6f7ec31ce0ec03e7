"""How strongly a JPEG was compressed, read from its quantisation tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

# ITU-T T.81, table K.1, which libjpeg scales by quality; in rows.
_LUMINANCE: Final = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


def luminance(quality: int) -> tuple[int, ...]:
    """The luminance table, 64 numbers in rows, that libjpeg writes at a quality from 1 to 100."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(255, max(1, (number * percent + 50) // 100)) for row in _LUMINANCE for number in row)


_SUMS: Final = {quality: sum(luminance(quality)) for quality in range(1, 101)}


def quality(tables: Mapping[int, Sequence[int]]) -> int | None:
    """The libjpeg quality, 1 to 100, whose luminance table is on the whole as coarse as this one.

    Exact for files by libjpeg, the nearest one for encoders with tables of their own.

    Args:
        tables: Pillow's ``image.quantization``; the first one is luminance.

    Returns:
        None where there is no table of 64 numbers above 0.

    Source: libjpeg, jcparam.c, ``jpeg_quality_scaling``.
    """
    table = tables.get(0, ())
    if len(table) != 64 or min(table) < 1:
        return None
    return min(_SUMS, key=lambda quality: abs(_SUMS[quality] - sum(table)))
