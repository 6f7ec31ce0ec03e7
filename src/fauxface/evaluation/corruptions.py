"""What happens to pictures on their way to whoever must judge them, as named changes that anyone can repeat."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface import degrade
from fauxface.degrade import FileKind

Rgb = NDArray[np.uint8]
Change = Callable[[Image.Image, np.random.Generator], Image.Image | bytes]
_LANCZOS: Final = Image.Resampling.LANCZOS
_BICUBIC: Final = Image.Resampling.BICUBIC


def corrupt(rgb: Rgb, name: str, key: str) -> Rgb | bytes:
    """One named change of one picture.

    Args:
        rgb: (H, W, 3) uint8.
        name: a key of `CORRUPTIONS`.
        key: decides all that is random in it, such as the file's digest: the same picture is always changed alike.

    Returns:
        The changed picture, as the bytes of a file where it was saved as one, so that a detector may look at that too.
    """
    rng = np.random.default_rng(zlib.crc32(f"{name} {key}".encode()))
    changed = CORRUPTIONS[name](Image.fromarray(rgb), rng)
    return changed if isinstance(changed, bytes) else np.asarray(changed)


def _saved(kind: FileKind, quality: int) -> Change:
    return lambda picture, rng: degrade.encode(picture, kind, quality, effort=degrade.THOROUGH)


def _shrunk(share: float) -> Change:
    return lambda picture, rng: degrade.scaled_and_back(picture, share, _LANCZOS, _BICUBIC)


def _to_side(pixels: int) -> Change:
    def change(picture: Image.Image, rng: np.random.Generator) -> Image.Image | bytes:
        return _shrunk(min(1.0, pixels / min(picture.size)))(picture, rng)

    return change


def _blurred(radius: float) -> Change:
    return lambda picture, rng: degrade.blurred(picture, radius)


def _noisy(deviation: float) -> Change:
    return lambda picture, rng: degrade.noisy(picture, rng.normal(0, deviation, (picture.height, picture.width, 3)))


def _brighter(factor: float) -> Change:
    return lambda picture, rng: degrade.brightened(picture, factor)


def _cropped(share: float) -> Change:
    def change(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
        width, height = round(picture.width * share), round(picture.height * share)
        left, top = int(rng.integers(picture.width - width + 1)), int(rng.integers(picture.height - height + 1))
        return picture.crop((left, top, left + width, top + height))

    return change


def _cutout(patches: int, share: float) -> Change:
    def change(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
        side = max(1, round(share * min(picture.size)))
        boxes: list[degrade.Box] = []
        for _ in range(patches):
            left, top = int(rng.integers(picture.width - side + 1)), int(rng.integers(picture.height - side + 1))
            boxes.append((left, top, left + side, top + side))
        return Image.fromarray(degrade.erased(np.asarray(picture), boxes))

    return change


def _screenshot(picture: Image.Image, rng: np.random.Generator) -> bytes:
    """Shown larger on a screen, photographed by the system, made smaller by a messenger and sent on."""
    shown = degrade.scaled(picture, 1.4, _BICUBIC)
    sharp = degrade.sharpened(shown, radius=1, percent=60, threshold=0)
    sent = sharp.resize((round(picture.width * 0.9), round(picture.height * 0.9)), _BICUBIC)
    again = degrade.saved(sent, "WEBP", 75, effort=degrade.THOROUGH)
    return degrade.encode(again, "JPEG", int(rng.integers(60, 81)))


CORRUPTIONS: Final[Mapping[str, Change]] = {
    **{f"jpeg-{quality}": _saved("JPEG", quality) for quality in (95, 80, 65, 50, 40, 30)},
    **{f"webp-{quality}": _saved("WEBP", quality) for quality in (80, 50)},
    "resize-0.75": _shrunk(0.75),
    "resize-0.5": _shrunk(0.5),
    "resize-128px": _to_side(128),
    "blur-1": _blurred(1),
    "blur-2": _blurred(2),
    "noise-5": _noisy(5),
    "noise-15": _noisy(15),
    "darker-0.7": _brighter(0.7),
    "brighter-1.3": _brighter(1.3),
    "crop-0.9": _cropped(0.9),
    "crop-0.75": _cropped(0.75),
    "cutout-3": _cutout(3, 0.2),
    "screenshot": _screenshot,
}
"""Name → change. Resizing is there and back, noise in units of 0–255, radii in pixels, JPEG and WebP by quality."""
