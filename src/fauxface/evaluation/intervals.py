"""95% intervals: Wilson's for proportions, percentiles of a stratified bootstrap for the rest."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]

Z_95: Final = 1.959963984540054
"""Standard normal quantile of 0.975."""

RESAMPLES: Final = 1000


def wilson(successes: int, trials: int) -> Interval | None:
    """Wilson's score interval (95%, no continuity correction) for a proportion.

    Unlike the textbook p ± 1.96·s it stays within [0, 1] and keeps a width at 0 of n and n of n.

    Returns:
        (low, high) as fractions; None for no trials.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    if trials == 0:
        return None
    p, z2 = successes / trials, Z_95 * Z_95
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z_95 / (1 + z2 / trials) * math.sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials))
    # Rounding may leave 1e-17 where the limit is exactly 0 or 1.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return low, high


def percentile(resampled: NDArray[np.float64], value: float | None) -> Interval | None:
    """The middle 95% of bootstrap values, and always the value itself.

    Resampling draws some pictures twice and others not at all, which moves some values to one side: average precision
    rises with every picture that ties with its own copy. Of a few pictures nearly all resamples may then lie beside the
    value; the interval reaches up to it, for an interval that excludes what was measured says nothing.

    Args:
        resampled: (resamples,) values.
        value: what the pictures themselves gave; None if they gave none.

    Returns:
        (low, high), low <= value <= high; None without a value, and if every resample gave the same value. That
        happens when no picture is judged wrongly: a bootstrap then knows nothing about the errors still to come, and an
        interval without width would claim a certainty that nobody has.
    """
    if value is None or resampled.size == 0 or np.ptp(resampled) == 0:
        return None
    low, high = np.quantile(resampled, (0.025, 0.975))
    return min(float(low), value), max(float(high), value)
