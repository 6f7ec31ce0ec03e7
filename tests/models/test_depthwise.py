"""Depthwise convolutions: the same numbers as timm's, and the gradients of single precision under autocast."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from fauxface.models.depthwise import DepthwiseConv2d, with_depthwise


def made(kernel: int, stride: int) -> tuple[nn.Conv2d, DepthwiseConv2d]:
    from timm.layers.create_conv2d import create_conv2d

    torch.manual_seed(0)
    theirs = create_conv2d(8, 8, kernel, stride=stride, padding="same", depthwise=True)
    assert isinstance(theirs, nn.Conv2d)
    around = nn.Sequential(copy.deepcopy(theirs))
    with_depthwise(around)
    ours = around[0]
    assert isinstance(ours, DepthwiseConv2d)
    return theirs, ours


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 12), (5, 9)])
def test_it_gives_what_timm_gives(kernel: int, stride: int, height: int, width: int) -> None:
    theirs, ours = made(kernel, stride)
    x = torch.randn(2, 8, height, width)
    assert torch.equal(theirs(x), ours(x))


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_gradients_under_autocast_are_those_of_single_precision(kernel: int, stride: int) -> None:
    _, ours = made(kernel, stride)
    # Numbers that bfloat16 holds exactly, so that only sums are rounded.
    x = torch.randint(-3, 4, (2, 8, 11, 14)).float().requires_grad_()
    with torch.no_grad():
        ours.weight.copy_(torch.randint(-2, 3, ours.weight.shape))
    plain = ours(x)
    pull = torch.randint(-1, 2, plain.shape).float()
    wanted = torch.autograd.grad((plain * pull).sum(), (x, ours.weight))
    with torch.autocast("cpu", torch.bfloat16):
        rough = ours(x)
    assert rough.dtype == torch.bfloat16
    found = torch.autograd.grad((rough.float() * pull).sum(), (x, ours.weight))
    for ours_, theirs_ in zip(found, wanted, strict=True):
        assert torch.allclose(ours_, theirs_, rtol=2**-7, atol=1e-3)


def test_only_depthwise_convolutions_are_replaced() -> None:
    trunk = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.Sequential(nn.Conv2d(8, 8, 3, groups=8, bias=False)))
    names = list(trunk.state_dict())
    with_depthwise(trunk)
    assert type(trunk[0]) is nn.Conv2d
    assert [type(m) for m in trunk.modules()].count(DepthwiseConv2d) == 1
    assert list(trunk.state_dict()) == names
