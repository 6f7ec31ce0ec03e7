"""CSV tables from strangers: what is understood, and how each kind of damage is named."""

from __future__ import annotations

import sys
from pathlib import Path

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
        "\ufeffLabel, PATH ,Split,source\r\nREAL,a.png,Val,cam\r\n0,./sub\\b.png,TESTING,\r\n\r\n1,c.png,train,x\r\n",
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
    assert one_code(root, "a.png,1,fake", "path,label,label_str")[0] == "bad_label"


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
