"""What the tests of training share: small recipes, quiet progress, runs in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from fauxface.data.index import open_samples
from fauxface.training.checkpoint import Progress
from fauxface.training.loop import fit
from fauxface.training.progress import silently as quiet
from fauxface.training.recipe import Recipe

__all__ = ["quiet", "small_recipe"]


def small_recipe(**changes: Any) -> Recipe:
    """Seconds, not minutes: the tiny network on whole pictures of 32 pixels, nothing random."""
    settings: dict[str, Any] = {
        "name": "small",
        "model": "resnet-tiny",
        "model_options": {"width": 4},
        "size": 32,
        "phases": ({"epochs": 2},),
        "batch_size": 6,
        "micro_batch": 6,
        "optimiser": {"learning_rate": 0.003},
        "workers": 0,
    }
    return Recipe.model_validate(settings | changes)


@pytest.fixture
def recipe() -> Callable[..., Recipe]:
    """`small_recipe`; keywords change its settings."""
    return small_recipe


@pytest.fixture
def train(faces: Path, tmp_path: Path) -> Callable[..., Progress]:
    """Train on `faces` (or ``data``) on the processor, into ``tmp_path / name``."""

    def run(recipe: Recipe, name: str = "run", *, data: Path | None = None, **options: Any) -> Progress:
        table = open_samples(faces if data is None else data)
        options = {"show": quiet, "accelerator": "cpu"} | options
        return fit(recipe, table, tmp_path / name, **options)

    return run


@pytest.fixture(autouse=True)
def _keep_global_generators() -> Iterator[None]:
    """Training seeds PyTorch's global generator; other tests must not notice."""
    before = torch.get_rng_state()
    yield
    torch.set_rng_state(before)
