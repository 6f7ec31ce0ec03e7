"""`fauxface reproduce`: mistakes are told before anything is trained (what it makes: tests/training)."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fauxface.cli.main import app
from fauxface.errors import DataError, FauxfaceError, RecipeError, WeightsError


def reproduce(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["reproduce", *map(str, arguments), "--accelerator", "cpu"])


def refused(result: Result, error: type[FauxfaceError]) -> str:
    assert isinstance(result.exception, error), (result.exception, result.output)
    assert "\n" not in result.exception.message
    return result.exception.message


def test_public_weights_that_cannot_be_had(faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network (a proxy that is not there), it says what to do and trains nothing."""
    monkeypatch.setenv("FAUXFACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    out = tmp_path / "report"
    message = refused(reproduce("--data", faces, "--out", out, "--only", "inception-resnet-v2"), WeightsError)
    assert "--scratch" in message
    assert str(tmp_path / "cache") in message
    assert not out.exists()


def test_a_run_that_the_paper_has_not(faces: Path, tmp_path: Path) -> None:
    message = refused(reproduce("--data", faces, "--out", tmp_path / "x", "--only", "resnet69"), RecipeError)
    assert "resnet68-cutout" in message


def test_a_leak(faces: Path, tmp_path: Path) -> None:
    (faces / "test/fake/again.png").write_bytes((faces / "train/fake/000.png").read_bytes())
    result = reproduce("--data", faces, "--out", tmp_path / "x", "--small", "--only", "resnet68")
    assert "--allow-leak" in refused(result, DataError)
    assert not (tmp_path / "x").exists()


def test_one_class_only(faces: Path, tmp_path: Path) -> None:
    for file in (faces / "train/real").iterdir():
        file.unlink()
    result = reproduce("--data", faces, "--out", tmp_path / "x", "--small", "--only", "resnet68")
    assert "no real pictures in the split 'train'" in refused(result, DataError)
