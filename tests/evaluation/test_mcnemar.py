"""McNemar's test against SciPy's sign test and by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import binomtest

from fauxface.errors import DataError
from fauxface.evaluation.mcnemar import compare, exact_p
from fauxface.evaluation.predictions import Prediction, PredictionTable


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (5, 5), (3, 11), (0, 40), (700, 811), (9_000, 11_000)])
def test_the_p_value_is_that_of_the_sign_test(b: int, c: int) -> None:
    expected = binomtest(b, b + c).pvalue if b + c else 1.0
    assert exact_p(b, c) == pytest.approx(expected, rel=1e-9)
    assert exact_p(c, b) == exact_p(b, c)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(DataError, match="negative"):
        exact_p(-1, 3)


def table(probabilities: list[float], labels: list[str]) -> PredictionTable:
    rows = [
        Prediction(f"{i}.jpg", f"{i:064x}", "fake" if label == "f" else "real", p)
        for i, (p, label) in enumerate(zip(probabilities, labels, strict=True))
    ]
    return PredictionTable(tuple(rows))


def test_pictures_that_only_one_judges_rightly_are_counted() -> None:
    first = table([0.9, 0.9, 0.9, 0.1], list("ffrr"))  # right, right, wrong, right
    second = table([0.1, 0.9, 0.1, 0.2], list("ffrr"))  # wrong, right, right, right
    found = compare(first, second)
    assert (found.n, found.only_first, found.only_second, found.p_value) == (4, 1, 1, 1.0)


def test_order_does_not_matter_and_pictures_of_one_table_only_are_left_out() -> None:
    first = table([0.9, 0.1, 0.9], list("fff"))
    second = replace(first, rows=tuple(reversed(first.rows[:2])))
    assert compare(first, second).n == 2


def test_tables_of_other_pictures_cannot_be_compared() -> None:
    with pytest.raises(DataError, match="no picture in common"):
        compare(table([0.5], ["f"]), PredictionTable(()))


def test_tables_that_disagree_on_the_truth_cannot_be_compared() -> None:
    with pytest.raises(DataError, match=r"0\.jpg: .*label"):
        compare(table([0.5], ["f"]), table([0.5], ["r"]))
