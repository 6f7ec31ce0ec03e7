"""Eight regions of a picture: skin, hair and backdrop have different statistics, left and right mostly the same."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

ROWS: Final = 4
COLUMNS: Final = 2
"""Inside and outside: a place and its mirror image are in one region."""
REGIONS: Final = ROWS * COLUMNS


def of_places(height: int, width: int) -> NDArray[np.int64]:
    """The region that each place lies in, (height, width)."""
    row = np.arange(height) * ROWS // height
    column = np.arange(width) * 2 * COLUMNS // width
    return row[:, None] * COLUMNS + np.minimum(column, 2 * COLUMNS - 1 - column)


@cache
def averages(height: int, width: int) -> NDArray[np.float32]:
    """Columns that average the places of each region, (height · width, REGIONS)."""
    inside = of_places(height, width).reshape(-1, 1) == np.arange(REGIONS)
    return (inside / inside.sum(axis=0)).astype(np.float32)
