"""Checking labels and probabilities once, before anything is counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fauxface.errors import DataError
from fauxface.labels import FAKE, REAL


def checked(labels: ArrayLike, probability_fake: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels and probabilities as (N,) arrays.

    Raises:
        DataError: lengths differ, a label is neither 0 nor 1, a probability is not a number in [0, 1].
    """
    try:
        truth = np.asarray(labels)
        p = np.asarray(probability_fake, dtype=np.float64)
    except (TypeError, ValueError) as e:
        raise DataError(f"labels and probabilities must be plain lists of numbers ({e})", code="bad_labels") from e
    if truth.ndim != 1 or truth.shape != p.shape:
        raise DataError(f"{truth.shape} labels do not fit {p.shape} probabilities", code="bad_labels")
    if truth.size and (truth.dtype.kind not in "biuf" or not np.isin(truth, (FAKE, REAL)).all()):
        raise DataError("labels must be 1 (real) or 0 (fake)", code="bad_labels")
    wrong = np.flatnonzero(~((p >= 0) & (p <= 1)))
    if wrong.size:
        i = int(wrong[0])
        raise DataError(f"probability {p[i]} of picture {i} is not between 0 and 1", code="bad_probability")
    return truth.astype(np.int64), p
