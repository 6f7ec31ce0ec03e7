"""Leaks from split to split stop everything before it begins, unless they are allowed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fauxface.data.index import open_samples
from fauxface.errors import DataError
from fauxface.training.preflight import check_leaks


def shapes(seed: int, side: int = 96) -> Image.Image:
    """Random shapes of all sizes, the finer the fainter, as pictures are."""
    rng = np.random.default_rng(seed)
    total = np.full((side, side), 128.0)
    for cells in (3, 6, 12, 24, 48):
        noise = Image.fromarray(rng.normal(0, 120 / cells**0.7, (cells, cells)).astype(np.float32))
        total += np.asarray(noise.resize((side, side), Image.Resampling.BICUBIC))
    return Image.fromarray(total.clip(0, 255).astype(np.uint8)).convert("RGB")


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    for i, split in enumerate(("train", "valid", "test")):
        for j, label in enumerate(("real", "fake")):
            (tmp_path / split / label).mkdir(parents=True)
            shapes(2 * i + j).save(tmp_path / split / label / "a.png")
    return tmp_path


def test_clean_splits_have_nothing_to_tell(clean: Path) -> None:
    assert check_leaks(open_samples(clean)) == []


def test_the_same_file_in_two_splits_stops_it(clean: Path) -> None:
    (clean / "test/real/b.png").write_bytes((clean / "train/real/a.png").read_bytes())
    table = open_samples(clean)
    with pytest.raises(DataError, match=r"the same file in .*train/real/a\.png.*--allow-leak") as caught:
        check_leaks(table)
    assert caught.value.code == "leak"
    assert len(check_leaks(table, allow=True)) == 1


def test_a_picture_saved_again_stops_it(clean: Path) -> None:
    shapes(0).resize((60, 60)).save(clean / "test/real/b.jpg", quality=50)
    table = open_samples(clean)
    with pytest.raises(DataError, match="saved again"):
        check_leaks(table)
    assert "saved again" in check_leaks(table, allow=True)[0]


def test_many_leaks_are_counted_and_a_few_named(clean: Path) -> None:
    for i in range(7):
        (clean / f"test/real/b{i}.png").write_bytes((clean / "train/real/a.png").read_bytes())
        shapes(20 + i).save(clean / f"train/real/c{i}.png")
        (clean / f"valid/real/c{i}.png").write_bytes((clean / f"train/real/c{i}.png").read_bytes())
    with pytest.raises(DataError, match=r"8 picture\(s\).*… and 3 more"):
        check_leaks(open_samples(clean))


def test_labels_that_disagree_with_folders_stop_it(clean: Path) -> None:
    rows = [
        f"{s}/{f}/a.png,{label},{s}"
        for s in ("train", "valid", "test")
        for f, label in (("real", "fake"), ("fake", "real"))
    ]
    (clean / "turned.csv").write_text("path,label,split\n" + "\n".join(rows) + "\n")
    table = open_samples(clean / "turned.csv")
    with pytest.raises(DataError, match=r"6 label\(s\) disagree.*train/real/a\.png is labelled fake") as caught:
        check_leaks(table)
    assert caught.value.code == "label_disagrees"
    assert len(check_leaks(table, allow=True)) == 6
