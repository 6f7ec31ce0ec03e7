"""``fauxface data audit``, as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from tests.data.test_near_duplicates import picture

pytest.importorskip("sklearn")

EVIL = "a\n\x1b[31mb.jpg"


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fauxface.cli.main", "data", "audit", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)


def write_set(root: Path, n: int, splits: tuple[str, ...] = ("",)) -> Path:
    """Fakes of quality 75 with coarse colours, photographs of 95 with fine ones."""
    for number, (label, quality, sampling) in enumerate((("real", 95, "4:4:4"), ("fake", 75, "4:2:0"))):
        for i in range(n):
            folder = root / splits[i % len(splits)] / label
            folder.mkdir(parents=True, exist_ok=True)
            pixels = Image.fromarray(picture(1000 * number + i, side=48))
            pixels.save(folder / f"{i:03}.jpg", quality=quality, subsampling=sampling)
    return root


def test_a_planted_trap_is_told_with_advice_and_written_as_json(tmp_path: Path) -> None:
    write_set(tmp_path / "set", 24)
    (tmp_path / "set/real/\x1bbad.jpg").write_text("no picture")
    done = run("set", "--out", "found/audit.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "set: 48 pictures (24 real, 24 fake)"
    assert lines[2].split() == ["feature", "real", "fake", "AUC", "advice"]
    (tables,) = [line for line in lines if line.startswith("quantisation tables")]
    assert tables.endswith("1.00  save all through one encoder")
    assert "shortcut AUC 1.000: leak, the label can be read from the file" in lines
    assert "save all pictures again through the same encoder" in done.stdout
    assert "written: found/audit.json" in lines
    assert "left out: real/\\x1bbad.jpg [not_an_image]" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    stored = json.loads((tmp_path / "found/audit.json").read_text(encoding="utf-8"))
    assert stored["verdict"] == "leak"
    assert stored["shortcuts"]["all together"]["auc"] == 1
    assert len(stored["left_out"]) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs any file name")
def test_hostile_names_are_escaped_and_few_pictures_get_no_figure(tmp_path: Path) -> None:
    write_set(tmp_path / "set", 4, ("train", "test"))
    for split, quality in (("train", 95), ("test", 60)):
        Image.fromarray(picture(77, side=64)).save(tmp_path / "set" / split / "real" / EVIL, quality=quality)
    done = run("set", "-o", "audit.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "differ in" in line]
    assert line.count("a\\n\\x1b[31mb.jpg") == 2
    assert line.endswith(": real")
    assert "copies across splits: 1." in done.stdout
    assert "shortcut AUC: not enough pictures: 5 real and 4 fake" in done.stdout
    (pair,) = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))["copies"]["pairs"]
    assert pair["first"]["path"].endswith(EVIL)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere"], "not_found"),
        (["set", "-o", "table.txt"], "bad_name"),
        (["set", "-o", "set/real/000.jpg/x.json"], "cannot_write"),
        (["set", "-o", "folder.json"], "cannot_write"),
        (["empty"], "no_pictures"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, arguments: list[str], code: str) -> None:
    write_set(tmp_path / "set", 1)
    (tmp_path / "empty/real").mkdir(parents=True)
    (tmp_path / "folder.json").mkdir()
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert f"error[{code}]: " in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
