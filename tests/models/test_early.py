"""Two logits are one, and so are their maps."""

from __future__ import annotations

import pytest
import torch

from fauxface.models.early import STAGES, WithEarly
from fauxface.models.efficientnet_lite import MultiLevel

SHARE = 0.4


@pytest.fixture(scope="module")
def parts() -> tuple[MultiLevel, MultiLevel]:
    torch.manual_seed(0)
    network, early = MultiLevel((1, 2, 3)).eval(), MultiLevel(STAGES).eval()
    for each in (network, early):
        torch.nn.init.normal_(each.classifier.weight)
        torch.nn.init.constant_(each.classifier.bias, 0.3)
    return network, early


def test_logits_are_added(parts: tuple[MultiLevel, MultiLevel]) -> None:
    network, early = parts
    x = torch.randn(2, 3, 64, 96)

    with torch.no_grad():
        logit, _, features = WithEarly(network, early, SHARE).judge(x)

        torch.testing.assert_close(logit, network(x)[0] + SHARE * early(x)[0])
        torch.testing.assert_close(features, network.embed(x))


def test_the_mean_of_the_map_and_the_biases_are_the_logit(parts: tuple[MultiLevel, MultiLevel]) -> None:
    network, early = parts
    x = torch.randn(2, 3, 128, 128)

    with torch.no_grad():
        logit, activation_map = WithEarly(network, early, SHARE)(x)
        bias = network.classifier.bias + SHARE * early.classifier.bias

        assert activation_map.shape == network(x)[1].shape
        torch.testing.assert_close(activation_map.mean(dim=(1, 2)) + bias, logit, rtol=1e-4, atol=1e-4)
