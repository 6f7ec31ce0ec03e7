"""Copies: each kind is found where it was planted, and told with its labels."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image
from tests.data.test_near_duplicates import picture

from fauxface.audit import copies as module
from fauxface.audit.copies import Copies, find_copies
from fauxface.audit.evidence import gather
from fauxface.data.index import open_samples


def draw(root: Path, name: str, seed: int, quality: int = 95) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(seed)).save(path, quality=quality)
    return path


def found_in(root: Path) -> Copies:
    evidence = gather(open_samples(root))
    return find_copies(evidence.table, evidence.bits)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """The same file twice in train and once more in test; pictures saved again within train and from train to valid."""
    first = draw(tmp_path, "train/real/a.jpg", 1)
    shutil.copy(first, tmp_path / "train/real/a2.jpg")
    other = draw(tmp_path, "train/fake/b.jpg", 2)
    (tmp_path / "test/fake").mkdir(parents=True)
    shutil.copy(other, tmp_path / "test/fake/b2.jpg")
    draw(tmp_path, "train/fake/c.jpg", 3)
    draw(tmp_path, "train/fake/c2.jpg", 3, quality=50)
    draw(tmp_path, "train/real/d.jpg", 4)
    draw(tmp_path, "valid/fake/d2.jpg", 4, quality=50)
    draw(tmp_path, "train/real/alone.jpg", 5)
    return tmp_path


def test_each_kind_is_found_where_it_is(planted: Path) -> None:
    found = found_in(planted)
    assert found.counts == {
        ("file", False, "real"): 1,
        ("file", True, "fake"): 1,
        ("saved_again", False, "fake"): 1,
        ("saved_again", True, "real and fake"): 1,
    }
    assert (found.number(across=False), found.number(across=True)) == (2, 2)
    assert found.sentences(across=True)[0] == (
        "the same file in test (test/fake/b2.jpg) and train (train/fake/b.jpg): fake"
    )
    assert found.sentences(across=True)[1].endswith(" of 256 bits: real and fake")
    assert [(p["first"]["path"], p["second"]["path"]) for p in found.to_dict()["pairs"]] == [
        ("train/real/d.jpg", "valid/fake/d2.jpg"),
        ("train/fake/c.jpg", "train/fake/c2.jpg"),
    ]


def test_copies_share_a_group_and_others_do_not(planted: Path) -> None:
    evidence = gather(open_samples(planted))
    groups = find_copies(evidence.table, evidence.bits).groups
    by_letter: dict[str, set[int]] = {}
    for sample, group in zip(evidence.table.samples, groups, strict=True):
        by_letter.setdefault(Path(sample.path).stem[:2].removesuffix("2"), set()).add(int(group))
    assert all(len(numbers) == 1 for numbers in by_letter.values())
    assert len(set.union(*by_letter.values())) == len(by_letter) == 5


def test_near_copies_are_told_apart_from_the_same_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fauxface.data.near_duplicates.SAME", -1)
    draw(tmp_path, "train/real/a.jpg", 1)
    draw(tmp_path, "train/real/b.jpg", 1, quality=50)
    assert found_in(tmp_path).counts == {("near", False, "real"): 1}


def test_all_are_counted_and_those_across_splits_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LISTED", 2)
    for quality in (95, 90, 85):
        draw(tmp_path, f"train/real/{quality}.jpg", 1, quality)
    draw(tmp_path, "test/real/40.jpg", 1, 40)
    found = found_in(tmp_path)
    assert found.counts == {("saved_again", False, "real"): 3, ("saved_again", True, "real"): 3}
    assert len(found.pairs) == 2
    assert all("test/real/40.jpg" in (p.first.path, p.second.path) for p in found.pairs)
    assert len(set(found.groups.tolist())) == 1


def test_no_copies(tmp_path: Path) -> None:
    for seed in range(4):
        draw(tmp_path, f"train/real/{seed}.jpg", seed)
    found = found_in(tmp_path)
    assert found.to_dict() == {"counts": [], "files": [], "pairs": []}
    assert found.groups.tolist() == [0, 1, 2, 3]
