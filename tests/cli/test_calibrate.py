"""`fauxface calibrate`: the same network, a card that keeps its promise on other pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from typer.testing import CliRunner, Result

from fauxface.cli.main import app
from fauxface.weights.card import ModelCard


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def shades(folder: Path, n: int = 120) -> Path:
    """Photographs are bright, fakes dark, with an overlap; the tiny network sees nothing but brightness."""
    rng = np.random.default_rng(4)
    for split in ("train", "valid", "test"):
        for label, centre in (("real", 150), ("fake", 110)):
            (folder / split / label).mkdir(parents=True)
            for i in range(2 if split == "train" else n):
                value = rng.normal(centre, 25, (1, 1, 3)).clip(0, 255).astype(np.uint8)
                Image.fromarray(value.repeat(40, 0).repeat(40, 1)).save(folder / split / label / f"{i}.png")
    return folder


def test_the_promise_is_kept_on_test_pictures(make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    weights, data, out = make_tiny_weights(uncertain_band=(0.5, 0.5)), shades(tmp_path / "shades"), tmp_path / "out"
    done = command("calibrate", "--weights", weights, "--data", data, "--out", out, "--version", "2", "--threads", 1)
    assert done.exit_code == 0, (done.output, done.exception)
    before, card = ModelCard.read(weights / "card.json"), ModelCard.read(out / "card.json")
    assert (card.id, card.sha256) == ("tiny@2", before.sha256)
    assert (out / "model.onnx").read_bytes() == (weights / "model.onnx").read_bytes()
    assert card.coverage == {"fake": 0.99, "real": 0.95}
    assert card.metrics["calibration"]["pictures"] == {"real": 120, "fake": 120}
    errors = card.metrics["calibration"]
    assert errors["expected_calibration_error_after"] < errors["expected_calibration_error_before"]
    low, high = card.uncertain_band
    assert 0 < low < card.threshold < high < 1
    said = card.metrics["test"]["said"]
    assert said["fakes_called_real"]["value"] <= 0.03  # 120 fakes: 1% wanted, two standard errors more
    assert said["photographs_called_fake"]["value"] <= 0.1
    assert said["abstained"]["value"] > 0.2
    assert "uncertain" in done.output


def test_a_wanted_share_moves_the_threshold(make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    weights, data = make_tiny_weights(), shades(tmp_path / "shades", 40)
    thresholds = []
    for rate, option in ((0.05, "--max-missed-fakes"), (0.3, "--max-false-positive-rate")):  # the name of before, too
        out = tmp_path / str(rate)
        done = command(
            "calibrate", "--weights", weights, "--data", data, "--out", out, option, rate, "--all-numbers",
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        thresholds.append(json.loads((out / "card.json").read_text())["threshold"])
    assert thresholds[0] < thresholds[1]


def test_no_pictures_to_calibrate_on(make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "train" / "train"
    for label in ("real", "fake"):
        (folder / label).mkdir(parents=True)
        Image.new("RGB", (40, 40)).save(folder / label / "a.png")
    done = command("calibrate", "--weights", make_tiny_weights(), "--data", folder.parent, "--out", tmp_path / "out")
    assert done.exit_code != 0
    assert not (tmp_path / "out" / "card.json").exists()


def test_few_pictures_move_one_number_only(make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    weights, data, out = make_tiny_weights(bias=1.5), shades(tmp_path / "shades", 30), tmp_path / "out"
    done = command("calibrate", "--weights", weights, "--data", data, "--out", out, "--threads", 1)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "only the bias was moved" in done.output
    before, card = ModelCard.read(weights / "card.json"), ModelCard.read(out / "card.json")
    assert card.bias != before.bias
    assert (card.temperature, card.threshold, card.uncertain_band, card.coverage) == (
        before.temperature, before.threshold, before.uncertain_band, before.coverage
    )  # fmt: skip
    errors = card.metrics["calibration"]
    assert errors["expected_calibration_error_after"] < errors["expected_calibration_error_before"]
