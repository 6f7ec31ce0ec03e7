"""Small fakes of known generators: the card's threshold for small faces is lowered until hardly any passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.training.conftest import quiet

from fauxface.data.face_crops import build
from fauxface.data.index import open_samples
from fauxface.detector import Detector
from fauxface.evaluation.real_threshold import SMALLER
from fauxface.training.crossval import scored
from fauxface.training.degraded import degradations, hold_known_fakes
from fauxface.weights.card import ModelCard


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    """Sixty fakes, ever brighter, which `tiny_onnx` takes for ever more real, and swaps as bright as photographs."""
    rows = ["path,label,split,source,family"]
    for i in range(70):
        kind = "swap" if i >= 60 else "gan"
        value = 60 + 2 * i if kind == "gan" else 230
        pixels = np.random.default_rng(i).normal(value, 8, (40, 40, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{i:02}.png")
        rows.append(f"{i:02}.png,fake,valid,{kind},{kind}")
    Image.fromarray(np.full((40, 40, 3), 200, np.uint8)).save(tmp_path / "photo.png")
    (tmp_path / "index.csv").write_text("\n".join([*rows, "photo.png,real,valid,camera,"]) + "\n")
    return tmp_path / "index.csv"


def test_hardly_any_known_fake_passes_after_it(
    listing: Path, make_tiny_weights: Callable[..., Path], tmp_path: Path
) -> None:
    weights = make_tiny_weights(small_side=224, small_real_to=0.45, colourless_real_to=0.45)
    table = open_samples(listing)
    crops = build(table, tmp_path / "crops")
    card = hold_known_fakes(weights, table, crops, quiet, ("swap",))
    assert ModelCard.read(weights / "card.json") == card
    assert card == replace(Detector.load(weights, faces="off").card)
    assert card.decision.small_real_to > 0.1, "the swaps, far below it, count for nothing"
    detector = Detector.load(weights, faces="off")
    fakes = [s for s in table.samples if s.source == "gan"]
    changes = degradations(detector.card.input.size)
    passed = [
        np.mean([(r.probability_fake or 0) <= most for r in scored(detector, fakes, crops, quiet_step, changes[name])])
        for most in (card.decision.small_real_to, 0.45)
        for name in SMALLER
    ]
    assert np.mean(passed[:4]) <= 0.02 < np.mean(passed[4:])
    grey = scored(detector, fakes, crops, quiet_step, changes["grey"])
    assert np.mean([(r.probability_fake or 0) <= card.decision.colourless_real_to for r in grey]) <= 0.02
    assert card.decision.colourless_real_to < 0.45
    assert hold_known_fakes(weights, table, crops, quiet, ("swap",)) == card, "it only ever lowers the threshold"


def quiet_step(_: int) -> None:
    """A progress bar that shows nothing."""
