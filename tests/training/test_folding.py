"""Normalisations folded into convolutions: the same function with fewer layers, or the network as it was."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from fauxface.models import registry
from fauxface.training.folding import folded


def settled(network: nn.Module, side: int = 64) -> nn.Module:
    """With running statistics, scales and offsets as training leaves them."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    with torch.no_grad():
        network.train()(torch.rand(4, 3, side, side))
    return network.eval()


def norms(network: nn.Module) -> int:
    return sum(isinstance(m, nn.BatchNorm2d) for m in network.modules())


# Its own blocks, timm's normalisations with an activation in them, densely connected ones, and one without any.
@pytest.mark.parametrize(
    ("name", "left"), [("resnet68-slim", 0), ("efficientnet-lite0", 0), ("densenet-121", 62), ("squeezenet", 0)]
)
@torch.no_grad()
def test_the_copy_judges_alike_without_normalisations(name: str, left: int) -> None:
    network = settled(registry.create(name))
    before = {key: value.clone() for key, value in network.state_dict().items()}
    pictures = torch.rand(2, 3, 64, 64)
    wanted, copied = network(pictures), folded(network, pictures)
    for ours, theirs in zip(copied(pictures), wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)
    assert norms(copied) == left
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items()), "it is a copy"


class Twice(nn.Module):
    """A convolution whose output is used before and after its normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        raw = self.conv(x)
        maps = (self.norm(raw) + raw).mean(dim=1)
        return maps.mean(dim=(1, 2)), maps


class Shared(nn.Module):
    """One normalisation after two convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.norm = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        maps = (self.norm(self.first(x)) + self.norm(self.second(x))).mean(dim=1)
        return maps.mean(dim=(1, 2)), maps


@pytest.mark.parametrize("kind", [Twice, Shared])
@torch.no_grad()
def test_what_cannot_be_folded_stays(kind: type[nn.Module]) -> None:
    network = settled(kind())
    pictures = torch.rand(2, 3, 64, 64)
    copied = folded(network, pictures)
    assert norms(copied) == 1
    for ours, theirs in zip(copied(pictures), network(pictures), strict=True):
        torch.testing.assert_close(ours, theirs)
