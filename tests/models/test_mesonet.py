"""MesoNet and the plain CNN are what their publications (or we) say."""

import pytest
import torch
from torch import nn

from fauxface.errors import RecipeError
from fauxface.models import registry
from fauxface.models.mesonet import InceptionLayer, MesoNet
from fauxface.models.plain_cnn import PlainCnn


# Afchar et al. 2018, sections III.A and III.B.
@pytest.mark.parametrize(("name", "published"), [("mesonet", 27_977), ("mesoinception", 28_615)])
def test_as_many_trained_numbers_as_published(name: str, published: int) -> None:
    assert registry.count_parameters(registry.create(name)) == published


@pytest.mark.parametrize("name", ["mesonet", "mesoinception"])
def test_shapes_stage_by_stage(name: str) -> None:
    network = registry.create(name).eval()
    assert isinstance(network, MesoNet)
    x, sides = torch.zeros(1, 3, 256, 256), []
    with torch.inference_mode():
        for stage in network.stages:
            x = stage(x)
            sides.append(x.shape[-1])
        logit, activation_map = network(torch.zeros(1, 3, 256, 256))
    assert sides == [128, 64, 32, 8]
    assert x.shape == (1, 16, 8, 8)
    assert logit.shape == (1,)
    assert activation_map.shape == (1, 8, 8)


def test_the_branches_see_as_far_as_their_dilations() -> None:
    layer = InceptionLayer(1, (1, 2, 3, 4))
    for parameter in layer.parameters():
        nn.init.constant_(parameter, 0.0 if parameter.ndim == 1 else 1.0)
    x = torch.zeros(1, 1, 9, 9)
    x[0, 0, 4, 4] = 1.0
    seen = layer(x)[0] != 0
    assert seen.shape == (10, 9, 9)
    reach = [int(s.nonzero()[:, 0].max()) - 4 for s in seen]
    assert reach == [0] + 2 * [1] + 3 * [2] + 4 * [3]


@pytest.mark.parametrize("size", [16, 100])
def test_sizes_that_do_not_divide_are_refused(size: int) -> None:
    for name in ("mesonet", "plain-cnn"):
        with pytest.raises(RecipeError, match="multiple of 32"):
            registry.create(name, size=size)


def test_the_plain_network_ends_in_seven_by_seven() -> None:
    network = PlainCnn().eval()
    with torch.inference_mode():
        logit, activation_map = network(torch.zeros(2, 3, 224, 224))
    assert logit.shape == (2,)
    assert activation_map.shape == (2, 7, 7)
    assert [m.out_channels for m in network.modules() if isinstance(m, nn.Conv2d)] == [32, 64, 128, 128, 128]
