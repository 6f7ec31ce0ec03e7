"""Normalisations folded into the convolutions before them, so that an export has fewer layers to trace."""

from __future__ import annotations

import copy
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

_CLOSE: Final = 1e-6
"""Largest difference of an output, as a share of its largest value."""
Pair = tuple[nn.Conv2d, nn.BatchNorm2d]


def folded(network: nn.Module, example: Tensor) -> nn.Module:
    """A copy of a network without the batch normalisations that follow a convolution; the same function.

    Which follow one is found by looking on while the network judges; that the copy gives the same outputs is checked,
    and where it does not (a convolution's output that goes to two places), the network itself is given.

    Args:
        network: in evaluation mode.
        example: what it takes.
    """
    plain = copy.deepcopy(network).double()  # or rounding alone would tell deep networks apart
    example = example.double()
    with torch.no_grad():
        found, wanted = pairs(plain, example)
        for convolution, norm in found:
            mean, variance = norm.running_mean, norm.running_var
            assert mean is not None
            assert variance is not None
            convolution.weight, convolution.bias = fuse_conv_bn_weights(
                convolution.weight, convolution.bias, mean, variance, norm.eps, norm.weight, norm.bias
            )
        _replace(plain, {norm: _rest(norm) for _, norm in found})
        same = all(_alike(a, b) for a, b in zip(wanted, plain(example), strict=True))
    return plain.float() if same else network


def pairs(network: nn.Module, example: Tensor) -> tuple[list[Pair], tuple[Tensor, ...]]:
    """Convolutions with the normalisation of their output, each used once; and what the network gives.

    Args:
        network: in evaluation mode.
        example: what it takes.
    """
    made: dict[int, tuple[nn.Conv2d, Tensor]] = {}  # holds the outputs, or another would get the same id
    found: list[Pair] = []
    used: list[nn.Module] = []

    def after(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        used.append(module)
        if isinstance(module, nn.Conv2d):
            made[id(output)] = module, output

    def before(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if isinstance(module, nn.BatchNorm2d) and id(inputs[0]) in made:
            found.append((made[id(inputs[0])][0], module))

    layers = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)]
    hooks = [m.register_forward_hook(after) for m in layers] + [m.register_forward_pre_hook(before) for m in layers]
    outputs = network(example)
    for hook in hooks:
        hook.remove()
    once = {m for m in layers if used.count(m) == 1}
    return [pair for pair in found if once.issuperset(pair)], outputs


def _rest(norm: nn.BatchNorm2d) -> nn.Module:
    """What a normalisation does besides: timm's have an activation in them."""
    parts = [part for name in ("drop", "act") if isinstance(part := getattr(norm, name, None), nn.Module)]
    return nn.Sequential(*parts) if parts else nn.Identity()


def _replace(network: nn.Module, instead: dict[nn.BatchNorm2d, nn.Module]) -> None:
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.BatchNorm2d) and child in instead:
                setattr(parent, name, instead[child])


def _alike(wanted: Tensor, got: Tensor) -> bool:
    return bool((wanted - got).abs().max() <= _CLOSE * wanted.abs().max())
