"""Networks that show what their classifier rests on. They say so by their class, and who needs features asks for it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn


class FeatureNetwork(nn.Module, ABC):
    """A network with features: distances can be measured in them."""

    @abstractmethod
    def embed(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) normalised pictures to what the classifier sees of them, (N, F)."""

    @abstractmethod
    def judge(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (N,) and maps (N, h, w), as `forward` gives them, and the features of `embed`, all in one pass."""


class ProbedNetwork(FeatureNetwork):
    """One whose classifier can begin as one that was fitted on its features (linear probing)."""

    @abstractmethod
    def start_head(self, weight: Tensor, bias: float, mean: Tensor, deviation: Tensor) -> None:
        """Begin with a classifier that was fitted on `embed`'s features, before any of them was standardised.

        Args:
            weight: (F,) of the standardised features, for *real*; bias: of the logit.
            mean, deviation: (F,) of the features.
        """
