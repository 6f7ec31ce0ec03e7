"""Augmentation as batched tensor operations that run wherever the batch is.

Pixels are 0–255 throughout; normalisation comes after, so cutout's zero is black, as in the paper's Fig. 3. All
randomness comes from the generator that the caller hands down (a CPU generator serves every device, so a run draws
the same numbers on each).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# PyTorch is imported where it computes: whoever reads a recipe's settings does without it.
if TYPE_CHECKING:
    from torch import Generator, Tensor


class CutoutSettings(BaseModel):
    """Cutout in its two geometries.

    ``erasing`` is what the authors' notebooks do: a rectangle with a random share of the picture's area and a random
    aspect ratio, fully inside. ``square`` is DeVries & Taylor 2017, the paper's reference 20: a square patch whose
    centre lies anywhere, so that the border may cut it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    geometry: Literal["erasing", "square"] = "erasing"
    probability: float = Field(default=0.5, ge=0, le=1)
    area: tuple[float, float] = (0.02, 0.4)
    aspect: tuple[float, float] = (0.3, 1 / 0.3)
    side: float = Field(default=0.5, gt=0, le=2, description="square's side as a share of the picture's side")
    fill: float = Field(default=0.0, ge=0, le=255)

    @model_validator(mode="after")
    def _ordered(self) -> CutoutSettings:
        if not 0 < self.area[0] <= self.area[1] <= 1:
            raise ValueError("area must be two rising shares in (0, 1]")
        if not 0 < self.aspect[0] <= self.aspect[1]:
            raise ValueError("aspect must be two rising ratios above 0")
        return self


class AugmentSettings(BaseModel):
    """What happens to a training batch; the defaults do nothing.

    ``flip``: probability of a mirror image. ``shift``: largest shift in height and in width as a share of the side
    (border pixels are repeated). ``brightness``: largest offset, share of 255. ``contrast``: largest relative change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    flip: float = Field(default=0.0, ge=0, le=1)
    shift: float = Field(default=0.0, ge=0, lt=1)
    brightness: float = Field(default=0.0, ge=0, le=1)
    contrast: float = Field(default=0.0, ge=0, lt=1)
    cutout: CutoutSettings | None = None


def _uniform(n: int, low: float, high: float, generator: Generator) -> Tensor:
    import torch

    return torch.rand(n, generator=generator, device=generator.device) * (high - low) + low


def _whole(n: int, low: int, high: int, generator: Generator) -> Tensor:
    """n whole numbers in [low, high]."""
    import torch

    return torch.randint(low, high + 1, (n,), generator=generator, device=generator.device)


def augment(batch: Tensor, settings: AugmentSettings, generator: Generator, *, crop: int | None = None) -> Tensor:
    """Everything that ``settings`` asks for.

    Args:
        batch: (N, H, W, 3) uint8, as pictures come from the decoder.
        settings: what to do.
        generator: where randomness comes from.
        crop: side in pixels of a random native crop; None keeps the whole picture.

    Returns:
        (N, 3, S, S) float32, 0–255 (brightness and contrast may leave that range a little), channels-last in memory.
    """
    moved = flip_shift_crop(batch, generator, flip=settings.flip, shift=settings.shift, crop=crop)
    pixels = moved.permute(0, 3, 1, 2).float()
    pixels = brightness_contrast(pixels, generator, brightness=settings.brightness, contrast=settings.contrast)
    return pixels if settings.cutout is None else cutout(pixels, settings.cutout, generator)


def flip_shift_crop(
    batch: Tensor, generator: Generator, *, flip: float = 0.0, shift: float = 0.0, crop: int | None = None
) -> Tensor:
    """Mirror, move and crop in one gather, without resampling: forensic features stay as they are.

    Args:
        batch: (N, H, W, C), any dtype.
        generator: where randomness comes from.
        flip: probability of a left-right mirror image.
        shift: largest shift as a share of the side; uncovered places repeat the border.
        crop: side of a random crop in pixels, at most H and W; None keeps (H, W).

    Returns:
        (N, S, S, C) or (N, H, W, C), same dtype and device.
    """
    import torch

    n, height, width, _ = batch.shape
    out_height, out_width = (height, width) if crop is None else (crop, crop)
    if not (0 < out_height <= height and 0 < out_width <= width):
        raise ValueError(f"a crop of {crop} pixels does not fit into {height}×{width}")
    mirror = _uniform(n, 0, 1, generator) < flip
    reach_y, reach_x = int(shift * height), int(shift * width)
    top = _whole(n, 0, height - out_height, generator) + _whole(n, -reach_y, reach_y, generator)
    left = _whole(n, 0, width - out_width, generator) + _whole(n, -reach_x, reach_x, generator)
    rows = (top[:, None] + torch.arange(out_height)).clamp_(0, height - 1)
    columns = (left[:, None] + torch.arange(out_width)).clamp_(0, width - 1)
    columns = torch.where(mirror[:, None], width - 1 - columns, columns)
    device = batch.device
    picture = torch.arange(n, device=device)[:, None, None]
    return batch[picture, rows.to(device)[:, :, None], columns.to(device)[:, None, :]]


def brightness_contrast(batch: Tensor, generator: Generator, *, brightness: float, contrast: float) -> Tensor:
    """Scale each picture around its mean by 1 ± contrast and add ± brightness · 255; (N, C, H, W) float."""
    if brightness == 0 and contrast == 0:
        return batch
    n = batch.shape[0]
    factor = _uniform(n, 1 - contrast, 1 + contrast, generator).to(batch).reshape(n, 1, 1, 1)
    offset = _uniform(n, -255 * brightness, 255 * brightness, generator).to(batch).reshape(n, 1, 1, 1)
    mean = batch.mean(dim=(1, 2, 3), keepdim=True)
    return (batch - mean) * factor + mean + offset


def cutout(batch: Tensor, settings: CutoutSettings, generator: Generator) -> Tensor:
    """Blank one random patch in some pictures of a batch (paper, section III; DeVries & Taylor 2017).

    Args:
        batch: (N, C, H, W) float or uint8.
        settings: geometry, probability and fill.
        generator: where randomness comes from.

    Returns:
        A new tensor like ``batch``.
    """
    import torch

    n, _, height, width = batch.shape
    top, left, bottom, right = patch_boxes(n, height, width, settings, generator)
    device = batch.device
    y, x = torch.arange(height, device=device), torch.arange(width, device=device)
    rows = (y >= top.to(device)[:, None]) & (y < bottom.to(device)[:, None])
    columns = (x >= left.to(device)[:, None]) & (x < right.to(device)[:, None])
    patch = rows[:, None, :, None] & columns[:, None, None, :]
    return batch.clone().masked_fill_(patch, settings.fill)  # clone: masked_fill would forget channels-last


def patch_boxes(
    n: int, height: int, width: int, settings: CutoutSettings, generator: Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw n patches: top, left, bottom, right in pixels, each (n,) int64; empty where no patch is cut.

    Ends are exclusive. With ``square`` they may lie outside of the picture, which is how the border cuts a patch.
    """
    import torch

    chosen = _uniform(n, 0, 1, generator) < settings.probability
    if settings.geometry == "square":
        patch_height = patch_width = torch.full((n,), round(settings.side * min(height, width)))
        top = _whole(n, 0, height - 1, generator) - patch_height // 2
        left = _whole(n, 0, width - 1, generator) - patch_width // 2
    else:
        area = _uniform(n, *settings.area, generator) * height * width
        aspect = _uniform(n, math.log(settings.aspect[0]), math.log(settings.aspect[1]), generator).exp()
        patch_height = (area * aspect).sqrt().round().clamp(1, height).long()
        patch_width = (area / aspect).sqrt().round().clamp(1, width).long()
        top = (_uniform(n, 0, 1, generator) * (height - patch_height + 1)).long()
        left = (_uniform(n, 0, 1, generator) * (width - patch_width + 1)).long()
    return top, left, torch.where(chosen, top + patch_height, top), left + patch_width
