"""Named corruptions: each keeps a picture a picture, is the same every time, and its table is stored once."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from fauxface import Detector
from fauxface.cli.main import app
from fauxface.data.index import open_samples
from fauxface.errors import DataError
from fauxface.evaluation.corruptions import CORRUPTIONS, corrupt
from fauxface.evaluation.judging import Advance
from fauxface.evaluation.predictions import Prediction, read, write
from fauxface.evaluation.robustness import judge_corrupted, rows
from fauxface.report.robustness import lines, write_robustness


def scene(height: int = 96, width: int = 80) -> np.ndarray:
    rng = np.random.default_rng(0)
    slope = np.linspace(30, 220, width)[None, :, None]
    return (slope + rng.normal(0, 12, (height, width, 3))).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("shape", [(96, 80), (300, 301), (17, 200)])
def test_a_corruption_is_repeatable_and_leaves_a_picture(name: str, shape: tuple[int, int]) -> None:
    rgb = scene(*shape)
    changed = corrupt(rgb, name, "key")
    again = corrupt(rgb, name, "key")
    if isinstance(changed, bytes):
        assert changed == again
        changed = np.asarray(Image.open(io.BytesIO(changed)).convert("RGB"))
    else:
        assert np.array_equal(changed, again)
    assert changed.dtype == np.uint8
    assert changed.shape[2] == 3
    if name.startswith("crop"):
        assert changed.shape[0] == round(shape[0] * float(name[5:]))
    elif name != "screenshot":
        assert changed.shape == rgb.shape
        assert np.abs(changed.astype(int) - rgb).mean() < 60
    assert np.array_equal(rgb, scene(*shape))


def test_other_pictures_are_changed_in_other_places() -> None:
    rgb = scene()
    assert not np.array_equal(corrupt(rgb, "cutout-3", "a"), corrupt(rgb, "cutout-3", "b"))


@contextmanager
def quiet(title: str, total: int) -> Iterator[Advance]:
    yield lambda n=1, status="": None


def test_tables_are_stored_kept_and_drawn_again(
    make_tiny_weights: Callable[..., Path], make_faces: Callable[..., Path], tmp_path: Path
) -> None:
    table = open_samples(make_faces()).split("test")
    detector = Detector.load(make_tiny_weights(), threads=1, faces="off")
    out, names = tmp_path / "tables", ("jpeg-30", "darker-0.7")
    facts = {"model": detector.card.id, "threshold": detector.card.decision.threshold}
    judge_corrupted(detector, table, out, show=quiet, names=names, **facts)
    assert sorted(p.name for p in out.iterdir()) == ["clean.parquet", "darker-0.7.parquet", "jpeg-30.parquet"]
    kept = {p: p.stat().st_mtime_ns for p in out.iterdir()}
    (out / "jpeg-30.parquet").write_bytes(b"half a table")
    judge_corrupted(detector, table, out, show=quiet, names=names, **facts)
    changed = {p.name for p, then in kept.items() if p.stat().st_mtime_ns != then}
    assert changed == {"jpeg-30.parquet"}
    for path in kept:  # a file that could not be read is a row of its own, at the end
        write([*read(path).rows, Prediction("x", "", None, None, error="not_an_image")], path, **facts)
    kept = {p: p.stat().st_mtime_ns for p in out.iterdir()}
    judge_corrupted(detector, table, out, show=quiet, names=names, **facts)
    assert {p: p.stat().st_mtime_ns for p in out.iterdir()} == kept

    found = rows(out)
    assert [row.name for row in found] == ["clean", "jpeg-30", "darker-0.7"]
    assert found[0].lost == 0
    # The tiny network calls dark pictures fake.
    clean, darker = found[0], found[2]
    assert clean.said is not None
    assert darker.said is not None
    assert (darker.said.accused_photographs.value or 0) > (clean.said.accused_photographs.value or 0)
    assert len(lines(found)) == 5
    written = write_robustness(found, tmp_path / "drawn", title="tiny")
    assert all(p.stat().st_size > 100 for p in written)
    with Image.open(written[-1]) as figure:
        assert figure.format == "PNG"


def test_a_picture_that_went_bad_after_indexing_is_a_row_with_its_error(
    make_tiny_weights: Callable[..., Path], make_faces: Callable[..., Path], tmp_path: Path
) -> None:
    table = open_samples(make_faces()).split("test")
    table.file(table.samples[0]).unlink()
    detector = Detector.load(make_tiny_weights(), threads=1, faces="off")
    facts = {"model": detector.card.id, "threshold": detector.card.decision.threshold}
    judge_corrupted(detector, table, tmp_path, show=quiet, names=("jpeg-30",), **facts)
    rows = read(tmp_path / "jpeg-30.parquet").rows
    assert [r.error for r in rows] == ["file_not_found"] + [""] * (len(table) - 1)


def test_without_tables_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--robustness"):
        rows(tmp_path)


def test_from_the_command_line_and_drawn_again(
    make_tiny_weights: Callable[..., Path], make_faces: Callable[..., Path], tmp_path: Path
) -> None:
    pictures, out, again = make_faces(), tmp_path / "out", tmp_path / "again"
    weights = ("--weights", str(make_tiny_weights()), "--threads", "1")
    done = CliRunner().invoke(app, ["evaluate", "--robustness", *weights, "--data", str(pictures), "--out", str(out)])
    assert done.exit_code == 0, (done.output, done.exception)
    assert {p.stem for p in (out / "robustness").iterdir()} == {"clean", *CORRUPTIONS}
    assert read(out / "robustness" / "clean.parquet").rows == read(out / "predictions.parquet").rows
    tables = ("--predictions", str(out / "robustness"))
    done = CliRunner().invoke(app, ["evaluate", "--robustness", *tables, "--out", str(again)])
    assert done.exit_code == 0, (done.output, done.exception)
    assert (again / "robustness.json").read_text() == (out / "robustness.json").read_text()
