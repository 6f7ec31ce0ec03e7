"""A network that asks the first layers of a public one for a second opinion.

What training bends towards the fakes that it saw, fails on others. The first layers of the public weights, which no
picture of ours has changed, still hold what a network of another family of generators would look at; a linear
classifier on them is weak, and wrong in other places (`docs/experiments/29-a-second-opinion.md`).
"""

from __future__ import annotations

from typing import Final

from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from fauxface.models.efficientnet_lite import MultiLevel
from fauxface.models.features import FeatureNetwork

STAGES: Final = (0, 1)
"""Blocks of the public network whose outputs the second opinion rests on: 16 and 24 channels at strides 2 and 4."""


class WithEarly(FeatureNetwork):
    """The sum of two logits, of a trained network and of the early layers of the public one.

    Args:
        network: as trained.
        early: the public trunk's first stages, with a classifier (`MultiLevel.start_head`).
        share: how much the second logit counts.
    """

    def __init__(self, network: MultiLevel, early: MultiLevel, share: float) -> None:
        super().__init__()
        self.network, self.early, self.share = network, early, share

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """As of `MultiLevel`."""
        logit, activation_map, _ = self.judge(x)
        return logit, activation_map

    def judge(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (N,), maps (N, h, w) and features (N, F) of the trained network; both logits are in the maps."""
        logit, activation_map, features = self.network.judge(x)
        second, second_map = self.early(x)
        if second_map.shape != activation_map.shape:
            height, width = activation_map.shape[-2:]
            second_map = adaptive_avg_pool2d(second_map[:, None], (height, width))[:, 0]
        return logit + self.share * second, activation_map + self.share * second_map, features

    def embed(self, x: Tensor) -> Tensor:
        """Features of the trained network, (N, F)."""
        return self.network.embed(x)
