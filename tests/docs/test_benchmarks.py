"""Stored measurements are of the weights that are shipped; what pages quote of them is in `test_results.py`."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.docs.pages import ROOT

from fauxface.training.recipe import recipe_names
from fauxface.weights.store import resolve

RESULTS = ROOT / "benchmarks" / "results"


def stored(name: str) -> Any:
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def test_speed_was_measured_with_the_shipped_weights() -> None:
    text = (RESULTS / "predict_speed.md").read_text(encoding="utf-8")
    assert text.count(resolve("default").card.id) == 2, "measure again: make bench"


@pytest.mark.parametrize("name", ["default", "resnet68"])
def test_both_networks_were_measured_as_shipped(name: str) -> None:
    weights = resolve(name)
    text = (RESULTS / "networks_speed.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {weights.card.id} |")]
    size = weights.card.provenance.size_bytes / 2**20
    assert row.endswith(f"| {size:.1f} |"), "measure again: python benchmarks/networks_speed.py"


def test_the_input_was_measured_by_a_recipe_that_is_there() -> None:
    assert stored("input_speed")["recipe"] in recipe_names(), "measure again: make bench"


def test_the_load_test_ran_with_the_shipped_weights() -> None:
    assert stored("serve_load")["model"] == resolve("default").card.id, "measure again: python benchmarks/serve_load.py"


def test_the_picture_page_was_written_from_what_was_stored() -> None:
    found = stored("large_pictures")["mib"]
    text = (RESULTS / "large_pictures.md").read_text(encoding="utf-8")
    assert all(f"| {name} | {mib:.0f} |" in text for name, mib in found.items())


def test_the_makefile_says_how_much_is_installed() -> None:
    found = stored("installed")["megabytes"]
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"(\d+) MB", text) == [f"{found['core']:.0f}"]
    assert set(re.findall(r"(\d+) GB", text)) == {f"{found['everything'] / 1000:.0f}"}
