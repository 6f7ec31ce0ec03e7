"""The linear classifier: its penalties are as its docstring tells, and what varies within a source is distrusted."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from fauxface.training.linear_classifier import fitted

N = 240
Case = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64], list[str]]


@pytest.fixture
def case() -> Case:
    """Six sources. The first feature tells the classes apart on average and varies within each source; the second does
    so as well but hardly varies there; the third says nothing."""
    rng = np.random.default_rng(0)
    targets = np.repeat([0, 1], N // 2)
    groups = [f"{target}-{i % 3}" for i, target in enumerate(targets)]
    features = np.stack(
        [
            targets + rng.normal(size=N),
            targets + np.array([0.7 * (int(g[-1]) - 1) for g in groups]) + 0.1 * rng.normal(size=N),
            rng.normal(size=N),
        ],
        axis=1,
    )
    return features.astype(np.float32), targets, rng.uniform(0.5, 1.5, N), groups


@pytest.mark.parametrize("within", [0.0, 5.0])
def test_minimises_what_its_docstring_tells(case: Case, within: float) -> None:
    features, targets, weights, groups = case
    penalty = 20.0
    slope, bias = fitted(features, targets, weights, penalty, within=within, groups=groups)
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    scaled = (features - mean) / deviation
    inside = [np.cov(scaled[[i for i, g in enumerate(groups) if g == name]].T) for name in sorted(set(groups))]

    def loss(w: NDArray[np.float64]) -> float:
        logits = scaled @ w[:3] + w[3]
        data = float((weights * np.logaddexp(0, np.where(targets == 1, -logits, logits))).sum())
        squares = float(w[:3] @ w[:3]) + within * float(np.mean([w[:3] @ c @ w[:3] for c in inside]))
        return data + penalty * N / 1000 * squares / 2

    best = minimize(loss, np.zeros(4), tol=1e-10).x
    assert slope * deviation == pytest.approx(best[:3], abs=2e-2)
    assert bias + slope @ mean == pytest.approx(best[3], abs=2e-2)


def test_what_varies_within_sources_is_distrusted(case: Case) -> None:
    features, targets, weights, groups = case
    plain, _ = fitted(features, targets, weights, 1.0)
    wary, _ = fitted(features, targets, weights, 1.0, within=100.0, groups=groups)
    assert abs(wary[0] / wary[1]) < 0.7 * abs(plain[0] / plain[1])


def test_sources_of_one_picture_have_no_variance(case: Case) -> None:
    features, targets, weights, groups = case
    alone = ["other", *groups[1:]]
    slope, bias = fitted(features, targets, weights, 1.0, within=100.0, groups=alone)
    assert np.isfinite(slope).all()
    assert np.isfinite(bias)
