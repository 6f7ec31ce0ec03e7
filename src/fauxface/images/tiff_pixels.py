"""Whether a TIFF names a place for each part of its picture: decoders leave the others black in silence."""

from __future__ import annotations

from math import ceil
from typing import Final

from fauxface.images.tiff import Directory, all_values, directories

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _COLOURS, _CHANNELS, _PLANAR = 256, 257, 258, 259, 262, 277, 284
_ROWS, _STRIPS, _STRIP_SIZES = 278, 273, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES = 322, 323, 324, 325
_YCBCR: Final = 6


def pixels_missing(data: bytes) -> bool:
    """Whether a strip or tile of the first page is missing, or uncompressed ones hold less than the picture needs.

    Says nothing of a file whose directory cannot be read, nor of what lies in the strips.
    """
    found = directories(data)
    if not found or not found[0].pixels:
        return False
    page = found[0]
    tiled = _TILES in page.tags
    places = all_values(data, page, _TILES if tiled else _STRIPS)
    sizes = all_values(data, page, _TILE_SIZES if tiled else _STRIP_SIZES)
    if not places:
        return False
    if len(places) < _wanted(page, tiled) or not all(places) or (sizes and not all(sizes)):
        return True
    return not tiled and bool(sizes) and page.first(_COMPRESSION, 1) == 1 and sum(sizes) < _bytes(page)


def _wanted(page: Directory, tiled: bool) -> int:
    width, height = page.first(_WIDTH), page.first(_HEIGHT)
    planes = page.first(_CHANNELS, 1) if page.first(_PLANAR, 1) == 2 else 1
    if tiled:
        across, down = page.first(_TILE_WIDTH) or width, page.first(_TILE_HEIGHT) or height
        return ceil(width / across) * ceil(height / down) * planes
    return ceil(height / (page.first(_ROWS) or height)) * planes


def _bytes(page: Directory) -> int:
    """Of all pixels as they lie in the file; 0 where colours may be kept at a fraction of the size."""
    if page.first(_COLOURS) == _YCBCR:
        return 0
    row = page.first(_WIDTH) * page.first(_BITS, 1) * page.first(_CHANNELS, 1)
    return page.first(_HEIGHT) * (row // 8)
