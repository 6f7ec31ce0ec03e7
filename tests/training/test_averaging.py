"""The average that is validated and kept, against the same sum written out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from fauxface.training.averaging import WeightAverage, soup


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def drift(net: nn.Module) -> None:
    with torch.no_grad():
        for p in net.parameters():
            p.add_(torch.randn(p.shape))
    net(torch.randn(8, 2))


def test_it_is_the_weighted_mean_of_all_steps() -> None:
    net = network()
    average = WeightAverage(net, 0.5)
    expected = net.state_dict()["0.weight"].clone()
    for step in range(1, 8):
        drift(net)
        average.update(net, step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * net.state_dict()["0.weight"]
    torch.testing.assert_close(average.tensors["0.weight"], expected)
    assert not torch.equal(average.tensors["1.running_mean"], net.state_dict()["1.running_mean"])
    assert average.tensors["1.num_batches_tracked"] == 7, "counters are taken over, not averaged"


def test_the_network_gets_its_own_weights_back_even_after_an_error() -> None:
    net = network()
    average = WeightAverage(net, 0.9)
    drift(net)
    average.update(net, 1)
    own = {k: v.clone() for k, v in net.state_dict().items()}
    with pytest.raises(KeyboardInterrupt), average.put_into(net):  # noqa: PT012
        assert torch.equal(net.state_dict()["0.weight"], average.tensors["0.weight"])
        assert not torch.equal(net.state_dict()["0.weight"], own["0.weight"])
        raise KeyboardInterrupt
    assert all(torch.equal(net.state_dict()[k], v) for k, v in own.items())


def test_stored_tensors_must_fit() -> None:
    average = WeightAverage(network(), 0.9)
    with pytest.raises(KeyError):
        average.load({})
    with pytest.raises(RuntimeError):
        average.load({k: torch.zeros(7) for k in average.tensors})


def test_a_soup_is_the_mean_of_runs() -> None:
    first, second = network(), network()
    drift(second)
    states = [first.state_dict(), second.state_dict()]
    mixed = soup(states)
    for name in ("0.weight", "0.bias", "1.running_mean"):
        torch.testing.assert_close(mixed[name], (states[0][name] + states[1][name]) / 2)
    assert mixed["1.num_batches_tracked"] == states[0]["1.num_batches_tracked"]
    assert all(torch.equal(soup([states[0]])[k], v) for k, v in states[0].items())


def test_only_runs_of_one_network_make_a_soup() -> None:
    with pytest.raises(ValueError, match="one network"):
        soup([network().state_dict(), nn.Linear(2, 3).state_dict()])
