"""Every metric of a detector on labelled pictures, each with its interval, as fractions.

Real is the positive class (`fauxface.labels`): a true positive is a real picture called real, a false
positive **a fake called real**, the error that matters most. A picture is called fake if probability_fake >=
threshold.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from fauxface.errors import DataError
from fauxface.evaluation.calibration import expected_calibration_error
from fauxface.evaluation.inputs import checked
from fauxface.evaluation.intervals import RESAMPLES, Interval, percentile, wilson
from fauxface.evaluation.ranking import Ranking
from fauxface.files import replacing
from fauxface.labels import FAKE, REAL
from fauxface.weights.metrics import Metrics

WITH_INTERVAL: Final = (
    "accuracy",
    "f1",
    "precision",
    "specificity",
    "sensitivity",
    "missed_fakes",
    "balanced_accuracy",
    "auc",
    "average_precision",
)


def from_counts(tp: int, fp: int, fn: int, tn: int, *, seed: int = 0, resamples: int = RESAMPLES) -> Metrics:
    """Everything that a confusion matrix tells (so no auc, average_precision, calibration or brier).

    Raises:
        DataError: a count is negative.
    """
    if min(tp, fp, fn, tn) < 0:
        raise DataError(f"a confusion matrix holds no negative counts: {tp}, {fp}, {fn}, {tn}", code="bad_counts")
    proportions = {
        "accuracy": (tp + tn, tp + fp + fn + tn),
        "precision": (tp, tp + fp),
        "specificity": (tn, tn + fp),
        "sensitivity": (tp, tp + fn),
        "missed_fakes": (fp, fp + tn),
    }
    rates = {name: _ratio(*pair) for name, pair in proportions.items()}
    intervals: dict[str, Interval | None] = dict.fromkeys(WITH_INTERVAL)
    intervals |= {name: wilson(*pair) for name, pair in proportions.items()}

    # Drawing the reals again and counting those called real is one binomial draw; likewise the fakes.
    rng = np.random.default_rng(seed)
    reals, fakes = tp + fn, fp + tn
    again_tp = rng.binomial(reals, tp / reals, resamples) if reals else np.zeros(resamples, dtype=np.int64)
    again_fp = rng.binomial(fakes, fp / fakes, resamples) if fakes else np.zeros(resamples, dtype=np.int64)
    balanced, f1 = None, _ratio(2 * tp, 2 * tp + fp + fn)
    if reals:
        intervals["f1"] = percentile(2 * again_tp / (again_tp + again_fp + reals), f1)
    if reals and fakes:
        balanced = (tp / reals + tn / fakes) / 2
        intervals["balanced_accuracy"] = percentile((again_tp / reals + 1 - again_fp / fakes) / 2, balanced)
    return Metrics(
        n=reals + fakes,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        f1=f1,
        balanced_accuracy=balanced,
        intervals=intervals,
        **rates,
    )


def from_probabilities(
    labels: ArrayLike,
    probability_fake: ArrayLike,
    threshold: float = 0.5,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Metrics:
    """Every metric from (N,) labels (1 real, 0 fake) and (N,) probabilities of fake in [0, 1].

    The same seed gives the same intervals. No pictures at all give None everywhere.

    Raises:
        DataError: lengths differ, a label is neither 0 nor 1, a probability is not a number in [0, 1], or the
            threshold is not.
    """
    truth, p = checked(labels, probability_fake)
    if not 0 <= threshold <= 1:
        raise DataError(f"the threshold must be between 0 and 1, not {threshold}", code="bad_threshold")
    called_real = p < threshold
    real = truth == REAL
    counted = from_counts(
        tp=int(np.sum(called_real & real)),
        fp=int(np.sum(called_real & ~real)),
        fn=int(np.sum(~called_real & real)),
        tn=int(np.sum(~called_real & ~real)),
        seed=seed,
        resamples=resamples,
    )
    ranking = Ranking.of(truth, p)
    area, precision = ranking.auc(), ranking.average_precision()
    areas, precisions = ranking.bootstrap(seed, resamples)
    drawn = {"auc": percentile(areas, area), "average_precision": percentile(precisions, precision)}
    intervals = counted.intervals | drawn
    update = {
        "auc": area,
        "average_precision": precision,
        "expected_calibration_error": expected_calibration_error(truth, p),
        "brier": float(np.mean((p - (truth == FAKE)) ** 2)) if len(p) else None,
        "threshold": float(threshold),
        "intervals": intervals,
    }
    return Metrics(**{**{k: getattr(counted, k) for k in counted.__dataclass_fields__}, **update})


def write_json(path: Path, metrics: Metrics, *, extra: dict[str, Any], unreadable: Sequence[dict[str, str]]) -> None:
    """Write ``metrics.json`` in one piece: the metrics, ``extra`` facts, the pictures left out and why."""
    content = metrics.to_dict() | extra | {"unreadable": list(unreadable)}
    with replacing(path) as temporary:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        temporary.write_text(text, encoding="utf-8")


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
