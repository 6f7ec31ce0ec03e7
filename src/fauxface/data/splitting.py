"""A seeded split into train, valid and test that keeps the classes' shares and identical files together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fauxface.data.samples import SPLITS, Sample
from fauxface.errors import DataError
from fauxface.labels import CLASS_NAMES, class_index

DEFAULT_RATIOS = (0.8, 0.1, 0.1)


def check_ratios(ratios: Sequence[float]) -> None:
    """Three finite shares of train, valid and test, none below 0, that add up to 1.

    Raises:
        DataError: code ``bad_ratios``.
    """
    finite = len(ratios) == 3 and all(math.isfinite(r) and r >= 0 for r in ratios)
    if not finite or abs(sum(ratios) - 1) > 1e-6:
        shown = ",".join(f"{r:g}" for r in ratios)
        raise DataError(
            f"the ratios {shown} are not three shares (train,valid,test) that add up to 1, as 0.8,0.1,0.1 do",
            code="bad_ratios",
        )


def split_samples(samples: Sequence[Sample], ratios: Sequence[float], seed: int) -> tuple[Sample, ...]:
    """The same samples in the same order, each with a split drawn anew.

    Each class is split by itself. The draw depends on the pictures' digests, the ratios and the seed, and on
    nothing else: file names and the order of the file system do not change it. Identical files stay together.
    """
    check_ratios(ratios)
    edges = np.cumsum(ratios[:2])
    drawn: dict[str, int] = {}
    for name in CLASS_NAMES:
        digests = [s.sha256 for s in samples if s.label == name]
        unique, sizes = np.unique(np.array(digests, dtype=np.str_), return_counts=True)
        order = np.random.default_rng([seed, class_index(name)]).permutation(len(unique))
        # A group lies where its middle lies on the line of all pictures: shares are met within half a group.
        middles = (np.cumsum(sizes[order]) - sizes[order] / 2) / max(len(digests), 1)
        places = np.searchsorted(edges, middles, side="right")
        drawn.update(zip(unique[order].tolist(), places.tolist(), strict=True))
    return tuple(replace(s, split=SPLITS[drawn[s.sha256]]) for s in samples)
