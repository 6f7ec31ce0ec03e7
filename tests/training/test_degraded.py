"""Pictures made small, grey or less large: which ones take part, and what a detector says of known fakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.training.conftest import quiet

from fauxface.data.face_crops import build
from fauxface.data.index import open_samples
from fauxface.detector import Detector
from fauxface.evaluation.real_threshold import COLOURLESS, SMALL_SIDES, SMALLER, WHOLE, known_up_to, smaller
from fauxface.training.degraded import FILTERS, degradations, judge_known, some_of_each


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


def test_known_fakes_are_judged_after_each_change_that_has_a_threshold(
    listing: Path, make_tiny_weights: Callable[..., Path], tmp_path: Path
) -> None:
    detector = Detector.load(make_tiny_weights(), faces="off")
    table = open_samples(listing)
    crops = build(table, tmp_path / "crops")
    found = judge_known(detector, table, crops, quiet, ("swap",))
    assert set(found) == {WHOLE, *SMALLER, *COLOURLESS}
    assert all({r.source for r in rows} == {"gan"} and len(rows) == 60 for rows in found.values()), "no swap, no photo"
    names = smaller(SMALL_SIDES[-1])
    up_to = known_up_to(found, names)
    assert np.mean([[(r.probability_fake or 0) <= up_to for r in found[name]] for name in names]) <= 0.02
    assert all(r.side == 40 for name in names for r in found[name]), "no face is enlarged"
    assert all(r.colour == pytest.approx(0, abs=1) for r in found["grey"])


def test_only_large_faces_are_made_less_large(listing: Path, tmp_path: Path) -> None:
    Image.fromarray(np.full((400, 400, 3), 120, np.uint8)).save(tmp_path / "large.png")
    listing.write_text(listing.read_text() + "large.png,fake,valid,gan,gan\n")
    table = open_samples(listing)
    crops = build(table, tmp_path / "crops")
    changes = degradations()
    assert {name.split()[0] for name, each in changes.items() if each.at_least} == {"384", "512"}
    chosen = some_of_each(table.samples, crops, 5, changes["384 px, jpeg-75"].at_least)
    assert [s.path for s in chosen] == ["large.png"]
    assert changes["384 px, jpeg-75"](crops.get(chosen[0].sha256).rgb).shape == (384, 384, 3)
    assert some_of_each(table.samples, crops, 5, 512) == []
    assert len(some_of_each(table.samples, crops, 5)) == 5 + 5 + 1


def test_filters_change_colours_or_sharpness_and_nothing_else() -> None:
    rgb = np.random.default_rng(0).integers(40, 200, (48, 40, 3)).astype(np.uint8)
    found = {name: degradations()[name](rgb) for name in FILTERS}
    assert all(each.shape == rgb.shape and each.dtype == np.uint8 for each in found.values())
    red, _, blue = (found["filter-warm"].mean((0, 1)) - rgb.mean((0, 1))).tolist()
    assert red > 5
    assert blue < -5
    spread = {name: each.astype(float).std() / rgb.std() for name, each in found.items()}
    assert spread["filter-sharp"] > 1.1
    assert spread["filter-vivid"] > 1.1
