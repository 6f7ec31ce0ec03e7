"""When to say "cannot tell", with guaranteed error rates, whatever the network is worth: split-conformal prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fauxface.errors import DataError
from fauxface.evaluation.inputs import checked
from fauxface.labels import FAKE, REAL
from fauxface.weights.card_groups import ErrorRates


@dataclass(frozen=True, slots=True)
class ConformalRegion:
    """What is called what; named as in `fauxface.weights.card_groups.CardDecision`.

    Attributes:
        threshold: smallest probability_fake that is called fake where nothing may be called uncertain.
        low, high: low < probability_fake < high is called uncertain; equal ends mean "never".
        guaranteed: shares of pictures like those that it was fitted on which are called the other thing, at most these
            in expectation.
        pictures: {"real": n, "fake": n} fitted on.
    """

    threshold: float
    low: float
    high: float
    guaranteed: ErrorRates
    pictures: dict[str, int]

    @property
    def ends(self) -> tuple[float, float]:
        """``abstention_region`` of the card."""
        return self.low, self.high


def conformal_region(
    probability_fake: ArrayLike,
    labels: ArrayLike,
    *,
    max_missed_fakes: float = 0.01,
    max_accused: float = 0.05,
) -> ConformalRegion:
    """Choose threshold and abstention region so that each error has the wanted share, on pictures not trained on.

    Each class gets a threshold of its own (Mondrian conformal prediction), because the two errors do not cost the same.
    Of n fakes it is the k-th lowest probability, k = ⌊rate · (n + 1)⌋: a new fake of the same kind lies below it, and
    is called real, with a probability of k / (n + 1) ≤ rate, whatever the network. With so few pictures that k = 0
    nothing is called real (or fake) at all. Where the two leave a gap instead of an overlap, both become its middle
    and nothing is uncertain.

    Args:
        probability_fake: (N,) calibrated, in [0, 1].
        labels: (N,) 1 real, 0 fake.
        max_missed_fakes: wanted share of fakes called real.
        max_accused: wanted share of photographs called fake.

    Raises:
        DataError: one class is missing, a rate is not in [0, 1), or as `fauxface.evaluation.inputs.checked`.

    Source: V. Vovk, "Conditional validity of inductive conformal predictors", ACML 2012.
    """
    y, p = checked(labels, probability_fake)
    rates = {"fake": max_missed_fakes, "real": max_accused}
    if not all(0 <= rate < 1 for rate in rates.values()):
        raise DataError("the wanted shares of errors must be from 0 to below 1", code="bad_rate")
    fake, real = np.sort(p[y == FAKE]), np.sort(p[y == REAL])
    if not (len(fake) and len(real)):
        raise DataError("choosing a threshold needs real and fake pictures, one of them is missing", code="one_class")
    k = {name: int(rates[name] * (len(sorted_p) + 1) + 1e-9) for name, sorted_p in (("fake", fake), ("real", real))}
    low = float(fake[k["fake"] - 1]) if k["fake"] else 0.0
    high = float(real[-k["real"]]) if k["real"] else 1.0
    if low >= high:
        low = high = threshold = (low + high) / 2
    else:
        threshold = low
        # The ends count as outside of the region, and what lies on a threshold must be inside.
        low, high = float(np.nextafter(low, -1.0)), float(np.nextafter(high, 2.0))
    return ConformalRegion(
        threshold=threshold,
        low=max(0.0, low),
        high=min(1.0, high),
        guaranteed=ErrorRates(max_missed_fakes, max_accused),
        pictures={"real": len(real), "fake": len(fake)},
    )
