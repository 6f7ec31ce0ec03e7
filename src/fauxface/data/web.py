"""Imitations of what the web does to a picture before anyone can judge it: saved again, resized, cropped, blurred."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter
from pydantic import BaseModel, ConfigDict, Field, model_validator

_FILTERS: Final = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
_SUBSAMPLINGS: Final = ("4:4:4", "4:2:0")
Rng = np.random.Generator


class WebSettings(BaseModel):
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
    def _ordered(self) -> WebSettings:
        if not 1 <= self.quality[0] <= self.quality[1] <= 100:
            raise ValueError("quality must be two rising whole numbers from 1 to 100")
        if self.smallest > self.largest:
            raise ValueError("smallest must not be above largest")
        return self


Step = Callable[[Image.Image, WebSettings, Rng], Image.Image]


def imitate_web(rgb: NDArray[np.uint8], settings: WebSettings, rng: Rng) -> NDArray[np.uint8]:
    """One picture's way through the web; real and fake pictures go the same way, so it cannot give them away.

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


def _rescale(picture: Image.Image, settings: WebSettings, rng: Rng) -> Image.Image:
    share = rng.uniform(settings.smallest, settings.largest)
    small = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    down, up = (_FILTERS[rng.integers(len(_FILTERS))] for _ in range(2))
    return picture.resize(small, down).resize(picture.size, up)


def _quality(settings: WebSettings, rng: Rng) -> int:
    return int(rng.integers(settings.quality[0], settings.quality[1] + 1))


def _jpeg(picture: Image.Image, settings: WebSettings, rng: Rng) -> Image.Image:
    quality, file = _quality(settings, rng), io.BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling=_SUBSAMPLINGS[rng.integers(len(_SUBSAMPLINGS))])
    return Image.open(file).convert("RGB")


def _webp(picture: Image.Image, settings: WebSettings, rng: Rng) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=_quality(settings, rng), method=0)
    return Image.open(file).convert("RGB")


def _crop(picture: Image.Image, settings: WebSettings, rng: Rng) -> Image.Image:
    share = rng.uniform(settings.narrowest, 1)
    width, height = picture.width * share, picture.height * share
    left, top = rng.uniform(0, picture.width - width), rng.uniform(0, picture.height - height)
    box = (left, top, left + width, top + height)
    return picture.resize(picture.size, _FILTERS[rng.integers(len(_FILTERS))], box=box)


def _blur(picture: Image.Image, settings: WebSettings, rng: Rng) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, settings.radius)))


def _noise(picture: Image.Image, settings: WebSettings, rng: Rng) -> Image.Image:
    pixels = np.asarray(picture, dtype=np.float32)
    pixels = pixels + rng.standard_normal(pixels.shape, dtype=np.float32) * (255 * rng.uniform(0, settings.grain))
    return Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8))


def _colour(picture: Image.Image, settings: WebSettings, rng: Rng) -> Image.Image:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhance(picture).enhance(rng.uniform(1 - settings.tint, 1 + settings.tint))
    return picture


_STEPS: Final[dict[str, Step]] = {
    "rescale": _rescale,
    "jpeg": _jpeg,
    "webp": _webp,
    "crop": _crop,
    "blur": _blur,
    "noise": _noise,
    "colour": _colour,
}
