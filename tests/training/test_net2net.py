"""A wide network that starts from a narrow one computes the same."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from fauxface.errors import CheckpointError
from fauxface.models.resnet import ResNet
from fauxface.training.net2net import start_from


def lived_in(width: int, depths: tuple[int, ...] = (1, 2)) -> ResNet:
    """A network whose every number, running statistics included, differs from its start."""
    torch.manual_seed(width)
    network = ResNet(depths, width, zero_init_residual=False)
    with torch.no_grad():
        for value in network.parameters():
            value += 0.1 * torch.randn(value.shape)
        for _ in range(3):
            network(torch.randn(4, 3, 32, 32))
    return network


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def widened(narrow: nn.Module, width: int, noise: float = 0.0) -> ResNet:
    torch.manual_seed(99)
    wide = ResNet((1, 2), width, zero_init_residual=False)
    start_from(wide, narrow.state_dict(), noise=noise, generator=generator())
    return wide


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("training", [False, True])
def test_the_wide_network_computes_what_the_narrow_one_does(factor: int, training: bool) -> None:
    narrow = lived_in(4)
    wide = widened(narrow, 4 * factor)
    x = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        expected = narrow.train(training)(x)
        found = wide.train(training)(x)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)
    assert expected[0].std() > 1e-3, "a network that answers everything alike proves nothing"
    if training:  # what the batch norms have learnt from this batch is the same too
        theirs = dict(narrow.named_buffers())
        for name, value in wide.named_buffers():
            of_narrow = theirs[name].repeat(factor) if value.ndim else theirs[name]
            torch.testing.assert_close(value, of_narrow, rtol=1e-4, atol=1e-4)


def test_of_the_same_width_it_is_a_copy_and_needs_no_noise() -> None:
    narrow = lived_in(4)
    drawn = generator()
    before = drawn.get_state()
    wide = ResNet((1, 2), 4)
    start_from(wide, narrow.state_dict(), noise=0.5, generator=drawn)
    for name, value in wide.state_dict().items():
        assert torch.equal(value, narrow.state_dict()[name]), name
    assert torch.equal(drawn.get_state(), before)


def test_noise_tells_the_copies_apart_and_comes_from_the_generator() -> None:
    narrow = lived_in(4)
    plain, noisy, again = widened(narrow, 8), widened(narrow, 8, noise=0.05), widened(narrow, 8, noise=0.05)
    first, second = noisy.stem[0].weight.chunk(2)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    assert not torch.equal(first, second)
    for (name, a), b, c in zip(
        noisy.named_parameters(), plain.parameters(), again.state_dict(keep_vars=True).values(), strict=False
    ):
        if a.ndim >= 2:
            share = ((a - b).std() / b.std()).item()
            assert share == pytest.approx(0.05, rel=0.6), name
        else:
            assert torch.equal(a, b), name
        del c
    for a, c in zip(noisy.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, c)


def test_the_narrow_weights_are_left_alone() -> None:
    narrow = lived_in(4)
    before = copy.deepcopy(narrow.state_dict())
    widened(narrow, 8, noise=0.5)
    for name, value in narrow.state_dict().items():
        assert torch.equal(value, before[name]), name


def without(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {k: v for k, v in state.items() if k != name}


def test_weights_that_do_not_fit_are_refused_and_nothing_is_filled() -> None:
    state = lived_in(4).state_dict()
    wide = ResNet((1, 2), 8)
    before = copy.deepcopy(wide.state_dict())
    wrong = [
        (without(state, "classifier.bias"), "classifier.bias"),
        (state | {"extra": torch.zeros(1)}, "extra"),
        (state | {"classifier.weight": torch.zeros(1, 7)}, "classifier.weight"),
        (state | {"classifier.weight": torch.zeros(32)}, "classifier.weight"),
        (state | {"classifier.weight": torch.zeros(1, 0)}, "classifier.weight"),
        (state | {"stem.1.bias": torch.zeros(2)}, "times narrower"),
        (lived_in(16).state_dict(), "not a fraction"),
        (lived_in(4, (1, 1)).state_dict(), "one network only"),
        ({}, "one network only"),
    ]
    for narrow, why in wrong:
        with pytest.raises(CheckpointError, match=why):
            start_from(wide, narrow, noise=0.0, generator=generator())
    for name, value in wide.state_dict().items():
        assert torch.equal(value, before[name]), name
