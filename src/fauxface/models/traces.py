"""A network that looks at a picture's fine statistics only, not at what it shows.

A camera's noise and a generator's last layers leave different traces in how neighbouring pixels go together and in how
much there is of each frequency. A convolutional network needs many pictures to find them; counted beforehand
(`fauxface.models.trace_statistics`) a small network learns them from a few thousand. It is meant to stand beside a
network that sees the face (`fauxface.models.beside`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fauxface.models.entry import ModelEntry
from fauxface.models.trace_statistics import TraceStatistics

MIDDLE = SPREAD = 127.5  # how pixels come in: (pixel - MIDDLE) / SPREAD


class TraceNetwork(nn.Module):
    """One logit from a picture's statistics.

    Args:
        hidden: units of the one hidden layer.
        dropout: probability, of the statistics and of the hidden units.
    """

    def __init__(self, hidden: int = 256, dropout: float = 0.1) -> None:
        super().__init__()
        self.statistics = TraceStatistics()
        self.head = nn.Sequential(
            nn.BatchNorm1d(self.statistics.size, eps=1e-8, affine=False),  # shares vary by as little as 0.001
            nn.Hardtanh(-3, 3),  # a picture like none before must not count for more than a rare one
            nn.Dropout(dropout),
            nn.Linear(self.statistics.size, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures.

        Args:
            x: (N, 3, H, W), at least 64 pixels a side.

        Returns:
            logits for *real*, (N,), and maps (N, 1, 1) that hold the logit: a statistic has no place in the picture.
        """
        # Statistics of whole pixel values: half precision would round them away.
        with torch.autocast(x.device.type, enabled=False):
            logit = self.head(self.statistics(x * SPREAD + MIDDLE))[:, 0]
        return logit, logit[:, None, None]


ENTRIES = (
    ModelEntry(
        "traces",
        TraceNetwork,
        256,
        "residual co-occurrences (Fridrich & Kodovsky 2012) and block spectra under a small network; choice is ours",
        mean=(MIDDLE, MIDDLE, MIDDLE),
        std=(SPREAD, SPREAD, SPREAD),
    ),
)
