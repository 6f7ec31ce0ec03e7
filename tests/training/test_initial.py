"""Public weights: found before training, loaded once, told in the run's facts, and never replaced by random ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from fauxface.errors import CheckpointError, RecipeError, WeightsError
from fauxface.models import registry
from fauxface.models.entry import ModelEntry, Pretrained
from fauxface.models.resnet import ResNet
from fauxface.training import initial
from fauxface.training.checkpoint import Progress
from fauxface.training.export import export
from fauxface.training.recipe import Recipe, adjusted
from fauxface.weights.remote import RemoteFile

Train = Callable[..., Progress]


def load(network: nn.Module, path: Path) -> None:
    network.load_state_dict(load_file(path))


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A network 'schooled' whose public weights 'faces' are this file; nothing can be downloaded."""
    file = RemoteFile("schooled.safetensors", "https://weights.invalid/schooled.safetensors", "CC0")

    def build(**options: Any) -> nn.Module:
        return ResNet((1, 1, 1, 1), 4, **options)

    entry = ModelEntry("schooled", build, 32, "this test", pretrained=(Pretrained("faces", file, load),))
    monkeypatch.setitem(registry.REGISTRY, "schooled", entry)
    monkeypatch.setenv("FAUXFACE_CACHE", str(tmp_path / "cache"))
    torch.manual_seed(99)
    path = tmp_path / "schooled.safetensors"
    save_file(build().state_dict(), path)
    return path


@pytest.fixture
def plan(recipe: Callable[..., Recipe]) -> Recipe:
    # So small a rate that what a run starts from is still to be seen at its end.
    return recipe(model="schooled", model_options={}, pretrained="faces", optimiser={"learning_rate": 1e-9})


def test_a_run_starts_from_them_and_says_so(public: Path, plan: Recipe, train: Train, tmp_path: Path) -> None:
    begin = initial.find(plan, public)
    assert begin is not None
    train(plan, initial=begin)
    kept, given = load_file(tmp_path / "run" / "best.safetensors"), load_file(public)
    assert torch.allclose(kept["stem.0.weight"], given["stem.0.weight"], atol=1e-6)
    about = json.loads((tmp_path / "run" / "run.json").read_text())
    assert about["initial_weights"]["file"] == "schooled.safetensors"
    assert about["initial_weights"]["licence"] == "CC0"
    assert len(about["initial_weights"]["sha256"]) == 64


def test_a_run_from_random_weights_says_so(public: Path, plan: Recipe, train: Train, tmp_path: Path) -> None:
    scratch = adjusted(plan, scratch=True)
    assert initial.find(scratch) is None
    train(scratch)
    assert json.loads((tmp_path / "run" / "run.json").read_text())["initial_weights"] == "random"


def test_there_is_no_silent_falling_back(public: Path, plan: Recipe, train: Train) -> None:
    with pytest.raises(WeightsError, match="--scratch") as caught:
        initial.find(plan)
    assert "weights.invalid" in caught.value.message
    with pytest.raises(RecipeError, match="do not fit each other"):
        train(plan)


def test_other_weights_make_another_run(public: Path, plan: Recipe, train: Train, tmp_path: Path) -> None:
    train(plan, initial=initial.find(plan, public))
    other = tmp_path / "other.safetensors"
    torch.manual_seed(1)
    save_file(ResNet((1, 1, 1, 1), 4).state_dict(), other)
    with pytest.raises(CheckpointError, match="another recipe"):
        train(plan, initial=initial.find(plan, other))


def test_names_that_are_not_there_are_refused(public: Path, plan: Recipe, recipe: Callable[..., Recipe]) -> None:
    with pytest.raises(
        RecipeError, match=r"no public weights called 'imagenet' \(there are: 'faces'\); .*take 'pretrained' out"
    ):
        initial.find(plan.model_copy(update={"pretrained": "imagenet"}))
    with pytest.raises(RecipeError, match="no use for"):
        initial.find(recipe(), public)


def test_a_file_that_is_not_there_is_named(public: Path, plan: Recipe, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nowhere\.safetensors"):
        initial.find(plan, tmp_path / "nowhere.safetensors")


def test_a_card_names_their_terms(public: Path, plan: Recipe, train: Train, tmp_path: Path) -> None:
    train(plan, initial=initial.find(plan, public))
    card = export(tmp_path / "run", tmp_path / "weights")
    assert "schooled.safetensors (CC0)" in card.provenance.licence
