"""PyTorch as a runtime, and ONNX Runtime against it: the same logits and maps from the exported file."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fauxface.models.resnet import ResNet
from fauxface.runtime.onnx import OnnxSession
from fauxface.runtime.torch import TorchSession
from fauxface.training.onnx_file import to_onnx

SIZE = 64


@pytest.fixture(scope="module")
def network() -> ResNet:
    """Small, but with every kind of layer, and with running statistics and weights that are not the initial ones."""
    torch.manual_seed(0)
    network = ResNet((1, 2, 1), width=8, zero_init_residual=False)
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(8, 3, SIZE, SIZE))
        for value in network.parameters():
            value += 0.05 * torch.randn(value.shape)
    return network.eval()


def batch(n: int) -> NDArray[np.float32]:
    return np.random.default_rng(n).uniform(-1, 1, (n, 3, SIZE, SIZE)).astype(np.float32)


def rounded(network: ResNet, smallest: int = 1024) -> ResNet:
    """The network as its file in half precision holds it: batch norms folded in, then large tensors in float16."""
    copied = copy.deepcopy(network)
    for parent in list(copied.modules()):
        children = list(parent.named_children())
        norms = [(name, m) for name, m in children if isinstance(m, nn.BatchNorm2d)]
        convolutions = [(name, m) for name, m in children if isinstance(m, nn.Conv2d)]
        for (at, convolution), (norm_at, norm) in zip(convolutions, norms, strict=True):
            setattr(parent, at, fuse_conv_bn_eval(convolution, norm))
            setattr(parent, norm_at, nn.Identity())
    with torch.no_grad():
        for value in copied.parameters():
            if value.numel() >= smallest:
                value.copy_(value.half().float())
    return copied


def test_it_answers_as_the_network_does(network: ResNet) -> None:
    session = TorchSession(copy.deepcopy(network).train(), device="cpu")
    logit, maps = session.run(batch(3))
    with torch.no_grad():
        expected = network(torch.from_numpy(batch(3)))
    assert logit.dtype == maps.dtype == np.float32
    assert logit.shape == (3,)
    assert maps.shape == (3, 4, 4)
    np.testing.assert_allclose(logit, expected[0].numpy(), rtol=0, atol=1e-6)
    np.testing.assert_allclose(maps, expected[1].numpy(), rtol=0, atol=1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_on_cuda_it_answers_as_on_the_processor(network: ResNet) -> None:
    here = TorchSession(copy.deepcopy(network), device="cpu").run(batch(2))
    there = TorchSession(copy.deepcopy(network), device="cuda").run(batch(2))
    for a, b in zip(here, there, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=5e-3)  # TF32


@pytest.fixture(scope="module", params=[False, True], ids=["float32", "half"])
def exported(request: pytest.FixtureRequest, network: ResNet) -> tuple[bytes, nn.Module]:
    """A file and the network that it should answer as."""
    data = to_onnx(copy.deepcopy(network), SIZE, half=request.param)
    return data, rounded(network) if request.param else network


@pytest.mark.parametrize("n", [1, 3])
def test_the_exported_file_answers_as_pytorch(exported: tuple[bytes, nn.Module], n: int) -> None:
    data, expected = exported
    logit, maps = OnnxSession(data, threads=1).run(batch(n))
    right, right_maps = TorchSession(expected, device="cpu").run(batch(n))
    assert np.abs(right).max() > 0.01, "a network that answers nothing proves nothing"
    np.testing.assert_allclose(logit, right, rtol=0, atol=1e-4)
    np.testing.assert_allclose(maps, right_maps, rtol=0, atol=1e-4)


def test_half_is_half_and_leaves_the_network_alone(network: ResNet) -> None:
    copied = copy.deepcopy(network)
    data = to_onnx(copied, SIZE, half=True)
    assert len(data) < 0.65 * 4 * sum(p.numel() for p in network.parameters())
    for name, value in copied.state_dict().items():
        assert torch.equal(value, network.state_dict()[name]), name
    a, b = (session.run(batch(3))[0] for session in (OnnxSession(data, threads=1), TorchSession(copied, device="cpu")))
    assert 0 < np.abs(a - b).max() < 0.05
