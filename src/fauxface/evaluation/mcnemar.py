"""McNemar's test: do two detectors that judged the same pictures differ in how many they judge rightly?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fauxface.errors import DataError
from fauxface.evaluation.predictions import PredictionTable


@dataclass(frozen=True, slots=True)
class McNemar:
    """Two detectors on the same pictures.

    Attributes:
        n: pictures that both judged.
        only_first, only_second: pictures that only one of the two judged rightly.
        p_value: exact, two-sided; how often a difference as large would arise if both erred equally often.
    """

    n: int
    only_first: int
    only_second: int
    p_value: float


def compare(first: PredictionTable, second: PredictionTable) -> McNemar:
    """Compare two tables of the same pictures (matched by path and SHA-256), each at its own threshold.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    1947; the exact form is the sign test.

    Raises:
        DataError: the tables share no picture, or disagree on a label (code ``not_comparable``).
    """
    right = [
        {
            (r.path, r.sha256): (r.label, ((r.probability_fake or 0.0) >= table.threshold) == (r.label == "fake"))
            for r in table.judged
        }
        for table in (first, second)
    ]
    shared = right[0].keys() & right[1].keys()
    if not shared:
        raise DataError("the two tables of predictions have no picture in common", code="not_comparable")
    odd = next((key for key in sorted(shared) if right[0][key][0] != right[1][key][0]), None)
    if odd is not None:
        raise DataError(f"{odd[0]}: the two tables of predictions disagree on its label", code="not_comparable")
    only_first = sum(right[0][key][1] and not right[1][key][1] for key in shared)
    only_second = sum(right[1][key][1] and not right[0][key][1] for key in shared)
    return McNemar(len(shared), only_first, only_second, exact_p(only_first, only_second))


def exact_p(b: int, c: int) -> float:
    """Two-sided p-value of a fair coin that fell b times on one side and c times on the other; 1 for no throws.

    Raises:
        DataError: a count is negative.
    """
    if min(b, c) < 0:
        raise DataError(f"McNemar's test takes no negative counts: {b}, {c}", code="bad_counts")
    n, low = b + c, min(b, c)
    # log C(n, k) by sums of logarithms: C(20,000, 10,000) is no float.
    steps = np.log(np.arange(n, n - low, -1)) - np.log(np.arange(1, low + 1))
    logs = np.concatenate(([0.0], np.cumsum(steps))) - n * np.log(2.0)
    return float(min(1.0, 2 * np.exp(logs).sum()))
