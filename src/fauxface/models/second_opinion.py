"""A network that asks the public one, as it was published, for a second opinion.

What training bends towards the fakes that it saw, fails on others. The public weights, which no picture of ours has
changed, still hold what a network of another family of generators would look at; a linear classifier on them is
weaker, and wrong in other places (`docs/experiments/38-whole-faces-by-the-public-network.md`).
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from fauxface.models.efficientnet_lite import MultiLevel
from fauxface.models.features import FeatureNetwork


class WithSecondOpinion(FeatureNetwork):
    """The sum of two logits, of a trained network and of the public one.

    Args:
        network: as trained.
        public: the public trunk, with a classifier (`MultiLevel.start_head`).
        share: how much the second logit counts.
    """

    def __init__(self, network: MultiLevel, public: MultiLevel, share: float) -> None:
        super().__init__()
        self.network, self.public, self.share = network, public, share

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """As of `MultiLevel`."""
        logit, activation_map, _ = self.judge(x)
        return logit, activation_map

    def judge(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (N,), maps (N, h, w) and features (N, F) of the trained network; both logits are in the maps."""
        logit, activation_map, features = self.network.judge(x)
        second, second_map = self.public(x)
        if second_map.shape != activation_map.shape:
            height, width = activation_map.shape[-2:]
            second_map = adaptive_avg_pool2d(second_map[:, None], (height, width))[:, 0]
        return logit + self.share * second, activation_map + self.share * second_map, features

    def embed(self, x: Tensor) -> Tensor:
        """Features of the trained network, (N, F)."""
        return self.network.embed(x)
