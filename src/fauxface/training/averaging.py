"""Averages of a network's weights, over steps or over runs, which are often better than those of any one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """Exponential moving average of parameters and buffers (Polyak & Juditsky 1992; as in Mean Teacher, 2017).

    Args:
        network: whose weights are averaged; the average starts as a copy of them.
        decay: how much of the old average stays at each step, in [0, 1). In the first steps less stays, so that where
            the network started is soon forgotten: (1 + step) / (10 + step), while that is smaller.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.tensors = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after an optimiser step, counted from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.tensors[name].lerp_(value, 1 - decay)
            else:
                self.tensors[name].copy_(value)

    @contextmanager
    def put_into(self, network: nn.Module) -> Iterator[None]:
        """Within this the network has the average for its weights; afterwards its own again."""
        own = {k: v.detach().clone() for k, v in network.state_dict().items()}
        network.load_state_dict(self.tensors)
        try:
            yield
        finally:
            network.load_state_dict(own)

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Go on from stored tensors of the same names.

        Raises:
            KeyError, RuntimeError: a name is missing, or a shape differs.
        """
        for name, value in self.tensors.items():
            value.copy_(tensors[name])


def soup(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of the weights of several runs of one network, of which each began with the one before.

    On sources that nobody trained on it seemed to err less than the last of them, within chance (`docs/experiments`, 29
    and 37). Judging costs no more.

    Args:
        states: parameters and buffers, N ≥ 1; what is no floating-point number is taken from the first.

    Raises:
        ValueError: they are not of one network.

    Source: M. Wortsman et al., "Model soups", ICML 2022.
    """
    first = states[0]
    for other in states[1:]:
        if {k: v.shape for k, v in other.items()} != {k: v.shape for k, v in first.items()}:
            raise ValueError("only weights of one network can be averaged")
    return {
        name: torch.stack([s[name] for s in states]).mean(dim=0) if value.is_floating_point() else value.clone()
        for name, value in first.items()
    }
