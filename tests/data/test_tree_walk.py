"""What a data set's walk enters, follows and passes over."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from fauxface.data import tree_walk
from fauxface.data.csv_listing import scan_csv
from fauxface.data.index import index, read_table, write_table
from fauxface.data.layouts import scan_tree
from fauxface.errors import DataError

links = pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize(
    "path",
    [
        *("real/._a.jpg", "real/.gitkeep", "real/Thumbs.db", "real/.DS_Store", "real/desktop.ini", ".git/real/b.jpg"),
        *("real/.ipynb_checkpoints/a-checkpoint.jpg", "real/@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", "$RECYCLE.BIN/b.jpg"),
        *(".Trash-1000/files/real/deleted.jpg", "__MACOSX/real/._a.jpg", "fake/lost+found/b.jpg"),
    ],
)
def test_what_programs_left_there_is_counted_and_nothing_else(tmp_path: Path, path: str) -> None:
    touch(tmp_path / "real/a.jpg", tmp_path / "fake/a.jpg", tmp_path / path)
    listing = scan_tree(tmp_path)
    assert [c.path for c in listing.candidates] == ["fake/a.jpg", "real/a.jpg"]
    assert listing.rejected == ()
    (passed,) = listing.passed
    assert passed.code == "system_name"
    assert path.startswith(passed.path)


def test_a_root_with_a_hidden_name_is_walked(tmp_path: Path) -> None:
    touch(tmp_path / ".cache/set/real/a.jpg")
    assert len(scan_tree(tmp_path / ".cache/set").candidates) == 1
    assert len(scan_tree(tmp_path / ".cache").candidates) == 1


@links
@pytest.mark.parametrize(
    ("link", "inside", "fake"),
    [
        ("real", "", "fake"),
        ("train", "real/", "test/fake"),
        ("train/real", "", "train/fake"),
        ("stylegan2", "real/", "fake"),
        ("training_real", "", "fake"),
        ("deep/original", "", "fake"),
    ],
)
def test_linked_class_folders_and_what_holds_them_are_followed(
    tmp_path: Path, link: str, inside: str, fake: str
) -> None:
    root, elsewhere = tmp_path / "set", tmp_path / "elsewhere"
    touch(elsewhere / inside / "a.jpg", elsewhere / inside / "more/b.jpg", root / fake / "c.jpg")
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(elsewhere, target_is_directory=True)
    listing = scan_tree(root)
    assert listing.rejected == ()
    reals = [c.path for c in listing.candidates if c.label == "real"]
    assert reals == [f"{link}/{inside}a.jpg", f"{link}/{inside}more/b.jpg"]


@links
def test_an_index_of_linked_folders_can_be_read_again(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    examples = Path(__file__).resolve().parents[2] / "examples"
    for label, name in (("real", "photo_hopper.jpg"), ("fake", "fake_stylegan2_1.jpg")):
        (tmp_path / "elsewhere" / label).mkdir(parents=True)
        shutil.copy(examples / name, tmp_path / "elsewhere" / label)
        (tmp_path / "set").mkdir(exist_ok=True)
        (tmp_path / "set" / label).symlink_to(tmp_path / "elsewhere" / label)
    table = index(tmp_path / "set")
    assert len(table) == 2
    write_table(table, tmp_path / "set.parquet")
    assert read_table(tmp_path / "set.parquet").samples == table.samples
    (tmp_path / "set/list.csv").write_text("path,label\nreal/photo_hopper.jpg,real\n")
    assert len(scan_csv(tmp_path / "set/list.csv").candidates) == 1


@links
def test_below_a_linked_class_folder_no_link_leads_further_out(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "set", tmp_path / "elsewhere"
    touch(elsewhere / "a.jpg", tmp_path / "private/secret.jpg", root / "fake/a.jpg")
    (root / "real").symlink_to(elsewhere)
    (elsewhere / "out").symlink_to(tmp_path / "private")
    (elsewhere / "real").symlink_to(tmp_path / "private")
    (elsewhere / "out.jpg").symlink_to(tmp_path / "private/secret.jpg")
    (elsewhere / "in.jpg").symlink_to(elsewhere / "a.jpg")
    listing = scan_tree(root)
    assert [c.path for c in listing.candidates] == ["fake/a.jpg", "real/a.jpg", "real/in.jpg"]
    assert {(r.path, r.code) for r in listing.rejected} == {
        ("real/out", "outside_root"),
        ("real/real", "outside_root"),
        ("real/out.jpg", "outside_root"),
    }


@links
@pytest.mark.parametrize("target", ["set", "set/real", ".", "..", "/"])
@pytest.mark.parametrize("link", ["real", "real/loop", "real/real", "train"])
def test_a_link_in_a_circle_ends(tmp_path: Path, link: str, target: str) -> None:
    root = tmp_path / "set"
    touch(root / "fake/a.jpg")
    if link != "real":
        touch(root / "real/a.jpg")
    elif target == "set/real":
        pytest.skip("a link to itself is no folder")
    (root / link).symlink_to(tmp_path / target, target_is_directory=True)
    listing = scan_tree(root)
    assert all(c.path in ("fake/a.jpg", "real/a.jpg", "train/a.jpg") for c in listing.candidates)
    if (link, target) == ("train", "set/real"):
        pytest.skip("no circle: another name for the same folder")
    assert [(r.path, r.code) for r in listing.rejected] == [(link, "link_loop")]


@links
def test_linked_folders_that_hold_no_classes_are_not_followed_out(tmp_path: Path) -> None:
    root = tmp_path / "set"
    touch(root / "real/a.jpg", tmp_path / "home/x.jpg")
    (root / "notes").symlink_to(tmp_path / "home")
    assert [(r.path, r.code) for r in scan_tree(root).rejected] == [("notes", "outside_root")]


@links
def test_the_true_reason_where_nothing_can_be_followed(tmp_path: Path) -> None:
    root = tmp_path / "set"
    root.mkdir()
    (root / "real").symlink_to(tmp_path)
    with pytest.raises(DataError, match="'real' was not walked into: a link in a circle") as caught:
        scan_tree(root)
    assert caught.value.code == "no_layout"


@links
def test_folders_that_all_link_to_each_other_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_walk, "MAX_LINKS", 200)
    names = "abcdefgh"
    for one in names:
        touch(tmp_path / "real" / one / "x.jpg")
        for other in names:
            if other != one:
                (tmp_path / "real" / one / other).symlink_to(tmp_path / "real" / other)
    listing = scan_tree(tmp_path)
    assert {f"real/{one}/x.jpg" for one in names} <= {c.path for c in listing.candidates}
    assert len(listing.candidates) <= 208
    assert "too_many_links" in {r.code for r in listing.rejected}


def test_too_deep(tmp_path: Path) -> None:
    touch(tmp_path / "real/a.jpg", tmp_path.joinpath("real", *"abcdefghijkl", "x.jpg"))
    listing = scan_tree(tmp_path)
    assert [r.code for r in listing.rejected] == ["too_deep"]
    assert len(listing.candidates) == 1
