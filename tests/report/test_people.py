"""Errors by age, sex and origin: counted shares with intervals; a damaged file is one error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.errors import DataError
from fauxface.report.people import read, tables

ROW = {"source": "utkface", "attribute": "sex", "group": "fe|male", "pictures": 40, "wrong": 2, "uncertain": 10}


def stored(folder: Path, *rows: Any) -> Path:
    path = folder / "groups.json"
    path.write_text(json.dumps(list(rows)))
    return path


def test_each_group_has_shares_with_intervals_a_column_a_network(tmp_path: Path) -> None:
    path = stored(tmp_path, {**ROW, "network": "a"}, {**ROW, "network": "b", "wrong": 0})
    text = tables(read(path), ("a", "b"))
    assert "| photographs called fake, UTKFace | pictures | a | uncertain | b | uncertain |" in text
    line = next(line for line in text.splitlines() if "sex" in line)
    assert line.startswith("| sex: fe\\|male | 40 | 5.00% (1.38–16.50) | 25.00% (14.19–40.19) | 0.00% (0.00–8.76) |")


@pytest.mark.parametrize(
    "row",
    [
        {**ROW},
        {**ROW, "network": "a", "more": 1},
        {**ROW, "network": "a", "pictures": 0},
        {**ROW, "network": "a", "wrong": 31},
        {**ROW, "network": "a", "wrong": -1},
        {**ROW, "network": "a", "wrong": True},
        {**ROW, "network": 7},
        "words",
        None,
    ],
)
def test_what_is_no_list_of_counts_is_one_error(row: Any, tmp_path: Path) -> None:
    path = stored(tmp_path, row)
    with pytest.raises(DataError, match="no list of counts by group") as caught:
        read(path)
    assert caught.value.code == "bad_groups"
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_one_error_of_the_command(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["card", "--people", str(tmp_path / "none.json")])
    assert isinstance(result.exception, DataError)
