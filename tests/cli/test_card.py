"""`fauxface card --json`: the card as it is, and a flat one of before as it would be written today."""

from __future__ import annotations

import json
from pathlib import Path

from tests.weights.test_card_v1 import FLAT
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.detector import Detector
from fauxface.weights import store


def test_the_card_itself_is_printed(tiny_weights: Path) -> None:
    done = CliRunner().invoke(app, ["card", "--json", "--weights", str(tiny_weights)])
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == (tiny_weights / "card.json").read_text().strip()


def test_a_flat_card_is_written_anew_in_its_place(tiny_weights: Path) -> None:
    path, today = tiny_weights / "card.json", store.resolve(tiny_weights).card
    about = {key: getattr(today.provenance, key) for key in ("weights_file", "sha256", "size_bytes")}
    path.write_text(
        json.dumps(FLAT | about | {"input_size": 32, "name": "flat", "familiar_within": 0.0}), encoding="utf-8"
    )
    before = Detector.load(tiny_weights, threads=1, faces="off").card
    done = CliRunner().invoke(app, ["card", "--json", "--weights", str(path), "--out", str(path)])
    assert done.exit_code == 0, done.output
    assert json.loads(path.read_text(encoding="utf-8"))["format"] == 2
    assert Detector.load(tiny_weights, threads=1, faces="off").card == before
