"""Two logits are one, and so are their maps."""

from __future__ import annotations

import pytest
import torch

from fauxface.models.efficientnet_lite import MultiLevel
from fauxface.models.rich_pooling import RichPooling
from fauxface.models.second_opinion import WithSecondOpinion

SHARE = 0.4


@pytest.fixture(scope="module")
def parts() -> tuple[MultiLevel, RichPooling]:
    torch.manual_seed(0)
    network, public = MultiLevel((1, 2, 3)).eval(), RichPooling().eval()
    for each in (network, public):
        torch.nn.init.normal_(each.classifier.weight)
        torch.nn.init.constant_(each.classifier.bias, 0.3)
    return network, public


def test_logits_are_added(parts: tuple[MultiLevel, RichPooling]) -> None:
    network, public = parts
    x = torch.randn(2, 3, 64, 96)

    with torch.no_grad():
        logit, _, features = WithSecondOpinion(network, public, SHARE).judge(x)

        torch.testing.assert_close(logit, network(x)[0] + SHARE * public(x)[0])
        torch.testing.assert_close(features, network.embed(x))


def test_the_mean_of_the_map_and_the_biases_are_the_logit(parts: tuple[MultiLevel, RichPooling]) -> None:
    network, public = parts
    x = torch.randn(2, 3, 128, 128)

    with torch.no_grad():
        logit, activation_map = WithSecondOpinion(network, public, SHARE)(x)
        bias = network.classifier.bias + SHARE * public.classifier.bias

        assert activation_map.shape == network(x)[1].shape
        torch.testing.assert_close(activation_map.mean(dim=(1, 2)) + bias, logit, rtol=1e-4, atol=1e-4)
