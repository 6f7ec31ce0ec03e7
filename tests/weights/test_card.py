"""Model cards: the round trip, and hostile JSON."""

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
from fauxface.weights.card import ModelCard

CARD = ModelCard(
    name="tiny",
    version="1",
    architecture="resnet68",
    input_size=224,
    mean=(127.5, 127.5, 127.5),
    std=(64.0, 64.0, 64.0),
    weights_file="model.onnx",
    sha256="0" * 64,
    size_bytes=1,
)


def test_round_trip() -> None:
    full = replace(
        CARD,
        temperature=1.7,
        bias=-0.25,
        threshold=0.31,
        uncertain_band=(0.2, 0.8),
        parameters=25_000_000,
        licence="CC BY-NC-SA 4.0",
        data={"name": "140k", "pictures": [1, 2]},
        metrics={"accuracy": 0.97, "größe": None},
        limits=("Only faces", "Only StyleGAN"),
    )
    assert ModelCard.from_json(full.to_json()) == full
    assert full.id == "tiny@1"


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(CARD.to_json(), encoding="utf-8")
    assert ModelCard.read(path) == CARD


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("input_jpeg", 101),
        ("input_jpeg", "90"),
        ("name", ""),
        ("name", 3),
        ("input_size", 15),
        ("input_size", 1e3),
        ("input_size", True),
        ("mean", [1, 2]),
        ("mean", [1, 2, "3"]),
        ("std", [1, 0, 1]),
        ("std", [1, True, 1]),
        ("temperature", 0),
        ("temperature", 10**400),
        ("temperature", float("nan")),
        ("bias", float("inf")),
        ("threshold", 1.01),
        ("uncertain_band", [0.6, 0.4]),
        ("uncertain_band", 0.5),
        ("weights_file", "../model.onnx"),
        ("weights_file", "/etc/passwd"),
        ("weights_file", "C:model.onnx"),
        ("weights_file", "a\\b"),
        ("weights_file", ".."),
        ("weights_file", ""),
        ("weights_file", "a\0b"),
        ("sha256", "0" * 63),
        ("sha256", "G" * 64),
        ("size_bytes", 0),
        ("size_bytes", "1"),
        ("parameters", -1),
        ("data", []),
        ("limits", "none"),
        ("limits", [1]),
        ("surprise", 1),
    ],
)
def test_wrong_values(key: str, value: Any) -> None:
    raw = json.loads(CARD.to_json()) | {key: value}
    with pytest.raises(WeightsError) as caught:
        ModelCard.from_json(json.dumps(raw), source="x/card.json")
    assert caught.value.code == "bad_card"
    assert "x/card.json" in caught.value.message


@pytest.mark.parametrize("key", ["name", "mean", "sha256"])
def test_missing_keys(key: str) -> None:
    raw = json.loads(CARD.to_json())
    del raw[key]
    with pytest.raises(WeightsError, match=key):
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


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from([*json.loads(CARD.to_json()), "other"]), JSON, max_size=4))
def test_hostile_values(changes: dict[str, Any]) -> None:
    try:
        card = ModelCard.from_json(json.dumps(json.loads(CARD.to_json()) | changes))
    except WeightsError:
        return
    assert 16 <= card.input_size <= 2048
    assert card.temperature > 0
    assert "/" not in card.weights_file


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
