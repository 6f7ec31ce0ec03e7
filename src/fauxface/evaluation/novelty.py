"""How far a picture's features lie from those of the pictures that a network learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

DIRECTIONS: Final = 64
"""Directions in feature space that are kept: those in which pictures of one source differ most."""
NEIGHBOURS: Final = 1000
"""Training pictures that are kept for `nearest`, drawn evenly from all sources."""
_SHRINK: Final = 0.05
_AT_ONCE: Final = 4096
Kind = Literal["classes", "sources", "nearest"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureSpace:
    """Where training pictures lie.

    Attributes:
        offset: (F,), projection: (F, K): a picture's place is (features - offset) @ projection, (K,).
        centres: (M, K) places of what is known.
    """

    offset: Floats
    projection: Floats
    centres: Floats

    def distances(self, features: NDArray[np.floating]) -> Floats:
        """(N, F) to (N,): the distance to the nearest centre, in deviations of one source's pictures, root mean square
        over directions."""
        rows: list[Floats] = []
        for first in range(0, len(features), _AT_ONCE):
            places = (features[first : first + _AT_ONCE].astype(np.float64) - self.offset) @ self.projection
            squares = ((places[:, None, :] - self.centres[None]) ** 2).mean(axis=2)
            rows.append(np.sqrt(squares.min(axis=1)))
        return np.concatenate(rows) if rows else np.empty(0)


def fit(
    features: NDArray[np.floating], sources: Sequence[tuple[str, str]], kind: Kind = "nearest", seed: int = 0
) -> FeatureSpace:
    """The space of training pictures.

    The covariance within sources, shrunk towards its diagonal, is whitened, so that a distance to a mean is
    Mahalanobis's.

    Args:
        features: (N, F).
        sources: (label, source) of each picture.
        kind: what counts as known: the means of the two classes, those of all sources, or single pictures.
        seed: of the pictures that are drawn for "nearest".

    Of the three, single pictures tell left-out sources best from those that were learned from
    (`docs/experiments/28-longer-on-larger-crops.md`).

    Source: K. Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples", NeurIPS 2018; Y. Sun
    et al., "Out-of-Distribution Detection with Deep Nearest Neighbors", ICML 2022.
    """
    x = features.astype(np.float64)
    members: dict[tuple[str, str], list[int]] = {}
    for i, key in enumerate(sources):
        members.setdefault(key, []).append(i)
    offset = np.mean([x[rows].mean(axis=0) for rows in members.values()], axis=0)
    within = np.concatenate([x[rows] - x[rows].mean(axis=0) for rows in members.values()])
    covariance = within.T @ within / len(within)
    shrunk = (1 - _SHRINK) * covariance + _SHRINK * np.diag(np.diag(covariance))
    values, vectors = np.linalg.eigh(shrunk)
    kept = slice(-min(DIRECTIONS, len(values)), None)
    projection = vectors[:, kept] / np.sqrt(values[kept])
    places = (x - offset) @ projection
    if kind == "nearest":
        rng = np.random.default_rng(seed)
        each = max(1, NEIGHBOURS // len(members))
        chosen = [int(i) for rows in members.values() for i in rng.permutation(rows)[:each]]
        centres = places[chosen]
    else:
        of_source = {key: places[rows].mean(axis=0) for key, rows in members.items()}
        labels = sorted({label for label, _ in of_source})
        of_class = [np.mean([m for (label, _), m in of_source.items() if label == mine], axis=0) for mine in labels]
        centres = np.stack(list(of_source.values()) if kind == "sources" else of_class)
    return FeatureSpace(offset, projection, centres)
