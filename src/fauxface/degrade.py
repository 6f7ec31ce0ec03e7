"""What happens to pictures on their way to whoever judges them, as pure operations, each written once.

Augmentation draws how strongly (`fauxface.data.degrade_native`, `fauxface.data.degrade_resized`), corruptions fix it
(`fauxface.evaluation.corruptions`), perturbations (`fauxface.stability`) and heat maps change a picture a little and
ask again. None of them may change what they are handed, and none draws anything at random: whoever wants chance hands
it in. Stored tables and shipped thresholds rest on every bit of the results.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

Rgb = NDArray[np.uint8]
FileKind = Literal["JPEG", "WEBP"]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; the last two are exclusive."""
FAST: Final = 0
THOROUGH: Final = 4
"""How hard WebP tries, 0 to 6; another effort gives other pixels. Pillow's own is 4."""


def encode(
    picture: Image.Image, kind: FileKind, quality: int, *, subsampling: str = "4:2:0", effort: int = FAST
) -> bytes:
    """The picture as a file.

    Args:
        picture: RGB.
        kind: of file.
        quality: 1 to 100.
        subsampling: of a JPEG's colours.
        effort: of a WebP.
    """
    file = io.BytesIO()
    options: dict[str, Any] = {"subsampling": subsampling} if kind == "JPEG" else {"method": effort}
    picture.save(file, kind, quality=quality, **options)
    return file.getvalue()


def saved(
    picture: Image.Image, kind: FileKind, quality: int, *, subsampling: str = "4:2:0", effort: int = FAST
) -> Image.Image:
    """The picture after a trip through a file; arguments as for `encode`."""
    file = encode(picture, kind, quality, subsampling=subsampling, effort=effort)
    return Image.open(io.BytesIO(file)).convert("RGB")


def scaled(picture: Image.Image, share: float, by: Image.Resampling) -> Image.Image:
    """The picture at that share of its sides, at least one pixel each, by a filter."""
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, by)


def scaled_and_back(picture: Image.Image, share: float, there: Image.Resampling, back: Image.Resampling) -> Image.Image:
    """The picture at its old size, after a trip to that share of its sides; a filter each way."""
    return scaled(picture, share, there).resize(picture.size, back)


def blurred(picture: Image.Image, radius: float) -> Image.Image:
    """The picture under a Gaussian of that radius (standard deviation) in pixels."""
    return picture.filter(ImageFilter.GaussianBlur(radius))


def sharpened(picture: Image.Image, radius: float, percent: int, threshold: int) -> Image.Image:
    """The picture under an unsharp mask: its radius in pixels, its strength, and the least difference it touches."""
    return picture.filter(ImageFilter.UnsharpMask(radius, percent, threshold))


def noisy(picture: Image.Image, noise: NDArray[np.floating]) -> Image.Image:
    """The picture with noise added, (H, W, 3) in levels of 0–255, then rounded and clipped."""
    pixels = np.asarray(picture) + noise
    return Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8))


def brightened(picture: Image.Image, factor: float) -> Image.Image:
    """All levels times a factor."""
    return ImageEnhance.Brightness(picture).enhance(factor)


def saturated(picture: Image.Image, factor: float) -> Image.Image:
    """Colours times a factor, around each pixel's grey: 0 leaves none, 1 all."""
    return ImageEnhance.Color(picture).enhance(factor)


def tinted(picture: Image.Image, brightness: float, contrast: float, saturation: float) -> Image.Image:
    """Brightness, then contrast (around the mean grey), then saturation, each by a factor."""
    contrasted = ImageEnhance.Contrast(brightened(picture, brightness)).enhance(contrast)
    return saturated(contrasted, saturation)


def erased(rgb: Rgb, boxes: Iterable[Box]) -> Rgb:
    """A copy of a picture, (H, W, 3), that is black within each of some boxes (cutout)."""
    changed = rgb.copy()
    for left, top, right, bottom in boxes:
        changed[top:bottom, left:right] = 0
    return changed
