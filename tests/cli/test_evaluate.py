"""`fauxface evaluate` from pictures to files, with a network whose answers are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from fauxface.cli.evaluate import open_detector, turned_round
from fauxface.cli.main import app
from fauxface.errors import CheckpointError, DataError, RecipeError, WeightsError
from fauxface.models import registry
from fauxface.training import checkpoint

FILES = {"predictions.parquet", "metrics.json", "confusion_matrix.png", "roc.png", "reliability.png"}


def run(*arguments: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Bright real and dark fake pictures with noise; one real is dark, one file is broken."""
    rng = np.random.default_rng(0)
    for label, greys in {"real": (230, 220, 200, 10), "fake": (20, 40, 60, 30)}.items():
        folder = tmp_path / "data" / label
        folder.mkdir(parents=True)
        for i, grey in enumerate(greys):
            pixels = rng.integers(grey - 10, grey + 10, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{i}.png")
    (tmp_path / "data" / "fake" / "broken.jpg").write_bytes(b"\xff\xd8no picture")
    return tmp_path / "data"


def test_from_pictures_to_files_and_words(data: Path, tiny_weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    result = run("--weights", tiny_weights, "--data", data, "--out", out, "--batch-size", 3, "--threads", 1)
    assert result.exit_code == 0, result.output
    assert {p.name for p in out.iterdir()} == FILES
    metrics = json.loads((out / "metrics.json").read_text())
    assert (metrics["tp"], metrics["fp"], metrics["fn"], metrics["tn"]) == (3, 0, 1, 4)
    assert metrics["model"] == "tiny@1"
    assert [u["path"] for u in metrics["unreadable"]] == ["fake/broken.jpg"]
    rows = pq.read_table(out / "predictions.parquet").to_pylist()
    assert len(rows) == 9
    assert {"path", "sha256", "label", "probability_fake"} <= set(rows[0])
    assert all(len(r["sha256"]) == 64 for r in rows if not r["error"])
    assert "all pictures (the data names no splits)" in result.stdout
    words = " ".join(result.stdout.split())
    assert "fakes called real 0.00% (0.00–48.99) 0 of 4" in words
    assert "left out: fake/broken.jpg" in result.stderr
    for name in FILES:
        assert name in result.stdout


def test_drawn_again_without_data_and_model(data: Path, tiny_weights: Path, tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    assert run("--weights", tiny_weights, "--data", data, "--out", first, "--threshold", 0.9).exit_code == 0
    for file in data.rglob("*.*"):
        file.unlink()
    result = run("--predictions", first / "predictions.parquet", "--out", again)
    assert result.exit_code == 0, result.output
    assert {p.name for p in again.iterdir()} == FILES - {"predictions.parquet"}
    for name in FILES - {"predictions.parquet"}:
        assert (again / name).read_bytes() == (first / name).read_bytes(), name
    assert json.loads((again / "metrics.json").read_text())["threshold"] == 0.9


def test_the_card_s_threshold_counts(data: Path, make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    weights = make_tiny_weights(threshold=1.0, abstention_region=(1.0, 1.0))
    assert run("--weights", weights, "--data", data, "--out", tmp_path / "out").exit_code == 0
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (metrics["threshold"], metrics["fp"]) == (1.0, 4)


def test_the_test_split_is_the_default(data: Path, tiny_weights: Path, tmp_path: Path) -> None:
    lines = ["path,label,split,source"]
    for file in sorted(data.rglob("*.png")):
        split = "test" if file.stem in ("0", "3") else "train"
        lines.append(f"{file.relative_to(data)},{file.parent.name},{split},camera {file.stem}")
    (data / "list.csv").write_text("\n".join(lines) + "\n")
    result = run("--weights", tiny_weights, "--data", data / "list.csv", "--out", tmp_path / "o", "--by", "source")
    assert result.exit_code == 0, result.output
    assert "the split 'test'" in result.stdout
    metrics = json.loads((tmp_path / "o" / "metrics.json").read_text())
    assert (metrics["n"], metrics["splits"]) == (4, ["test"])
    assert metrics["by_source"]["camera 3"]["accuracy"] == 0.5
    assert "camera 3 50.00%" in " ".join(result.stdout.split())


@pytest.mark.parametrize(("fake_is", "turned"), [("1", False), ("0", True)])
def test_labels_0_and_1_and_the_hint_that_they_look_turned_round(
    data: Path, tiny_weights: Path, tmp_path: Path, fake_is: str, turned: bool
) -> None:
    rows = [f"{f.relative_to(data)},{int(f.parent.name == 'fake')}" for f in sorted(data.rglob("*.png"))]
    (data / "list.csv").write_text("path,label\n" + "\n".join(rows) + "\n")
    plain = ("--weights", tiny_weights, "--data", data / "list.csv", "--out", tmp_path / "out")
    refused = run(*plain)
    assert isinstance(refused.exception, DataError)
    assert refused.exception.code == "ambiguous_labels"
    result = run(*plain, "--fake-is", fake_is)
    assert result.exit_code == 0, result.output
    assert f"labels read {fake_is} = fake" in result.stderr
    assert ("the labels look turned round" in result.stderr) is turned
    again = run("--predictions", tmp_path / "out/predictions.parquet", "--out", tmp_path / "again")
    assert ("the labels look turned round" in again.stderr) is turned


def test_the_hint_is_for_an_auc_below_one_half() -> None:
    assert turned_round(None) is None
    assert turned_round(0.5) is None
    assert "the AUC is 0.4999, below 0.5" in (turned_round(0.4999) or "")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--data", "a", "--predictions", "b"),
        ("--predictions", "b", "--split", "all"),
        ("--data", "a", "--threshold", "2"),
        ("--data", "a", "--threshold", "nan"),
        ("--data", "a", "--split", "some"),
        ("--data", "a", "--batch-size", "0"),
    ],
)
def test_wrong_use_is_exit_2_and_writes_nothing(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert run("--out", tmp_path / "out", *arguments).exit_code == 2
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_when_something_is_missing(data: Path, tiny_weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for arguments, error in (
        (("--weights", tmp_path / "none", "--data", data), WeightsError),
        (("--weights", tiny_weights, "--data", tmp_path / "none"), DataError),
        (("--predictions", tmp_path / "none"), DataError),
    ):
        assert isinstance(run("--out", out, *arguments).exception, error)
    assert not out.exists()


def test_pictures_without_a_face_are_left_out_only_if_one_is_required(
    data: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    for faces, judged in (("off", 8), ("auto", 8), ("required", 0)):
        result = run("--weights", tiny_weights, "--data", data, "--out", tmp_path / faces, "--faces", faces)
        metrics = json.loads((tmp_path / faces / "metrics.json").read_text())
        assert metrics["n"] == judged, result.output
        assert [u["code"] for u in metrics["unreadable"]].count("no_face") == 8 - judged


def test_weights_are_a_folder_a_card_or_an_exported_run(tiny_weights: Path) -> None:
    assert open_detector(str(tiny_weights), threads=1).card.id == "tiny@1"
    assert open_detector(str(tiny_weights / "card.json"), threads=1).card.id == "tiny@1"
    (tiny_weights / "recipe.yaml").touch()
    assert open_detector(str(tiny_weights), threads=1).card.id == "tiny@1"


def test_a_run_that_was_not_exported_is_judged_through_pytorch(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").touch()
    with pytest.raises(RecipeError, match=r"recipe\.yaml"):
        open_detector(str(tmp_path))
    (tmp_path / "recipe.yaml").write_text(
        "{name: a run, model: resnet-tiny, size: 32, phases: [{epochs: 1}], batch_size: 1, micro_batch: 1}"
    )
    with pytest.raises(CheckpointError, match=r"best\.safetensors"):
        open_detector(str(tmp_path))
    checkpoint.save_best(tmp_path, registry.create("resnet-tiny"), {})
    detector = open_detector(str(tmp_path))
    assert detector.card.id == "a run-run@0"
    grey = np.full((32, 32, 3), 128, np.uint8)
    assert detector.predict(grey).probability_fake == pytest.approx(0.5, abs=0.49)
