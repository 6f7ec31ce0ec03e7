"""`fauxface calibrate`: the same network, a card that keeps its error rates on other pictures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from fauxface.cli.main import app
from fauxface.errors import DataError
from fauxface.web.messages import ENGLISH
from fauxface.web.messages.error_rates import bounds, meaning
from fauxface.weights import store
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import ErrorRates
from fauxface.weights.metrics import CardMetrics


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


def test_the_error_rates_are_kept_on_test_pictures(make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    weights, data, out = make_tiny_weights(abstention_region=(0.5, 0.5)), shades(tmp_path / "shades"), tmp_path / "out"
    done = command("calibrate", "--weights", weights, "--data", data, "--out", out, "--version", "2", "--threads", 1)
    assert done.exit_code == 0, (done.output, done.exception)
    before, card = ModelCard.read(weights / "card.json"), ModelCard.read(out / "card.json")
    assert (card.id, card.provenance.sha256) == ("tiny@2", before.provenance.sha256)
    assert (out / "model.onnx").read_bytes() == (weights / "model.onnx").read_bytes()
    assert card.decision.guaranteed == ErrorRates(missed_fakes=0.01, accused_photographs=0.05)
    assert card.metrics.calibration
    assert card.metrics.test
    assert card.metrics.calibration.pictures == {"real": 120, "fake": 120}
    errors = card.metrics.calibration
    assert (errors.expected_calibration_error_after or 1) < (errors.expected_calibration_error_before or 0)
    low, high = card.decision.abstention_region
    assert 0 < low < card.decision.threshold < high < 1
    said = card.metrics.test.said
    assert said
    assert (said.missed_fakes.value or 0) <= 0.03  # 120 fakes: 1% wanted, two standard errors more
    assert (said.accused_photographs.value or 0) <= 0.1
    assert (said.abstained.value or 0) > 0.2
    assert "uncertain" in done.output


def test_the_rules_for_when_nothing_is_said_stay(make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    rules = {"smallest_side": 20, "lowest_jpeg_quality": 12, "small_real_to": ((30, 0.0), (60, 0.2))}
    weights, data = make_tiny_weights(**rules), shades(tmp_path / "shades", 40)
    done = command("calibrate", "--weights", weights, "--data", data, "--out", tmp_path / "out", "--fit-all")
    assert done.exit_code == 0, done.output
    before, after = (ModelCard.read(folder / "card.json") for folder in (weights, tmp_path / "out"))
    assert after.input == before.input
    (_, never), (pixels, up_to) = after.decision.small_real_to
    assert (never, pixels) == (0.0, 60)
    logit = (np.log(0.8 / 0.2) - before.calibration.bias) * before.calibration.temperature
    kept = 1 / (1 + np.exp(logit / after.calibration.temperature + after.calibration.bias))
    assert up_to == pytest.approx(min(kept, after.decision.abstention_region[0]))
    assert up_to != 0.2
    assert after.decision.perturbations == before.decision.perturbations == ()
    assert after.decision.threshold != before.decision.threshold


def test_a_wanted_share_moves_the_threshold(make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    weights, data = make_tiny_weights(), shades(tmp_path / "shades", 40)
    thresholds = []
    names_of_before = (0.3, "--max-false-positive-rate", "--all-numbers")
    for rate, option, all_of_it in ((0.05, "--max-missed-fakes", "--fit-all"), names_of_before):
        out = tmp_path / str(rate)
        done = command(
            "calibrate", "--weights", weights, "--data", data, "--out", out, option, rate, all_of_it,
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        thresholds.append(json.loads((out / "card.json").read_text())["decision"]["threshold"])
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
    old = store.resolve().card
    weights = make_tiny_weights(
        bias=1.5,
        guaranteed=old.decision.guaranteed,
        small_real_to=((30, 0.1), (60, 0.2)),
        colourless_real_to=0.3,
        unseen_sources=old.metrics.unseen_sources,
        test=old.metrics.test,
    )
    data, out = shades(tmp_path / "shades", 30), tmp_path / "out"
    shutil.rmtree(data / "test")
    done = command("calibrate", "--weights", weights, "--data", data, "--out", out, "--threads", 1)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "only the bias was moved" in done.output
    before, card = ModelCard.read(weights / "card.json"), ModelCard.read(out / "card.json")
    assert card.calibration.bias != before.calibration.bias
    assert card.calibration.temperature == before.calibration.temperature
    assert card.decision == replace(before.decision, guaranteed=ErrorRates()), "thresholds and rules stay"
    errors = card.metrics.calibration
    assert errors
    assert errors.offset
    assert (errors.expected_calibration_error_after or 1) < (errors.expected_calibration_error_before or 0)

    assert before.metrics.unseen_sources, "what was counted with the old bias is not said of the new one"
    assert before.metrics.test
    assert card.metrics == CardMetrics(calibration=errors)
    page = command("card", "--weights", out)
    assert page.exit_code == 0, page.output
    assert "left out of training" not in page.output
    assert f"only the bias was moved, by {errors.offset:+.3f}, on 30 photographs and 30 fakes" in page.output
    assert meaning(card) == ENGLISH["answer.meaning_unknown"]
    assert bounds(card) == (pytest.approx(0.05), 0.95)


def test_a_table_of_the_card_before_is_not_gone_on_with(make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    weights, data, table = make_tiny_weights(bias=1.5), shades(tmp_path / "shades", 12), tmp_path / "t.csv"
    shutil.rmtree(data / "test")
    picture = data / "valid" / "fake" / "0.png"
    options = ("--faces", "off", "--threads", 1, "--out", table)
    assert command("predict", picture, "--weights", weights, *options).exit_code == 0
    ids = []
    for out in ("one", "two"):
        done = command("calibrate", "--weights", weights, "--data", data, "--out", tmp_path / out, "--threads", 1)
        assert done.exit_code == 0, done.output
        ids.append(ModelCard.read(tmp_path / out / "card.json").id)
        assert f"its verdicts name {ids[-1]}, those of before tiny@1" in done.output
        (data / "valid" / "real" / f"{len(ids)}.png").unlink()
    assert ids[0].startswith("tiny@1-calibrated-")
    assert ids[0] != ids[1], "other pictures, another calibration"
    again = command("predict", picture, "--weights", tmp_path / "one", *options, "--resume")
    assert isinstance(again.exception, DataError)
    assert again.exception.code == "another_run"

    same = ("--data", data, "--out", tmp_path / "three", "--version", "1")
    refused = command("calibrate", "--weights", weights, *same)
    assert refused.exit_code == 2
    assert "tiny@1 is what it starts from" in refused.output
    assert not (tmp_path / "three" / "card.json").exists()
