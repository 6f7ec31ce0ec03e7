"""Faces are found once and kept with a margin; views are cut out of them as judging would, or a little otherwise."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fauxface.data import face_crops
from fauxface.data.degrade_native import NativeDegradeSettings
from fauxface.data.face_crops import FACTS, PIXELS, FaceCrops, build
from fauxface.data.index import open_samples
from fauxface.data.samples import SampleTable
from fauxface.data.views import FramingSettings, ViewDataset, judged_view
from fauxface.detector import Detector
from fauxface.errors import DataError
from fauxface.images import read
from fauxface.preprocess import square

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face in a wide scene, a face that fills its picture, noise without a face, and a large one; their crops."""
    folder = tmp_path_factory.mktemp("made") / "data"
    for label in ("real", "fake"):
        (folder / label).mkdir(parents=True)
    face = Image.open(EXAMPLES / "photo_hopper.jpg").convert("RGB")
    scene = Image.new("RGB", (900, 600), (110, 130, 120))
    scene.paste(face.resize((300, 300)), (450, 200))
    scene.save(folder / "real" / "scene.png")
    face.save(folder / "real" / "face.png")
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (80, 120, 3), dtype=np.uint8)).save(folder / "fake" / "noise.png")
    face.resize((1500, 1500)).save(folder / "fake" / "large.png")
    build(open_samples(folder), folder.parent / "crops")
    return folder.parent


@pytest.fixture
def table(made: Path, tmp_path: Path) -> SampleTable:
    """A copy, so that a test may change it."""
    shutil.copytree(made / "data", tmp_path / "data")
    return open_samples(tmp_path / "data")


@pytest.fixture
def crops(made: Path, tmp_path: Path) -> FaceCrops:
    shutil.copytree(made / "crops", tmp_path / "crops")
    return FaceCrops(tmp_path / "crops")


def named(table: SampleTable, stem: str) -> int:
    return next(i for i, s in enumerate(table.samples) if Path(s.path).stem == stem)


def test_a_crop_holds_the_frame_that_judging_would_cut_out(table: SampleTable, crops: FaceCrops) -> None:
    sample = table.samples[named(table, "scene")]
    verdict = Detector.load(stability=False).predict(table.file(sample))
    assert verdict.faces is not None
    left, top, right, bottom = verdict.faces[0].crop
    judged = square(read(table.file(sample)).rgb[top:bottom, left:right], 64)
    assert np.array_equal(square(judged_view(crops.get(sample.sha256)), 64), judged)
    kept = crops.get(sample.sha256)
    assert kept.rgb.shape[0] > bottom - top, "a margin is kept where the picture has it"


def test_without_a_face_the_whole_picture_is_kept(table: SampleTable, crops: FaceCrops) -> None:
    kept = crops.get(table.samples[named(table, "noise")].sha256)
    assert kept.frame == (0, 0, 120, 80)
    assert kept.rgb.shape == (80, 120, 3)


def test_large_faces_are_kept_smaller(table: SampleTable, crops: FaceCrops) -> None:
    kept = crops.get(table.samples[named(table, "large")].sha256)
    assert max(kept.rgb.shape) <= face_crops.LARGEST
    assert kept.frame[2] <= kept.rgb.shape[1]


def test_faces_are_found_once(table: SampleTable, crops: FaceCrops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_crops, "Finder", lambda: pytest.fail("looked again"))
    again = build(table, crops.folder)
    assert len(again) == len(table)
    assert len(pickle.loads(pickle.dumps(again))) == len(table), "worker processes open it themselves"


def test_a_view_is_a_function_of_seed_and_position(table: SampleTable, crops: FaceCrops) -> None:
    framing = FramingSettings(exact=0.0, zoom=(0.6, 1.4), stretch=0.2, shift=0.3)
    settings = NativeDegradeSettings(save=0.5)
    data = ViewDataset(table, crops, 48, framing=framing, settings=settings, seed=4)
    for index in range(len(table)):
        first, target = data[(2, index)]
        assert tuple(first.shape) == (48, 48, 3)
        assert target == table.targets[index]
        assert (first == data[(2, index)][0]).all()
    assert any((data[(0, i)][0] != data[(1, i)][0]).any() for i in range(len(table)))


def test_an_exact_view_is_what_judging_sees(table: SampleTable, crops: FaceCrops) -> None:
    index = named(table, "face")
    view, _ = ViewDataset(table, crops, 48)[(0, index)]
    wanted = square(read(table.file(table.samples[index])).rgb, 48)
    assert np.abs(view.numpy().astype(int) - wanted.astype(int)).max() <= 2


@pytest.mark.parametrize("damage", ["missing", "no json", "short pixels", "frame outside"])
def test_a_damaged_store_is_one_error(table: SampleTable, crops: FaceCrops, damage: str) -> None:
    folder = crops.folder
    if damage == "missing":
        (folder / FACTS).unlink()
    elif damage == "no json":
        (folder / FACTS).write_text("{")
    elif damage == "short pixels":
        (folder / PIXELS).write_bytes(b"123")
    else:
        facts = json.loads((folder / FACTS).read_text())
        facts["crops"][table.samples[0].sha256][5] = 10_000
        (folder / FACTS).write_text(json.dumps(facts))
    with pytest.raises(DataError) as caught:
        FaceCrops(folder)
    assert caught.value.code == "bad_crops"


def test_a_picture_that_is_not_there_is_an_error(crops: FaceCrops) -> None:
    with pytest.raises(DataError, match="has no picture"):
        crops.get("0" * 64)
