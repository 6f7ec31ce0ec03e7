"""Two logits are one, and so are their maps."""

from __future__ import annotations

import pytest
import torch

from fauxface.models.efficientnet_lite import MultiLevel, feature_columns
from fauxface.models.second_opinion import STAGES, WithSecondOpinion

SHARE = 0.4


@pytest.fixture(scope="module")
def parts() -> tuple[MultiLevel, MultiLevel]:
    torch.manual_seed(0)
    network, public = MultiLevel((1, 2, 3)).eval(), MultiLevel(STAGES).eval()
    for each in (network, public):
        torch.nn.init.normal_(each.classifier.weight)
        torch.nn.init.constant_(each.classifier.bias, 0.3)
    return network, public


def test_logits_are_added(parts: tuple[MultiLevel, MultiLevel]) -> None:
    network, public = parts
    x = torch.randn(2, 3, 64, 96)

    with torch.no_grad():
        logit, _, features = WithSecondOpinion(network, public, SHARE).judge(x)

        torch.testing.assert_close(logit, network(x)[0] + SHARE * public(x)[0])
        torch.testing.assert_close(features, network.embed(x))


def test_the_mean_of_the_map_and_the_biases_are_the_logit(parts: tuple[MultiLevel, MultiLevel]) -> None:
    network, public = parts
    x = torch.randn(2, 3, 128, 128)

    with torch.no_grad():
        logit, activation_map = WithSecondOpinion(network, public, SHARE)(x)
        bias = network.classifier.bias + SHARE * public.classifier.bias

        assert activation_map.shape == network(x)[1].shape
        torch.testing.assert_close(activation_map.mean(dim=(1, 2)) + bias, logit, rtol=1e-4, atol=1e-4)


def test_columns_are_those_of_a_network_with_fewer_stages() -> None:
    torch.manual_seed(0)
    whole, part = MultiLevel(STAGES).eval(), MultiLevel((1, 3)).eval()
    trunk = {
        k: v for k, v in whole.state_dict().items() if k in part.state_dict() and not k.startswith(("norm", "class"))
    }
    part.load_state_dict(trunk, strict=False)
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        found = whole.pooled(whole.levels(x))[:, feature_columns(STAGES, (1, 3))]
        torch.testing.assert_close(found, part.pooled(part.levels(x)))
