"""A small plain network, as the related work trains beside the famous ones."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from fauxface.models.dense_head import DenseHead
from fauxface.models.entry import ModelEntry

SIZE = 224


class PlainCnn(nn.Module):
    """Stages of a 3×3 convolution, batch normalisation, ReLU and 2×2 pooling, then flatten and two dense layers.

    Shad et al. [5] trained "a bespoke CNN" with padding and dropout to 90%. The paper does not tell its layers, and
    they could not be looked up here: this one has the ingredients that are told, and widths of our choice.

    Args:
        widths: channels of each stage.
        hidden: units of the first dense layer.
        size: side of the input in pixels, a multiple of 2 to the number of stages (the flattened head fixes it).
        dropout: probability, before both dense layers.
    """

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128, 128, 128),
        hidden: int = 128,
        size: int = SIZE,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        shrink = 2 ** len(widths)
        if not widths or size < shrink or size % shrink:
            raise ValueError(f"size {size} is no multiple of {shrink}, for {len(widths)} stages")
        stages, channels = [], 3
        for width in widths:
            stages += [
                nn.Conv2d(channels, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            ]
            channels = width
        self.stages = nn.Sequential(*stages)
        self.head = DenseHead(channels, size // shrink, hidden, dropout=dropout)
        for module in self.stages.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures.

        Args:
            x: (N, 3, size, size).

        Returns:
            logits for *real*, (N,), and class-activation maps, (N, h, w), both float32; h = w = size / 2^stages.
        """
        return self.head(self.stages(x))


ENTRIES = (
    ModelEntry(
        "plain-cnn",
        PlainCnn,
        SIZE,
        "in the manner of the bespoke CNN of Shad et al. [5]; layers of our choice",
        fixed_size=True,
    ),
)
