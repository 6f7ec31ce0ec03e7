"""The six recipes of Table II: the paper's numbers, and each really trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fauxface.data.index import open_samples
from fauxface.paper.table_two import NAMES, PRINTED, SMALL, columns, whole
from fauxface.training.checkpoint import Progress
from fauxface.training.recipe import adjusted, load_recipe, recipe_names

Train = Callable[..., Progress]

# FACTS: learning rate and epochs of Table II; ResNet-68 with cutout keeps the text's 100 epochs (see its recipe).
EXPECTED = {
    "inception-resnet-v2": (0.001, 10, 299),
    "inception-resnet-v2-cutout": (0.0001, 10, 299),
    "vggface2": (0.0002, 10, 224),
    "vggface2-cutout": (0.0001, 10, 224),
    "resnet68": (0.0001, 100, 224),
    "resnet68-cutout": (0.0001, 100, 224),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_has_the_papers_numbers(name: str) -> None:
    recipe = load_recipe(name)
    assert (recipe.optimiser.learning_rate, recipe.epochs, recipe.size) == EXPECTED[name]
    assert (recipe.optimiser.name, recipe.schedule.name, recipe.batch_size) == ("adam", "constant", 1000)
    assert recipe.best_by == "valid_accuracy"
    assert (recipe.augment.flip, recipe.augment.shift) == (0.5, 0.1)
    assert (recipe.augment.cutout is not None) == name.endswith("-cutout")
    assert (recipe.pretrained is None) == name.startswith("resnet68")


@pytest.mark.parametrize("name", NAMES)
def test_its_twin_has_the_same_structure(name: str) -> None:
    whole, small = load_recipe(name), load_recipe(f"{name}-small")
    assert small.pretrained is None
    assert small.size <= whole.size
    assert small.epochs <= whole.epochs
    assert (small.augment.cutout is None) == (whole.augment.cutout is None)
    assert small.optimiser.name == whole.optimiser.name
    assert small.model in (whole.model, f"{whole.model}-slim")


@pytest.mark.parametrize("name", [*NAMES, *(f"{name}-small" for name in NAMES)])
def test_two_steps_of_each(name: str, face_writer: Callable[..., Path], train: Train, tmp_path: Path) -> None:
    """The recipe as it is but for the batch of 1000, its epochs and the public weights, which cannot be had here."""
    pictures = face_writer(tmp_path / "four", train=2, valid=1, size=40)
    plan = adjusted(load_recipe(name), scratch=True)
    short = {"batch_size": 2, "micro_batch": 2, "phases": (plan.phases[0].model_copy(update={"epochs": 1}),)}
    done = train(plan.model_copy(update={**short, "workers": 0}), data=pictures)
    assert len(open_samples(pictures).split("train")) == 4
    assert done.steps_done == 2
    assert 0 < done.history[0]["train_loss"] < 20


def test_table_two_is_read_off_the_recipes() -> None:
    found = {c.name: c for c in columns()}
    assert list(found) == list(NAMES)
    for name, c in found.items():
        assert c.learning_rate == PRINTED[name][0]
        assert c.printed == " / ".join(PRINTED[name])
    assert found["resnet68-cutout"].epochs == "100"
    assert found["resnet68-cutout"].printed.endswith("/ 10")


def test_a_twin_belongs_to_its_recipe_and_other_names_to_themselves() -> None:
    assert {whole(twin): twin for twin in SMALL.values()} == SMALL
    assert set(SMALL) == set(NAMES)
    assert set(SMALL.values()) <= set(recipe_names())
    assert [whole(name) for name in (*NAMES, "mine-small")] == [*NAMES, "mine-small"]


def test_every_recipe_can_be_read() -> None:
    assert {*NAMES, "efficientnet-lite0", "tiny", "baseline"} <= set(recipe_names())
    for name in recipe_names():
        assert load_recipe(name).name == name
