"""Every network of the registry builds, trains a step, exports and is loaded again with the same answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fauxface.errors import RecipeError
from fauxface.models import registry
from fauxface.models.cost import cost
from fauxface.models.entry import ModelEntry
from fauxface.models.timm_networks import ENTRIES as TIMM
from fauxface.models.timm_networks import TimmWithMap
from fauxface.models.trunk import TrunkWithMap
from fauxface.runtime.onnx import OnnxSession
from fauxface.training.onnx_file import to_onnx

# The paper's own are exported at the size that they are used at.
PAPER = ("resnet68", "inception-resnet-v2", "vggface2-resnet-50")
# Inceptions crop as they go: at 75 pixels one position is left, of which two pictures make no batch statistics.
SMALL = {"inception-resnet-v2": 107, "inception-v3": 139}
# Where a flattened layer fixes the size, a network of the same kind that is cheap at it.
CHEAP: dict[str, tuple[int, dict[str, Any]]] = {
    "vggface-vgg16": (224, {"width": 4, "hidden": 32}),
    "mesonet": (64, {"size": 64}),
    "mesoinception": (64, {"size": 64}),
    "plain-cnn": (64, {"size": 64}),
}
# An export takes time by the number of layers. Of a family's deepest some blocks of each stage are exported, after all
# were trained a step; densenet-121 and resnet-50 have the same layers and are exported whole.
SHALLOW: dict[str, tuple[str, dict[str, Any]]] = {
    "resnet-101": ("resnet101", {"layers": (1, 1, 2, 1)}),
    "resnet-152": ("resnet152", {"layers": (1, 2, 2, 1)}),
    "densenet-169": ("densenet169", {"block_config": (2, 2, 2, 2)}),
    "densenet-201": ("densenet201", {"block_config": (2, 2, 3, 2)}),
}


def shallow(name: str) -> TimmWithMap:
    """The network with few blocks a stage."""
    import timm

    timm_name, options = SHALLOW[name]
    trunk = timm.create_model(timm_name, num_classes=0, **options)
    return TimmWithMap(trunk, trunk.num_features)  # pyright: ignore[reportArgumentType]


def one_step(network: nn.Module, size: int) -> None:
    pictures = torch.randn(2, 3, size, size)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
    before = [p.detach().clone() for p in network.parameters()]
    logit, activation_map = network.train()(pictures)
    assert logit.shape == (2,)
    assert activation_map.shape[0] == 2
    assert logit.dtype == activation_map.dtype == torch.float32
    loss = F.binary_cross_entropy_with_logits(logit, torch.tensor([0.0, 1.0]))
    loss.backward()
    unused = [name for name, p in network.named_parameters() if p.grad is None]
    assert not unused, "numbers that take no part would be trained, stored and counted for nothing"
    optimiser.step()
    assert any(not torch.equal(old, new) for old, new in zip(before, network.parameters(), strict=True))
    assert all(torch.isfinite(p).all() for p in network.parameters())


def settle(network: nn.Module, pictures: Tensor) -> None:
    """Running statistics as many steps would leave them; fresh ones let deep networks overflow."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network.train()(pictures)


SLOW = ("inception-resnet-v2", "resnet68", "densenet-121")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in registry.REGISTRY],
)
def test_it_builds_trains_a_step_exports_and_is_loaded_again(name: str) -> None:
    torch.manual_seed(0)
    small, options = CHEAP.get(name, (SMALL.get(name, 64), {}))
    network = registry.create(name, **options)
    one_step(network, small)
    if name in SHALLOW:
        whole, network = network, shallow(name)
        assert {type(m) for m in network.modules()} == {type(m) for m in whole.modules()}, "the same kinds of layers"
    size = registry.entry(name).input_size if name in PAPER else small
    pictures = torch.randn(2, 3, size, size)
    settle(network, pictures)
    session = OnnxSession(to_onnx(network.eval(), size), threads=1)
    assert session.input_size == size
    with torch.inference_mode():
        wanted = network(pictures)
        exact = network.double()(pictures.double())
    assert wanted[0].std() > 0, "a network that says the same of every picture would agree with anything"
    for got, torchs, true in zip(session.run(pictures.numpy()), wanted, exact, strict=True):
        # Fresh deep networks blow up rounding: PyTorch's own may be further than 1e-4 from the truth.
        rounding = float((torchs - true).abs().max())
        np.testing.assert_allclose(got, torchs.numpy(), rtol=0, atol=max(1e-4, 4 * rounding))
        assert rounding < 1e-2, "then agreeing would mean little"


@pytest.mark.parametrize("entry", TIMM, ids=lambda e: e.name)
def test_what_is_written_down_is_what_timm_says(entry: ModelEntry) -> None:
    timm = pytest.importorskip("timm")
    if not entry.pretrained:
        return
    (pretrained,) = entry.pretrained
    said = timm.get_pretrained_cfg(pretrained.file.name.removesuffix(".safetensors"))
    assert said.hf_hub_id in pretrained.file.url
    assert pretrained.file.url.startswith("https://")
    assert pretrained.file.licence.lower() == said.license
    assert entry.mean == pytest.approx([255 * m for m in said.mean])
    assert entry.std == pytest.approx([255 * s for s in said.std])
    assert said.input_size == (3, entry.input_size, entry.input_size)
    if pretrained.file.sha256 is not None:
        assert len(pretrained.file.sha256) == 64


def test_baselines_take_no_options() -> None:
    with pytest.raises(RecipeError, match="depths"):
        registry.create("squeezenet", depths=(1, 1))


def test_a_trunks_logit_is_that_of_pooling_then_classifying() -> None:
    torch.manual_seed(0)
    network = TrunkWithMap(nn.Conv2d(3, 7, 3, 2), 7).eval()
    nn.init.constant_(network.classifier.bias, 0.3)
    pictures = torch.randn(3, 3, 21, 33)
    with torch.inference_mode():
        logit, activation_map = network(pictures)
        by_the_book = network.classifier(network.features(pictures).mean(dim=(2, 3)))[:, 0]
    torch.testing.assert_close(logit, by_the_book)
    torch.testing.assert_close(activation_map.mean(dim=(1, 2)) + 0.3, logit)


# As published, less the 1000-class classifier and plus ours: He et al. 2015 (25,557,032 − 2,049,000 + 2,049),
# Simonyan & Zisserman 2014 (the thirteen convolutions), Iandola et al. 2016 (1,248,424 − 513,000 + 513).
@pytest.mark.parametrize(
    ("name", "parameters"), [("resnet-50", 23_510_081), ("vgg-16", 14_715_201), ("squeezenet", 735_937)]
)
def test_parameters_as_published(name: str, parameters: int) -> None:
    assert cost(name).parameters == parameters


def test_arithmetic_is_counted_as_two_a_multiply_add() -> None:
    # By hand, Meso-4 at 256: positions × channels out × channels in × k², then the two dense layers and the map.
    adds = 256**2 * 8 * 3 * 9 + 128**2 * 8 * 8 * 25 + 64**2 * 16 * 8 * 25 + 32**2 * 16 * 16 * 25
    assert cost("mesonet").flops == 2 * (adds + 1024 * 16 + 16 * 1024)
