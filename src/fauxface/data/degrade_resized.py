"""Degradation of pictures that have the network's size already: resized and back, saved, cropped, blurred, tinted.

It imitates what the web does to a picture before anyone can judge it. What starts from a picture's own pixels is
`fauxface.data.degrade_native`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fauxface import degrade

_FILTERS: Final = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
_SUBSAMPLINGS: Final = ("4:4:4", "4:2:0")
Rng = np.random.Generator


class ResizedDegradeSettings(BaseModel):
    """How often (probabilities) and how strongly; the defaults do nothing.

    ``rescale``: a trip to a smaller size and back, ``smallest`` to ``largest`` of the side. ``jpeg``, ``webp``: saved
    again, at a quality drawn evenly from ``quality``. ``crop``: a random part, at least ``narrowest`` of each side,
    brought to the old size. ``blur``: Gaussian, of a radius up to ``radius`` pixels. ``noise``: Gaussian, of a standard
    deviation up to ``grain`` of 255. ``colour``: brightness, contrast and saturation, each by a factor within
    1 ± ``tint``.
    ``shuffle``: in random order; otherwise in the order rescale, jpeg, webp, crop, blur, noise, colour.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rescale: float = Field(default=0.0, ge=0, le=1)
    smallest: float = Field(default=0.5, gt=0, le=1)
    largest: float = Field(default=1.0, gt=0, le=1)
    jpeg: float = Field(default=0.0, ge=0, le=1)
    webp: float = Field(default=0.0, ge=0, le=1)
    quality: tuple[int, int] = (60, 95)
    crop: float = Field(default=0.0, ge=0, le=1)
    narrowest: float = Field(default=0.8, gt=0, le=1)
    blur: float = Field(default=0.0, ge=0, le=1)
    radius: float = Field(default=1.0, gt=0, le=20)
    noise: float = Field(default=0.0, ge=0, le=1)
    grain: float = Field(default=0.02, gt=0, le=1)
    colour: float = Field(default=0.0, ge=0, le=1)
    tint: float = Field(default=0.2, gt=0, lt=1)
    shuffle: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> ResizedDegradeSettings:
        if not 1 <= self.quality[0] <= self.quality[1] <= 100:
            raise ValueError("quality must be two rising whole numbers from 1 to 100")
        if self.smallest > self.largest:
            raise ValueError("smallest must not be above largest")
        return self


Step = Callable[[Image.Image, ResizedDegradeSettings, Rng], Image.Image]


def degrade_resized(rgb: NDArray[np.uint8], settings: ResizedDegradeSettings, rng: Rng) -> NDArray[np.uint8]:
    """One picture's way through the web, at its own size. Real and fake pictures go the same way: it gives none away.

    Args:
        rgb: (H, W, 3), 0–255.
        settings: how often and how strongly.
        rng: where randomness comes from.

    Returns:
        (H, W, 3), 0–255.
    """
    picture: Image.Image | None = None
    names = list(_STEPS)
    for i in rng.permutation(len(names)) if settings.shuffle else range(len(names)):
        name = names[i]
        probability = getattr(settings, name)
        # The first two draw even where they are off: recipes from before the others came see the same pictures still.
        if (probability > 0 or name in ("rescale", "jpeg")) and rng.random() < probability:
            picture = _STEPS[name](picture or Image.fromarray(rgb), settings, rng)
    return rgb if picture is None else np.asarray(picture)


def _rescale(picture: Image.Image, settings: ResizedDegradeSettings, rng: Rng) -> Image.Image:
    share = rng.uniform(settings.smallest, settings.largest)
    there, back = (_FILTERS[rng.integers(len(_FILTERS))] for _ in range(2))
    return degrade.scaled_and_back(picture, share, there, back)


def _quality(settings: ResizedDegradeSettings, rng: Rng) -> int:
    return int(rng.integers(settings.quality[0], settings.quality[1] + 1))


def _jpeg(picture: Image.Image, settings: ResizedDegradeSettings, rng: Rng) -> Image.Image:
    quality = _quality(settings, rng)
    return degrade.saved(picture, "JPEG", quality, subsampling=_SUBSAMPLINGS[rng.integers(len(_SUBSAMPLINGS))])


def _webp(picture: Image.Image, settings: ResizedDegradeSettings, rng: Rng) -> Image.Image:
    return degrade.saved(picture, "WEBP", _quality(settings, rng))


def _crop(picture: Image.Image, settings: ResizedDegradeSettings, rng: Rng) -> Image.Image:
    share = rng.uniform(settings.narrowest, 1)
    width, height = picture.width * share, picture.height * share
    left, top = rng.uniform(0, picture.width - width), rng.uniform(0, picture.height - height)
    box = (left, top, left + width, top + height)
    return picture.resize(picture.size, _FILTERS[rng.integers(len(_FILTERS))], box=box)


def _blur(picture: Image.Image, settings: ResizedDegradeSettings, rng: Rng) -> Image.Image:
    return degrade.blurred(picture, rng.uniform(0, settings.radius))


def _noise(picture: Image.Image, settings: ResizedDegradeSettings, rng: Rng) -> Image.Image:
    drawn = rng.standard_normal((picture.height, picture.width, 3), dtype=np.float32)
    return degrade.noisy(picture, drawn * (255 * rng.uniform(0, settings.grain)))


def _colour(picture: Image.Image, settings: ResizedDegradeSettings, rng: Rng) -> Image.Image:
    return degrade.tinted(picture, *(rng.uniform(1 - settings.tint, 1 + settings.tint) for _ in range(3)))


_STEPS: Final[dict[str, Step]] = {
    "rescale": _rescale,
    "jpeg": _jpeg,
    "webp": _webp,
    "crop": _crop,
    "blur": _blur,
    "noise": _noise,
    "colour": _colour,
}
