"""Table I: the paper's own counts give the paper's own totals."""

from __future__ import annotations

from fauxface.paper.table_one import PAPER_COUNTS, table_one


def test_the_paper() -> None:
    assert table_one(PAPER_COUNTS).splitlines() == [
        "         real    fake    total    paper",
        "---------------------------------------",
        "train  50,000  50,000  100,000  100,000",
        "valid  10,000  10,000   20,000   20,000",
        "test   10,000  10,000   20,000   20,000",
        "---------------------------------------",
        "total  70,000  70,000  140,000  140,000",
    ]


def test_missing_splits_are_zero_and_the_paper_can_stay_away() -> None:
    lines = table_one({("train", "real"): 1200, ("train", "fake"): 7}, paper=False).splitlines()
    assert lines[0].split() == ["real", "fake", "total"]
    assert lines[2].split() == ["train", "1,200", "7", "1,207"]
    assert lines[3].split() == ["valid", "0", "0", "0"]
    assert lines[-1].split() == ["total", "1,200", "7", "1,207"]
