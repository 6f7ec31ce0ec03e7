"""How well probabilities put real pictures before fake ones: ROC curve, its area, average precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fauxface.evaluation.intervals import RESAMPLES
from fauxface.labels import REAL

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Pictures grouped by equal score (1 - probability_fake), from the surest real to the surest fake.

    Attributes:
        probability_fake: (L,) the distinct levels, rising.
        real, fake: (L,) real and fake pictures at each level.
        level: (N,) level of each picture, in the order given; labels: (N,) 1 real, 0 fake.
    """

    probability_fake: Array
    real: NDArray[np.int64]
    fake: NDArray[np.int64]
    level: NDArray[np.int64]
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, labels: NDArray[np.int64], probability_fake: Array) -> Ranking:
        """Group (N,) labels (1 real, 0 fake) and (N,) probabilities by equal 1 - probability_fake."""
        scores, level = np.unique(1.0 - probability_fake, return_inverse=True)
        level = (len(scores) - 1 - level).astype(np.int64)
        real = np.bincount(level[labels == REAL], minlength=len(scores))
        fake = np.bincount(level[labels != REAL], minlength=len(scores))
        return cls(1.0 - scores[::-1], real, fake, level, labels)

    def roc(self) -> tuple[Array, Array]:
        """(L+1,) share of fakes called real and (L+1,) share of reals called real, from (0, 0) to (1, 1).

        Both classes must be there.
        """
        called = [np.concatenate(([0], np.cumsum(k))) / max(k.sum(), 1) for k in (self.fake, self.real)]
        return called[0], called[1]

    def auc(self) -> float | None:
        """Area under the ROC curve, ties counted half; None with one class only."""
        return float(_auc(self.real, self.fake)) if self._both() else None

    def average_precision(self) -> float | None:
        """Σ (recall step × precision) without interpolation, as scikit-learn; None with one class only."""
        return float(_average_precision(self.real, self.fake)) if self._both() else None

    def bootstrap(self, seed: int, resamples: int = RESAMPLES) -> tuple[Array, Array]:
        """(resamples,) areas and (resamples,) average precisions; reals and fakes are drawn again apart.

        Empty arrays with one class only.
        """
        if not self._both():
            return np.empty(0), np.empty(0)
        rng = np.random.default_rng(seed)
        reals, fakes = self.level[self.labels == REAL], self.level[self.labels != REAL]
        levels = len(self.real)
        areas, precisions = np.empty(resamples), np.empty(resamples)
        for i in range(resamples):
            real = np.bincount(reals[rng.integers(len(reals), size=len(reals))], minlength=levels)
            fake = np.bincount(fakes[rng.integers(len(fakes), size=len(fakes))], minlength=levels)
            areas[i] = _auc(real, fake)
            precisions[i] = _average_precision(real, fake)
        return areas, precisions

    def _both(self) -> bool:
        return bool(self.real.any() and self.fake.any())


def _auc(real: NDArray[np.int64], fake: NDArray[np.int64]) -> float:
    # A real picture wins against each fake on a later level and half of those on its own.
    reals, fakes = int(real.sum()), int(fake.sum())
    beaten = fakes - np.cumsum(fake) + fake / 2
    # Sums of products, not dot products: BLAS threads cost more than they give at this length.
    return float(np.sum(real * beaten)) / (reals * fakes)


def _average_precision(real: NDArray[np.int64], fake: NDArray[np.int64]) -> float:
    found = np.cumsum(real)
    called = found + np.cumsum(fake)
    return float(np.sum(real * found / np.maximum(called, 1))) / int(found[-1])
