"""Distances in feature space: what was learned from is near, what was not is far, whatever the scale of a feature."""

from __future__ import annotations

import numpy as np
import pytest

from fauxface.evaluation import novelty
from fauxface.evaluation.novelty import Kind, fit

SOURCES = [("real", "camera"), ("real", "phone"), ("fake", "gan")]


def learned(seed: int = 0, n: int = 80) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Three sources of 12 features, the last of which has a thousand times the scale."""
    rng = np.random.default_rng(seed)
    means = np.random.default_rng(9).normal(0, 3, (3, 12))
    x = np.concatenate([rng.normal(mean, 1.0, (n, 12)) for mean in means])
    x[:, -1] *= 1000
    return x, [source for source in SOURCES for _ in range(n)]


@pytest.mark.parametrize("kind", ["classes", "sources", "nearest"])
def test_what_is_elsewhere_is_further_than_what_is_alike(kind: Kind) -> None:
    x, sources = learned()
    space = fit(x, sources, kind)
    alike, _ = learned(seed=1)
    elsewhere = alike.copy()
    elsewhere[:, 3] += 15
    assert np.median(space.distances(elsewhere)) > 1.5 * np.quantile(space.distances(alike), 0.95)
    assert (space.distances(x) >= 0).all()


def test_distance_to_a_source_is_mahalanobis_distance() -> None:
    x, sources = learned()
    space = fit(x, sources, "sources")
    within = x - np.stack([x[[s == mine for s in sources]].mean(axis=0) for mine in sources])
    covariance = within.T @ within / len(x)
    shrunk = 0.95 * covariance + 0.05 * np.diag(np.diag(covariance))
    apart = x[0] - x[:80].mean(axis=0)
    wanted = np.sqrt(apart @ np.linalg.solve(shrunk, apart) / 12)
    assert space.distances(x[:1])[0] == pytest.approx(wanted, rel=1e-6)


def test_few_pictures_of_each_source_are_kept_and_the_draw_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "NEIGHBOURS", 30)
    x, sources = learned()
    first, again = fit(x, sources), fit(x, sources)
    assert first.centres.shape == (30, 12)
    assert np.array_equal(first.centres, again.centres)
    assert (first.distances(x) < 1e-9).sum() == 30, "those that are kept are at no distance"


def test_no_pictures_no_distances() -> None:
    x, sources = learned()
    assert fit(x, sources).distances(np.empty((0, 12))).shape == (0,)
