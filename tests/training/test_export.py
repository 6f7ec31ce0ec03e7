"""From a run folder to weights: they agree with the run, their card is true, and they say nothing of this machine."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from typer.testing import CliRunner, Result

from fauxface.cli.main import app
from fauxface.data.index import open_samples
from fauxface.detector import Detector
from fauxface.errors import DataError, FauxfaceError
from fauxface.models import registry
from fauxface.training.export import export, load_run, run_detector
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import ErrorRates

RECIPE = """
name: made for export
model: resnet-tiny
model_options: {width: 8, zero_mean_stem: true}
size: 32
phases: [{epochs: 2}]
batch_size: 12
micro_batch: 12
optimiser: {learning_rate: 0.01}
workers: 0
"""


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, face_writer: Callable[..., Path]) -> Path:
    """``faces``, ``run`` (trained by the command) and ``exported`` (half precision)."""
    home = tmp_path_factory.mktemp("a home with a name")
    faces = face_writer(home / "faces", train=6, valid=10)
    (home / "recipe.yaml").write_text(RECIPE)
    random_state = torch.get_rng_state()
    done = command(
        *("train", "--recipe", home / "recipe.yaml", "--data", faces, "--out", home / "run", "--accelerator", "cpu")
    )
    torch.set_rng_state(random_state)
    assert done.exit_code == 0, done.output
    done = command(
        "export",
        home / "run",
        "--out",
        home / "exported",
        "--half",
        "--known-failure",
        "It is tiny.",
        "--limit",
        "Old.",
    )
    assert done.exit_code == 0, done.output
    return home


@pytest.fixture
def run(home: Path, tmp_path: Path) -> Path:
    """A copy of the run folder, to be damaged."""
    return Path(shutil.copytree(home / "run", tmp_path / "run"))


def test_the_card_is_true(home: Path) -> None:
    card = ModelCard.read(home / "exported" / "card.json")
    data = (home / "exported" / "model.onnx").read_bytes()
    assert (card.provenance.sha256, card.provenance.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (card.id, card.architecture, card.input.size) == ("made for export@1", "resnet-tiny", 32)
    entry = registry.entry("resnet-tiny")
    assert (card.input.mean, card.input.std) == (entry.mean, entry.std)
    _, network, facts = load_run(home / "run")
    assert card.provenance.parameters == registry.count_parameters(network)
    assert card.provenance.training["best_epoch"] == facts
    assert card.provenance.training["recipe"]["model_options"] == {"width": 8, "zero_mean_stem": True}
    assert card.provenance.training["epoch"] == 2
    low, high = card.decision.abstention_region
    assert 0 <= low <= 0.5 <= high <= 1
    assert card.metrics.calibration
    assert card.metrics.calibration.pictures == {"real": 10, "fake": 10}
    assert card.decision.guaranteed == ErrorRates(missed_fakes=0.01, accused_photographs=0.05)
    counts = card.provenance.data["pictures"]
    assert {split: sum(groups.values()) for split, groups in counts.items()} == {"train": 12, "valid": 20}
    assert card.known_failures == ("It is tiny.", "Old."), "the name of before is read, too"
    assert card.provenance.licence


def test_nothing_of_this_machine_is_in_the_files(home: Path) -> None:
    for name in ("model.onnx", "card.json"):
        data = (home / "exported" / name).read_bytes()
        here = (str(home), home.name, str(Path.home()), "site-packages", "torch/nn", str(Path(__file__).parent), ".py")
        for word in here:
            if word != "/":
                assert word.encode() not in data, f"{name} holds {word!r}"


def nll(detector: Detector, home: Path, split: str = "valid") -> float:
    table = open_samples(home / "faces").split(split)  # pyright: ignore[reportArgumentType]
    p = np.array([detector.predict(table.file(s)).probability_fake for s in table.samples])
    real = np.array(table.targets) == 1
    return float(-np.mean(np.log(np.where(real, 1 - p, p))))


def test_calibration_never_makes_validation_worse(home: Path) -> None:
    card = ModelCard.read(home / "exported" / "card.json")
    calibrated, plain = nll(Detector.load(home / "exported", threads=1), home), nll(run_detector(home / "run"), home)
    assert calibrated <= plain + 1e-3
    assert math.isfinite(card.calibration.temperature)
    assert (card.calibration.temperature, card.calibration.bias) != (1.0, 0.0)


def test_run_and_export_agree_up_to_calibration(home: Path) -> None:
    exported, in_pytorch = Detector.load(home / "exported", threads=1), run_detector(home / "run")
    rng = np.random.default_rng(0)
    for size in ((32, 32), (50, 40)):
        picture = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        logit, maps = in_pytorch.judge([picture])
        theirs, their_maps = exported.judge([picture])
        expected = logit / exported.card.calibration.temperature + exported.card.calibration.bias
        np.testing.assert_allclose(theirs, expected, rtol=0, atol=0.02)  # half precision
        np.testing.assert_allclose(their_maps, maps, rtol=0, atol=0.05)


def test_from_the_command_line_to_the_end(home: Path, tmp_path: Path) -> None:
    """predict, evaluate the run, evaluate the export: all three say the same of a picture."""
    card = ModelCard.read(home / "exported" / "card.json")
    assert command("export", home / "run", "--out", tmp_path / "whole").exit_code == 0
    tables = {}
    for name, weights in (("run", home / "run"), ("export", tmp_path / "whole")):
        out = tmp_path / f"evaluated {name}"
        done = command("evaluate", "--weights", weights, "--data", home / "faces", "--out", out, "--threads", 1)
        assert done.exit_code == 0, (done.output, done.exception)
        assert "the split 'test'" in done.stdout
        tables[name] = {
            row["path"]: row["probability_fake"] for row in pq.read_table(out / "predictions.parquet").to_pylist()
        }
    assert len(tables["run"]) == len(tables["export"]) == 20
    whole = ModelCard.read(tmp_path / "whole" / "card.json")
    for path, plain in tables["run"].items():
        logit = (math.log1p(-plain) - math.log(plain)) / whole.calibration.temperature + whole.calibration.bias
        assert tables["export"][path] == pytest.approx(1 / (1 + math.exp(logit)), abs=1e-3)
    picture = next(iter(tables["export"]))
    done = command("predict", "--weights", tmp_path / "whole", "--json", home / "faces" / picture)
    assert done.exit_code in (0, 1), (done.output, done.exception)
    said = json.loads(done.stdout)
    said = said[0] if isinstance(said, list) else said
    assert said["probability_fake"] == pytest.approx(tables["export"][picture], abs=1e-5)
    assert card.calibration.temperature == pytest.approx(whole.calibration.temperature, rel=0.05)


def test_other_pictures_to_calibrate_on(home: Path, tmp_path: Path, make_faces: Callable[..., Path]) -> None:
    other = open_samples(make_faces("other", train=1, valid=3, seed=5))
    card = export(home / "run", tmp_path / "out", name="mine", version="7", data=other)
    assert card.id == "mine@7"
    assert card.metrics.calibration
    assert card.metrics.calibration.pictures == {"real": 3, "fake": 3}
    assert card.metrics.test
    assert card.metrics.test.n == 6
    assert ModelCard.read(tmp_path / "out" / "card.json") == card


def test_pictures_that_are_gone_need_others(home: Path, run: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(home / "faces", moved)
    plan = open_samples(home / "faces")
    from dataclasses import replace

    from fauxface.data.table import write_table

    write_table(replace(plan, root=tmp_path / "gone"), run / "data.parquet")
    with pytest.raises(DataError, match="gone"):
        export(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    export(run, tmp_path / "out", data=open_samples(moved))


def damage(run: Path, what: str) -> None:
    best, about = run / "best.safetensors", run / "run.json"
    if what == "no recipe":
        (run / "recipe.yaml").unlink()
    elif what == "another network":
        text = (run / "recipe.yaml").read_text()
        (run / "recipe.yaml").write_text(text.replace("width: 8", "width: 4"))
    elif what == "unknown network":
        text = (run / "recipe.yaml").read_text()
        (run / "recipe.yaml").write_text(text.replace("resnet-tiny", "resnet-tinny"))
    elif what == "no recipe in the recipe":
        (run / "recipe.yaml").write_text("[")
    elif what == "no weights":
        best.unlink()
    elif what == "half the weights":
        best.write_bytes(best.read_bytes()[: best.stat().st_size // 2])
    elif what == "no data":
        (run / "data.parquet").unlink()
    elif what == "damaged data":
        (run / "data.parquet").write_bytes(b"PAR1")
    elif what == "no run.json":
        about.unlink()
    elif what == "a list for run.json":
        about.write_text("[]")


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("no recipe", "no run folder"),
        ("another network", "best.safetensors"),
        ("unknown network", "resnet-tiny"),
        ("no recipe in the recipe", "recipe.yaml"),
        ("no weights", "best.safetensors"),
        ("half the weights", "best.safetensors"),
        ("no data", "data.parquet"),
        ("damaged data", "data.parquet"),
        ("no run.json", "run.json"),
        ("a list for run.json", "run.json"),
    ],
)
def test_a_damaged_run_folder_is_one_clear_error(run: Path, tmp_path: Path, what: str, named: str) -> None:
    damage(run, what)
    result = command("export", run, "--out", tmp_path / "out")
    assert isinstance(result.exception, FauxfaceError), result.exception
    assert named in result.exception.message
    assert "\n" not in result.exception.message
    assert not (tmp_path / "out" / "card.json").exists()


def test_a_picture_that_broke_since_is_named(home: Path, tmp_path: Path, make_faces: Callable[..., Path]) -> None:
    table = open_samples(make_faces("breaking", train=1, valid=2))
    broken = table.file(table.split("valid").samples[1])
    broken.write_bytes(b"no picture")
    with pytest.raises(DataError, match="cannot calibrate") as caught:
        export(home / "run", tmp_path / "out", data=table)
    assert str(broken) in caught.value.message


def test_an_out_that_is_a_file_is_one_clear_error(home: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(DataError, match="cannot be written"):
        export(home / "run", tmp_path / "out")
