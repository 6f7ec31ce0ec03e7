"""PyTorch as a runtime: judges with a network that is still in training's hands, and is the ONNX export's yardstick."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


class TorchSession:
    """A `fauxface.runtime.session.Session` around a network of `fauxface.models`, in float32."""

    def __init__(self, network: nn.Module, *, device: str | None = None) -> None:
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.network = network.to(self.device).eval()

    def run(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `fauxface.runtime.session.Session.run`."""
        with torch.inference_mode():
            logit, activation_map = self.network(torch.from_numpy(batch).to(self.device))
        return logit.cpu().numpy(), activation_map.cpu().numpy()
