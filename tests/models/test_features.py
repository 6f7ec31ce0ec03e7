"""Networks are known by what they are declared to be, not by the names of their methods."""

from __future__ import annotations

import pytest
from torch import Tensor, nn

from fauxface.models import registry
from fauxface.models.efficientnet_lite import MultiLevel
from fauxface.models.features import FeatureNetwork, ProbedNetwork
from fauxface.models.rich_pooling import RichPooling
from fauxface.models.second_opinion import WithSecondOpinion


def test_the_default_detector_shows_features_and_can_be_probed() -> None:
    network = registry.create("efficientnet-lite0", stages=(1, 2))
    assert isinstance(network, ProbedNetwork)
    assert isinstance(network, FeatureNetwork)


def test_with_a_second_opinion_it_shows_features_and_its_head_is_settled() -> None:
    both = WithSecondOpinion(MultiLevel((1, 2)), RichPooling(), 0.3)
    assert isinstance(both, FeatureNetwork)
    assert not isinstance(both, ProbedNetwork)


def test_a_network_with_methods_of_those_names_is_none() -> None:
    class Alike(nn.Module):
        def embed(self, x: Tensor) -> Tensor:
            return x

        def judge(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            return x, x, x

    assert not isinstance(Alike(), FeatureNetwork)
    assert not isinstance(registry.create("resnet-tiny"), FeatureNetwork)


def test_one_that_promises_features_must_give_them() -> None:
    class Half(FeatureNetwork):
        def embed(self, x: Tensor) -> Tensor:
            return x

    with pytest.raises(TypeError, match="judge"):
        Half()  # pyright: ignore[reportAbstractUsage]
