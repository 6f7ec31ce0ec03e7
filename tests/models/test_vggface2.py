"""The VGGFace networks compute what their published Keras files mean, held against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.models import keras_reference as keras
from torch import nn

from fauxface.models import registry
from fauxface.models.trunk import TrunkWithMap
from fauxface.models.vggface2 import VGGFace2Trunk, same_padding
from fauxface.models.vggface16 import VGGFace16

# What preprocess_input of keras_vggface/utils.py takes off: blue, green, red.
MEANS = {"vggface": (93.5940, 104.7624, 129.1863), "vggface2": (91.4953, 103.8827, 131.0912)}
NETWORKS = ("vggface2-resnet-50", "vggface2-senet-50", "vggface-vgg16")


@pytest.fixture(scope="module")
def weight_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, keras.Weights]]:
    """A file with the published names and shapes, and the numbers in it; written once for each network."""
    made: dict[str, tuple[Path, keras.Weights]] = {}

    def write(name: str) -> tuple[Path, keras.Weights]:
        if name not in made:
            shapes = keras.vgg16_shapes() if "vgg16" in name else keras.residual_shapes("senet" in name)
            weights = keras.random_weights(shapes)
            made[name] = keras.write_h5(tmp_path_factory.mktemp("keras") / f"{name}.h5", weights), weights
        return made[name]

    return write


def loaded(name: str, path: Path) -> nn.Module:
    network = registry.create(name)
    registry.entry(name).pretrained[0].load(network, path)
    return network.eval()


def picture(height: int, width: int) -> NDArray[np.uint8]:
    """Red, green, blue; bright at the top left and reddish, so that no flip of any axis goes unseen."""
    rgb = np.random.default_rng(1).integers(0, 160, (height, width, 3))
    rgb[: height // 3, : width // 2] += 60
    rgb[:, :, 0] += 35
    return rgb.astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("vggface2-resnet-50", (64, 64)),  # an even side pads unevenly,
        ("vggface2-resnet-50", (75, 97)),  # an odd one evenly
        ("vggface2-senet-50", (64, 75)),
        ("vggface-vgg16", (64, 75)),
    ],
)
def test_features_are_those_of_keras(
    name: str, size: tuple[int, int], weight_file: Callable[[str], tuple[Path, keras.Weights]]
) -> None:
    path, weights = weight_file(name)
    rgb = picture(*size)
    entry = registry.entry(name)
    normalised = (rgb.astype(np.float64) - entry.mean) / entry.std
    with torch.inference_mode():
        network = loaded(name, path).double()
        assert isinstance(network, TrunkWithMap | VGGFace16)
        ours = network.features(torch.from_numpy(normalised.transpose(2, 0, 1)[None]))[0].numpy()

    bgr = rgb[:, :, ::-1].astype(np.float64) - MEANS[entry.pretrained[0].name]
    if name == "vggface-vgg16":
        theirs = keras.vgg16_features(weights, bgr)
    else:
        theirs = keras.residual_features(weights, bgr, squeeze="senet" in name)
    assert 0.05 < (theirs > 0).mean() <= 1  # alive
    np.testing.assert_allclose(ours.transpose(1, 2, 0), theirs, rtol=1e-6, atol=1e-9 * theirs.max())


@pytest.mark.parametrize("name", NETWORKS)
def test_our_layers_are_the_published_ones(name: str) -> None:
    published = keras.vgg16_shapes() if "vgg16" in name else keras.residual_shapes("senet" in name)
    with torch.device("meta"):
        network = registry.create(name)
    assert isinstance(network, TrunkWithMap | VGGFace16)
    trunk, head = (network, network.head) if isinstance(network, VGGFace16) else (network.trunk, network.classifier)
    assert isinstance(trunk, VGGFace2Trunk | VGGFace16)
    assert set(trunk.keras_layers()) == set(published)
    expected = sum(
        int(np.prod(shape)) for arrays in published.values() for k, shape in arrays.items() if "moving" not in k
    )
    assert registry.count_parameters(network) - registry.count_parameters(head) == expected


@pytest.mark.parametrize(("name", "epsilon"), [("vggface2-resnet-50", 1e-3), ("vggface2-senet-50", 1e-4)])
def test_sizes_on_the_way_at_224(name: str, epsilon: float) -> None:
    network = registry.create(name, width=16).eval()
    assert isinstance(network, TrunkWithMap)
    assert isinstance(network.trunk, VGGFace2Trunk)
    shapes: list[tuple[int, ...]] = []
    for module in (network.trunk.stem, *network.trunk.stages):
        module.register_forward_hook(lambda _m, _i, out: shapes.append(tuple(out.shape[1:])))
    with torch.inference_mode():
        logit, activation_map = network(torch.zeros(1, 3, 224, 224))
    # 55, not 56: the pooling has no padding.
    assert shapes == [(16, 112, 112), (64, 55, 55), (128, 28, 28), (256, 14, 14), (512, 7, 7)]
    assert (logit.shape, activation_map.shape) == ((1,), (1, 7, 7))
    assert {m.eps for m in network.modules() if isinstance(m, nn.BatchNorm2d)} == {epsilon}


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pads"),
    [(224, 7, 2, (2, 3)), (225, 7, 2, (3, 3)), (64, 3, 1, (1, 1)), (5, 1, 2, (0, 0)), (1, 7, 2, (3, 3))],
)
def test_same_padding_is_tensorflows(size: int, kernel: int, stride: int, pads: tuple[int, int]) -> None:
    assert same_padding(size, kernel, stride) == pads


def test_vgg16_judges_224_pixels_only() -> None:
    network = VGGFace16(width=2, hidden=4).eval()
    with torch.inference_mode():
        logit, activation_map = network(torch.randn(1, 3, 224, 224))
        assert (logit.shape, activation_map.shape) == ((1,), (1, 7, 7))
        with pytest.raises(RuntimeError):
            network(torch.randn(1, 3, 256, 256))
    assert registry.entry("vggface-vgg16").fixed_size


def test_onnx_agrees_with_torch(weight_file: Callable[[str], tuple[Path, keras.Weights]]) -> None:
    from fauxface.runtime.onnx import OnnxSession
    from fauxface.training.onnx_file import to_onnx

    torch.manual_seed(0)
    network = loaded("vggface2-resnet-50", weight_file("vggface2-resnet-50")[0])
    rgb = np.stack([picture(224, 224), 255 - picture(224, 224)])
    batch = (rgb - np.array(registry.entry("vggface2-resnet-50").mean)).transpose(0, 3, 1, 2).astype(np.float32)
    with torch.inference_mode():
        logit, activation_map = network(torch.from_numpy(batch))
    got_logit, got_map = OnnxSession(to_onnx(network, 224), threads=1).run(batch)
    assert abs(float(logit[0] - logit[1])) > 0.01  # it tells the two apart
    np.testing.assert_allclose(got_logit, logit.numpy(), atol=1e-4)
    np.testing.assert_allclose(got_map, activation_map.numpy(), atol=1e-4)
