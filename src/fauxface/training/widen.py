"""Start a wide network from narrow ones that are already trained, without changing what they compute.

Net2Net (Chen, Goodfellow, Shlens 2016): every channel is copied k times and whatever reads it gets k copies of its
weights, each divided by k. The narrow network learns many times faster on a CPU; the wide one goes on from there. A
little noise tells the copies apart, so that they can learn different things. Of several narrow networks each gets its
share of the channels and reads no other's, so that the wide one's logit is the mean of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from fauxface.errors import CheckpointError


def start_from(network: nn.Module, narrow: Sequence[dict[str, Tensor]], *, noise: float, generator: Generator) -> None:
    """Fill ``network`` in place with the weights of networks of the same shape, or k times narrower throughout.

    Args:
        network: what to start.
        narrow: state dicts with the same names; every channel count k times smaller (the picture's 3 channels and
            the single logit stay), the same k everywhere. There may be as many as divide k.
        noise: standard deviation of what is added, as a share of each weight tensor's own.
        generator: where the noise comes from (not used if k is 1).

    Raises:
        CheckpointError: the names or shapes do not fit.
    """
    state = network.state_dict()
    factor = max((_factor(state, one) for one in narrow), default=0)
    members = len(narrow)
    if not members or factor % members or any(_factor(state, one) != factor for one in narrow):
        raise CheckpointError(
            f"cannot start from {members} networks: the width holds {factor} of them, which {members} must divide"
        )
    filled = {}
    for name, wide in state.items():
        grown = _grown([one[name] for one in narrow], wide, factor)
        if grown.ndim >= 2 and factor > 1:
            drawn = torch.randn(grown.shape, generator=generator)
            grown = grown + noise * grown.std() * drawn
        filled[name] = grown.to(wide.dtype)
    network.load_state_dict(filled)


def _factor(state: dict[str, Tensor], narrow: dict[str, Tensor]) -> int:
    """How many times narrower it is."""
    if set(state) != set(narrow):
        odd = sorted(set(state) ^ set(narrow))[0]
        raise CheckpointError(f"cannot start from these weights: '{odd}' is in one network only")
    factors = set()
    for name, wide in state.items():
        value = narrow[name]
        if value.ndim != wide.ndim or any(v == 0 or w % v for w, v in zip(wide.shape, value.shape, strict=True)):
            raise CheckpointError(
                f"cannot start from these weights: '{name}' is {list(value.shape)}, not a fraction "
                f"of {list(wide.shape)}"
            )
        factors |= {w // v for w, v in zip(wide.shape, value.shape, strict=True)}
    if len(factors - {1}) > 1:
        raise CheckpointError(
            f"cannot start from these weights: some are {min(factors - {1})} and some {max(factors)} times narrower"
        )
    return max(factors)


def _grown(values: Sequence[Tensor], wide: Tensor, factor: int) -> Tensor:
    """One tensor of the wide network: the narrow ones' side by side, each copied until all is filled."""
    first = values[0]
    wider = [w != v for w, v in zip(wide.shape, first.shape, strict=True)]
    if not first.ndim:
        return first
    copies = factor // len(values)
    rows, columns = wider[0], first.ndim > 1 and wider[1]
    if not columns:  # what reads the picture, and what stands for a channel; of what is there once, the mean
        return torch.cat([v.repeat(copies, *[1] * (v.ndim - 1)) for v in values]) if rows else _mean(values)
    blocks = [v.repeat(copies if rows else 1, copies, *[1] * (v.ndim - 2)) / copies for v in values]
    if not rows:  # the logit reads all of them
        return torch.cat(blocks, dim=1) / len(values)
    grown = first.new_zeros(wide.shape)
    height, width = blocks[0].shape[:2]
    for i, block in enumerate(blocks):
        grown[i * height : (i + 1) * height, i * width : (i + 1) * width] = block
    return grown


def _mean(values: Sequence[Tensor]) -> Tensor:
    return values[0] if len(values) == 1 else torch.stack(list(values)).mean(0)
