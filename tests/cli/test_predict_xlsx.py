"""Tables for Excel: what is in a cell is what was said, and nothing in it runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.cli.test_predict_resume import stopped, write

from fauxface.cli import predict_xlsx
from fauxface.cli.predict_out import COLUMNS, check, open_table
from fauxface.errors import DataError
from fauxface.verdict import Verdict


def test_rows_names_and_numbers(tmp_path: Path) -> None:
    table = tmp_path / "t.xlsx"
    check(table)
    names = [
        "a.jpg",
        "日本 ü.jpg",
        '=HYPERLINK("http://evil").jpg',
        "#N/A",
        "+1",
        "a\x07b\ud800\ufffe.jpg",
        "x" * 40_000,
    ]
    with open_table(table) as put:
        for name in names:
            put(Verdict(name, "fake", 0.93, "m@1", elapsed_ms=12.345, notes=("first", "second")))
        put(Verdict("b.jpg", None, None, "m@1", error={"code": "broken_image", "message": "=b.jpg: damaged"}))
    sheet = load_workbook(table).worksheets[0]
    head, *rows = sheet.iter_rows()
    assert tuple(cell.value for cell in head) == COLUMNS
    assert [row[0].value for row in rows] == [
        *names[:5],
        "a\\x07b\\ud800\\ufffe.jpg",
        "x" * predict_xlsx.MOST_CHARACTERS,
        "b.jpg",
    ]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "inlineStr"}, "no formulas, no errors"
    assert rows[0][2].value == 0.93
    assert rows[0][6].value == pytest.approx(12.35, abs=0.01)
    assert rows[0][7].value == "first; second"
    assert rows[-1][5].value == "=b.jpg: damaged"
    assert rows[-1][2].value is None


def test_a_sheet_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict_xlsx, "MOST_ROWS", 3)
    table = tmp_path / "t.xlsx"
    with pytest.raises(DataError, match=r"write .csv or .parquet") as caught:
        write(table, *[Verdict("a.jpg", "fake", 0.93, "m@1")] * 3)
    assert caught.value.code == "too_large"
    assert not table.exists()


def test_stopped_it_keeps_its_rows_and_leaves_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    table = tmp_path / "t.xlsx"
    for rows in (0, 2):
        with pytest.raises(KeyboardInterrupt):
            stopped(table, KeyboardInterrupt(), *[Verdict("a.jpg", "fake", 0.93, "m@1")] * rows)
        assert table.exists() == bool(rows)
        assert list(temporary.iterdir()) == []
    assert load_workbook(table).worksheets[0].max_row == 3
