"""`fauxface predict` with clips, in a process of its own."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.video.clips import BRIGHT, DARK, write_clip

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with clips, pictures, and what pretends to be one of them."""
    folder = tmp_path / "work"
    (folder / "deep").mkdir(parents=True)
    write_clip(folder / "dark.mp4")
    write_clip(folder / "mixed.mkv", level=lambda t: DARK if t < 1 else BRIGHT)
    write_clip(folder / "deep" / "bright.webm", level=lambda t: BRIGHT, codec="libvpx-vp9")
    Image.fromarray(np.full((40, 40, 3), DARK, np.uint8)).save(folder / "picture.png")
    (folder / "picture.png").rename(folder / "picture.mov")
    (folder / "deep" / "text.mp4").write_text("no clip")
    (folder / "dark.ts.txt").write_text("not tried in a walk")
    return folder


@pytest.fixture
def run(tiny_weights: Path, work: Path) -> Run:
    def call(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fauxface.cli.main", "predict", "--threads", "1", "--faces", "off"]
        command += ["--weights", str(tiny_weights), "--frames", "8", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, cwd=work, check=False)
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


def test_a_line_for_people(run: Run) -> None:
    result = run("dark.mp4", "mixed.mkv", "picture.mov")
    assert result.returncode == 0, result.stderr
    dark, mixed, picture = result.stdout.splitlines()
    assert re.fullmatch(r"● fake +97\.\d%  dark\.mp4  \d+\.\d s  \(median of 8 frames, 100% of them fake\)", dark), dark
    assert "◐ uncertain" in mixed
    assert "% of them fake; its frames contradict each other: " in mixed
    assert picture.endswith(" ms")
    assert "1 picture and 2 clips in " in result.stderr


def test_a_folder_and_a_glob_in_order(run: Run) -> None:
    result = run("--json", ".", "deep/*.webm")
    assert result.returncode == 2
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    paths = ["./dark.mp4", "./mixed.mkv", "./picture.mov", "./deep/bright.webm", "./deep/text.mp4", "deep/bright.webm"]
    assert [row["path"] for row in rows] == paths
    assert [row["label"] for row in rows] == ["fake", "uncertain", "fake", "real", None, "real"]
    assert [len(row.get("frames", "no clip")) for row in rows] == [8, 8, 7, 8, 0, 8]
    assert rows[4]["error"] == {"code": "not_a_video", "message": "./deep/text.mp4: not a clip but text"}


def test_by_first_bytes_whatever_the_name(run: Run, work: Path) -> None:
    data = (work / "dark.mp4").read_bytes()
    (work / "dark.mp4").rename(work / "dark.jpg")
    rows = [json.loads(line) for line in run("--json", "dark.jpg", "gone.mp4", "-", stdin=data).stdout.splitlines()]
    assert [(row["path"], row["label"]) for row in rows] == [("dark.jpg", "fake"), ("gone.mp4", None), ("-", "fake")]
    assert rows[1]["error"]["code"] == "file_not_found"


def test_tables_have_the_same_columns(run: Run, work: Path) -> None:
    assert run("--out", "t.csv", "dark.mp4", "picture.mov", "deep/text.mp4").returncode == 2
    with (work / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["path"], row["label"], row["error_code"], row["faces"]) for row in rows] == [
        ("dark.mp4", "fake", "", ""),
        ("picture.mov", "fake", "", ""),
        ("deep/text.mp4", "", "not_a_video", ""),
    ]
    assert run("--out", "t.jsonl", "dark.mp4").returncode == 0
    assert len(json.loads((work / "t.jsonl").read_text())["frames"]) == 8


@pytest.mark.parametrize("frames", ["0", "257"])
def test_frames_have_bounds(frames: str, run: Run) -> None:
    result = run("--frames", frames, "dark.mp4")
    assert result.returncode == 2
    assert "--frames" in result.stderr


def test_without_pyav_pictures_are_still_judged(run: Run, work: Path, tiny_weights: Path) -> None:
    code = """
import importlib.util, sys
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "av" else real(name, *more)
from fauxface.cli.main import main
sys.argv = ["fauxface", "predict", "--json", "--weights", sys.argv[1], "--faces", "off", "dark.mp4", "picture.mov"]
main()
"""
    command = [sys.executable, "-c", code, str(tiny_weights)]
    result = subprocess.run(command, capture_output=True, cwd=work, check=False)
    assert result.returncode == 2
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["error"] or {}).get("code") for row in rows] == ["missing_extra", None]
    assert "fauxface[video]" in rows[0]["error"]["message"]
    assert "dark.mp4" in rows[0]["error"]["message"]
