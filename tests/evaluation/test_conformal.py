"""The guaranteed error rates are kept on pictures that it was not chosen on, whatever the network is worth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fauxface.errors import DataError
from fauxface.evaluation.conformal import ConformalRegion, conformal_region
from fauxface.weights.card_groups import ErrorRates

Array = NDArray[np.float64]


def pictures(rng: np.random.Generator, n: int, apart: float) -> tuple[Array, NDArray[np.int64]]:
    """probability_fake and labels of n photographs and n fakes, ``apart`` standard deviations from each other."""
    logit_fake = np.concatenate([rng.normal(-apart / 2, 1, n), rng.normal(apart / 2, 1, n)])
    return 1 / (1 + np.exp(-logit_fake)), np.repeat([1, 0], n)


def said(region: ConformalRegion, p: Array) -> NDArray[np.str_]:
    inside = (p > region.low) & (p < region.high)
    return np.where(inside, "uncertain", np.where(p >= region.threshold, "fake", "real"))


@pytest.mark.parametrize("apart", [0.0, 1.0, 3.0, 8.0])
@pytest.mark.parametrize("rates", [(0.01, 0.05), (0.1, 0.1), (0.3, 0.02)])
def test_coverage_holds_on_held_back_pictures(apart: float, rates: tuple[float, float]) -> None:
    rng = np.random.default_rng(5)
    called_real, called_fake = [], []
    for _ in range(300):
        region = conformal_region(*pictures(rng, 150, apart), max_missed_fakes=rates[0], max_accused=rates[1])
        p, y = pictures(rng, 200, apart)
        answers = said(region, p)
        called_real.append(np.mean(answers[y == 0] == "real"))
        called_fake.append(np.mean(answers[y == 1] == "fake"))
    # The mean of 300 × 200 draws; its standard error is below 0.002.
    assert np.mean(called_real) <= rates[0] + 0.006
    assert np.mean(called_fake) <= rates[1] + 0.006
    if apart < 3:  # where the classes overlap, as tight as the number of pictures allows
        exact = [int(rate * 151 + 1e-9) / 151 for rate in rates]
        assert np.mean(called_real) == pytest.approx(exact[0], abs=0.006)
        assert np.mean(called_fake) == pytest.approx(exact[1], abs=0.006)


def test_the_thresholds_by_hand() -> None:
    fakes = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95])  # k = ⌊0.2 · 10⌋ = 2
    reals = np.array([0.05, 0.15, 0.25, 0.35, 0.45, 0.5, 0.55, 0.65, 0.75])  # k = ⌊0.1 · 10⌋ = 1
    p, y = np.concatenate([fakes, reals]), np.repeat([0, 1], 9)
    region = conformal_region(p, y, max_missed_fakes=0.2, max_accused=0.1)
    assert region.threshold == 0.2
    assert said(region, np.array([0.1999, 0.2, 0.5, 0.75, 0.7501])).tolist() == [
        "real",
        *["uncertain"] * 3,
        "fake",
    ]
    assert region.guaranteed == ErrorRates(missed_fakes=0.2, accused_photographs=0.1)
    assert region.pictures == {"real": 9, "fake": 9}


def test_no_region_where_nothing_overlaps() -> None:
    region = conformal_region([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], max_missed_fakes=0.4, max_accused=0.4)
    assert region.low == region.high == region.threshold == 0.5


def test_too_few_pictures_guarantee_nothing_and_call_nothing() -> None:
    region = conformal_region([0.2, 0.9], [1, 0])
    assert (region.low, region.high) == (0.0, 1.0)
    assert set(said(region, np.linspace(0.001, 0.999, 50))) == {"uncertain"}


def test_bad_input() -> None:
    with pytest.raises(DataError, match="missing"):
        conformal_region([0.1, 0.2], [1, 1])
    with pytest.raises(DataError, match="wanted shares"):
        conformal_region([0.1, 0.2], [1, 0], max_missed_fakes=1.0)
    with pytest.raises(DataError, match="probability"):
        conformal_region([np.nan, 0.2], [1, 0])
