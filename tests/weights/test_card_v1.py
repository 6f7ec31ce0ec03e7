"""Flat cards of format 1: read as what they meant, told of once, and hostile ones refused."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.weights.test_card import JSON

from fauxface.errors import WeightsError
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import CardCalibration, CardDecision, CardInput, ErrorRates

SHARE = {"count": 1, "n": 9, "value": 1 / 9, "interval": [0.0, 0.5]}
OVER = {"value": 0.1, "interval": [0.0, 0.2], "worst": 0.3, "worst_source": "a"}
ROW = {"source": "a", "pictures": 20, "wrong": 0.1, "interval": [0.0, 0.3], "uncertain": 0.2, "auc": 0.9}
METRICS: dict[str, Any] = {
    "test": {
        "n": 9,
        "tp": 4,
        "fp": 1,
        "fn": 0,
        "tn": 4,
        "accuracy": 0.9,
        "f1": 0.9,
        "precision": 0.8,
        "specificity": 0.8,
        "sensitivity": 1.0,
        "false_positive_rate": 0.2,
        "balanced_accuracy": 0.9,
        "auc": 0.95,
        "intervals": {"false_positive_rate": [0.1, 0.3]},
        "said": {
            **dict.fromkeys(("abstained", "abstained_real", "abstained_fake", "right"), SHARE),
            **dict.fromkeys(("fakes_called_real", "photographs_called_fake"), SHARE),
            "balanced_accuracy": 0.9,
            "reasons": {"in_band": 2},
        },
    },
    "unseen_sources": {
        "aims": {"accused": 0.04, "missed": 0.06, "uncertain": 0.2},
        "cameras": [ROW],
        "generators": [ROW],
        "auc": [[0.9]],
        "accused": OVER,
        "missed": OVER,
        "uncertain": OVER,
        "mean_auc": OVER,
        "caught": OVER,
    },
    "mine": 7,
}
FLAT: dict[str, Any] = {
    "name": "tiny",
    "version": "1",
    "architecture": "resnet68",
    "input_size": 224,
    "mean": [1, 2, 3],
    "std": [64.0] * 3,
    "weights_file": "model.onnx",
    "sha256": "0" * 64,
    "size_bytes": 1,
    "input_jpeg": 90,
    "temperature": 1.7,
    "bias": -0.25,
    "threshold": 0.2,
    "uncertain_band": [0.2, 0.8],
    "coverage": {"real": 0.95, "fake": 0.99},
    "changes": ["mirror"],
    "smallest_side": 96,
    "lowest_jpeg_quality": 30,
    "least_colour": 6.0,
    "familiar_within": 1.5,
    "needs_face": True,
    "parameters": 5,
    "licence": "mine",
    "data": {"a": 1},
    "training": {"b": 2},
    "metrics": METRICS,
    "limits": ["Only faces"],
}


def read(**changes: Any) -> ModelCard:
    return ModelCard.from_json(json.dumps(FLAT | changes))


def test_every_value_finds_its_group() -> None:
    card = read()
    assert card.id == "tiny@1"
    assert card.input == CardInput(224, (1, 2, 3), (64.0, 64.0, 64.0), 90, 96, 30, 6.0, True)
    assert card.calibration == CardCalibration(1.7, -0.25)
    assert card.decision == CardDecision(0.2, (0.2, 0.8), ErrorRates(0.01, 0.05), ("mirror",), 1.5)
    about = card.provenance
    assert (about.weights_file, about.sha256, about.size_bytes, about.parameters) == ("model.onnx", "0" * 64, 1, 5)
    assert (about.licence, about.data, about.training) == ("mine", {"a": 1}, {"b": 2})
    assert card.known_failures == ("Only faces",)
    assert ModelCard.from_json(card.to_json()) == card


def test_rates_have_the_names_of_today() -> None:
    metrics = read().metrics
    assert metrics.test
    assert metrics.test.said
    assert metrics.unseen_sources
    assert (metrics.test.missed_fakes, metrics.test.intervals["missed_fakes"]) == (0.2, (0.1, 0.3))
    assert metrics.test.said.missed_fakes.value == 1 / 9
    assert metrics.test.said.accused_photographs.count == 1
    assert metrics.test.said.reasons == {"in_abstention_region": 2}
    aims = metrics.unseen_sources.aims
    assert (aims.accused_photographs, aims.missed_fakes) == (0.04, 0.06)
    assert metrics.unseen_sources.accused_photographs.worst == 0.3
    assert metrics.extra == {"mine": 7}


def test_what_a_flat_card_left_out_is_as_it_was() -> None:
    needed = ("name", "version", "architecture", "input_size", "mean", "std", "weights_file", "sha256", "size_bytes")
    card = ModelCard.from_json(json.dumps({key: FLAT[key] for key in needed}))
    assert card.decision == CardDecision()
    assert card.calibration == CardCalibration()
    assert card.metrics.test is None
    assert read(coverage={"real": 0.9}).decision.guaranteed == ErrorRates(accused_photographs=0.1)


@pytest.mark.parametrize("odd", [{"n": 6}, [1], {"said": 3}, {"accuracy": "high"}])
def test_metrics_that_nobody_can_read_keep_no_picture_from_its_verdict(odd: Any) -> None:
    card = read(metrics={"test": odd, "unseen_sources": odd, "calibration": odd})
    assert card.metrics.test is card.metrics.unseen_sources is card.metrics.calibration is None
    assert card.metrics.extra == {f"former_{name}": odd for name in ("test", "unseen_sources", "calibration")}
    assert ModelCard.from_json(card.to_json()) == card


def test_it_is_told_of_once_with_the_way_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "card.json"
    path.write_text(json.dumps(FLAT), encoding="utf-8")
    with caplog.at_level(logging.WARNING, "fauxface"):
        assert ModelCard.read(path) == ModelCard.read(path)
        said = [r.getMessage() for r in caplog.records if str(path) in r.getMessage()]
        path.write_text(ModelCard.read(path).to_json(), encoding="utf-8")
        caplog.clear()
        ModelCard.read(path)
    assert len(said) == 1
    assert "'uncertain_band' is 'decision.abstention_region' now" in said[0]
    assert "'limits' is 'known_failures' now" in said[0]
    assert "version 0.2 will not read" in said[0]
    assert f"fauxface card --json --weights {path} --out {path}" in said[0]
    assert not caplog.records, "a card of today is nothing to tell of"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("input_size", 15),
        ("mean", [1, 2]),
        ("temperature", 0),
        ("uncertain_band", [0.6, 0.4]),
        ("coverage", {"true": 0.5}),
        ("coverage", {"real": 2}),
        ("coverage", {"real": True}),
        ("coverage", []),
        ("weights_file", "../model.onnx"),
        ("sha256", "G" * 64),
        ("metrics", []),
        ("limits", "none"),
        ("abstention_region", [0.1, 0.2]),
        ("surprise", 1),
    ],
)
def test_wrong_values(key: str, value: Any) -> None:
    with pytest.raises(WeightsError) as caught:
        read(**{key: value})
    assert caught.value.code == "bad_card"


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*FLAT, "other"]), JSON, max_size=4))
def test_hostile_values(changes: dict[str, Any]) -> None:
    try:
        card = read(**changes)
    except WeightsError:
        return
    assert 16 <= card.input.size <= 2048
    assert ModelCard.from_json(card.to_json()).id == card.id
