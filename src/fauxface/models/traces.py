"""A network that looks at a picture's fine statistics only, not at what it shows.

A camera's noise and a generator's last layers leave different traces in how neighbouring pixels go together and in how
much there is of each frequency. A convolutional network needs many pictures to find them; counted beforehand, as
steganalysis does (Fridrich & Kodovsky 2012: quantised residuals and their co-occurrences), a small network learns
them from a few thousand. It is meant to stand beside a network that sees the face (`fauxface.models.beside`).
"""

from __future__ import annotations

import math
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from fauxface.models.entry import ModelEntry

# JPEG's colours (ITU-T T.871), without their offsets.
_YCBCR = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_REACH = 2  # residuals are cut to -2 … 2 steps
_LEVELS = 2 * _REACH + 1
# Luminance of whole pixel values comes in steps of 0.001, so half of one of these is never met exactly: a tie would
# fall to whichever side a runtime's last digit leans, and grey pictures were full of them.
_FINE, _COARSE = (1.001, 3.001), (2.001, 5.001)
_BLOCK, _STRIDE = 32, 16
SMALLEST = _BLOCK
MIDDLE = SPREAD = 127.5  # how pixels come in: (pixel - MIDDLE) / SPREAD


class TraceStatistics(nn.Module):
    """A picture's statistics, fixed beforehand; nothing in it is trained.

    For the luminance: how often three neighbours in a row have which quantised residuals (first and second
    differences across and down, and a 3×3 high-pass; two step widths each), a pattern, its mirror image and its
    negative counted as one. For each of Y, Cb and Cr: the mean logarithmic energy of each pair of frequencies in
    windowed blocks of 32 pixels, both orders of a pair as one. The square root of the shares steadies small ones
    (Hellinger).
    """

    ycbcr: Tensor
    cosines: Tensor
    fold: Tensor
    pairs: Tensor
    swapped: Tensor

    def __init__(self) -> None:
        super().__init__()
        k = torch.arange(_BLOCK, dtype=torch.float64)
        cosines = torch.cos(math.pi * (k + 0.5) * k[:, None] / _BLOCK) * math.sqrt(2 / _BLOCK)
        window = torch.hann_window(_BLOCK, periodic=False, dtype=torch.float64)
        self.register_buffer("ycbcr", torch.tensor(_YCBCR), persistent=False)
        self.register_buffer("cosines", (cosines * window).T.float().contiguous(), persistent=False)
        self.register_buffer("fold", _fold(), persistent=False)
        pairs = torch.triu_indices(_BLOCK, _BLOCK)
        self.register_buffer("pairs", pairs[0] * _BLOCK + pairs[1], persistent=False)
        self.register_buffer("swapped", pairs[1] * _BLOCK + pairs[0], persistent=False)
        self.size: int = 10 * self.fold.shape[1] + 3 * len(self.pairs)

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) RGB, 0–255, at least 32 pixels a side, to (N, ``size``)."""
        planes = torch.einsum("ij,njhw->nihw", self.ycbcr, pixels.to(self.ycbcr.dtype))
        return torch.cat([self._patterns(planes[:, 0]), self._spectrum(planes)], dim=1)

    def _patterns(self, y: Tensor) -> Tensor:
        second = torch.tensor([1.0, -2.0, 1.0], device=y.device, dtype=y.dtype)
        across, down = y[:, :, 1:] - y[:, :, :-1], y[:, 1:] - y[:, :-1]
        corner = conv2d(y[:, None], torch.outer(second, second)[None, None])[:, 0]
        counts = [
            self._triples(residual, step)
            for residual, steps in (
                (across, _FINE),
                (down, _FINE),
                (across[:, :, 1:] - across[:, :, :-1], _FINE),
                (down[:, 1:] - down[:, :-1], _FINE),
                (corner, _COARSE),
            )
            for step in steps
        ]
        return torch.cat(counts, dim=1).clamp(min=1e-12).sqrt()

    def _triples(self, residual: Tensor, step: float) -> Tensor:
        """Shares of each pattern of three neighbours in a row or a column, (N, patterns)."""
        level = (residual / step).round().clamp(-_REACH, _REACH) + _REACH
        total = torch.zeros((), device=level.device, dtype=level.dtype)
        for rows in (level, level.transpose(1, 2)):
            code = (rows[:, :, :-2] * _LEVELS + rows[:, :, 1:-1]) * _LEVELS + rows[:, :, 2:]
            code = code.flatten(1).long()
            one = torch.full((), 0.5 / code.shape[1], device=level.device, dtype=level.dtype).expand(code.shape)
            empty = torch.zeros(code.shape[0], _LEVELS**3, device=level.device, dtype=level.dtype)
            total = total + empty.scatter_add(1, code, one)
        return total @ self.fold

    def _spectrum(self, planes: Tensor) -> Tensor:
        rows = planes.unfold(2, _BLOCK, _STRIDE) @ self.cosines  # (N, 3, blocks, W, frequencies)
        blocks = rows.transpose(3, 4).contiguous().unfold(4, _BLOCK, _STRIDE) @ self.cosines
        # (N, 3, blocks, down, blocks, across) to (N, 3, down and across, places)
        energy = blocks.square().permute(0, 1, 3, 5, 2, 4).flatten(4).flatten(2, 3)
        energy = (energy[:, :, self.pairs] + energy[:, :, self.swapped]) / 2
        return (energy + 0.1).log().mean(dim=3).flatten(1)


class TraceNetwork(nn.Module):
    """One logit from a picture's statistics.

    Args:
        hidden: units of the one hidden layer.
        dropout: probability, of the statistics and of the hidden units.
    """

    def __init__(self, hidden: int = 512, dropout: float = 0.1) -> None:
        super().__init__()
        self.statistics = TraceStatistics()
        self.head = nn.Sequential(
            nn.BatchNorm1d(self.statistics.size, affine=False),
            nn.Dropout(dropout),
            nn.Linear(self.statistics.size, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures.

        Args:
            x: (N, 3, H, W), at least 32 pixels a side.

        Returns:
            logits for *real*, (N,), and maps (N, 1, 1) that hold the logit: a statistic has no place in the picture.
        """
        # Statistics of whole pixel values: half precision would round them away.
        with torch.autocast(x.device.type, enabled=False):
            logit = self.head(self.statistics(x * SPREAD + MIDDLE))[:, 0]
        return logit, logit[:, None, None]


def _fold() -> Tensor:
    """Which patterns of three levels count as one, (125, patterns): 1 where a pattern belongs to a kind."""
    kinds: dict[tuple[int, ...], int] = {}
    numbers = []
    for pattern in product(range(-_REACH, _REACH + 1), repeat=3):
        negative = tuple(-level for level in pattern)
        kind = min(pattern, pattern[::-1], negative, negative[::-1])
        numbers.append(kinds.setdefault(kind, len(kinds)))
    return torch.eye(len(kinds))[numbers]


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
