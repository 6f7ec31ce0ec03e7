"""`fauxface inspect`: claims for people and as JSON, places and names only on request, one clear error a file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.provenance.clips import matroska, mp4, quicktime
from tests.provenance.files import A1111, exif, png, saved


def run(*arguments: str, cwd: Path, data: bytes = b"", encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    import os

    command = [sys.executable, "-m", "fauxface.cli.main", *arguments]
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    return subprocess.run(command, cwd=cwd, input=data, capture_output=True, check=False, env=environment)


def test_lines_for_people(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(parameters=A1111, Author="Ada\x1b[2J"))
    (tmp_path / "b.txt").write_bytes(b"text")
    told = run("inspect", "a.png", "b.txt", "none.png", cwd=tmp_path)
    assert told.returncode == 2
    lines = told.stdout.decode().splitlines()
    assert lines[0] == "a.png"
    assert lines[1].startswith("  ! The file says that it was made with Stable Diffusion")
    assert lines[1].endswith("[PNG text “parameters”]")
    assert "b.txt: not a picture but text [not_an_image]" in lines
    assert "none.png: no such file [file_not_found]" in lines
    assert b"Ada" not in told.stdout
    assert told.stderr.decode().count("can be forged or stripped") == 1
    told = run("inspect", "--private", "a.png", cwd=tmp_path, encoding="ascii")
    assert told.returncode == 0, told.stderr
    assert rb"Ada\x1b[2J" in told.stdout


def test_clips(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(mp4(quicktime(("software", "Kling"), ("com.apple.quicktime.author", "Ada"))))
    told = run("inspect", "--private", "a.bin", "gone.mp4", cwd=tmp_path)
    assert told.returncode == 2
    lines = told.stdout.decode().splitlines()
    assert lines[:2] == ["a.bin", "  ! The file says that it was made with Kling  [MP4 tag “software”]"]
    assert "    Author: Ada  [MP4 tag “author”]" in lines
    assert lines[-1] == "gone.mp4: no such file [file_not_found]"
    told = run("inspect", "--json", "-", cwd=tmp_path, data=matroska(("ENCODER", "Google Veo")))
    assert json.loads(told.stdout)["provenance"][0]["kind"] == "generated"


def test_json(tmp_path: Path) -> None:
    picture = saved(exif=exif(Artist="Ada", Software="Midjourney"))
    told = run("inspect", "--json", "-", cwd=tmp_path, data=picture)
    row = json.loads(told.stdout)
    assert list(row) == ["path", "provenance", "error"]
    assert row["provenance"][0] == {
        "kind": "generated",
        "claim": "The file says that it was made with Midjourney",
        "source": "EXIF “Software”",
        "strength": "stated",
    }
    told = run("inspect", "--json", "--private", "-", cwd=tmp_path, data=picture)
    assert [claim["claim"] for claim in json.loads(told.stdout)["private"]] == ["Artist: Ada"]


@pytest.mark.parametrize(("name", "code"), [("none.pem", "cannot_read"), ("empty.pem", "bad_trust")])
def test_a_list_of_trusted_signers_that_is_none(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    told = run("inspect", "--trust", name, "x.jpg", cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr.decode().startswith(f"error[{code}]: {name}")


def test_the_list_of_trusted_signers_that_the_server_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAUXFACE_C2PA_TRUST", "none.pem")
    told = run("inspect", "x.jpg", cwd=tmp_path)
    assert told.stderr.decode().startswith("error[cannot_read]: none.pem")
    monkeypatch.setenv("FAUXFACE_C2PA_TRUST", "")
    assert "x.jpg: no such file" in run("inspect", "x.jpg", cwd=tmp_path).stdout.decode()


def test_a_clip_that_cannot_be_judged_says_what_its_file_says(tiny_weights: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(mp4(quicktime(("software", "Kling"))))  # it has no frames
    told = run("predict", "--threads", "1", "--weights", str(tiny_weights), "a.mp4", cwd=tmp_path)
    assert told.returncode == 2
    first, second = told.stdout.decode().splitlines()
    assert first == "! The file says that it was made with Kling  [MP4 tag “software”]"
    assert second.startswith("✗ error")


def test_predict_says_a_confession_first(tiny_weights: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(parameters=A1111))
    (tmp_path / "b.png").write_bytes(saved("PNG"))
    told = run(
        *("predict", "--faces", "off", "--threads", "1", "--weights", str(tiny_weights), "--out", "t.csv"),
        *("a.png", "b.png"),
        cwd=tmp_path,
    )
    lines = told.stdout.decode().splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("! The file says that it was made with Stable Diffusion")
    assert "a.png" in lines[1]
    assert "b.png" in lines[2]
    table = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    assert table[0].endswith(",provenance")
    assert "Stable Diffusion" in table[1]
    assert table[2].endswith(",")
