"""The table of networks names every one that can be trained, as `fauxface models` does."""

from __future__ import annotations

import json
import re

from tests.docs.pages import ROOT

from fauxface.models import registry
from fauxface.models.cost import cost

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "models.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\|.*\|.*\|.*\|.*\|.*\|$", line) and "---" not in line
]


def test_every_network_has_its_row_in_the_order_of_the_registry() -> None:
    title, *rows = ROWS
    assert title == ["name", "parameters", "GFLOP", "input", "public weights", "source"]
    said = [(row[0], *row[3:]) for row in rows]
    assert said == [
        (
            entry.name,
            str(entry.input_size),
            ", ".join(f"{p.name} ({p.file.licence})" for p in entry.pretrained) or "–",
            entry.source,
        )
        for entry in registry.REGISTRY.values()
    ], "run: python docs/results/networks.py && make results"


def test_its_numbers_are_counted() -> None:
    counted = {row[0]: tuple(row[1:3]) for row in ROWS}
    for name in ("efficientnet-lite0", "resnet-tiny", "mesonet", "resnet68-slim"):
        found = cost(name)
        assert counted[name] == (f"{found.parameters / 1e6:,.2f} M", f"{found.flops / 1e9:,.2f}")


def test_contributing_says_how_a_network_comes_into_the_table() -> None:
    """A row by hand would be overwritten, and the test of drawn pages would refuse it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    steps = text.split("## Add a network")[1].split("\n## ")[0]
    assert "`python docs/results/networks.py`" in steps
    assert "`make results`" in steps.split("`python docs/results/networks.py`")[1]
    stored = json.loads((ROOT / "docs" / "results" / "networks.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in stored] == list(registry.REGISTRY)
