"""PyTorch as a runtime: judges with a network that is still in training's hands, and is the ONNX export's yardstick."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


class TorchSession:
    """A `fauxface.runtime.session.MeasuringSession` around a network of `fauxface.models`, in float32.

    Args:
        network: gives logits, maps, and perhaps distances.
        measures: whether it gives distances.
        device: "cpu", "cuda"; the fastest that is there unless told.
    """

    def __init__(self, network: nn.Module, *, measures: bool = False, device: str | None = None) -> None:
        self.measures = measures
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.network = network.to(self.device).eval()

    def run(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `fauxface.runtime.session.Session.run`."""
        logit, activation_map, *_ = self._answers(batch)
        return logit, activation_map

    def measure(
        self, batch: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """See `fauxface.runtime.session.MeasuringSession.measure`."""
        logit, activation_map, distance = self._answers(batch)
        return logit, activation_map, distance

    def _answers(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        with torch.inference_mode():
            return [answer.cpu().numpy() for answer in self.network(torch.from_numpy(batch).to(self.device))]
