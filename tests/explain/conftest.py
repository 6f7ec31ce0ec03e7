"""A network whose evidence can be planted by hand: red speaks for fake, blue for real, grey for neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fauxface.detector import Detector, FaceMode
from fauxface.weights.card import ModelCard

Rgb = NDArray[np.uint8]


class RedOrBlue:
    """Its map is blue minus red in each of 4 × 4 tiles, ten times as strong as the normalised pixels."""

    def run(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        n, _, side, _ = batch.shape
        evidence = 10 * (batch[:, 2] - batch[:, 0])
        maps = evidence.reshape(n, 4, side // 4, 4, side // 4).mean(axis=(2, 4))
        return maps.mean(axis=(1, 2)), maps


MakeDetector = Callable[..., Detector]


@pytest.fixture
def make_detector(build_tiny_card: Callable[..., ModelCard]) -> MakeDetector:
    """A detector with that network; ``size`` of its input, ``faces``, and changes of its card."""

    def make(size: int = 64, faces: FaceMode = "off", session: Any = None, **changes: Any) -> Detector:
        settings = {"size": size, "std": (127.5, 127.5, 127.5), "temperature": 2.0, "bias": 0.25} | changes
        return Detector(build_tiny_card(b"x", **settings), session or RedOrBlue(), faces=faces)

    return make


@pytest.fixture
def grey() -> Callable[..., Rgb]:
    """A picture of grey noise: no evidence in it."""

    def make(height: int = 64, width: int = 64, seed: int = 0) -> Rgb:
        noise = np.random.default_rng(seed).integers(60, 200, (height, width, 1), dtype=np.uint8)
        return np.repeat(noise, 3, axis=2)

    return make
