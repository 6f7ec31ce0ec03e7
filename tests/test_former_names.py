"""Former names: told of once a place, and what holds a former code is read as it is called today."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from fauxface import __version__, former_names
from fauxface.errors import WeightsError
from fauxface.verdict import Reason
from fauxface.weights import store
from fauxface.weights.card import ModelCard


def test_the_version_that_reads_none_is_still_to_come() -> None:
    assert [int(part) for part in __version__.split(".")[:2]] < [int(part) for part in former_names.GONE_IN.split(".")]


def test_each_place_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "fauxface"):
        for _ in range(2):
            former_names.tell("one.json", former_names.note("old", "new"))
            former_names.tell("two.json", former_names.note("old", "new"))
    said = "'old' is called 'new' now; version 0.2 will not read the former name"
    assert [r.getMessage() for r in caplog.records] == [f"one.json: {said}", f"two.json: {said}"]


def test_a_reason_is_written_under_both_codes_and_read_under_either() -> None:
    reason = Reason("in_abstention_region", "they overlap")
    row = reason.to_dict()
    assert row == {"code": "in_abstention_region", "message": "they overlap", "former_code": "in_band"}
    assert Reason.from_dict(row) == Reason.from_dict({"code": "in_band", "message": "they overlap"}) == reason
    assert Reason("no_face", "none").to_dict() == {"code": "no_face", "message": "none", "former_code": None}


def test_a_card_that_counts_a_former_code(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    card = store.resolve().card
    assert card.metrics.test
    assert card.metrics.test.said
    path = tmp_path / "card.json"
    path.write_text(card.to_json().replace('"in_abstention_region"', '"in_band"'), encoding="utf-8")
    assert "in_band" in json.loads(path.read_text())["metrics"]["test"]["said"]["reasons"]
    with caplog.at_level(logging.WARNING, "fauxface"):
        assert ModelCard.read(path) == ModelCard.read(path) == card
    assert [r.getMessage() for r in caplog.records] == [
        f"{path}: 'in_band' is called 'in_abstention_region' now; version 0.2 will not read the former name"
    ]


def test_weights_by_a_former_name_are_told_of(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(former_names, "_told", set())
    with caplog.at_level(logging.WARNING, "fauxface"):
        assert store.resolve("slim").card.id == store.resolve("slim").card.id == store.resolve().card.id
    assert [r.getMessage() for r in caplog.records] == ["weights: " + former_names.note("slim", "default")]


def test_a_card_with_two_numbers_for_small_faces_is_read_as_pairs(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    card = json.loads(store.resolve("default").card.to_json())
    card["decision"] |= {"smallest_real_side": 161, "small_side": 240, "small_real_to": 0.25}
    (tmp_path / "card.json").write_text(json.dumps(card))
    with caplog.at_level(logging.WARNING, "fauxface"):
        assert ModelCard.read(tmp_path / "card.json").decision.small_real_to == ((161, 0.0), (240, 0.25))
    said = [former_names.note(name, "small_real_to") for name in ("smallest_real_side", "small_side")]
    assert [r.getMessage() for r in caplog.records] == [f"{tmp_path / 'card.json'}: {line}" for line in said]


Former = dict[str, object]


def with_former(fields: Former) -> str:
    card = json.loads(store.resolve("default").card.to_json())
    del card["decision"]["small_real_to"]
    card["decision"] |= fields
    return json.dumps(card)


@pytest.mark.parametrize(
    ("fields", "pairs"),
    [
        ({"smallest_real_side": 161}, ((161, 0.0),)),
        ({"small_side": 240, "small_real_to": 0.25}, ((240, 0.25),)),
        ({"smallest_real_side": 0, "small_side": 240}, ((240, 0.0),)),
        ({"smallest_real_side": 161, "small_side": 161, "small_real_to": 0.25}, ((161, 0.0),)),
        ({"smallest_real_side": 0, "small_side": 0, "small_real_to": 0.0}, ()),
    ],
)
def test_a_note_names_the_fields_that_the_file_has(
    fields: Former, pairs: tuple[tuple[int, float], ...], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "card.json"
    path.write_text(with_former(fields))
    with caplog.at_level(logging.WARNING, "fauxface"):
        assert ModelCard.read(path).decision.small_real_to == pairs
    told = [name for name in ("smallest_real_side", "small_side") if name in fields]
    said = [former_names.note(name, "small_real_to") for name in told]
    assert [r.getMessage() for r in caplog.records] == [f"{path}: {line}" for line in said]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"smallest_real_side": 5000}, "decision.smallest_real_side"),
        ({"smallest_real_side": True}, "decision.smallest_real_side"),
        ({"small_side": "240"}, "decision.small_side"),
        ({"small_side": 240.5}, "decision.small_side"),
        ({"small_side": 240, "small_real_to": 1.5}, "decision.small_real_to"),
        ({"small_side": 240, "small_real_to": [[100, 0.1]]}, "decision.small_real_to"),
        ({"smallest_real_side": 161, "small_real_to": "0"}, "decision.small_real_to"),
    ],
)
def test_an_error_names_no_field_that_the_file_lacks(fields: Former, named: str) -> None:
    with pytest.raises(WeightsError) as caught:
        ModelCard.from_json(with_former(fields), source="x/card.json")
    assert caught.value.code == "bad_card"
    assert f"'{named}'" in caught.value.message
    for name in ("smallest_real_side", "small_side", "small_real_to"):
        assert name in fields or name not in caught.value.message
