"""The contact sheet: the right pictures at the right places, cut where the settings say so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

from fauxface.data.augment import AugmentSettings, CutoutSettings
from fauxface.data.index import index, write_table
from fauxface.data.preview import describe, preview
from fauxface.data.sheet import GAP, LABELS, MARGIN
from fauxface.errors import DataError

CELL = 160
TOP = MARGIN + 78


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Real pictures are plain green, fake ones plain blue; one real file is broken."""
    for name, colour in (("real", (0, 200, 0)), ("fake", (0, 0, 200))):
        for i in range(4):
            path = tmp_path / "set/train" / name / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (50 + i, 60), colour).save(path)
    (tmp_path / "set/train/real/broken.png").write_text("broken")
    (tmp_path / "set/test/real").mkdir(parents=True)
    Image.new("RGB", (50, 50), (250, 0, 0)).save(tmp_path / "set/test/real/other.png")
    return tmp_path / "set"


def cell(sheet: Image.Image, row: int, column: int) -> np.ndarray:
    """Pixels of one square; rows: real before, real after, fake before, fake after."""
    x = MARGIN + LABELS + column * (CELL + GAP)
    y = TOP + (row % 2) * (CELL + GAP) + (row // 2) * (2 * CELL + GAP + 28)
    return np.asarray(sheet.crop((x, y, x + CELL, y + CELL)))


def test_rows_hold_training_pictures_of_their_class(pictures: Path) -> None:
    sheet = preview(pictures, AugmentSettings(), count=4, size=64)
    for column in range(4):
        for row, colour in enumerate([(0, 200, 0), (0, 200, 0), (0, 0, 200), (0, 0, 200)]):
            assert (cell(sheet, row, column) == colour).all(), (row, column)


@pytest.mark.parametrize("geometry", ["erasing", "square"])
def test_cutout_blanks_a_part_of_the_second_rows_only(pictures: Path, geometry) -> None:
    settings = AugmentSettings(cutout=CutoutSettings(geometry=geometry, probability=1))
    sheet = preview(pictures, settings, count=3, size=64)
    black = [[(cell(sheet, row, column) == 0).all(-1).mean() for column in range(3)] for row in range(4)]
    assert black[0] == black[2] == [0, 0, 0]
    assert all(0.01 < share < 0.5 for row in (1, 3) for share in black[row])


def test_seed_decides(pictures: Path) -> None:
    settings = AugmentSettings(cutout=CutoutSettings(probability=1))
    sheets = [preview(pictures, settings, count=2, size=64, seed=seed).tobytes() for seed in (1, 1, 2)]
    assert sheets[0] == sheets[1] != sheets[2]


def test_an_index_gives_the_same_sheet(pictures: Path) -> None:
    write_table(index(pictures), pictures / "index.parquet")
    sheet = preview(pictures / "index.parquet", AugmentSettings(), count=2, size=64)
    assert (cell(sheet, 0, 0) == (0, 200, 0)).all()


def test_captions_never_run_out_of_the_sheet(pictures: Path) -> None:
    everything = AugmentSettings(
        flip=0.5, shift=0.1, brightness=0.2, contrast=0.2, cutout=CutoutSettings(geometry="square")
    )
    sheet = preview(pictures, everything, count=1, size=64)
    margin = np.asarray(sheet)[:, -MARGIN + 2 :]
    assert (margin == 255).all()
    assert describe(everything).endswith("square cutout, side 50%, probability 0.5")


def test_nothing_to_draw(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    with pytest.raises(DataError, match="no real picture") as caught:
        preview(tmp_path, AugmentSettings())
    assert caught.value.code == "no_pictures"
    with pytest.raises(DataError, match="1 to 24"):
        preview(tmp_path, AugmentSettings(), count=25)
