"""An explained picture as a sheet to hand on: the overlay, and below it what the colours mean and what they do not."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fauxface.explain.colours import colour, overlay, scale_of
from fauxface.explain.maps import Explanation, Rgb
from fauxface.images.files import printable

NO_PROOF: Final = "shows where the network looked; it is no proof"
SMALLEST: Final = 512
"""Pixels that the judged square is brought to, at least, as long as the whole picture stays below `LARGEST`."""
LARGEST: Final = 2048
"""Longest side of the drawn picture: more shows no more, and 100 megapixels would take gigabytes to draw."""

_PAPER: Final = (255, 255, 255)
_INK: Final = (24, 28, 34)
_PALE: Final = (98, 106, 118)


def draw(explanation: Explanation, *, opacity: float = 0.7) -> Rgb:
    """The picture in grey with its heat in colour, and a legend below.

    In grey, because orange on skin and blue on a blue wall would not be seen for what they are. Small pictures are
    enlarged and large ones made smaller, see `SMALLEST` and `LARGEST`; narrow ones get white at both sides, because
    the legend needs room.

    Args:
        explanation: what to draw.
        opacity: of full colour, in [0, 1].

    Returns:
        (H, W, 3), 0–255.
    """
    picture = Image.fromarray(overlay(_grey(_resized(explanation)), explanation, opacity=opacity))
    legend = _legend(explanation, max(picture.width, SMALLEST), opacity)
    sheet = Image.new("RGB", (legend.width, picture.height + legend.height), _PAPER)
    sheet.paste(picture, ((legend.width - picture.width) // 2, 0))
    sheet.paste(legend, (0, picture.height))
    return np.asarray(sheet)


def _resized(explanation: Explanation) -> Rgb:
    height, width = explanation.rgb.shape[:2]
    left, _, right, _ = explanation.box
    factor = min(max(1.0, SMALLEST / (right - left)), LARGEST / max(width, height))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if size == (width, height):
        return explanation.rgb
    return np.asarray(Image.fromarray(explanation.rgb).resize(size, Image.Resampling.LANCZOS))


def _grey(rgb: Rgb) -> Rgb:
    return np.asarray(Image.fromarray(rgb).convert("L").convert("RGB"))


def _legend(explanation: Explanation, width: int, opacity: float) -> Image.Image:
    """A strip of the given width, its letters as large as that width allows.

    The words are drawn in Pillow's own font, which knows Latin letters but neither a minus sign nor dashes.
    """
    unit = min(max(width / SMALLEST, 1.0), 2.5)
    large, small = ImageFont.load_default(15 * unit), ImageFont.load_default(12 * unit)
    margin, line = round(16 * unit), round(22 * unit)
    strip = Image.new("RGB", (width, margin * 2 + round(84 * unit)), _PAPER)
    pen = ImageDraw.Draw(strip)
    middle, y = width // 2, margin

    full = scale_of(explanation.heat)
    half, thick = round(70 * unit), round(14 * unit)
    values = np.broadcast_to(np.linspace(-1, 1, 2 * half), (thick, 2 * half))
    ramp = colour(values, np.full((thick, 2 * half, 3), 200), opacity)
    strip.paste(Image.fromarray(ramp), (middle - half, y))
    gap = round(10 * unit)
    pen.text((middle - half - gap, y + thick // 2), "speaks for photograph", fill=_INK, font=large, anchor="rm")
    pen.text((middle + half + gap, y + thick // 2), "speaks for generated", fill=_INK, font=large, anchor="lm")
    for x, text in ((-half, f"-{full:.2g}"), (0, "0"), (half, f"+{full:.2g}")):
        pen.text((middle + x, y + thick + round(4 * unit)), text, fill=_PALE, font=small, anchor="ma")

    y += thick + line + gap
    pen.text((middle, y), NO_PROOF[0].upper() + NO_PROOF[1:] + ".", fill=_INK, font=large, anchor="ma")
    about = f"{explanation.kind}, in logits; {printable(explanation.verdict.model)}"
    pen.text((middle, y + line), _fitting(about, small, width - 2 * margin), fill=_PALE, font=small, anchor="ma")
    return strip


def _fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """The text, or as much of its beginning as fits."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "...") > width:
        text = text[:-1]
    return text + "..."
