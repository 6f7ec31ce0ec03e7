"""Recipes: those that fauxface brings, and one clear error for everything that is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fauxface.errors import RecipeError
from fauxface.models import registry
from fauxface.training.recipe import MAX_BYTES, RECIPES, Recipe, adjusted, check_size, load_recipe, recipe_names

SMALL = {"name": "a", "model": "resnet-tiny", "size": 64, "phases": [{"epochs": 1}], "batch_size": 4, "micro_batch": 2}


def text(**changes: Any) -> str:
    return yaml.safe_dump(SMALL | changes)


def test_there_are_recipes() -> None:
    assert {"efficientnet-lite0", "tiny"} <= set(recipe_names())
    assert recipe_names() == sorted(p.stem for p in RECIPES.iterdir() if p.suffix == ".yaml")


@pytest.mark.parametrize("name", recipe_names())
def test_each_recipe_loads_and_survives_a_round_trip(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe
    assert load_recipe(RECIPES / f"{name}.yaml") == recipe
    registry.create(recipe.model, **recipe.model_options)
    assert [recipe.crop_in(e) for e in range(recipe.epochs)]


def test_defaults_are_written_out() -> None:
    written = yaml.safe_load(Recipe.from_yaml(text()).to_yaml())
    assert set(written) == set(Recipe.model_fields)
    assert written["optimiser"]["name"] == "adam"
    assert written["precision"] == "32-true"


def test_the_crop_of_an_epoch_follows_the_phases() -> None:
    recipe = Recipe.from_yaml(text(phases=[{"epochs": 2, "crop": 32}, {"epochs": 1, "crop": 48}, {"epochs": 1}]))
    assert recipe.epochs == 4
    assert [recipe.crop_in(e) for e in range(4)] == [32, 32, 48, None]
    with pytest.raises(IndexError):
        recipe.crop_in(4)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"lerning_rate": 1}, "lerning_rate"),
        ({"optimiser": {"lr": 1}}, "optimiser.lr"),
        ({"optimiser": {"learning_rate": 0}}, "optimiser.learning_rate"),
        ({"optimiser": {"learning_rate": float("nan")}}, "optimiser.learning_rate"),
        ({"optimiser": {"learning_rate": float("inf")}}, "optimiser.learning_rate"),
        ({"optimiser": {"clip_norm": -1}}, "optimiser.clip_norm"),
        ({"optimiser": {"name": "sgd"}}, "optimiser.name"),
        ({"schedule": {"warmup": 1}}, "schedule.warmup"),
        ({"size": 8}, "size"),
        ({"size": "large"}, "size"),
        ({"phases": []}, "phases"),
        ({"phases": [{"epochs": 0}]}, "phases.0.epochs"),
        ({"phases": [{"epochs": 1, "crop": 8}]}, "phases.0.crop"),
        ({"phases": [{"epochs": 1}, {"epochs": 1, "crop": 65}]}, "crop of 65"),
        ({"batch_size": 0}, "batch_size"),
        ({"micro_batch": 1.5}, "micro_batch"),
        ({"precision": "8-true"}, "precision"),
        ({"best_by": "test_accuracy"}, "best_by"),
        ({"data_fraction": 0}, "data_fraction"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**31}, "seed"),
        ({"workers": -1}, "workers"),
        ({"checkpoint_minutes": 0}, "checkpoint_minutes"),
        ({"augment": {"cutout": {"area": [0.5, 0.1]}}}, "augment.cutout"),
        ({"augment": {"shift": 1}}, "augment.shift"),
        ({"degrade_resized": {"quality": [90, 10]}}, "degrade_resized"),
        ({"name": ""}, "name"),
        ({"model_options": [1]}, "model_options"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_yaml(text(**changes), source="my.yaml")
    assert caught.value.message.startswith("my.yaml: ")
    assert named in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.code == "bad_recipe"


@pytest.mark.parametrize("missing", sorted(SMALL))
def test_a_missing_setting_is_named(missing: str) -> None:
    with pytest.raises(RecipeError, match=f"'{missing}'"):
        Recipe.from_yaml(yaml.safe_dump({k: v for k, v in SMALL.items() if k != missing}))


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "just words",
        "- a\n- list",
        "a: [1, 2",
        "a: b: c",
        "\tname: x",
        "1: 2",
        "? [a]\n: 1",
        "name: !!python/object/apply:os.system ['true']",
        "name: !!binary '###'",
        "name: 2001-99-99 99:99:99",
        "name: \x00",
        "[" * 100_000,
        "{a: " * 30_000,
        "seed: " + "9" * 10_000,
        "---\nname: a\n---\nname: b\n",
    ],
)
def test_what_is_no_recipe_is_one_clear_error(wrong: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_yaml(wrong)
    assert "\n" not in caught.value.message


@pytest.mark.timeout(20)
def test_a_yaml_bomb_is_refused_at_once() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join(['*' + a] * 9)}]" for a, b in zip("abcdefghi", "bcdefghij", strict=True)]
    with pytest.raises(RecipeError, match="aliases"):
        Recipe.from_yaml(text() + "model_options:\n" + "".join(f"  {line}\n" for line in lines))


def test_a_file_that_is_no_recipe_is_one_clear_error(tmp_path: Path) -> None:
    def refused(path: Path | str, why: str) -> None:
        with pytest.raises(RecipeError, match=why):
            load_recipe(path)

    refused(tmp_path / "none.yaml", "no such recipe")
    (tmp_path / "folder.yaml").mkdir()
    refused(tmp_path / "folder.yaml", "no such recipe")
    (tmp_path / "latin.yaml").write_bytes("name: Größe".encode("latin-1"))
    refused(tmp_path / "latin.yaml", "cannot read")
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    refused(tmp_path / "large.yaml", "larger than 1 MiB")
    refused("a\0.yaml", "no such recipe")
    refused("tinny", "tiny")
    refused("../recipes/tiny", "no recipe is called")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(20)
def test_a_pipe_does_not_make_us_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(RecipeError):
        load_recipe(tmp_path / "pipe.yaml")


@pytest.mark.parametrize("options", [{"width": -1}, {"width": "wide"}, {"depths": 3}, {"depth": [1]}])
def test_options_that_the_network_does_not_take(options: dict[str, Any], recipe: Callable[..., Recipe]) -> None:
    plan = recipe(model_options=options)
    with pytest.raises(RecipeError, match="resnet-tiny") as caught:
        registry.create(plan.model, **plan.model_options)
    assert caught.value.code == "bad_model_options"
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("changes", [{"size": 128}, {"phases": ({"epochs": 1, "crop": 200},)}])
def test_a_network_of_one_size_refuses_others(changes: dict[str, Any]) -> None:
    plan = adjusted(load_recipe("baseline"), model="mesonet")
    check_size(plan)
    with pytest.raises(RecipeError, match=r"'mesonet' takes whole pictures of 256 pixels only"):
        check_size(Recipe.model_validate(plan.model_dump() | changes))


def test_a_network_of_one_size_may_be_built_for_another() -> None:
    plan = adjusted(load_recipe("baseline"), model="mesonet")
    check_size(plan.model_copy(update={"size": 64, "model_options": {"size": 64}}))


def test_a_setting_that_is_there_twice_is_refused() -> None:
    with pytest.raises(RecipeError, match="'size' is there twice"):
        Recipe.from_yaml(load_recipe("tiny").to_yaml() + "size: 96\n")


def test_another_network_brings_its_own_size_and_weights() -> None:
    plan = adjusted(load_recipe("baseline"), model="inception-resnet-v2")
    assert (plan.size, plan.pretrained, plan.name) == (299, "imagenet", "baseline-inception-resnet-v2")
    assert adjusted(load_recipe("baseline"), model="alexnet").pretrained is None
    with pytest.raises(RecipeError, match="did you mean"):
        adjusted(load_recipe("baseline"), model="resnet-5O")


def test_a_setting_under_its_former_name_is_read_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    today, old = Recipe.from_yaml(text(degrade_resized={"jpeg": 0.5})), {"web": {"jpeg": 0.5}}
    with caplog.at_level("WARNING", "fauxface"):
        for _ in range(2):
            assert Recipe.from_yaml(text(**old), source="old.yaml") == today
    assert [r.getMessage() for r in caplog.records] == [
        "old.yaml: 'web' is called 'degrade_resized' now; version 0.2 will not read the former name"
    ]
    with pytest.raises(RecipeError, match=r"both\.yaml: 'web' is the former name of 'degrade_resized'"):
        Recipe.from_yaml(text(**old, degrade_resized={}), source="both.yaml")
