"""Which runtime judges during training: an export takes seconds, and pays for many pictures only."""

from __future__ import annotations

import numpy as np
import torch

from fauxface.models import registry
from fauxface.runtime.onnx import OnnxSession
from fauxface.runtime.torch import TorchSession
from fauxface.training.onnx_file import session_for


def test_few_pictures_are_not_worth_an_export() -> None:
    torch.manual_seed(0)
    network = registry.create("mesonet", size=64).eval()
    few, many = (session_for(network, 64, pictures) for pictures in (10, 1000))
    assert isinstance(few, TorchSession)
    assert isinstance(many, OnnxSession)
    batch = torch.randn(3, 3, 64, 64).numpy()
    for one, other in zip(few.run(batch), many.run(batch), strict=True):
        assert np.allclose(one, other, atol=1e-4)


class _Measuring(torch.nn.Module):
    """A network that gives distances beside what the network in it gives."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        logit, activation_map = self.network(x)
        return logit, activation_map, x.square().mean(dim=(1, 2, 3)).sqrt()


def test_both_measure_where_the_network_does() -> None:
    torch.manual_seed(0)
    network = registry.create("mesonet", size=64).eval()
    batch = torch.randn(3, 3, 64, 64).numpy()
    sessions = [session_for(_Measuring(network), 64, pictures, measures=True) for pictures in (10, 1000)]
    few, many = (session.measure(batch) for session in sessions)
    assert all(session.measures for session in sessions)
    assert not session_for(network, 64, 10).measures
    for one, other in zip(few, many, strict=True):
        assert np.allclose(one, other, atol=1e-4)
    assert np.allclose(few[2], np.sqrt((batch**2).mean(axis=(1, 2, 3))), atol=1e-5)
    assert all(np.array_equal(a, b) for a, b in zip(sessions[0].run(batch), few[:2], strict=True))
