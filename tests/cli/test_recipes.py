"""`fauxface recipes`: Table II for people, and every recipe whole for programs."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.paper.table_two import NAMES
from fauxface.training.recipe import Recipe, recipe_names


def test_it_prints_table_two() -> None:
    result = CliRunner().invoke(app, ["recipes"])
    assert result.exit_code == 0, result.output
    lines = {line.split()[0]: line for line in result.output.splitlines() if line.strip()}
    for name in NAMES:
        assert name in lines
        assert f"{name}-small" in lines
    assert "0.0002" in lines["vggface2"]
    assert "299×299" in lines["inception-resnet-v2-cutout"]
    assert "binary cross-entropy" in result.output
    assert "batch size 1,000" in result.output


def test_each_line_of_json_is_a_recipe() -> None:
    result = CliRunner().invoke(app, ["recipes", "--json"])
    found = [Recipe.model_validate(json.loads(line)) for line in result.stdout.splitlines()]
    assert [recipe.name for recipe in found] == recipe_names()
