"""`fauxface explain` as people use it, in a process of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NO_PROOF = b"shows where the network looked; it is no proof\n"
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def png() -> bytes:
    """Bright, but for a dark corner: the tiny network calls bright pictures real."""
    rgb = np.full((40, 60, 3), 220, dtype=np.uint8)
    rgb[30:, 40:] = 0
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with a picture in it."""
    folder = tmp_path / "work"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "face.png").write_bytes(png())
    return folder


@pytest.fixture
def run(tiny_weights: Path, work: Path) -> Run:
    """Runs `fauxface explain` with the tiny network (or the options given) in that folder."""

    def call(*arguments: str, stdin: bytes = b"", options: tuple[str, ...] | None = None) -> object:
        if options is None:
            options = ("--weights", str(tiny_weights), "--faces", "off")
        command = [sys.executable, "-m", "fauxface.cli.main", "explain", "--threads", "1", *options, *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, cwd=work, check=False)

    return call  # type: ignore[return-value]


def shape(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        assert (image.format, image.mode) == ("PNG", "RGB")
        return image.size


def test_both_maps(run: Run, work: Path) -> None:
    result = run("deep/face.png")
    assert result.returncode == 0, result.stderr
    verdict, said = result.stdout.splitlines(keepends=True)
    assert b" real " in verdict
    assert b"deep/face.png" in verdict
    assert said == b"face.explained.png: the class-activation map " + NO_PROOF
    assert result.stderr == b""
    assert shape(work / "face.explained.png")[0] == 768
    assert [p.name for p in work.iterdir() if ".part" in p.name] == []

    finer = run("deep/face.png", "--occlusion", "--patch", "0.25", "-o", "deep/finer.PNG")
    assert finer.returncode == 0, finer.stderr
    assert finer.stdout.splitlines(keepends=True)[1] == b"deep/finer.PNG: the occlusion map " + NO_PROOF
    assert b"hiding patches: 49/49 patches" in finer.stderr
    assert shape(work / "deep" / "finer.PNG") == shape(work / "face.explained.png")


def test_standard_input(run: Run, work: Path) -> None:
    result = run("-", stdin=png())
    assert result.returncode == 0, result.stderr
    assert shape(work / "stdin.explained.png")[0] == 768
    empty = run("-")
    assert empty.returncode == 2
    assert empty.stderr == b"error[empty_file]: standard input: the file is empty\n"


def test_an_older_result_is_replaced_and_the_picture_itself_is_not(run: Run, work: Path) -> None:
    (work / "old.png").write_bytes(b"old content")
    assert run("deep/face.png", "--out", "old.png").returncode == 0
    assert shape(work / "old.png")[0] == 768
    (work / "link.png").symlink_to(work / "deep" / "face.png")
    for out in ("deep/face.png", "deep/../deep/face.png", "link.png"):
        result = run("deep/face.png", "--out", out)
        assert result.returncode == 2
        assert result.stderr.startswith(b"error[cannot_write]")
        assert b"the picture itself" in result.stderr
    assert (work / "deep" / "face.png").read_bytes() == png()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("deep/face.png", "--out", "a.jpg"), b"unknown_format"),
        (("deep/face.png", "--out", "a"), b"unknown_format"),
        (("deep/face.png", "--out", "no/such/a.png"), b"cannot_write"),
        (("deep/face.png", "--out", "deep.png"), b"cannot_write"),
        (("gone.png",), b"file_not_found"),
        (("",), b"file_not_found"),
        (("deep",), b"is_a_folder"),
        (("deep/text.png",), b"not_an_image"),
        (("deep/text.png", "--occlusion"), b"not_an_image"),
    ],
)
def test_errors_are_one_line(arguments: tuple[str, ...], code: bytes, run: Run, work: Path) -> None:
    (work / "deep.png").mkdir()
    (work / "deep" / "text.png").write_text("no picture")
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stdout == b""
    assert result.stderr.startswith(b"error[" + code + b"]: ")
    assert result.stderr.count(b"\n") == 1
    assert not list(work.glob("*.explained.png"))


def test_wrong_options(run: Run, work: Path) -> None:
    for wrong in (("--patch", "0.2"), ("--occlusion", "--patch", "0"), ("--occlusion", "--patch", "1.5")):
        result = run("deep/face.png", *wrong)
        assert result.returncode == 2
        assert b"--patch" in result.stderr
    assert not list(work.glob("*.png"))


def test_a_face_is_required(run: Run, tiny_weights: Path) -> None:
    result = run("deep/face.png", options=("--weights", str(tiny_weights), "--faces", "required"))
    assert result.returncode == 2
    assert result.stderr.startswith(b"error[no_face]")


@pytest.mark.parametrize("name", ["fake_stylegan2_1", "photo_collins"])
def test_the_shipped_weights(name: str, run: Run, work: Path) -> None:
    picture = str(EXAMPLES / f"{name}.jpg")
    for options in ((), ("--occlusion", "--patch", "0.5")):
        result = run(picture, options=options)
        assert result.returncode == 0, result.stderr
        assert picture.encode() in result.stdout
        assert result.stdout.endswith(NO_PROOF)
        width, height = shape(work / f"{name}.explained.png")
        assert width == 512
        assert 612 < height < 662
