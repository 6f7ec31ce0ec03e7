"""Precision "auto" is decided once, by the device or by what a run began with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fauxface.errors import TrainingError
from fauxface.training.devices import one_device, settled
from fauxface.training.recipe import Precision, Recipe, load_recipe


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("baseline").model_copy(update={"precision": "auto"})


def on_a_processor_with(monkeypatch: pytest.MonkeyPatch, **capabilities: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [({"avx512_bf16": True}, "bf16-mixed"), ({"amx_bf16": True}, "bf16-mixed"), ({"avx512_f": True}, "32-true")],
)
def test_a_processor_decides(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], precision: str
) -> None:
    on_a_processor_with(monkeypatch, **capabilities)
    assert settled(recipe, "cpu", tmp_path / "recipe.yaml").precision == precision


def test_a_run_that_has_begun_keeps_its_precision(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "recipe.yaml"
    begun.write_text(recipe.model_copy(update={"precision": "32-true"}).to_yaml())
    on_a_processor_with(monkeypatch, avx512_bf16=True)
    assert settled(recipe, "cpu", begun).precision == "32-true"


@pytest.mark.parametrize("precision", ["32-true", "16-mixed", "64-true"])
def test_a_named_precision_stays(recipe: Recipe, tmp_path: Path, precision: Precision) -> None:
    named = recipe.model_copy(update={"precision": precision})
    assert settled(named, "auto", tmp_path / "none") is named


@pytest.mark.parametrize(("there", "names"), [(True, ["cuda", "cpu", "cuda"]), (False, ["cpu", "cpu", None])])
def test_one_device(monkeypatch: pytest.MonkeyPatch, there: bool, names: list[str | None]) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    for asked, kind in zip(("auto", "cpu", "cuda"), names, strict=True):
        if kind is None:
            with pytest.raises(TrainingError, match="cannot compute on 'cuda'; here is cpu"):
                one_device(asked)
        else:
            assert one_device(asked).type == kind
    with pytest.raises(TrainingError, match="'tpu'"):
        one_device("tpu")
