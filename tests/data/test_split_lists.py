"""Lists of splits come from anywhere: a damaged one stops the index, one that does not fit is said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fauxface.data import split_lists
from fauxface.data.layouts import scan_tree
from fauxface.errors import DataError

CELEB = "List_of_testing_videos.txt"


def face_forensics(root: Path) -> Path:
    for path in ("original_sequences/youtube/c23/images/000", "manipulated_sequences/FaceSwap/c23/images/000_003"):
        (root / path).mkdir(parents=True)
        (root / path / "0.png").touch()
    return root


def celeb_df(root: Path) -> Path:
    for path in ("Celeb-real/id0_0000", "Celeb-synthesis/id0_id1_0000"):
        (root / path).mkdir(parents=True)
        (root / path / "0.png").touch()
    return root


@pytest.mark.parametrize(
    "text",
    ["", "no JSON", "{}", '"000"', "[1, 2]", '[["000"]]', '[["000", 3]]', '[["000", "003", "004"]]', "[" * 100_000],
)
def test_a_damaged_json(tmp_path: Path, text: str) -> None:
    (face_forensics(tmp_path) / "test.json").write_text(text)
    with pytest.raises(DataError, match=r"test\.json: ") as caught:
        scan_tree(tmp_path)
    assert caught.value.code == "bad_split_list"


@pytest.mark.parametrize("text", ["", "Celeb-real/id0_0000.mp4\n", "1 elsewhere/x.mp4\n", "1 Celeb-real\n", "\xff\n"])
def test_a_damaged_list(tmp_path: Path, text: str) -> None:
    (celeb_df(tmp_path) / CELEB).write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=CELEB) as caught:
        scan_tree(tmp_path)
    assert caught.value.code == "bad_split_list"


def test_a_huge_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split_lists, "MAX_BYTES", 10)
    (face_forensics(tmp_path) / "test.json").write_text('[["000", "003"]]')
    with pytest.raises(DataError):
        scan_tree(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pipe with a name")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(face_forensics(tmp_path) / "val.json")
    with pytest.raises(DataError):
        scan_tree(tmp_path)


def test_a_list_that_fits_no_folder_is_said_and_not_used(tmp_path: Path) -> None:
    (celeb_df(tmp_path) / CELEB).write_text("1 YouTube-real/00170.mp4\n")
    listing = scan_tree(tmp_path)
    assert {c.split for c in listing.candidates} == {None}
    (note,) = listing.notes
    assert note.startswith(f"{CELEB}: names splits, but no folder bears the name of one of its clips")


def test_clips_that_the_official_split_does_not_know_are_no_silent_rest(tmp_path: Path) -> None:
    root = face_forensics(tmp_path)
    (root / "original_sequences/actors/c23/images/01__kitchen").mkdir(parents=True)
    (root / "original_sequences/actors/c23/images/01__kitchen/0.png").touch()
    (root / "test.json").write_text('[["000", "003"]]')
    with pytest.raises(DataError) as caught:
        scan_tree(root)
    assert caught.value.code == "mixed_splits"


def test_files_of_that_name_elsewhere_are_not_read(tmp_path: Path) -> None:
    for label in ("real", "fake"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "0.png").touch()
    (tmp_path / "test.json").write_text("no JSON")
    assert scan_tree(tmp_path).notes == ()
