"""`fauxface train`: what it says to people, and that each mistake is one line and exit code 2."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from fauxface.cli.main import app
from fauxface.errors import CheckpointError, DataError, FauxfaceError, RecipeError, TrainingError

RECIPE = """
name: by hand
model: resnet-tiny
model_options: {width: 2}
size: 32
phases: [{epochs: 1}]
batch_size: 12
micro_batch: 12
workers: 0
"""


@pytest.fixture(autouse=True)
def _keep_global_generators() -> Iterator[None]:
    """Training seeds PyTorch's global generator; other tests must not notice."""
    before = torch.get_rng_state()
    yield
    torch.set_rng_state(before)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(RECIPE)
    return tmp_path / "plan.yaml"


def train(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["train", *map(str, arguments), "--accelerator", "cpu"])


def refused(result: Result, error: type[FauxfaceError]) -> str:
    """The message of the error that the command line prints in one line with exit code 2 (see test_main)."""
    assert isinstance(result.exception, error), (result.exception, result.output)
    assert "\n" not in result.exception.message
    return result.exception.message


@pytest.mark.parametrize("metric", ["valid_accuracy", "valid_loss", "valid_auc", "last"])
def test_it_says_which_epoch_was_the_best(plan: Path, faces: Path, tmp_path: Path, metric: str) -> None:
    plan.write_text(RECIPE.replace("epochs: 1", "epochs: 2") + f"best_by: {metric}\n")
    result = train("--recipe", plan, "--data", faces, "--out", tmp_path / "run")
    assert result.exit_code == 0, (result.output, result.exception)
    said = re.search(rf"best epoch (\d) by {metric}", result.stderr)
    assert said is not None
    assert metric != "last" or said[1] == "2"


def test_a_source_that_is_not_there_cannot_be_left_out(plan: Path, faces: Path, tmp_path: Path) -> None:
    result = train("--recipe", plan, "--data", faces, "--out", tmp_path / "run", "--leave-out", "stylegan9")
    assert "no pictures of the source 'stylegan9'" in refused(result, DataError)


def test_it_trains_and_says_what_comes_next(plan: Path, faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    (faces / "train" / "real" / "broken.png").write_bytes(b"no picture")
    result = train("--recipe", plan, "--data", faces, "--out", out, "--seed", 5, "--data-fraction", 0.5)
    assert result.exit_code == 0, (result.output, result.exception)
    assert "left out: train/real/broken.png" in result.stderr
    assert "trained 1 epochs on 6 pictures" in result.stderr
    assert "best epoch 1 by valid_accuracy" in result.stderr
    assert f"fauxface evaluate --weights {out}" in result.stderr
    assert result.stdout == "", "standard output is for results"
    text = (out / "recipe.yaml").read_text()
    assert "seed: 5" in text
    assert "data_fraction: 0.5" in text
    again = train("--recipe", plan, "--data", faces, "--out", out, "--seed", 5, "--data-fraction", 0.5)
    assert again.exit_code == 0
    assert "trained 1 epochs on 6 pictures" in again.stderr
    other = train("--recipe", plan, "--data", faces, "--out", out)
    assert "another recipe" in refused(other, CheckpointError)


def test_help_teaches() -> None:
    result = CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "160", "TERM": "dumb", "NO_COLOR": "1"})
    assert result.exit_code == 0
    words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.stdout).split())
    for said in (
        "goes on after a stop",
        "best.safetensors",
        "curves.csv",
        "--recipe",
        "--data",
        "--out",
        "--start-from",
        "Name of a recipe that fauxface brings, or a .yaml file.",
        "auto, cpu, cuda or mps",
    ):
        assert said in words, said


def test_bad_recipes_bad_data_bad_devices(plan: Path, faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert "tiny" in refused(train("--recipe", "tinny", "--data", faces, "--out", out), RecipeError)
    (tmp_path / "bad.yaml").write_text(RECIPE + "optimiser: {lr: 1}\n")
    message = refused(train("--recipe", tmp_path / "bad.yaml", "--data", faces, "--out", out), RecipeError)
    assert "optimiser.lr" in message
    assert "seed" in refused(train("--recipe", plan, "--data", faces, "--out", out, "--seed", -1), RecipeError)
    result = train("--recipe", plan, "--data", faces, "--out", out, "--data-fraction", "nan")
    assert "data_fraction" in refused(result, RecipeError)
    refused(train("--recipe", plan, "--data", tmp_path / "none", "--out", out), DataError)
    (tmp_path / "empty").mkdir()
    refused(train("--recipe", plan, "--data", tmp_path / "empty", "--out", out), DataError)
    no_fakes = tmp_path / "no fakes"
    for split in ("train", "valid"):
        (no_fakes / split).mkdir(parents=True)
        (faces / split / "real").rename(no_fakes / split / "real")
    refused(train("--recipe", plan, "--data", no_fakes, "--out", out), DataError)
    assert not out.exists()


def test_a_device_that_is_not_there(plan: Path, faces: Path, tmp_path: Path) -> None:
    arguments = ["train", "--recipe", plan, "--data", faces, "--out", tmp_path / "run", "--accelerator", "quantum"]
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert "quantum" in refused(result, TrainingError)


_WITHOUT = """
import sys
from importlib.machinery import PathFinder
hidden = sys.argv.pop(1)
class Blind(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] == hidden else super().find_spec(name, path, target)
sys.meta_path[:] = [Blind if finder is PathFinder else finder for finder in sys.meta_path]
from fauxface.cli.main import main
main()
"""


@pytest.mark.parametrize("package", ["torch", "lightning_fabric", "yaml"])
def test_a_missing_extra_is_named_with_what_to_type(package: str, faces: Path, plan: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WITHOUT, package, "train", "--recipe", str(plan), "--data", str(faces)]
    command += ["--out", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=os.environ | {"COLUMNS": "200"})
    assert done.returncode == 2
    assert done.stdout == ""
    expected = f"error[missing_extra]: this needs the package '{package}', which is not installed: "
    assert done.stderr == expected + "run  pip install 'fauxface[train]'  (in a checkout:  pip install -e '.[train]')\n"
    assert not (tmp_path / "run").exists()


def test_any_network_by_name(faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    result = train("--model", "squeezenet", "--scratch", "--data", faces, "--out", out, "--data-fraction", 0.4)
    assert result.exit_code == 0, (result.output, result.exception)
    assert "model: squeezenet" in (out / "recipe.yaml").read_text()
    assert '"initial_weights": "random"' in (out / "run.json").read_text()
