"""Draws pictures as a contact sheet: labelled rows of equal squares under a title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

PAPER: Final = (255, 255, 255)
INK: Final = (24, 28, 34)
PALE: Final = (98, 106, 118)
LINE: Final = (224, 228, 233)
MARGIN: Final = 36
GAP: Final = 8
GROUP_GAP: Final = 28
LABELS: Final = 124


@dataclass(frozen=True)
class RowGroup:
    """Rows that belong together, such as the same pictures before and after.

    Attributes:
        name: what the pictures are ("Real").
        rows: (label beside the row, pictures); each picture (S, S, 3) uint8, all of the same S.
    """

    name: str
    rows: Sequence[tuple[str, Sequence[NDArray[np.uint8]]]]


def draw_sheet(title: str, caption: str, groups: Sequence[RowGroup], *, cell: int = 160) -> Image.Image:
    """One RGB picture with all groups below each other; ``cell`` is the side of each square in pixels.

    Text is drawn in Pillow's own font, which knows Latin letters but neither × nor ±.
    """
    columns = max(len(pictures) for group in groups for _, pictures in group.rows)
    heights = [len(group.rows) * (cell + GAP) - GAP for group in groups]
    grid = columns * (cell + GAP) - GAP
    big, middle, small = (ImageFont.load_default(size) for size in (24, 19, 15))
    text_width = max(big.getlength(title), small.getlength(caption))
    width = 2 * MARGIN + max(LABELS + grid, int(text_width) + 1)
    top = MARGIN + 78
    height = top + sum(heights) + GROUP_GAP * (len(groups) - 1) + MARGIN
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, MARGIN - 4), title, fill=INK, font=big)
    pen.text((MARGIN, MARGIN + 30), caption, fill=PALE, font=small)
    for number, group in enumerate(groups):
        if number:
            rule = top - GROUP_GAP // 2 - 1
            pen.line([(MARGIN, rule), (width - MARGIN - 1, rule)], fill=LINE)
        pen.text((MARGIN, top - 3), group.name, fill=INK, font=middle)
        for row, (label, pictures) in enumerate(group.rows):
            y = top + row * (cell + GAP)
            pen.text((MARGIN, y + (24 if row == 0 else -3)), label, fill=PALE, font=small)
            for column, picture in enumerate(pictures):
                x = MARGIN + LABELS + column * (cell + GAP)
                square = Image.fromarray(picture).resize((cell, cell), Image.Resampling.LANCZOS)
                sheet.paste(square, (x, y))
        top += heights[number] + GROUP_GAP
    return sheet
