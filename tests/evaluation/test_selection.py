"""Which pictures are judged: the test split where there is one, else all, and always said."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from fauxface.data.index import index, write_table
from fauxface.errors import DataError
from fauxface.evaluation.selection import Choice, look, select


def picture(path: Path, grey: int) -> None:
    """A 32 × 32 picture of one grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 32), (grey, grey, grey)).save(path)


@pytest.fixture
def split_tree(tmp_path: Path) -> Path:
    """train/valid/test, two real and two fake pictures each, and one broken file in train and in test."""
    grey = iter(range(255))
    for split in ("train", "valid", "test"):
        for label in ("real", "fake"):
            for i in range(2):
                picture(tmp_path / "data" / split / label / f"{i}.png", next(grey))
    for split in ("train", "test"):
        (tmp_path / "data" / split / "real" / "broken.png").write_bytes(b"no picture")
    return tmp_path / "data"


@pytest.fixture
def plain_tree(tmp_path: Path) -> Path:
    """{real,fake} with ten pictures each."""
    for i in range(10):
        picture(tmp_path / "data" / "real" / f"{i}.png", 2 * i)
        picture(tmp_path / "data" / "fake" / f"{i}.png", 2 * i + 1)
    return tmp_path / "data"


def test_the_test_split_is_the_default_and_only_it_is_opened(split_tree: Path) -> None:
    opened: list[int] = []
    table, said = select(look(split_tree), None, advance=opened.append)
    assert {s.split for s in table.samples} == {"test"}
    assert len(table) == 4
    assert [r.path for r in table.rejected] == ["test/real/broken.png"]
    assert said == "the split 'test'"
    assert len(opened) == 5


@pytest.mark.parametrize(("choice", "n", "rejected"), [("train", 4, 1), ("valid", 4, 0), ("all", 12, 2)])
def test_a_choice_is_followed(choice: Choice, n: int, rejected: int, split_tree: Path) -> None:
    table, said = select(look(split_tree), choice)
    assert (len(table), len(table.rejected)) == (n, rejected)
    assert choice in said


def test_a_plain_tree_is_used_whole_and_that_is_said(plain_tree: Path) -> None:
    table, said = select(look(plain_tree), None)
    assert len(table) == 20
    assert said == "all pictures (the data names no splits)"
    assert select(look(plain_tree), "all")[1] == "all pictures"


def test_a_choice_in_a_plain_tree_is_the_split_that_indexing_draws(plain_tree: Path) -> None:
    table, said = select(look(plain_tree), "train")
    assert table.samples == index(plain_tree).split("train").samples
    assert 0 < len(table) < 20
    assert "drawn at random" in said


def test_an_index_is_followed_without_opening_pictures(split_tree: Path, tmp_path: Path) -> None:
    write_table(index(split_tree), tmp_path / "index.parquet")
    for name in ("train", "valid"):
        for file in (split_tree / name / "real").iterdir():
            file.unlink()
    table, said = select(look(tmp_path / "index.parquet"), None)
    assert len(table) == 4
    assert said == "the split 'test'"


def test_a_split_that_is_not_there_names_those_that_are(split_tree: Path) -> None:
    for file in sorted((split_tree / "test").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    with pytest.raises(DataError, match=r"'test'; there are: train \(5\), valid \(4\)") as caught:
        select(look(split_tree), None)
    assert caught.value.code == "no_such_split"


def test_no_usable_picture_is_an_error(tmp_path: Path) -> None:
    for label in ("real", "fake"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "a.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="no picture can be used"):
        select(look(tmp_path), None)
