"""The fields of a card that the pages name are there."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import pytest
from tests.docs.pages import ROOT, code_spans

from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import CardCalibration, CardDecision, CardInput, CardProvenance, ErrorRates

GROUPS: dict[str, type[Any]] = {
    "input": CardInput,
    "calibration": CardCalibration,
    "decision": CardDecision,
    "provenance": CardProvenance,
}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def names(kind: Any) -> set[str]:
    return {field.name for field in fields(kind)}


def is_there(path: str) -> bool:
    """Whether a path such as ``decision.guaranteed.missed_fakes`` leads to a field of a card."""
    kind: Any = ModelCard
    for part in path.split("."):
        if not is_dataclass(kind) or part not in names(kind):
            return False
        kind = get_type_hints(kind)[part]
    return True


def dotted(text: str) -> set[str]:
    return {span for span in code_spans(text) if re.fullmatch(rf"(?:{'|'.join(GROUPS)})(?:\.\w+)+", span)}


def test_a_field_that_is_gone_is_told() -> None:
    assert is_there("decision.guaranteed.missed_fakes")
    assert not is_there("decision.changes")
    assert not is_there("decision.threshold.more")
    assert dotted("`decision.changes`, `changes`, `metrics.test`, `input.size`") == {"decision.changes", "input.size"}


@pytest.mark.parametrize(
    ("name", "known"),
    [("trust.md", {"decision.guaranteed", "decision.perturbations"}), ("cli.md", {"decision.perturbations"})],
)
def test_dotted_fields_are_there(name: str, known: set[str]) -> None:
    found = dotted(page(name))
    assert found >= known
    assert not {path for path in found if not is_there(path)}


def test_what_trust_calls_the_cards_is_there() -> None:
    found = set(re.findall(r"card's\s+`([\w.]+)`", page("trust.md")))
    assert found >= {"smallest_side", "least_colour", "familiar_within", "known_failures"}
    plain = names(ModelCard).union(*map(names, GROUPS.values()))
    assert not {one for one in found if one not in plain and not is_there(one)}


@pytest.mark.parametrize("group", GROUPS)
def test_the_table_of_groups_names_every_field(group: str) -> None:
    (row,) = re.findall(rf"^\| `{group}` \|(.*)\|$", page("cli.md").split("## card", 1)[1], flags=re.M)
    nested = names(ErrorRates) if group == "decision" else set[str]()
    assert set(code_spans(row)) == names(GROUPS[group]) | nested
