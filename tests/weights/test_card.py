"""Model cards: the round trip, every group's wrong values, and hostile JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fauxface.errors import WeightsError
from fauxface.weights import store
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import CardCalibration, CardDecision, CardInput, CardProvenance, ErrorRates
from fauxface.weights.metrics import CardMetrics, Fitting

CARD = ModelCard(
    name="tiny",
    version="1",
    architecture="resnet68",
    input=CardInput(224, (127.5, 127.5, 127.5), (64.0, 64.0, 64.0)),
    provenance=CardProvenance("model.onnx", "0" * 64, 1),
)


def changed(path: str, value: Any) -> str:
    """The text of the card with another value, such as of "input.size"."""
    raw = json.loads(CARD.to_json())
    *groups, key = path.split(".")
    place = raw
    for group in groups:
        place = place[group]
    place[key] = value
    return json.dumps(raw)


def test_round_trip() -> None:
    full = replace(
        CARD,
        input=replace(CARD.input, jpeg=90, smallest_side=96, lowest_jpeg_quality=30, least_colour=6.0, needs_face=True),
        calibration=CardCalibration(temperature=1.7, bias=-0.25),
        decision=CardDecision(0.31, (0.2, 0.8), ErrorRates(0.01, 0.05), ("mirror",), 1.25),
        provenance=replace(
            CARD.provenance,
            parameters=25_000_000,
            licence="CC BY-NC-SA 4.0",
            data={"name": "140k", "pictures": [1, 2]},
            training={"epoch": 3},
        ),
        metrics=CardMetrics(calibration=Fitting({"real": 1, "fake": 2}, 0.1, None, ("a", "b"), 0.25)),
        known_failures=("Only faces", "Only StyleGAN"),
    )
    assert ModelCard.from_json(full.to_json()) == full
    assert full.id == "tiny@1"
    assert json.loads(full.to_json())["format"] == 2


def test_fake_starts_where_nothing_is_uncertain_any_more() -> None:
    assert CardDecision(0.3, (0.3, 0.6)).fake_from == 0.6
    assert CardDecision(0.7, (0.5, 0.5)).fake_from == 0.7


def test_keys_of_metrics_that_are_not_known_are_kept() -> None:
    text = changed("metrics", {"größe": None, "mine": {"deep": [1]}, "test": None})
    card = ModelCard.from_json(text)
    assert card.metrics.extra == {"größe": None, "mine": {"deep": [1]}}
    assert ModelCard.from_json(card.to_json()) == card
    assert json.loads(card.to_json())["metrics"]["mine"] == {"deep": [1]}


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(CARD.to_json(), encoding="utf-8")
    assert ModelCard.read(path) == CARD


@pytest.mark.parametrize("name", store.SHIPPED)
def test_the_shipped_cards_are_as_they_would_be_written_today(name: str) -> None:
    text = (store.SHIPPED[name] / "card.json").read_text(encoding="utf-8")
    card = ModelCard.from_json(text)
    assert card.to_json() == text
    assert not card.metrics.extra


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", 3),
        ("format", "2"),
        ("format", 2.0),
        ("format", True),
        ("name", ""),
        ("name", 3),
        ("surprise", 1),
        ("known_failures", "none"),
        ("known_failures", [1]),
        ("input", []),
        ("input.surprise", 1),
        ("input.jpeg", 101),
        ("input.jpeg", "90"),
        ("input.size", 15),
        ("input.size", 1e3),
        ("input.size", True),
        ("input.mean", [1, 2]),
        ("input.mean", [1, 2, "3"]),
        ("input.mean", [1, 2, 1e5]),
        ("input.std", [1, 0, 1]),
        ("input.std", [1, True, 1]),
        ("input.smallest_side", -1),
        ("input.lowest_jpeg_quality", 101),
        ("input.least_colour", 256),
        ("input.needs_face", 1),
        ("calibration.temperature", 0),
        ("calibration.temperature", 10**400),
        ("calibration.temperature", float("nan")),
        ("calibration.bias", float("inf")),
        ("calibration.bias", 1001),
        ("decision.threshold", 1.01),
        ("decision.threshold", 0.4999),
        ("decision.threshold", 0.5001),
        ("decision.abstention_region", [0.51, 0.6]),
        ("decision.abstention_region", [0.4, 0.49]),
        ("decision.abstention_region", [0.6, 0.4]),
        ("decision.abstention_region", [0.6]),
        ("decision.abstention_region", 0.5),
        ("decision.guaranteed", {"missed_fakes": 1.5}),
        ("decision.guaranteed", {"real": 0.5}),
        ("decision.perturbations", [1]),
        ("decision.perturbations", "jpeg"),
        ("decision.familiar_within", -1),
        ("decision.small_real_to", [[100, 1.5]]),
        ("decision.small_real_to", [[0, 0.5]]),
        ("decision.small_real_to", [[100, 0.1], [100, 0.2]]),
        ("decision.small_real_to", [[200, 0.1], [100, 0.2]]),
        ("decision.small_real_to", [[100, 0.2], [200, 0.1]]),
        ("decision.small_real_to", [[100.5, 0.1]]),
        ("decision.small_real_to", [[100]]),
        ("decision.small_real_to", "100"),
        ("decision.colourless_real_to", 1.5),
        ("provenance.weights_file", "../model.onnx"),
        ("provenance.weights_file", "/etc/passwd"),
        ("provenance.weights_file", "C:model.onnx"),
        ("provenance.weights_file", "a\\b"),
        ("provenance.weights_file", ".."),
        ("provenance.weights_file", ""),
        ("provenance.weights_file", "a\0b"),
        ("provenance.sha256", "0" * 63),
        ("provenance.sha256", "G" * 64),
        ("provenance.size_bytes", 0),
        ("provenance.size_bytes", "1"),
        ("provenance.parameters", -1),
        ("provenance.data", []),
        ("metrics", []),
        ("metrics.test", {"n": 5}),
        ("metrics.unseen_sources", {}),
        ("metrics.calibration", {"pictures": {"real": "many"}}),
    ],
)
def test_wrong_values(path: str, value: Any) -> None:
    with pytest.raises(WeightsError) as caught:
        ModelCard.from_json(changed(path, value), source="x/card.json")
    assert caught.value.code == "bad_card"
    assert caught.value.message.startswith("x/card.json: ")
    assert path.split(".")[-1] in caught.value.message, "the error names the place"


@pytest.mark.parametrize("region", [[0.5, 0.5], [0.5, 0.7], [0.3, 0.5], [0.0, 1.0]])
def test_the_threshold_lies_in_the_abstention_region_or_on_its_ends(region: list[float]) -> None:
    assert list(ModelCard.from_json(changed("decision.abstention_region", region)).decision.abstention_region) == region


def test_a_threshold_outside_of_the_region_says_the_way_out() -> None:
    said = (
        r"'decision\.threshold' is 0\.3, outside of 'decision\.abstention_region', 0\.5 to 0\.5: .* both ends to 0\.3"
    )
    with pytest.raises(WeightsError, match=said):
        ModelCard.from_json(changed("decision.threshold", 0.3))


def test_larger_faces_may_have_the_same_rule() -> None:
    rules = ModelCard.from_json(changed("decision.small_real_to", [[100, 0.1], [200, 0.1]])).decision.small_real_to
    assert rules == ((100, 0.1), (200, 0.1))


@pytest.mark.parametrize("part", ["said.missed_fakes.value", "said.abstained.value"])
def test_shares_of_answers_lie_between_none_and_all(part: str) -> None:
    raw = json.loads((store.SHIPPED["default"] / "card.json").read_text(encoding="utf-8"))
    one, two, three = part.split(".")
    raw["metrics"]["test"][one][two][three] = 1.5
    with pytest.raises(WeightsError, match=r"metrics\.test\.said"):
        ModelCard.from_json(json.dumps(raw))


@pytest.mark.parametrize("key", ["accused_photographs", "missed_fakes", "uncertain"])
def test_shares_over_sources_lie_between_none_and_all(key: str) -> None:
    raw = json.loads((store.SHIPPED["default"] / "card.json").read_text(encoding="utf-8"))
    raw["metrics"]["unseen_sources"][key]["worst"] = -0.1
    with pytest.raises(WeightsError, match=r"metrics\.unseen_sources"):
        ModelCard.from_json(json.dumps(raw))


@pytest.mark.parametrize("path", ["name", "input", "input.mean", "provenance", "provenance.sha256"])
def test_missing_keys(path: str) -> None:
    raw = json.loads(CARD.to_json())
    *groups, key = path.split(".")
    del (raw[groups[0]] if groups else raw)[key]
    with pytest.raises(WeightsError, match=f"'{path}' is missing"):
        ModelCard.from_json(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '{"name": ' * 50_000, "9" * 5000])
def test_no_card_at_all(text: str) -> None:
    with pytest.raises(WeightsError):
        ModelCard.from_json(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
PLACES = [
    key if not isinstance(value, dict) else f"{key}.{below}"
    for key, value in json.loads(CARD.to_json()).items()
    for below in (value if isinstance(value, dict) else [""])
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([*PLACES, "input", "decision", "metrics", "other", "metrics.other"]), JSON)
def test_hostile_values(path: str, value: Any) -> None:
    try:
        card = ModelCard.from_json(changed(path, value))
    except WeightsError:
        return
    assert 16 <= card.input.size <= 2048
    assert card.calibration.temperature > 0
    assert "/" not in card.provenance.weights_file


@settings(max_examples=300, deadline=None)
@given(JSON.map(json.dumps) | st.text())
def test_hostile_texts(text: str) -> None:
    with pytest.raises(WeightsError):
        ModelCard.from_json(text)


@pytest.mark.timeout(20)
def test_files_that_are_no_cards(tmp_path: Path) -> None:
    cases: dict[str, Callable[[Path], object]] = {
        "missing": lambda p: None,
        "folder": lambda p: p.mkdir(),
        "pipe": lambda p: os.mkfifo(p) if hasattr(os, "mkfifo") else None,
        "latin": lambda p: p.write_bytes(b"\xff\xfe\xe9"),
        "huge": lambda p: p.write_bytes(bytes((1 << 20) + 1)),
        "nul\0": lambda p: None,
    }
    for name, make in cases.items():
        path = tmp_path / name
        make(path)
        with pytest.raises(WeightsError):
            ModelCard.read(path)
