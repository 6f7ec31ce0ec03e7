"""In which order, and how often, an epoch shows the pictures of each source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fauxface.data.dataset import epoch_order
from fauxface.data.samples import Sample


def balanced_order(
    samples: Sequence[Sample], balance: float, seed: int, epoch: int, emphasis: Mapping[str, float] | None = None
) -> NDArray[np.int64]:
    """Indices of one epoch's pictures, as many as there are, shuffled.

    Where each source has pictures of one class only, a network may learn the source instead of forensic features, the
    large ones first. Showing small sources more often makes that pay less.

    Args:
        samples: N labelled pictures.
        balance: 0: every picture once. Above: both classes equally often, and within a class each source in proportion
            to (its number of pictures) ^ (1 - balance), so that 1 shows all sources of a class equally often. A large
            source is then sampled anew for each epoch, a small one repeats its pictures.
        emphasis: how many times as often as that some sources are shown; those that are not there do not matter.
            Without ``balance`` it does nothing.
        seed, epoch: the order is a pure function of them, so that a resumed run sees what it would have seen.

    Returns:
        (N,) indices.
    """
    n = len(samples)
    if balance == 0:
        return epoch_order(n, seed, epoch)
    groups: dict[tuple[str, str], list[int]] = {}
    for i, sample in enumerate(samples):
        groups.setdefault((sample.label, sample.source), []).append(i)
    rng = np.random.default_rng((seed, epoch))
    quotas = zip(groups.values(), _quotas(groups, n, balance, emphasis or {}), strict=True)
    chosen = [_draw(members, quota, rng) for members, quota in quotas]
    return rng.permutation(np.concatenate(chosen))


def _quotas(
    groups: dict[tuple[str, str], list[int]], n: int, balance: float, emphasis: Mapping[str, float]
) -> list[int]:
    """Pictures an epoch takes from each group; they add up to n."""
    weights = {key: len(members) ** (1 - balance) * emphasis.get(key[1], 1.0) for key, members in groups.items()}
    of_class: dict[str, float] = {}
    for (label, _), weight in weights.items():
        of_class[label] = of_class.get(label, 0.0) + weight
    shares = [weight / of_class[label] / len(of_class) for (label, _), weight in weights.items()]
    edges = np.round(np.cumsum([0.0, *shares]) * n).astype(int)
    return np.diff(edges).tolist()


def _draw(members: list[int], quota: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Every member equally often, but for one."""
    passes = [rng.permutation(members) for _ in range(-(-quota // len(members)))]
    return np.concatenate([np.empty(0, dtype=np.int64), *passes])[:quota]
