"""Degradation from a picture's own pixels to the network's size: made small, blurred, saved, enlarged, saved again.

All of it happens to photographs and fakes alike, so that none of it gives the class away. What has the network's size
already is degraded by `fauxface.data.degrade_resized`; here, a fake that was shrunk, saved as a small JPEG and enlarged
again is a case of its own (thumbnails, feeds, small faces).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fauxface import degrade

FILTERS: Final = tuple(getattr(Image.Resampling, name) for name in ("BOX", "BILINEAR", "HAMMING", "BICUBIC", "LANCZOS"))
SUBSAMPLINGS: Final = ("4:4:4", "4:2:2", "4:2:0", "4:2:0")
Rgb = NDArray[np.uint8]
Rng = np.random.Generator


class NativeDegradeSettings(BaseModel):
    """How often (probabilities) and how strongly; the defaults do nothing but bring to size.

    ``shrink``: made smaller first, to a side drawn evenly on a logarithmic scale from ``smallest`` to its own.
    ``save``: saved as a file at that size, with probability ``webp`` as WebP, else as JPEG; ``save_again``: once more
    at the network's size; both at a quality drawn evenly from ``quality``. ``blur``: Gaussian, of a radius up to
    ``radius`` pixels. ``sharpen``: unsharp mask. ``noise``: Gaussian, of a standard deviation up to ``grain`` of 255.
    ``colour``: brightness, contrast and saturation, each by a factor within 1 ± ``tint``. ``pale``: saturation down to
    any share; ``grey``: down to nothing.
    ``random_filter``: brought to size by any of five filters; otherwise by Lanczos, as judging does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    shrink: float = Field(default=0.0, ge=0, le=1)
    smallest: int = Field(default=64, ge=8, le=4096)
    save: float = Field(default=0.0, ge=0, le=1)
    save_again: float = Field(default=0.0, ge=0, le=1)
    webp: float = Field(default=0.15, ge=0, le=1)
    quality: tuple[int, int] = (40, 97)
    blur: float = Field(default=0.0, ge=0, le=1)
    radius: float = Field(default=1.5, gt=0, le=20)
    sharpen: float = Field(default=0.0, ge=0, le=1)
    noise: float = Field(default=0.0, ge=0, le=1)
    grain: float = Field(default=0.02, gt=0, le=1)
    colour: float = Field(default=0.0, ge=0, le=1)
    tint: float = Field(default=0.2, gt=0, lt=1)
    pale: float = Field(default=0.0, ge=0, le=1)
    grey: float = Field(default=0.0, ge=0, le=1)
    random_filter: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> NativeDegradeSettings:
        if not 1 <= self.quality[0] <= self.quality[1] <= 100:
            raise ValueError("quality must be two rising whole numbers from 1 to 100")
        return self


def degrade_native(rgb: Rgb, size: int, settings: NativeDegradeSettings, rng: Rng) -> Rgb:
    """One picture's way to the network's size.

    Args:
        rgb: (H, W, 3), 0–255, nearly square.
        size: side of the result in pixels.
        settings: how often and how strongly.
        rng: where randomness comes from.

    Returns:
        (size, size, 3), 0–255; a picture of that size that nothing happens to comes back untouched.
    """
    picture = Image.fromarray(rgb)
    if rng.random() < settings.shrink:
        picture = _shrunk(picture, settings.smallest, rng)
    picture = _tinted(picture, settings, rng)
    if rng.random() < settings.blur:
        picture = degrade.blurred(picture, rng.uniform(0.2, settings.radius))
    if rng.random() < settings.sharpen:
        picture = degrade.sharpened(picture, rng.uniform(0.5, 2.5), int(rng.integers(30, 150)), 2)
    if rng.random() < settings.noise:
        deviation = 255 * rng.uniform(0, settings.grain)
        drawn = rng.standard_normal((picture.height, picture.width, 3), dtype=np.float32)
        picture = degrade.noisy(picture, drawn * deviation)
    if rng.random() < settings.save:
        picture = _saved(picture, settings, rng)
    if picture.size != (size, size):
        any_filter = rng.random() < settings.random_filter
        chosen = FILTERS[rng.integers(len(FILTERS))] if any_filter else Image.Resampling.LANCZOS
        picture = picture.resize((size, size), chosen)
    if rng.random() < settings.save_again:
        picture = _saved(picture, settings, rng)
    return np.asarray(picture)


def _saved(picture: Image.Image, settings: NativeDegradeSettings, rng: Rng) -> Image.Image:
    quality = int(rng.integers(settings.quality[0], settings.quality[1] + 1))
    if rng.random() < settings.webp:
        return degrade.saved(picture, "WEBP", quality)
    return degrade.saved(picture, "JPEG", quality, subsampling=SUBSAMPLINGS[rng.integers(len(SUBSAMPLINGS))])


def _shrunk(picture: Image.Image, smallest: int, rng: Rng) -> Image.Image:
    own = min(picture.size)
    if own <= smallest:
        return picture
    share = math.exp(rng.uniform(math.log(smallest), math.log(own))) / own
    return degrade.scaled(picture, share, FILTERS[rng.integers(len(FILTERS))])


def _tinted(picture: Image.Image, settings: NativeDegradeSettings, rng: Rng) -> Image.Image:
    if rng.random() < settings.colour:
        picture = degrade.tinted(picture, *(rng.uniform(1 - settings.tint, 1 + settings.tint) for _ in range(3)))
    if rng.random() < settings.pale:
        picture = degrade.saturated(picture, rng.uniform(0, 1))
    if rng.random() < settings.grey:
        picture = picture.convert("L").convert("RGB")
    return picture
