"""What `fidelity.md` says in numbers is what the paper's data, the recipes and the shipped cards hold."""

from __future__ import annotations

import re
from pathlib import Path

import fauxface.paper
from fauxface.paper.results import PaperResult, result
from fauxface.training.recipe import Recipe, load_recipe
from fauxface.weights.store import resolve

TEXT = " ".join((Path(fauxface.paper.__file__).parent / "fidelity.md").read_text(encoding="utf-8").split())
STEPS = {
    "default": ["", "-longer", "-last", "-averaged"],
    "resnet68": ["default-1-narrow", "default-2-narrow", "default-3-narrow", "default-4-narrow"],
}


def steps(name: str) -> list[Recipe]:
    prefix = "efficientnet-lite0" if name == "default" else ""
    return [load_recipe(prefix + step) for step in STEPS[name]]


def known(name: str) -> PaperResult:
    found = result(name)
    assert found
    return found


def test_the_papers_rates_are_those_of_its_tables() -> None:
    best, first, then = (known(name) for name in ("resnet68-cutout", "vggface2", "vggface2-cutout"))
    fakes = best.fp + best.tn
    assert f"{best.fp} of {fakes:,} fakes is {100 * best.fp / fakes:.2f}%, not {best.false_positive_rate}%" in TEXT
    lost, left = first.fn, then.fn
    assert f"fall from {lost} to 338" in TEXT
    stays = 100 * left / lost
    assert f"The table says {left}, a fall of {100 - stays:.1f}% ({stays:.0f}% is what remains)" in TEXT
    assert f"accuracy is printed as {known('resnet68').accuracy}; the counts give 91.895" in TEXT


def test_augmentation_is_as_the_recipes_have_it() -> None:
    augment = load_recipe("resnet68-cutout").augment
    cutout = augment.cutout
    assert cutout
    assert f"a shift of up to {augment.shift:.0%}" in TEXT
    area, aspect = [f"{100 * end:.0f}" for end in cutout.area], [f"{end:.1f}" for end in cutout.aspect]
    said = f"probability {cutout.probability:g}, area {area[0]}–{area[1]}%, aspect ratio {aspect[0]}–{aspect[1]}"
    assert said in TEXT
    assert f"`geometry: {cutout.geometry}`, the default" in TEXT


def test_batches_epochs_and_rates_are_as_the_recipes_have_them() -> None:
    paper = [load_recipe(n + c) for n in ("inception-resnet-v2", "vggface2", "resnet68") for c in ("", "-cutout")]
    assert {recipe.batch_size for recipe in paper} == {1000}
    assert "Batches of 1000 are added up from micro-batches of 25 or 50" in TEXT
    assert {recipe.micro_batch for recipe in paper} == {25, 50}
    assert "Its recipe has 100." in TEXT
    assert load_recipe("resnet68-cutout").epochs == 100
    rates = [f"{recipe.optimiser.learning_rate:g}" for recipe in paper]
    assert f"Inception-ResNet-V2 ({rates[0]} and {rates[1]}) and of VGGFace2 ({rates[2]} and {rates[3]})" in TEXT
    small = [load_recipe(recipe.name + "-small") for recipe in paper]
    assert "batches of 32" in TEXT
    assert {recipe.batch_size for recipe in small} == {32}
    for plain, cut in zip(small[::2], small[1::2], strict=True):
        assert plain.optimiser.learning_rate == cut.optimiser.learning_rate


def test_the_shipped_detectors_were_trained_as_it_says() -> None:
    assert "Both shipped networks take 256 pixels" in TEXT
    assert "Both use AdamW, a cosine schedule and batches of 16" in TEXT
    for name in STEPS:
        assert resolve(name).card.input.size == 256
        assert {(r.optimiser.name, r.schedule.name, r.batch_size) for r in steps(name)} == {("adamw", "cosine", 16)}
        assert all(recipe.augment.cutout for recipe in steps(name)), "cutout is there in every step"
    assert len(re.findall("in four steps", TEXT)) == 2
    assert {recipe.best_by for recipe in steps("default")} == {"last"}
    assert [recipe.best_by for recipe in steps("resnet68")] == [*["valid_auc"] * 3, "last"]
