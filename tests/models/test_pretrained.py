"""Published weights load whole or not at all."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from fauxface.errors import WeightsError
from fauxface.models import registry
from fauxface.models.pretrained import loader
from fauxface.models.trunk import TrunkWithMap

safetensors = pytest.importorskip("safetensors.torch")


def small() -> TrunkWithMap:
    trunk = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    return TrunkWithMap(trunk, 4)


def published(seed: int = 0) -> dict[str, Tensor]:
    """A file for `small`, with the classifier of 1000 classes."""
    torch.manual_seed(seed)
    trunk = {k: torch.randn(v.shape) if v.is_floating_point() else v for k, v in small().trunk.state_dict().items()}
    return {**trunk, "fc.weight": torch.randn(1000, 4), "fc.bias": torch.randn(1000)}


load = loader("fc.")


def write(path: Path, tensors: dict[str, Tensor]) -> Path:
    safetensors.save_file({k: v.contiguous() for k, v in tensors.items()}, path)
    return path


def refused(code: str, path: Path, network: nn.Module | None = None) -> str:
    """The message of a load that fails, and that has changed nothing."""
    network = small() if network is None else network
    before = {k: v.clone() for k, v in network.state_dict().items()}
    with pytest.raises(WeightsError) as caught:
        load(network, path)
    assert caught.value.code == code
    assert "othing was loaded" in caught.value.message or code == "weights_not_found"
    torch.testing.assert_close(network.state_dict(), before, rtol=0, atol=0)
    return caught.value.message


def test_everything_but_the_classifier_is_loaded(tmp_path: Path) -> None:
    tensors, network = published(), small()
    ours = network.classifier.weight.clone()
    load(network, write(tmp_path / "a.safetensors", tensors))
    for name, value in network.trunk.state_dict().items():
        torch.testing.assert_close(value, tensors[name], rtol=0, atol=0)
    assert torch.equal(network.classifier.weight, ours)
    assert all(p.requires_grad for p in network.parameters())


def test_half_precision_and_no_counters_are_fine(tmp_path: Path) -> None:
    tensors = {k: v.half() for k, v in published().items() if not k.endswith("num_batches_tracked")}
    network = small()
    load(network, write(tmp_path / "a.safetensors", tensors))
    assert network.trunk.state_dict()["0.weight"].dtype == torch.float32
    torch.testing.assert_close(network.trunk.state_dict()["0.weight"], tensors["0.weight"].float())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.pop("1.running_var"), "lacks '1.running_var'"),
        (lambda t: t.update({"0.weight": torch.zeros(4, 3, 5, 5)}), r"\(4, 3, 5, 5\), not \(4, 3, 3, 3\)"),
        (lambda t: t.update({"2.weight": torch.zeros(4)}), "has besides '2.weight'"),
        (lambda t: t.update({"fcc": torch.zeros(4)}), "has besides 'fcc'"),
    ],
    ids=["missing", "shape", "foreign", "like the classifier's"],
)
def test_weights_of_another_network(tmp_path: Path, change: Callable[[dict[str, Tensor]], object], words: str) -> None:
    tensors = published()
    change(tensors)
    message = refused("weights_of_another_network", write(tmp_path / "a.safetensors", tensors))
    assert re.search(words, message)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none(tmp_path: Path, value: float) -> None:
    tensors = published()
    tensors["0.bias"][2] = value
    assert "0.bias" in refused("weights_damaged", write(tmp_path / "a.safetensors", tensors))


def test_numbers_of_another_kind(tmp_path: Path) -> None:
    tensors = published()
    tensors["0.bias"] = tensors["0.bias"].to(torch.int32)
    assert "I32" in refused("weights_damaged", write(tmp_path / "a.safetensors", tensors))


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_truncated(tmp_path: Path, keep: int) -> None:
    path = write(tmp_path / "a.safetensors", published())
    path.write_bytes(path.read_bytes()[:keep])
    refused("weights_damaged", path)


def test_noise(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(bytes(range(256)) * 40)
    refused("weights_damaged", path)


@pytest.mark.parametrize("zipped", [True, False])
def test_pickles_are_not_opened(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "looks.safetensors"
    torch.save(published(), path, _use_new_zipfile_serialization=zipped)
    assert zipfile.is_zipfile(path) == zipped
    assert "pickle" in refused("weights_pickled", path)


def test_no_file(tmp_path: Path) -> None:
    refused("weights_not_found", tmp_path / "none.safetensors")
    refused("weights_not_found", tmp_path)


# Some of the names in the published file, from the stem to the last layer, with their shapes.
NAMES = {
    "conv2d_1a.conv.weight": (32, 3, 3, 3),
    "mixed_5b.branch1.1.bn.running_var": (64,),
    "repeat.9.conv2d.bias": (320,),
    "mixed_6a.branch1.2.conv.weight": (384, 256, 3, 3),
    "repeat_1.19.branch1.2.conv.weight": (192, 160, 7, 1),
    "repeat_2.8.branch0.bn.weight": (192,),
    "block8.conv2d.weight": (2080, 448, 1, 1),
    "conv2d_7b.bn.running_mean": (1536,),
    "classif.weight": (1000, 1536),
    "classif.bias": (1000,),
}


def test_inception_resnet_v2_from_a_file_like_the_published_one(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    with torch.device("meta"):
        shapes = {k: tuple(v.shape) for k, v in timm.create_model("inception_resnet_v2").state_dict().items()}
    assert {name: shapes.get(name) for name in NAMES} == NAMES
    torch.manual_seed(0)
    tensors = {
        k: torch.zeros((), dtype=torch.int64) if k.endswith("tracked") else torch.rand(s) for k, s in shapes.items()
    }
    path = write(tmp_path / "inception.safetensors", tensors)
    # Built without memory, then given some: random numbers for 54 million weights take longer than all the rest.
    with torch.device("meta"):
        network = registry.create("inception-resnet-v2")
    network = network.to_empty(device="cpu")
    (pretrained,) = registry.entry("inception-resnet-v2").pretrained
    pretrained.load(network, path)
    assert isinstance(network, TrunkWithMap)
    loaded = network.trunk.state_dict()
    assert set(tensors) - set(loaded) == {"classif.weight", "classif.bias"}
    assert all(torch.equal(loaded[name], tensors[name]) for name in loaded)
    refused("weights_of_another_network", path)


@pytest.mark.parametrize("name", [e.name for e in registry.REGISTRY.values() if "huggingface" in str(e.pretrained)])
def test_what_is_left_out_of_the_published_files_is_the_classifier_only(name: str) -> None:
    """timm's whole network has the published names: less the trunk's they must all begin as the entry says."""
    timm = pytest.importorskip("timm")
    (pretrained,) = registry.entry(name).pretrained
    with torch.device("meta"):
        whole = set(timm.create_model(pretrained.file.name.split(".")[0]).state_dict())
        network = registry.create(name)
    assert isinstance(network, TrunkWithMap)
    trunk = set(network.trunk.state_dict())
    assert trunk < whole
    assert isinstance(pretrained.load, partial)
    begins = pretrained.load.keywords["left_out"]
    assert all(n.startswith(begins) for n in whole - trunk)
    assert not any(n.startswith(begins) for n in trunk)
