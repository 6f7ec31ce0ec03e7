"""Mixing of pictures in training: each gets a part of another one, and its target the same part of the other's.

``blend`` adds two pictures up pixel by pixel (mixup: H. Zhang et al., ICLR 2018). ``paste`` lays a rectangle of one
over the other (CutMix: S. Yun et al., ICCV 2019), so that forensic features of either stay whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

# PyTorch is imported where it computes: whoever reads a recipe's settings does without it.
if TYPE_CHECKING:
    from torch import Generator, Tensor


class MixingSettings(BaseModel):
    """How often pictures are mixed, and how; ``share`` is the largest part that the other picture may have."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["blend", "paste"] = "paste"
    probability: float = Field(default=0.5, ge=0, le=1)
    share: float = Field(default=0.5, gt=0, le=1)


def mix(pictures: Tensor, targets: Tensor, settings: MixingSettings, generator: Generator) -> tuple[Tensor, Tensor]:
    """Mix some pictures of a batch with the one before them.

    Args:
        pictures: (N, C, H, W) float.
        targets: (N,) float, 0–1.
        settings: how; the other picture's part is drawn evenly up to ``share``.
        generator: where randomness comes from.

    Returns:
        New pictures and targets of the same shapes.
    """
    import torch

    n, _, height, width = pictures.shape
    draw = torch.rand(4, n, generator=generator, device=generator.device).to(pictures.device)
    part = torch.where(draw[0] < settings.probability, draw[1] * settings.share, 0.0)
    if settings.kind == "blend":
        weight = part[:, None, None, None]
    else:
        high, wide = (part.sqrt() * height).round(), (part.sqrt() * width).round()
        top, left = (draw[2] * (height - high + 1)).floor(), (draw[3] * (width - wide + 1)).floor()
        y, x = (torch.arange(side, device=pictures.device)[None] for side in (height, width))
        rows = (y >= top[:, None]) & (y < (top + high)[:, None])
        columns = (x >= left[:, None]) & (x < (left + wide)[:, None])
        part = high * wide / (height * width)
        weight = (rows[:, None, :, None] & columns[:, None, None, :]).to(pictures.dtype)
    return torch.lerp(pictures, pictures.roll(1, 0), weight), torch.lerp(targets, targets.roll(1, 0), part)
