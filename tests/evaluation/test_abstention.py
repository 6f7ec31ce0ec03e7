"""Counting words: of all of a class, of those that were judged, and by source."""

from __future__ import annotations

from pathlib import Path

import pytest

from fauxface.errors import DataError
from fauxface.evaluation.abstention import abstention
from fauxface.evaluation.by_source import by_source
from fauxface.evaluation.intervals import wilson
from fauxface.evaluation.predictions import Prediction, PredictionTable, read, write
from fauxface.report.tables import answer_lines, source_lines

SHA = "a" * 64
ROWS = (
    Prediction("1", SHA, "real", 0.1, "ffhq", verdict="real"),
    Prediction("2", SHA, "real", 0.5, "ffhq", verdict="uncertain", reasons="in_abstention_region"),
    Prediction("3", SHA, "real", 0.9, "ffhq", verdict="fake"),
    Prediction("4", SHA, "real", 0.2, "cam", verdict="real"),
    Prediction("5", SHA, "fake", 0.95, "gan", verdict="fake"),
    Prediction("6", SHA, "fake", 0.05, "gan", verdict="uncertain", reasons="unstable,no_face"),
    Prediction("7", SHA, "fake", 0.01, "ada", verdict="real"),
    Prediction("8", SHA, "fake", None, "ada", error="broken_image"),
)


def test_shares() -> None:
    said = abstention(PredictionTable(ROWS))
    assert said is not None
    assert (said.abstained.count, said.abstained.n, said.abstained.value) == (2, 7, 2 / 7)
    assert said.abstained.interval == wilson(2, 7)
    assert (said.abstained_real.value, said.abstained_fake.value) == (1 / 4, 1 / 3)
    assert said.missed_fakes.value == 1 / 3
    assert said.accused_photographs.value == 1 / 4
    assert (said.right.count, said.right.n) == (3, 5)
    assert said.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert said.reasons == {"in_abstention_region": 1, "unstable": 1, "no_face": 1}
    assert any("fakes called real" in line and "33.33%" in line for line in answer_lines(said))


def test_tables_without_answers_tell_nothing() -> None:
    assert abstention(PredictionTable((Prediction("1", SHA, "real", 0.1),))) is None
    assert abstention(PredictionTable((*ROWS, Prediction("9", SHA, "real", 0.1)))) is None
    assert abstention(PredictionTable(())) is None


def test_answers_come_back_from_disk(tmp_path: Path) -> None:
    write(ROWS, tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet").rows == ROWS


def test_an_unknown_word_is_refused(tmp_path: Path) -> None:
    write([Prediction("1", SHA, "real", 0.1, verdict="maybe")], tmp_path / "p.parquet")  # pyright: ignore[reportArgumentType]
    with pytest.raises(DataError, match="unknown verdict"):
        read(tmp_path / "p.parquet")


def test_by_source() -> None:
    rows = by_source(PredictionTable(ROWS), 0.5)
    assert list(rows) == ["ada", "cam", "ffhq", "gan"]
    assert (rows["ffhq"].abstained, rows["ffhq"].wrong) == (1 / 3, 1 / 3)
    # gan's fakes (0.95, 0.05) against the photographs (0.1, 0.5, 0.9, 0.2): 4 of 8 pairs in order.
    assert rows["gan"].auc == 4 / 8
    assert rows["cam"].auc == 1 / 3
    lines = source_lines(rows)
    assert "33.33% uncertain" in lines[3]
