"""A folder as people have it: what is found whatever it is called, and what is left out and counted."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from fauxface.cli.folder_walk import LeftOut, walk


def encoded(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(out, kind)
    return out.getvalue()


def found_in(folder: Path) -> tuple[list[str], dict[str, str]]:
    """Names that the walk gives, and those that it left out with their kinds."""
    left_out, closed = LeftOut(), []
    names = [Path(p).relative_to(folder).as_posix() for p in walk(str(folder), left_out, closed)]
    assert not closed
    return names, {Path(p).relative_to(folder).as_posix(): kind for p, kind in left_out.found}


JPEG = encoded("JPEG")
MP4 = b"\0\0\0\x18ftyp3gp5\0\0\0\0isom3gp4" + b"\0" * 100
AVCHD = b"".join(b"\0\0\0\0\x47" + b"\0" * 187 for _ in range(6))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("twitter.jpg_large", JPEG),
        ("image", JPEG),
        ("stereo.MPO", JPEG),
        ("photo.jpg.download", JPEG),
        ("face.png.bak", encoded("PNG")),
        ("f_00a1b2", encoded("WEBP")),
        ("scan.001", encoded("TIFF")),
        ("IMG_1.hif", b"\0\0\0\x18ftypheix" + b"\0" * 12),
        ("phone.3gp", MP4),
        ("phone", MP4),
        ("camera.mts", AVCHD),
        ("camera.m2t", AVCHD),
        # Kinds that are not read get the line that says so.
        ("old.wmv", b"0&\xb2u\x8ef\xcf\x11" + b"\0" * 100),
        ("drawing.psd", b"8BPS\0\1" + b"\0" * 100),
        ("new.jxl", b"\xff\x0a" + b"\0" * 100),
        # A broken file with a picture's ending is an error, not left out.
        ("broken.mpo", b"no picture"),
        ("empty.3gp", b""),
    ],
)
def test_found_whatever_it_is_called(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert found_in(tmp_path) == ([name], {})


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("notes.txt", b"Be careful.", "other"),
        ("labels.csv", b"path,label\n", "other"),
        ("empty", b"", "other"),
        ("paper.pdf", b"%PDF-1.7" + b"\0" * 100, "other"),
        ("faces.zip", b"PK\x03\x04" + b"\0" * 100, "other"),
        ("favicon.ico", b"\0\0\1\0" + b"\0" * 100, "other"),
        ("song.m4a", b"\0\0\0\x18ftypM4A \0\0\0\0isommp42" + b"\0" * 100, "other"),
        ("song.ogg", b"OggS" + b"\0" * 100, "other"),
        ("page.html", b"<!doctype html>", "other"),
        ("._face.jpg", JPEG, "system"),
        (".hidden.jpg", JPEG, "system"),
        ("Thumbs.db", JPEG, "system"),
        ("@eaDir/face.jpg/SYNOPHOTO_THUMB_M.jpg", JPEG, "system"),
        ("__MACOSX/face.jpg", JPEG, "system"),
        (".Trash-1000/files/face.jpg", JPEG, "system"),
        (".ipynb_checkpoints/face-checkpoint.jpg", JPEG, "system"),
    ],
)
def test_left_out_and_counted_once(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(data)
    assert found_in(tmp_path) == ([], {name.split("/")[0]: kind})


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_links_and_pipes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/face").write_bytes(JPEG)
    (tmp_path / "b").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a/loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "linked").symlink_to(tmp_path / "a/face")
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    names, left_out = found_in(tmp_path)
    assert names == ["linked", "a/face"]
    assert left_out == {"b": "link", "a/loop": "link", "dangling": "other", "pipe": "other"}


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs permissions that count")
def test_a_file_that_may_not_be_read_is_tried_so_that_the_error_says_so(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(JPEG)
    (tmp_path / "secret").chmod(0)
    assert found_in(tmp_path) == (["secret"], {})


def test_the_last_line_counts_by_kind() -> None:
    left_out = LeftOut()
    assert left_out.summary() is None
    left_out.add("a.txt", "other")
    assert left_out.summary() == "left out: 1 file that is no picture or clip"
    left_out.add("b.txt", "other")
    left_out.add(".git/", "system")
    left_out.add("more/", "link")
    text = "left out: 2 files that are no picture or clip, 1 hidden or system name, 1 linked folder"
    assert left_out.summary() == text
    assert list(left_out.names())[2] == "left out: .git/ (hidden or system name)"
