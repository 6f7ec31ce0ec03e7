"""A head of flattened features and two dense layers, with the exact class-activation map of such a head."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DenseHead(nn.Module):
    """Flatten, dense, (leaky) ReLU, dense to one logit, as older networks end.

    Pooling gives no map here, but for one picture the head is a linear function of its features: each hidden unit
    multiplies by its active slope, 1 or ``negative_slope``. So the logit is a sum over positions,

        logit = Σ_ij Σ_c f(c,i,j) · [(w2 · slope(h)) W1](c,i,j)  +  Σ_k w2_k · slope_k · b1_k + b2,

    and ``map(i,j)`` is side² times the inner sum: its mean plus the two bias terms *is* the logit, and adding the
    same number to every position's evidence adds it to the logit, as in a network that pools.

    Args:
        channels, side: the features are (N, channels, side, side), and of no other size.
        hidden: units of the first dense layer.
        negative_slope: of the leaky ReLU; 0 is a ReLU.
        dropout: probability of dropping a flattened feature, and a hidden unit, in training.
    """

    def __init__(
        self, channels: int, side: int, hidden: int, *, negative_slope: float = 0.0, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.channels, self.side, self.negative_slope = channels, side, negative_slope
        self.hidden = nn.Linear(channels * side * side, hidden)
        self.classifier = nn.Linear(hidden, 1)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.hidden, self.classifier):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Judge features.

        Args:
            features: (N, channels, side, side).

        Returns:
            logits for *real*, (N,), and class-activation maps, (N, side, side), both float32.
        """
        # In full precision under autocast, as every classifier here; it decides the calibration.
        with torch.autocast(features.device.type, enabled=False):
            flat = self.dropout(features.float().flatten(1))
            hidden = F.linear(flat, self.hidden.weight.float(), self.hidden.bias.float())
            slope = torch.where(hidden > 0, 1.0, self.negative_slope)
            gate = self.dropout(slope * self.classifier.weight.float())  # what each hidden unit's sum counts for
            logit = (gate * hidden).sum(dim=1) + self.classifier.bias.float()
            evidence = flat * (gate @ self.hidden.weight.float())
            activation_map = evidence.unflatten(1, (self.channels, self.side, self.side)).sum(dim=1) * self.side**2
        return logit, activation_map
