"""A linear classifier on features of pictures from many sources: a logistic regression, wary of each source."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.data.samples import Sample

_HAIR: Final = 1e-6
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def balanced_weights(samples: Sequence[Sample], balance: float) -> Doubles:
    """(N,) weights with mean 1: classes alike, and within a class sources as `fauxface.data.balance` shows them."""
    groups: dict[tuple[str, str], int] = {}
    for s in samples:
        groups[(s.label, s.source)] = groups.get((s.label, s.source), 0) + 1
    of_class: dict[str, float] = {}
    for (label, _), n in groups.items():
        of_class[label] = of_class.get(label, 0.0) + n ** (1 - balance)
    weights = np.array([groups[(s.label, s.source)] ** -balance / of_class[s.label] for s in samples])
    return weights / weights.mean()


def fitted(
    features: Floats,
    targets: NDArray[np.int64],
    weights: Doubles,
    penalty: float,
    *,
    within: float = 0.0,
    groups: Sequence[Hashable] = (),
) -> tuple[Doubles, float]:
    """Weights (F,) and bias of a logistic regression for *real* on features that are standardised inside.

    With ``within`` the penalty grows by so many times the variance that the logit has among pictures of one group. What
    varies within a source, however it was saved, says nothing about the class; what is left must tell sources of both
    classes apart by something else.

    Args:
        features: (N, F); targets: (N,) 1 real, 0 fake; weights: (N,).
        penalty: how much the squares of the weights count, for a thousand pictures; the inverse of scikit-learn's C.
        within: how many times the variance counts beside the squares of the weights.
        groups: (N,) what each picture belongs to, for ``within``: its source. Groups count alike.

    Source: A. Hatch et al., "Within-Class Covariance Normalization for SVM-based Speaker Recognition", 2006, for a
    logistic regression.
    """
    from sklearn.linear_model import LogisticRegression

    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + _HAIR
    scaled = (features - mean) / deviation
    shape = _shape(scaled, groups, within) if within else None
    regression = LogisticRegression(C=1 / (penalty * len(features) / 1000), max_iter=300, tol=1e-3)
    regression.fit(scaled if shape is None else scaled @ shape, targets, sample_weight=weights)
    found = np.asarray(regression.coef_)[0]
    slope = (found if shape is None else shape @ found) / deviation
    return slope, float(np.asarray(regression.intercept_)[0] - slope @ mean)


def _shape(scaled: Doubles, groups: Sequence[Hashable], within: float) -> Doubles:
    """(F, F) what features are multiplied by, so that squared weights on them are the penalty with ``within``."""
    rows: dict[Hashable, list[int]] = {}
    for i, group in enumerate(groups):
        rows.setdefault(group, []).append(i)
    several = [scaled[members] for members in rows.values() if len(members) > 1]
    spread = np.zeros((scaled.shape[1], scaled.shape[1]))
    for members in several:
        spread += np.cov(members.T) / len(several)
    values, vectors = np.linalg.eigh(np.eye(len(spread)) + within * spread)
    return (vectors / np.sqrt(values)) @ vectors.T
