"""A published network without its last layers, with one logit and an exact class-activation map on top."""

from __future__ import annotations

from torch import Tensor, nn

from fauxface.models.map_head import classify


class TrunkWithMap(nn.Module):
    """A trunk of convolutions, global average pooling and one logit.

    Args:
        trunk: gives features (N, channels, h, w).
        channels: of those features.
    """

    def __init__(self, trunk: nn.Module, channels: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.classifier = nn.Linear(channels, 1)
        nn.init.xavier_uniform_(self.classifier.weight)
        nn.init.zeros_(self.classifier.bias)

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, channels, h, w)."""
        return self.trunk(x)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures of any size that the trunk can take.

        Args:
            x: (N, 3, H, W).

        Returns:
            logits for *real*, (N,), and class-activation maps, (N, h, w), both float32.
        """
        return classify(self.features(x), self.classifier)
