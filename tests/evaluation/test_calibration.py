"""Temperature and bias against scikit-learn, reliability by hand, and the region within which one abstains."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from fauxface.errors import DataError
from fauxface.evaluation import calibration
from fauxface.evaluation.calibration import (
    MAX_BIAS,
    TEMPERATURES,
    calibration_error_by_chance,
    expected_calibration_error,
    fit,
    reliability_table,
)


def logits(seed: int, n: int = 2000, temperature: float = 3.0, bias: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose calibrated form is known: P(real) = sigmoid(logit / temperature + bias)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 4, n)
    return x, (rng.random(n) < expit(x / temperature + bias)).astype(int)


@pytest.mark.parametrize(("temperature", "bias"), [(3.0, 0.4), (0.6, -2.0), (8.0, 3.0)])
@pytest.mark.parametrize("seed", range(3))
def test_fit_is_logistic_regression_without_penalty(seed: int, temperature: float, bias: float) -> None:
    x, y = logits(seed, temperature=temperature, bias=bias)
    found = fit(x, y)
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[:, None], y)
    assert 1 / found.temperature == pytest.approx(reference.coef_[0, 0], abs=1e-5)
    assert found.bias == pytest.approx(reference.intercept_[0], abs=1e-5)
    assert not found.bounded
    assert found.nll_after <= found.nll_before


def test_fit_recovers_the_truth_and_makes_probabilities_honest() -> None:
    x, y = logits(0, 40_000)
    found = fit(x, y)
    assert found.temperature == pytest.approx(3, rel=0.05)
    assert found.bias == pytest.approx(0.4, abs=0.05)
    before = expected_calibration_error(y, expit(-x))
    after = expected_calibration_error(y, expit(-found.apply(x)))
    assert before is not None
    assert after is not None
    assert after < 0.015 < 0.1 < before


@pytest.mark.parametrize("gap", [0.0, 0.01, 3.0, 300.0])
def test_separable_pictures_may_not_sharpen(gap: float) -> None:
    x = np.concatenate([np.linspace(-5, -gap / 2, 20), np.linspace(gap / 2, 5 + gap, 20)])
    y = np.repeat([0, 1], 20)
    found = fit(x, y)
    assert 1 <= found.temperature <= TEMPERATURES[1]
    assert abs(found.bias) <= MAX_BIAS
    assert found.nll_after <= found.nll_before + 1e-12
    if gap:
        assert found.bounded


def test_logits_that_rank_backwards_end_at_the_bound() -> None:
    x, y = logits(1)
    found = fit(-x, y)
    assert found.temperature == TEMPERATURES[1]
    assert found.bounded


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_fit_stays_finite_on_any_scale(scale: float) -> None:
    x, y = logits(2, 200)
    found = fit(x * scale, y)
    assert TEMPERATURES[0] <= found.temperature <= TEMPERATURES[1]
    assert np.isfinite([found.bias, found.nll_after]).all()
    assert found.nll_after <= found.nll_before


def test_equal_logits_get_the_share_of_reals() -> None:
    found = fit(np.zeros(10), [1] * 8 + [0] * 2)
    assert found.bias == pytest.approx(np.log(4), abs=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        ([1.0, 2.0], [1, 1], "one_class"),
        ([], [], "one_class"),
        ([np.nan, 1.0], [0, 1], "bad_logits"),
        ([np.inf, 1.0], [0, 1], "bad_logits"),
        ([1.0], [0, 1], "bad_labels"),
    ],
)
def test_fit_refuses_what_it_cannot_use(x: list[float], y: list[int], code: str) -> None:
    with pytest.raises(DataError) as caught:
        fit(x, y)
    assert caught.value.code == code


def test_reliability_table_by_hand() -> None:
    table = reliability_table([0, 1, 0, 0, 1], [0.0, 0.1, 0.5, 0.9, 1.0], bins=2)
    assert [(b.low, b.high, b.count) for b in table] == [(0, 0.5, 2), (0.5, 1, 3)]
    assert table[0].confidence == pytest.approx(0.05)
    assert table[0].fraction == 0.5
    assert table[1].confidence == pytest.approx(0.8)
    assert table[1].fraction == pytest.approx(2 / 3)
    assert table[1].interval is not None
    assert expected_calibration_error([0, 1, 0, 0, 1], [0.0, 0.1, 0.5, 0.9, 1.0], bins=2) == pytest.approx(
        (2 * 0.45 + 3 * (0.8 - 2 / 3)) / 5
    )


def test_empty_bins_say_nothing() -> None:
    table = reliability_table([0], [1.0])
    assert len(table) == calibration.BINS == 15
    assert [b.count for b in table] == [0] * 14 + [1]
    assert (table[0].confidence, table[0].fraction, table[0].interval) == (None, None, None)
    assert expected_calibration_error([], []) is None
    assert expected_calibration_error([0, 1], [1.0, 0.0]) == 0
    assert expected_calibration_error([0, 1], [0.0, 1.0]) == 1


def test_what_chance_alone_does_to_the_error() -> None:
    p = np.random.default_rng(1).random(400)
    chance = calibration_error_by_chance(p, resamples=400)
    assert chance is not None
    mean, high = chance
    # By hand: n pictures in 15 bins, each bin's share off by about sqrt(2/pi) of its standard deviation.
    in_bins = [p[(p * 15).astype(int) == k] for k in range(15)]
    assert mean == pytest.approx(sum(np.sqrt(2 / np.pi * (b * (1 - b)).sum()) for b in in_bins) / 400, rel=0.05)
    honest = [
        expected_calibration_error((rng.random(400) >= p).astype(int), p)
        for rng in map(np.random.default_rng, range(200))
    ]
    assert 0.9 < np.mean(np.array(honest) <= high) < 0.99
    assert calibration_error_by_chance([]) is None
    assert calibration_error_by_chance([0.0, 1.0]) == (0, 0)


def test_an_offset_meets_both_classes_alike_and_is_found_again() -> None:
    from fauxface.evaluation.calibration import fit_offset

    rng = np.random.default_rng(0)
    real, fake = rng.normal(1, 1.5, 40), rng.normal(-1, 1.5, 9)
    labels = np.array([1] * 40 + [0] * 9)
    logits = np.concatenate([real, fake])
    offset = fit_offset(logits, labels)
    assert fit_offset(logits + offset, labels) == pytest.approx(0, abs=1e-6)
    p_real = 1 / (1 + np.exp(-(logits + offset)))
    assert np.mean(1 - p_real[labels == 1]) == pytest.approx(np.mean(p_real[labels == 0]), abs=1e-6)
    with pytest.raises(DataError):
        fit_offset([1.0, 2.0], [1, 1])
