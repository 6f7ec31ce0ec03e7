"""CSV tables from strangers: what is understood, and how each kind of damage is named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import pytest

from fauxface.data.csv_listing import scan_csv
from fauxface.errors import DataError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (tmp_path / "outside.png").write_bytes(b"x")
    return folder


def scan(root: Path, text: str | bytes):
    file = root / "table.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return scan_csv(file)


def one_code(root: Path, row: str, header: str = "path,label,split") -> tuple[str, str]:
    listing = scan(root, f"{header}\n{row}\n")
    assert listing.candidates == ()
    (rejected,) = listing.rejected
    return rejected.code, rejected.message


def test_names_labels_and_splits_in_any_case(root: Path) -> None:
    listing = scan(
        root,
        "\ufeffLabel, PATH ,Split,source\r\nREAL,a.png,Val,cam\r\nfake,./sub\\b.png,TESTING,\r\n\r\n"
        "Real,c.png,train,x\r\n",
    )
    found = [(c.path, c.label, c.split, c.source) for c in listing.candidates]
    assert found == [
        ("a.png", "real", "valid", "cam"),
        ("sub/b.png", "fake", "test", ""),
        ("c.png", "real", "train", "x"),
    ]
    assert listing.rejected == ()


def test_split_from_folders_only_if_all_have_one(root: Path) -> None:
    header = "path,label\ntrain/a.png,real\n"
    assert [c.split for c in scan(root, header + "test/b.png,fake\n").candidates] == ["train", "test"]
    assert [c.split for c in scan(root, header + "b.png,fake\n").candidates] == [None, None]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("../outside.png,real,train", "outside_root"),
        ("a/../../outside.png,real,train", "outside_root"),
        ("..\\outside.png,real,train", "outside_root"),
        ("/etc/passwd,real,train", "outside_root"),
        ("C:\\x.png,real,train", "outside_root"),
        (",real,train", "bad_name"),
        ("a//b.png,real,train", "bad_name"),
        ("a.png,maybe,train", "bad_label"),
        ("a.png,2,train", "bad_label"),
        ("a.png,real,exam", "bad_split"),
        ("a.png,real,", "bad_split"),
        ("a.png,real", "bad_row"),
        ("a.png,real,train,more", "bad_row"),
    ],
)
def test_rows_that_cannot_be_used(root: Path, row: str, code: str) -> None:
    found, message = one_code(root, row)
    assert found == code
    assert "table.csv, line 2" in message


def test_columns_that_contradict_each_other(root: Path) -> None:
    assert one_code(root, "a.png,real,fake", "path,label,label_str")[0] == "bad_label"
    assert one_code(root, "a.png,fake,0", "path,label,is_fake")[0] == "bad_label"
    assert one_code(root, "a.png,1,1", "path,is_real,is_fake")[0] == "bad_label"
    assert one_code(root, "a.png,0.97", "path,is_fake")[0] == "bad_label"


def test_a_bare_0_or_1_is_never_guessed_at(root: Path) -> None:
    for text in ("path,label\na.png,1\n", "path,label\na.png,real\nb.png,0\n", "path,label\na.png,TRUE\n"):
        with pytest.raises(DataError, match=r"table\.csv, line \d: .*--fake-is 1 or --fake-is 0") as caught:
            scan(root, text)
        assert caught.value.code == "ambiguous_labels"


def test_words_in_a_column_of_0_and_1(root: Path) -> None:
    listing = scan(root, "path,is_fake\na.png,fake\nb.png,Real\n")
    assert [c.label for c in listing.candidates] == ["fake", "real"]


@pytest.mark.parametrize(("fake_is", "labels"), [(1, ["fake", "real"]), (0, ["real", "fake"])])
def test_0_and_1_as_the_user_says(root: Path, fake_is: Literal[0, 1], labels: list[str]) -> None:
    (root / "table.csv").write_text("path,label\na.png,1\nb.png,0.0\n")
    listing = scan_csv(root / "table.csv", fake_is)
    assert [c.label for c in listing.candidates] == labels
    (note,) = listing.notes
    assert note == f"table.csv: labels read {fake_is} = fake, {1 - fake_is} = real, as --fake-is says"


@pytest.mark.parametrize(
    ("header", "one", "note"),
    [
        ("path,is_fake", "fake", "by the column is_fake (1 = fake)"),
        ("path,Is-Real", "real", "by the column is-real (1 = real)"),
        ("path,fake", "fake", "by the column fake (1 = fake)"),
        ("path,isReal", "real", "by the column isreal (1 = real)"),
    ],
)
def test_a_column_whose_name_says_what_1_is(root: Path, header: str, one: str, note: str) -> None:
    listing = scan(root, f"{header}\na.png,1\nb.png,False\n")
    assert [c.label for c in listing.candidates] == [one, "real" if one == "fake" else "fake"]
    assert listing.notes == (f"table.csv: labels read {note}",)


def test_words_decide_beside_numbers(root: Path) -> None:
    rows = "a.png,1,fake\nb.png,0,real\nc.png,1,real\nd.png,0,real\n"
    listing = scan(root, "path,label,label_str\n" + rows)
    assert [(c.path, c.label) for c in listing.candidates] == [("a.png", "fake"), ("b.png", "real"), ("d.png", "real")]
    (rejected,) = listing.rejected
    assert (rejected.path, rejected.code) == ("c.png", "bad_label")
    assert "1 means fake in this table, and here it stands beside real" in rejected.message


def test_other_words_of_the_field_and_how_they_were_read(root: Path) -> None:
    listing = scan(root, "path,label\na.png,Original\nb.png,manipulated\nc.png,AI\n")
    assert [c.label for c in listing.candidates] == ["real", "fake", "fake"]
    assert listing.notes == ("table.csv: labels read by words: manipulated (fake), original (real)",)


def test_a_generator_s_name_in_a_column_called_fake_is_no_label(root: Path) -> None:
    listing = scan(root, "path,label,fake\na.png,fake,stylegan2\n")
    assert [c.label for c in listing.candidates] == ["fake"]


def test_splits_anywhere_on_the_way_and_never_half(root: Path) -> None:
    header = "path,label\nfaces/real/train/a.png,real\n"
    listing = scan(root, header + "faces/fake/val/b.png,fake\n")
    assert [c.split for c in listing.candidates] == ["train", "valid"]
    listing = scan(root, header + "faces/b.png,fake\n")
    assert [c.split for c in listing.candidates] == [None, None]
    assert "'faces/real/train' names a split, but not every picture lies in such a folder" in listing.notes[1]
    with pytest.raises(DataError, match=r"as test .* or as train") as caught:
        scan(root, header + "test/fake/train/b.png,fake\n")
    assert caught.value.code == "ambiguous_layout"


def test_absolute_paths_only_inside_the_root(root: Path) -> None:
    listing = scan(root, f"path,label\n{root.resolve() / 'a.png'},real\n")
    assert [c.path for c in listing.candidates] == ["a.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_links_out_of_the_root(root: Path) -> None:
    (root / "file.png").symlink_to(root.parent / "outside.png")
    (root / "folder").symlink_to(root.parent)
    listing = scan(root, "path,label\nfile.png,real\nfolder/outside.png,real\nplain.png,real\n")
    assert [r.code for r in listing.rejected] == ["outside_root", "outside_root"]
    assert [c.path for c in listing.candidates] == ["plain.png"]


def test_duplicate_rows(root: Path) -> None:
    rows = "a.png,real,train\na.png,real,test\nb.png,real,train\nb.png,fake,train\nc.png,fake,test\n"
    listing = scan(root, "path,label,split\n" + rows)
    assert [c.path for c in listing.candidates] == ["a.png", "c.png"]
    codes = [(r.path, r.code) for r in listing.rejected]
    assert codes == [
        ("a.png", "duplicate_row"),
        ("b.png", "duplicate_row"),
        ("b.png", "contradictory_label"),
    ]
    assert "already listed in line 2" in listing.rejected[0].message


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (b"", "missing_column", "nothing"),
        (b"file,label\na,real\n", "missing_column", "no column 'path'.*file, label"),
        (b"path;label\na;real\n", "missing_column", "parted by commas"),
        (b"path,split\na,train\n", "missing_column", "no column 'label'"),
        ("path,label\nä.png,real\n".encode("latin-1"), "bad_csv", "line 2: not UTF-8"),
        ("path,label\na,real\n".encode("utf-16"), "bad_csv", "not UTF-8"),
        (b"path,label\na.png,real\nb\0.png,real\n", "bad_csv", "line 3: a NUL"),
        (b'path,label\n"a.png,real\n', "bad_csv", "line"),
        (b"path,label\n" + b"x" * 200_000 + b",real\n", "bad_csv", "line 2: field larger"),
    ],
)
def test_files_that_are_no_such_table(root: Path, text: bytes, code: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        scan(root, text)
    assert caught.value.code == code


def test_long_names_are_shortened_in_the_list(root: Path) -> None:
    (rejected,) = scan(root, f"path,label\n../{'x' * 5000},real\n").rejected
    assert len(rejected.path) == 300
