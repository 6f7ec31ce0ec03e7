"""A network that looks at a picture's fine statistics only, not at what it shows.

A camera's noise and a generator's last layers leave different traces in how neighbouring pixels go together, in how
much there is of each frequency, and in textures. A convolutional network needs many pictures to find them; counted
beforehand (`fauxface.models.trace_statistics`) a kernel regression learns them from a few thousand. It is meant to
stand beside a network that sees the face (`fauxface.models.beside`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fauxface.models.entry import ModelEntry
from fauxface.models.kernel_head import KernelHead
from fauxface.models.trace_statistics import TraceStatistics

MIDDLE = SPREAD = 127.5  # how pixels come in: (pixel - MIDDLE) / SPREAD


# Whether a picture was ever a JPEG file at this size, and of which quality, tells how it came here and not what it is;
# where all were shown as they are, lossless fakes passed for photographs (`docs/experiments.md`, 17).
INPUT_JPEG = 90


class TraceNetwork(nn.Module):
    """One logit from a picture's statistics.

    Args:
        directions, points, kinds: see `fauxface.models.kernel_head.KernelHead`.
    """

    def __init__(self, directions: int = 256, points: int = 1024, kinds: int = 7) -> None:
        super().__init__()
        self.statistics = TraceStatistics()
        self.head = KernelHead(tuple(self.statistics.parts.values()), directions, points, kinds)
        self.kinds = kinds

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures.

        Args:
            x: (N, 3, H, W), at least 64 pixels a side.

        Returns:
            logits for *real*, (N,), and maps (N, 1, 1) that hold the logit: a statistic has no place in the picture.
        """
        logit, _ = self.words(x)
        return logit, logit[:, None, None]

    def words(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits for *real*, (N,), and the shares in which pictures look worn each way, (N, kinds)."""
        # Statistics of whole pixel values: half precision would round them away.
        with torch.autocast(x.device.type, enabled=False):
            return self.head.words(self.statistics(x * SPREAD + MIDDLE))


ENTRIES = (
    ModelEntry(
        "traces",
        TraceNetwork,
        256,
        "co-occurrences (Fridrich & Kodovsky 2012), spectra, textures (Portilla & Simoncelli 2000); choice is ours",
        mean=(MIDDLE, MIDDLE, MIDDLE),
        std=(SPREAD, SPREAD, SPREAD),
        input_jpeg=INPUT_JPEG,
    ),
)
