"""``fauxface models``, as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.models import registry

pytest.importorskip("timm")

FEW = ("resnet-tiny", "inception-resnet-v2", "mesonet")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three networks; counting all of them takes long, and test_zoo builds each."""
    monkeypatch.setattr(registry, "REGISTRY", {name: registry.entry(name) for name in FEW})


def test_json_has_exact_numbers() -> None:
    result = CliRunner().invoke(app, ["models", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["name"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert tuple(rows) == FEW
    inception = rows["inception-resnet-v2"]
    # 55,843,464 as published with 1000 classes (Szegedy et al. 2016, as timm counts), less 1,537,000, plus 1,537.
    assert inception["parameters"] == 54_308_001
    assert inception["input_size"] == 299
    assert 26e9 < inception["flops"] < 27e9  # published: 13.2 billion multiply-adds
    assert inception["pretrained"][0]["licence"] == "Apache-2.0"
    assert inception["pretrained"][0]["url"].startswith("https://")
    assert rows["mesonet"]["pretrained"] == []
    assert rows["mesonet"]["fixed_size"] is True


def test_a_pipe_gets_one_line_a_network() -> None:
    result = CliRunner().invoke(app, ["models"])
    assert result.exit_code == 0, result.output
    title, *rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert title == ["name", "parameters", "GFLOP", "input", "public weights", "source"]
    assert [row[0] for row in rows] == list(FEW)
    assert rows[1][1:5] == ["54.31 M", "26.31", "299", "imagenet (Apache-2.0)"]
    assert rows[2][4] == "–"


def test_without_the_extra_it_says_what_to_install() -> None:
    code = """
import sys
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "torch" else real(name, *a)
sys.argv = ["fauxface", "models"]
from fauxface.cli.main import main
main()
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("error[missing_extra]")
    assert "fauxface[train]" in result.stderr
