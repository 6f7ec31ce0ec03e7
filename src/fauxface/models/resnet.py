"""The paper's own residual network (Fig. 4), with its depths a parameter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fauxface.models.entry import ModelEntry
from fauxface.models.map_head import classify


class Bottleneck(nn.Module):
    """1×1, 3×3, 1×1 convolutions around a skip connection.

    With ``stride`` 1 and equal widths this is the paper's identity block, otherwise its convolution block, whose
    skip is a 1×1 projection.
    """

    def __init__(self, channels_in: int, width: int, stride: int) -> None:
        super().__init__()
        channels_out = 4 * width
        self.conv1 = nn.Conv2d(channels_in, width, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels_out, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(channels_out)
        self.relu = nn.ReLU(inplace=True)
        self.skip: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.skip = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C_in, H, W) to (N, 4·width, H/stride, W/stride)."""
        y = self.relu(self.norm1(self.conv1(x)))
        y = self.relu(self.norm2(self.conv2(y)))
        return self.relu(self.norm3(self.conv3(y)) + self.skip(x))


class ResNet(nn.Module):
    """A bottleneck residual network with one logit and an exact class-activation map.

    ResNet-68 has depths (3, 4, 12, 3): counted as ResNet-50 is counted (stem + 3 a block + classifier) that makes
    1 + 3·22 + 1 = 68 weighted layers. The authors' picture flattens a 2×2 average pooling; global average pooling
    is used here because the mean of the map plus the bias then *is* the logit (Zhou et al. 2016).

    Args:
        depths: blocks in each stage.
        width: channels of the stem and of the first stage's 3×3 convolutions; each later stage doubles them.
        zero_init_residual: start each block as the identity (Goyal et al. 2017), which steadies short schedules.
        zero_mean_stem: start each filter of the stem, colour by colour, with mean 0. Most of a picture's energy is in
            its slow changes and forensic features are in the fine ones; this starts the network on the latter
            (a soft form of the constrained convolution of Bayar & Stamm 2016).
    """

    def __init__(
        self,
        depths: Sequence[int] = (3, 4, 12, 3),
        width: int = 64,
        zero_init_residual: bool = True,
        zero_mean_stem: bool = False,
    ) -> None:
        super().__init__()
        if not depths or min(depths) < 1 or width < 1:
            raise ValueError(f"depths and width must be whole numbers above 0, not {list(depths)} and {width}")
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 7, 2, padding=3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, padding=1),
        )
        stages, channels = [], width
        for i, depth in enumerate(depths):
            blocks = []
            for j in range(depth):
                blocks.append(Bottleneck(channels, width << i, stride=2 if i > 0 and j == 0 else 1))
                channels = 4 * (width << i)
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.Sequential(*stages)
        self.classifier = nn.Linear(channels, 1)
        self._initialise(zero_init_residual)
        if zero_mean_stem:
            with torch.no_grad():
                filters = self.stem[0].weight
                assert isinstance(filters, Tensor)
                filters -= filters.mean(dim=(2, 3), keepdim=True)

    def _initialise(self, zero_init_residual: bool) -> None:
        """Glorot-uniform weights, as in the authors' code."""
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            if zero_init_residual and isinstance(module, Bottleneck):
                nn.init.zeros_(module.norm3.weight)

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to (N, 32·width, ⌈S/32⌉, ⌈S/32⌉) for four stages."""
        return self.stages(self.stem(x))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures of any size.

        Args:
            x: (N, 3, H, W).

        Returns:
            logits for *real*, (N,), and class-activation maps, (N, h, w), both float32.
        """
        return classify(self.features(x), self.classifier)


def _resnet(depths: tuple[int, ...], width: int) -> Callable[..., nn.Module]:
    def build(**options: Any) -> nn.Module:
        return ResNet(**{"depths": depths, "width": width, **options})

    return build


ENTRIES = (
    ModelEntry("resnet68", _resnet((3, 4, 12, 3), 64), 224, "the paper, Fig. 4; depths by its count of 68 layers"),
    ModelEntry("resnet68-slim", _resnet((3, 4, 12, 3), 16), 224, "ResNet-68 at a quarter of the width, for CPUs"),
    ModelEntry("resnet-tiny", _resnet((1, 1, 1, 1), 8), 64, "a ResNet small enough for tests"),
)
