"""Writing in one piece, and knowing beforehand that it will be possible."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fauxface.errors import DataError
from fauxface.files import check_folder, replacing


def test_a_folder_that_can_be_made_is_fine_and_is_not_made(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_in_the_way_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="is a file, not a folder") as caught:
        check_folder(tmp_path / name)
    assert caught.value.code == "cannot_write"
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, where nobody can write")
def test_a_place_where_nobody_can_write_is_told() -> None:
    with pytest.raises(DataError, match="cannot be written into"):
        check_folder(Path("/proc/fauxface"))


def test_a_writer_that_hides_its_file_does_not_hide_the_result(tmp_path: Path) -> None:
    """safetensors makes files for their owner's eyes only."""
    (tmp_path / "plain").touch()
    with replacing(tmp_path / "a.bin") as file:
        file.unlink()
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
    assert (tmp_path / "a.bin").stat().st_mode == (tmp_path / "plain").stat().st_mode
