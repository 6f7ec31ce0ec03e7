"""Against scikit-learn, and on pictures that cannot tell; against the paper in `tests/paper/test_results.py`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from fauxface.errors import DataError
from fauxface.evaluation.metrics import WITH_INTERVAL, from_counts, from_probabilities, write_json


def pictures(seed: int, n: int = 200, levels: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities with some skill; ``levels`` rounds them so that many are tied."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    labels[:2] = 0, 1
    p = 1 / (1 + np.exp(2 * labels - 1 + rng.normal(size=n)))
    return labels, p if levels is None else np.round(p * levels) / levels


@pytest.mark.parametrize("levels", [None, 1, 4, 20])
@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_scikit_learn(seed: int, levels: int | None) -> None:
    labels, p = pictures(seed, 3 + 40 * seed, levels)
    threshold = 0.25 * (seed % 4)
    m = from_probabilities(labels, p, threshold, resamples=5)
    called = (p < threshold).astype(int)
    tn, fp, fn, tp = reference.confusion_matrix(labels, called, labels=[0, 1]).ravel()
    assert (m.tp, m.fp, m.fn, m.tn, m.n) == (tp, fp, fn, tn, len(labels))
    assert m.accuracy == pytest.approx(reference.accuracy_score(labels, called))
    assert m.f1 == pytest.approx(reference.f1_score(labels, called, zero_division=0))  # pyright: ignore[reportArgumentType]
    if tp + fp:
        assert m.precision == pytest.approx(reference.precision_score(labels, called))
    else:
        assert m.precision is None
    assert m.sensitivity == pytest.approx(reference.recall_score(labels, called))
    assert m.specificity == pytest.approx(reference.recall_score(labels, called, pos_label=0))
    assert m.balanced_accuracy == pytest.approx(reference.balanced_accuracy_score(labels, called))
    assert m.auc == pytest.approx(reference.roc_auc_score(labels, 1 - p), abs=1e-12)
    average_precision = reference.average_precision_score(labels, 1 - p)
    assert m.average_precision == pytest.approx(average_precision, abs=1e-12)
    assert m.brier == pytest.approx(reference.brier_score_loss(1 - labels, p), abs=1e-12)


def test_exactly_at_the_threshold_is_called_fake() -> None:
    m = from_probabilities([1, 0], [0.5, 0.5], 0.5)
    assert (m.tp, m.fp, m.fn, m.tn) == (0, 0, 1, 1)


def test_a_fake_called_real_is_the_false_positive() -> None:
    m = from_probabilities([0, 0, 0, 1], [0.1, 0.9, 0.9, 0.1])
    assert (m.fp, m.tn, m.tp, m.fn) == (1, 2, 1, 0)
    assert m.missed_fakes == pytest.approx(1 / 3)


def test_intervals_hold_the_figure_and_are_the_same_again() -> None:
    labels, p = pictures(3, 400, 50)
    m = from_probabilities(labels, p, seed=7)
    assert set(m.intervals) == set(WITH_INTERVAL)
    for name, interval in m.intervals.items():
        assert interval is not None, name
        assert 0 <= interval[0] < getattr(m, name) < interval[1] <= 1, name
    assert from_probabilities(labels, p, seed=7) == m
    assert from_probabilities(labels, p, seed=8).intervals["auc"] != m.intervals["auc"]


@settings(deadline=None, max_examples=150)
@given(
    rows=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), max_size=25),
    threshold=st.integers(0, 8),
    resamples=st.integers(1, 60),
    seed=st.integers(0, 99),
)
@example(rows=[(1, 0), (1, 4), (0, 4), (0, 8)], threshold=4, resamples=2, seed=0)
def test_every_interval_contains_its_figure(
    rows: list[tuple[int, int]], threshold: int, resamples: int, seed: int
) -> None:
    labels, eighths = [label for label, _ in rows], [p / 8 for _, p in rows]
    m = from_probabilities(labels, eighths, threshold / 8, seed=seed, resamples=resamples)
    assert set(m.intervals) == set(WITH_INTERVAL)
    for name, interval in m.intervals.items():
        if interval is not None:
            assert 0 <= interval[0] <= getattr(m, name) <= interval[1] <= 1, name


def test_an_average_precision_below_all_its_resamples() -> None:
    # Three fakes pass before thirty photographs: a photograph drawn twice ties with itself, and a tie raises it.
    m = from_probabilities([0] * 3 + [1] * 30, np.linspace(0.1, 0.9, 33))
    assert m.average_precision == pytest.approx(0.7745, abs=1e-4)
    assert m.intervals["average_precision"] == pytest.approx((0.7745, 0.7970), abs=1e-3)


def test_bootstrap_intervals_cover_the_truth_about_95_times_in_100() -> None:
    # Scores of two unit normals one apart: the true AUC is Φ(1/√2), the true balanced accuracy Φ(1/2).
    truth = {"auc": 0.760250, "balanced_accuracy": 0.691462}
    hits = dict.fromkeys(truth, 0)
    rng = np.random.default_rng(0)
    runs = 150
    for run in range(runs):
        labels = np.repeat([0, 1], 150)
        p = 1 / (1 + np.exp(labels - 0.5 + rng.normal(size=300)))
        m = from_probabilities(labels, p, seed=run, resamples=200)
        for name, true in truth.items():
            low, high = m.intervals[name] or (1, 0)
            hits[name] += low <= true <= high
    for name, k in hits.items():
        assert 0.88 <= k / runs <= 0.99, name


@pytest.mark.parametrize("labels", [[], [1], [0], [1, 1], [0, 0]])
@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_what_cannot_be_told_is_null(labels: list[int], threshold: float, tmp_path: Path) -> None:
    m = from_probabilities(labels, [0.3] * len(labels), threshold)
    assert m.auc is None
    assert m.average_precision is None
    assert m.balanced_accuracy is None
    write_json(tmp_path / "new" / "metrics.json", m, extra={}, unreadable=[{"path": "a", "code": "b"}])
    text = (tmp_path / "new" / "metrics.json").read_text()
    content = json.loads(text, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))
    assert content["auc"] is None
    assert content["unreadable"] == [{"path": "a", "code": "b"}]
    assert content["intervals"]["auc"] is None
    assert [f.name for f in (tmp_path / "new").iterdir()] == ["metrics.json"]


def test_no_real_called_real_leaves_precision_open_and_f1_zero() -> None:
    m = from_counts(0, 0, 5, 5)
    assert m.precision is None
    assert m.f1 == 0
    assert from_counts(0, 0, 0, 5).f1 is None
    assert from_counts(0, 0, 0, 0).accuracy is None


def test_without_errors_no_bootstrap_interval_is_claimed() -> None:
    m = from_counts(10, 0, 0, 10)
    assert m.intervals["f1"] is None
    assert m.intervals["accuracy"] == pytest.approx((0.8389, 1.0), abs=1e-4)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), -1e-9, 1 + 1e-9])
def test_a_probability_outside_0_to_1_is_an_error(bad: float) -> None:
    with pytest.raises(DataError, match="picture 1") as caught:
        from_probabilities([1, 0], [0.5, bad])
    assert caught.value.code == "bad_probability"


@pytest.mark.parametrize(
    ("labels", "p"),
    [
        ([1, 0], [0.5]),
        ([2], [0.5]),
        (["real"], [0.5]),
        ([[1]], [[0.5]]),
        ([1], ["x"]),
        ([float("nan")], [0.5]),
    ],
)
def test_labels_that_are_none_are_an_error(labels: list, p: list) -> None:
    with pytest.raises(DataError):
        from_probabilities(labels, p)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_outside_0_to_1_is_an_error(threshold: float) -> None:
    with pytest.raises(DataError, match="threshold"):
        from_probabilities([1], [0.5], threshold)


def test_negative_counts_are_an_error() -> None:
    with pytest.raises(DataError, match="negative"):
        from_counts(-1, 0, 0, 0)
