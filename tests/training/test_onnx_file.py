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
