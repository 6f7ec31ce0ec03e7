import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from fauxface.evaluation.intervals import percentile, wilson


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 10), (10, 10), (3, 7), (43, 10_000), (9_993, 10_000)])
def test_wilson_is_scipys(k: int, n: int) -> None:
    reference = binomtest(k, n).proportion_ci(confidence_level=0.95, method="wilson")
    assert wilson(k, n) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_wilson_keeps_a_width_and_its_bounds_at_the_ends() -> None:
    assert wilson(0, 0) is None
    low, high = wilson(0, 50) or (9, 9)
    assert low == 0
    assert 0.05 < high < 0.1
    low, high = wilson(50, 50) or (9, 9)
    assert high == 1
    assert 0.9 < low < 0.95


def test_percentile_is_the_middle_95_percent() -> None:
    assert percentile(np.arange(1001.0), 500) == pytest.approx((25, 975))


def test_percentile_claims_no_certainty_without_spread() -> None:
    assert percentile(np.ones(10), 1) is None
    assert percentile(np.empty(0), 0.5) is None
    assert percentile(np.arange(10.0), None) is None


def test_percentile_reaches_up_to_a_figure_beside_the_resamples() -> None:
    values = np.arange(1001.0)
    assert percentile(values, 3) == pytest.approx((3, 975))
    assert percentile(values, 1000) == pytest.approx((25, 1000))


@given(successes=st.integers(0, 10**7), more=st.integers(0, 10**7))
def test_wilson_contains_its_share(successes: int, more: int) -> None:
    trials = successes + more
    interval = wilson(successes, trials)
    assert (interval is None) == (trials == 0)
    if interval is not None:
        assert 0 <= interval[0] <= successes / trials <= interval[1] <= 1
