"""A network that really learned from planted evidence: both maps find it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fauxface.detector import Detector
from fauxface.explain import class_activation, occlusion
from fauxface.training.checkpoint import Progress
from fauxface.training.export import export
from fauxface.training.recipe import Recipe

SIDE, MARK = 128, 40  # a map of 4 × 4, of which the mark takes little more than one


def picture(rng: np.random.Generator, *, fake: bool) -> NDArray[np.uint8]:
    """Soft colours with noise; a fake has a checkerboard in its bottom left corner."""
    pixels = rng.uniform(90, 160, (1, 1, 3)) + rng.normal(0, 6, (SIDE, SIDE, 3))
    if fake:
        board = np.indices((MARK, MARK)).sum(axis=0) % 2 * 2 - 1
        pixels[-MARK:, :MARK] += 50.0 * board[:, :, None]
    return pixels.round().clip(0, 255).astype(np.uint8)


def write(folder: Path, rng: np.random.Generator) -> None:
    for split, number in (("train", 24), ("valid", 8)):
        for label in ("real", "fake"):
            (folder / split / label).mkdir(parents=True)
            for i in range(number):
                pixels = picture(rng, fake=label == "fake")
                Image.fromarray(pixels).save(folder / split / label / f"{i:03}.png")


NETWORKS: dict[str, dict[str, Any]] = {"resnet-tiny": {"width": 8}, "efficientnet-lite0": {"stages": (1, 2, 3)}}
"""One whose map is of means, as the paper's, and the default's own, whose map is of deviations, too."""


@pytest.fixture(params=NETWORKS)
def detector(
    request: pytest.FixtureRequest, train: Callable[..., Progress], recipe: Callable[..., Recipe], tmp_path: Path
) -> Detector:
    """A small network, trained for some epochs and exported as the shipped one was."""
    write(tmp_path / "planted", np.random.default_rng(0))
    settings: dict[str, Any] = {
        "size": SIDE,
        "model": request.param,
        "model_options": NETWORKS[request.param],
        "phases": ({"epochs": 8},),
        "batch_size": 12,
        "micro_batch": 12,
        "optimiser": {"learning_rate": 0.01},
        "seed": 0,
    }
    train(recipe(**settings), data=tmp_path / "planted")
    export(tmp_path / "run", tmp_path / "exported")
    return Detector.load(tmp_path / "exported", threads=1, faces="off")


def test_both_maps_find_what_the_network_learned(detector: Detector) -> None:
    """Two pictures that it never saw."""
    rng = np.random.default_rng(1)
    for _ in range(2):
        fake, real = picture(rng, fake=True), picture(rng, fake=False)
        for explain in (class_activation, occlusion):
            heat, nothing = explain(detector, fake).heat, explain(detector, real).heat
            row, column = np.unravel_index(int(heat.argmax()), heat.shape)
            assert row >= heat.shape[0] / 2, explain.__name__
            assert column < heat.shape[1] / 2, explain.__name__
            assert heat.max() > 5 * max(nothing.max(), 0.1)
