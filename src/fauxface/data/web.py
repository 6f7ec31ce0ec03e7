"""Imitations of what the web does to a picture before anyone can judge it: saved again, made smaller and larger."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

_FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
_SUBSAMPLINGS = ("4:4:4", "4:2:0")


class WebSettings(BaseModel):
    """How often and how strongly; the defaults do nothing.

    ``rescale``: probability of a trip to a smaller size and back, down to ``smallest`` of the side. ``jpeg``:
    probability of being saved again, at a quality drawn evenly from ``quality``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rescale: float = Field(default=0.0, ge=0, le=1)
    smallest: float = Field(default=0.5, gt=0, le=1)
    jpeg: float = Field(default=0.0, ge=0, le=1)
    quality: tuple[int, int] = (60, 95)

    @model_validator(mode="after")
    def _ordered(self) -> WebSettings:
        if not 1 <= self.quality[0] <= self.quality[1] <= 100:
            raise ValueError("quality must be two rising whole numbers from 1 to 100")
        return self


def imitate_web(rgb: NDArray[np.uint8], settings: WebSettings, rng: np.random.Generator) -> NDArray[np.uint8]:
    """One picture's way through the web; real and fake pictures go the same way, so it cannot give them away.

    Args:
        rgb: (H, W, 3), 0–255.
        settings: how often and how strongly.
        rng: where randomness comes from.

    Returns:
        (H, W, 3), 0–255.
    """
    picture: Image.Image | None = None
    if rng.random() < settings.rescale:
        picture = Image.fromarray(rgb)
        share = rng.uniform(settings.smallest, 1)
        small = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
        down, up = (_FILTERS[rng.integers(len(_FILTERS))] for _ in range(2))
        picture = picture.resize(small, down).resize(picture.size, up)
    if rng.random() < settings.jpeg:
        quality = int(rng.integers(settings.quality[0], settings.quality[1] + 1))
        file = io.BytesIO()
        (picture or Image.fromarray(rgb)).save(
            file, "JPEG", quality=quality, subsampling=_SUBSAMPLINGS[rng.integers(len(_SUBSAMPLINGS))]
        )
        picture = Image.open(file).convert("RGB")
    return rgb if picture is None else np.asarray(picture)
