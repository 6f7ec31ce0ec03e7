"""MesoNet (Afchar et al. 2018): two small networks that look at textures of middle size."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fauxface.models.dense_head import DenseHead
from fauxface.models.entry import ModelEntry

SIZE = 256


def _stage(convolution: nn.Module, channels: int, pool: int) -> nn.Sequential:
    """Convolution, ReLU, batch normalisation, pooling: in the publication's order."""
    return nn.Sequential(convolution, nn.ReLU(inplace=True), nn.BatchNorm2d(channels), nn.MaxPool2d(pool))


class InceptionLayer(nn.Module):
    """Four branches side by side: 1×1, and 1×1 then 3×3 with dilation 1, 2 and 3, with ReLUs between.

    Args:
        channels_in: channels before.
        widths: channels of each branch; they are concatenated.
    """

    def __init__(self, channels_in: int, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.point = nn.Conv2d(channels_in, widths[0], 1)
        self.wide = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels_in, width, 1),
                nn.ReLU(inplace=True),
                nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation),
            )
            for dilation, width in enumerate(widths[1:], start=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels_in, H, W) to (N, sum of widths, H, W)."""
        return torch.cat([self.point(x), *(branch(x) for branch in self.wide)], dim=1)


class MesoNet(nn.Module):
    """Four stages, flatten, 16 units with a leaky ReLU, one logit; dropout before both dense layers.

    Args:
        inception: MesoInception-4, whose first two stages have branches, instead of Meso-4.
        size: side of the input in pixels, a multiple of 32 (the flattened head fixes it).
        dropout: probability.
    """

    def __init__(self, inception: bool = False, size: int = SIZE, dropout: float = 0.5) -> None:
        super().__init__()
        if size < 32 or size % 32:
            raise ValueError(f"size {size} is no multiple of 32")
        if inception:
            first = [_stage(InceptionLayer(3, (1, 4, 4, 2)), 11, 2), _stage(InceptionLayer(11, (2, 4, 4, 2)), 12, 2)]
            width = 12
        else:
            first = [_stage(nn.Conv2d(3, 8, 3, padding=1), 8, 2), _stage(nn.Conv2d(8, 8, 5, padding=2), 8, 2)]
            width = 8
        self.stages = nn.Sequential(
            *first,
            _stage(nn.Conv2d(width, 16, 5, padding=2), 16, 2),
            _stage(nn.Conv2d(16, 16, 5, padding=2), 16, 4),
        )
        self.head = DenseHead(16, size // 32, 16, negative_slope=0.1, dropout=dropout)
        for module in self.stages.modules():
            if isinstance(module, nn.Conv2d) and module.bias is not None:
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures.

        Args:
            x: (N, 3, size, size).

        Returns:
            logits for *real*, (N,), and class-activation maps, (N, size / 32, size / 32), both float32.
        """
        return self.head(self.stages(x))


def _meso4(**options: int | float) -> nn.Module:
    return MesoNet(False, **options)  # pyright: ignore[reportArgumentType]


def _meso_inception4(**options: int | float) -> nn.Module:
    return MesoNet(True, **options)  # pyright: ignore[reportArgumentType]


_UNIT = ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0))  # pixels from 0 to 1

ENTRIES = (
    ModelEntry("mesonet", _meso4, SIZE, "Khalil & Maged [13]; Afchar et al. 2018, Meso-4", *_UNIT, fixed_size=True),
    ModelEntry(
        "mesoinception",
        _meso_inception4,
        SIZE,
        "Khalil & Maged [13]; Afchar et al. 2018, MesoInception-4",
        *_UNIT,
        fixed_size=True,
    ),
)
