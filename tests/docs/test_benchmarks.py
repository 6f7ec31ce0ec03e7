"""Stored measurements are of the weights that are shipped, and documents say what was stored."""

from __future__ import annotations

import json
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


def test_the_load_test_ran_with_the_shipped_weights_and_documents_say_what_it_found() -> None:
    found = stored("serve_load")
    assert found["model"] == resolve("default").card.id, "measure again: python benchmarks/serve_load.py"
    times = f"{found['p99_over_lone_median']:.1f} times"
    for page in ("benchmarks/README.md", "docs/web.md"):
        assert times in " ".join((ROOT / page).read_text(encoding="utf-8").split()), page
    told = " ".join((ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8").split())
    alone = " and ".join(f"{ms:.0f}" for ms in found["lone_request_median_ms"])
    for said in (
        f"{100 * found['share_of_bare_loop']:.0f}% of the bare loop's rate",
        f"({found['status']['200']:,} answers; {found['status']['503']:,} times",
        f"p99 of those that were answered {found['p99_ms']:.0f} ms",
        f"({alone} ms, before and after)",
    ):
        assert said in told, said


def test_the_page_on_faces_says_what_was_stored() -> None:
    found = stored("faces")["sources"]
    scenes = next(row for name, row in found.items() if "pasted" in name)
    whole = [row for name, row in found.items() if "pasted" not in name]
    framed = found["ffhq (real)"]
    told = " ".join((ROOT / "docs" / "faces.md").read_text(encoding="utf-8").split())

    def share(row: Any, key: str) -> str:
        return f"{100 * row['offset'][key]:.1f}%"

    def side(row: Any) -> tuple[str, str]:
        return f"{row['side']['median']:.2f}", f"({row['side']['p5']:.2f} to {row['side']['p95']:.2f})"

    total, seen = sum(row["pictures"] for row in whole), sum(row["found"] for row in whole)
    for said in (
        f"A face was found in {seen} of {total} pictures, and in {scenes['found']} of {scenes['pictures']} scenes",
        f"lies {share(framed, 'median')} of the side from the middle (95th percentile {share(framed, 'p95')})",
        f"its side is {side(framed)[0]} of the picture's {side(framed)[1]}",
        f"{share(scenes, 'median')} ({share(scenes, 'p95')}) and {' '.join(side(scenes))}",
        f"{scenes['processor_ms']:.0f} ms for 1000 × 750",
    ):
        assert said in told, said
