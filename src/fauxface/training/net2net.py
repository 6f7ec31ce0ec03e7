"""Start a wide network from a narrow one that is already trained, without changing what it computes.

Net2Net (Chen, Goodfellow, Shlens 2016): every channel is copied k times and whatever reads it gets k copies of its
weights, each divided by k. The narrow network learns many times faster on a CPU; the wide one goes on from there. A
little noise tells the copies apart, so that they can learn different things.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from fauxface.errors import CheckpointError


def start_from(network: nn.Module, narrow: dict[str, Tensor], *, noise: float, generator: Generator) -> None:
    """Fill ``network`` in place with the weights of a network of the same shape, or k times narrower throughout.

    Args:
        network: what to start.
        narrow: a state dict with the same names; every channel count k times smaller (the picture's 3 channels and
            the single logit stay), the same k everywhere.
        noise: standard deviation of what is added, as a share of each weight tensor's own.
        generator: where the noise comes from (not used if k is 1).

    Raises:
        CheckpointError: the names or shapes do not fit.
    """
    filled, factors = {}, set()
    state = network.state_dict()
    if set(state) != set(narrow):
        odd = sorted(set(state) ^ set(narrow))[0]
        raise CheckpointError(f"cannot start from these weights: '{odd}' is in one network only")
    for name, wide in state.items():
        value = narrow[name]
        if value.ndim != wide.ndim or any(v == 0 or w % v for w, v in zip(wide.shape, value.shape, strict=True)):
            raise CheckpointError(
                f"cannot start from these weights: '{name}' is {list(value.shape)}, not a fraction "
                f"of {list(wide.shape)}"
            )
        copies = [w // v for w, v in zip(wide.shape, value.shape, strict=True)]
        factors |= set(copies)
        grown = value.repeat(*copies) if value.ndim else value
        if value.ndim >= 2:
            grown = grown / copies[1]
            if max(copies) > 1:
                drawn = torch.randn(grown.shape, generator=generator)
                grown = grown + noise * grown.std() * drawn
        filled[name] = grown.to(wide.dtype)
    if len(factors - {1}) > 1:
        raise CheckpointError(
            f"cannot start from these weights: some are {min(factors - {1})} and some {max(factors)} times narrower"
        )
    network.load_state_dict(filled)
