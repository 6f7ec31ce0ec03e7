"""Kernel ridge regression as a layer that is small enough to ship."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

CLIP: Final = 6.0  # standard deviations


class KernelHead(nn.Module):
    """What a kernel ridge regression with a Gaussian kernel says of rows of statistics (Saunders et al. 1998).

    The kernel of two rows is exp(-g |z|²) exp(-g |c|²) exp(2g z·c), where z and c are scaled to about length one. The
    last factor's series begins with 1 + 2g z·c, and those two terms, summed over all training rows, are a linear
    function, kept whole. In what remains z·c is counted in a few directions only: the square's sum is a quadratic form,
    and few of its eigenvectors matter (256 of 19,074 left every AUC in `docs/experiments.md`, 14,
    within 0.001; of 23,826, validation AUCs within 0.0002, with g 0.35). So

        logit(z) = exp(-g |z|²) (linear(z) + sum over rows c of a_c r(2g Pz·Pc)) + bias,   r(t) = exp(t) - 1 - t.

    `fauxface.training.kernel_ridge` finds all of it.

    Rows that were worn in different ways tell less of each other than rows that were worn alike: to z are added the
    shares in which a row looks worn each way (a linear softmax), ``apart`` times, so that the kernel of two rows of
    different kinds is smaller by a factor exp(-2 g apart²).

    Args:
        parts: how many statistics each part has; each part counts as much as any other.
        directions: rows of P.
        points: training rows c.
        kinds: in how many ways rows may be worn, "not at all" among them.
        gamma: g.
    """

    emphasis: Tensor
    apart: Tensor

    def __init__(self, parts: Sequence[int], directions: int, points: int, kinds: int = 1, gamma: float = 0.6) -> None:
        super().__init__()
        size = sum(parts)
        self.gamma = gamma
        self.scale = nn.BatchNorm1d(size, eps=1e-8, affine=False)  # shares vary by as little as 0.001
        # The lengths' squares are one on average: of each number 1 / (its part's numbers) / (parts).
        emphasis = torch.cat([torch.full((n,), (n * len(parts)) ** -0.5) for n in parts])
        self.register_buffer("emphasis", emphasis, persistent=False)
        self.wear = nn.Linear(size, kinds, bias=False)
        self.register_buffer("apart", torch.tensor(0.0))
        self.linear = nn.Linear(size + kinds, 1)
        self.directions = nn.Linear(size + kinds, directions, bias=False)
        self.points = nn.Linear(directions, points, bias=False)  # 2g Pc
        self.values = nn.Linear(points, 1, bias=False)  # a_c
        self.bias = nn.Parameter(torch.zeros(()))
        self.train()

    def train(self, mode: bool = True) -> KernelHead:
        """The scale stays as measured: of each batch's own mean one learns what is not there when judging."""
        super().train(mode)
        self.scale.eval()
        return self

    def scaled(self, statistics: Tensor) -> Tensor:
        """Standardised, cut at six standard deviations, of about length one; (N, size).

        Cut, as a picture like none before must not count for more than a rare one.
        """
        return self.scale(statistics).clamp(-CLIP, CLIP) * self.emphasis

    def placed(self, statistics: Tensor) -> Tensor:
        """Where rows lie for the kernel, (N, size + kinds)."""
        return self._placed(statistics)[0]

    def worn(self, statistics: Tensor) -> Tensor:
        """Shares in which rows look worn each way, (N, kinds)."""
        return self._placed(statistics)[1]

    def _placed(self, statistics: Tensor) -> tuple[Tensor, Tensor]:
        z = self.scaled(statistics)
        worn = self.wear(z).softmax(dim=1)
        return torch.cat([z, self.apart * worn], dim=1), worn

    def forward(self, statistics: Tensor) -> Tensor:
        """(N, size) to logits (N,)."""
        return self.words(statistics)[0]

    def words(self, statistics: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N,), and the shares in which rows look worn each way, (N, kinds)."""
        z, worn = self._placed(statistics)
        near = self.points(self.directions(z))
        rest = self.values(near.exp() - 1 - near)
        length = torch.linalg.vecdot(z, z)
        return torch.exp(-self.gamma * length) * (self.linear(z) + rest)[:, 0] + self.bias, worn
