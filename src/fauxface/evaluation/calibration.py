"""Are the probabilities what they say? Measure it, fit temperature and bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fauxface.errors import DataError
from fauxface.evaluation.inputs import checked
from fauxface.evaluation.intervals import Interval, wilson
from fauxface.labels import FAKE, REAL
from fauxface.labels import probability_fake as to_probability_fake

BINS: Final = 15
TEMPERATURES: Final = (0.25, 20.0)
"""No temperature outside this is ever fitted."""
MAX_BIAS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Pictures whose probability_fake lies in [low, high) (the last bin: [low, high]).

    ``confidence`` is their mean probability_fake, ``fraction`` the share that is fake, ``interval`` Wilson's
    95% interval of that share; all three None for an empty bin.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    fraction: float | None
    interval: Interval | None


def reliability_table(labels: ArrayLike, probability_fake: ArrayLike, bins: int = BINS) -> list[Bin]:
    """Group pictures into ``bins`` equally wide ranges of probability_fake; labels are 1 real, 0 fake.

    Raises:
        DataError: see `fauxface.evaluation.inputs.checked`.
    """
    truth, p = checked(labels, probability_fake)
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = np.bincount(place, weights=p, minlength=bins)
    fakes = np.bincount(place[truth == FAKE], minlength=bins)
    return [
        Bin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            count=int(n),
            confidence=float(sums[i] / n) if n else None,
            fraction=float(fakes[i] / n) if n else None,
            interval=wilson(int(fakes[i]), int(n)),
        )
        for i, n in enumerate(counts)
    ]


def expected_calibration_error(labels: ArrayLike, probability_fake: ArrayLike, bins: int = BINS) -> float | None:
    """Mean distance, weighted by pictures, between what was said and what was true.

    Over 15 equally wide bins of **probability_fake** (not of the winning class's confidence): Σ count/n ·
    |mean probability_fake - share of fakes|. In [0, 1], 0 is perfect; None without pictures.

    Raises:
        DataError: see `fauxface.evaluation.inputs.checked`.

    Source: M. P. Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    total, distance = 0, 0.0
    for b in reliability_table(labels, probability_fake, bins):
        if b.confidence is not None and b.fraction is not None:
            total += b.count
            distance += b.count * abs(b.confidence - b.fraction)
    return distance / total if total else None


def calibration_error_by_chance(
    probability_fake: ArrayLike, bins: int = BINS, *, resamples: int = 1000, seed: int = 0
) -> tuple[float, float] | None:
    """The expected calibration error that a perfect detector would show on so few pictures: mean and 95% quantile.

    Labels are drawn as the probabilities say, again and again; even then no bin's share is exactly its mean
    probability. A measured error below the quantile is no sign of wrong probabilities. None without pictures.

    Raises:
        DataError: see `fauxface.evaluation.inputs.checked`.

    Source: consistency resampling; J. Bröcker and L. A. Smith, "Increasing the Reliability of Reliability Diagrams",
    Weather and Forecasting 22 (2007).
    """
    _, p = checked(np.full(np.shape(probability_fake), REAL), probability_fake)
    if not len(p):
        return None
    rng = np.random.default_rng(seed)
    drawn = (np.where(rng.random(len(p)) < p, FAKE, REAL) for _ in range(resamples))
    errors = [expected_calibration_error(labels, p, bins) or 0.0 for labels in drawn]
    return float(np.mean(errors)), float(np.quantile(errors, 0.95))


@dataclass(frozen=True, slots=True)
class Calibration:
    """calibrated logit = logit / temperature + bias, as in `fauxface.weights.card_groups.CardCalibration`.

    Attributes:
        nll_before, nll_after: mean negative log-likelihood (nats a picture) on the pictures fitted on.
        bounded: the fit was stopped by a bound, so the pictures alone did not settle it (see `fit`).
    """

    temperature: float
    bias: float
    nll_before: float
    nll_after: float
    bounded: bool

    def apply(self, logits_real: ArrayLike) -> NDArray[np.float64]:
        """Calibrated logits for real, same shape."""
        return np.asarray(logits_real, dtype=np.float64) / self.temperature + self.bias


def fit(logits_real: ArrayLike, labels: ArrayLike, weights: ArrayLike | None = None) -> Calibration:
    """Fit temperature and bias on validation pictures by maximum likelihood.

    The likelihood is that of a logistic regression on the logit without penalty, so it has one maximum. It
    has none when a threshold separates the pictures without an error: there it grows without end as the
    temperature falls. Such pictures say nothing against any confidence however high, so the fit may then
    soften the probabilities but not sharpen them (temperature ≥ 1). In all cases temperature stays within
    `TEMPERATURES` and bias within ± `MAX_BIAS`; logits that rank worse than chance end at the highest
    temperature.

    Args:
        logits_real: (N,) logits for real, finite.
        labels: (N,) 1 real, 0 fake.
        weights: (N,) how much each picture counts, above 0; default: all alike.

    Raises:
        DataError: lengths differ, a logit is not finite, a weight is not above 0, or one class is missing.

    Source: C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017; J. Platt, 1999 (with bias).
    """
    x = np.asarray(logits_real, dtype=np.float64)
    if not np.isfinite(x).all():
        raise DataError("calibration needs finite logits", code="bad_logits")
    y, _ = checked(labels, to_probability_fake(x))
    real, fake = x[y == REAL], x[y == FAKE]
    if not (real.size and fake.size):
        raise DataError("calibration needs real and fake validation pictures, one of them is missing", code="one_class")
    sharpest = 1.0 if real.min() >= fake.max() else TEMPERATURES[0]
    low = np.array([1 / TEMPERATURES[1], -MAX_BIAS])
    high = np.array([1 / sharpest, MAX_BIAS])
    w = np.ones_like(x) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != x.shape or not (np.isfinite(w).all() and (w > 0).all()):
        raise DataError("each picture needs a weight above 0", code="bad_weights_of_pictures")
    w = w / w.sum()
    slope, bias = _maximise(x, y, w, low, high)
    found = np.array([slope, bias])
    return Calibration(
        temperature=float(1 / slope),
        bias=float(bias),
        nll_before=_nll(x, y, w, 1.0, 0.0),
        nll_after=_nll(x, y, w, slope, bias),
        bounded=bool(np.any((found <= low) | (found >= high))),
    )


def fit_offset(logits_real: ArrayLike, labels: ArrayLike) -> float:
    """What to add to calibrated logits so that few pictures of a new kind are met; both classes count alike.

    One number by maximum likelihood, within ± `MAX_BIAS`: what a handful of pictures can settle.

    Args:
        logits_real: (N,) logits for real, finite.
        labels: (N,) 1 real, 0 fake.

    Raises:
        DataError: lengths differ, a logit is not finite, or one class is missing.
    """
    x = np.asarray(logits_real, dtype=np.float64)
    if not np.isfinite(x).all():
        raise DataError("calibration needs finite logits", code="bad_logits")
    y, _ = checked(labels, to_probability_fake(x))
    counts = np.bincount(y, minlength=2)
    if not counts.all():
        raise DataError("calibration needs real and fake validation pictures, one of them is missing", code="one_class")
    w = 0.5 / counts[y]
    low, high = -MAX_BIAS, MAX_BIAS
    for _ in range(60):  # the likelihood's slope falls as the offset rises: halve until it is found
        middle = (low + high) / 2
        slope = float(np.sum(w * (y - (1 - to_probability_fake(x + middle)))))
        low, high = (middle, high) if slope > 0 else (low, middle)
    return (low + high) / 2


def _nll(x: NDArray[np.float64], y: NDArray[np.int64], w: NDArray[np.float64], slope: float, bias: float) -> float:
    z = slope * x + bias
    return float(np.sum(w * (np.logaddexp(0, z) - y * z)))


def _maximise(
    x: NDArray[np.float64],
    y: NDArray[np.int64],
    w: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> tuple[float, float]:
    """Newton's method on (slope, bias) within a box; a side that the gradient pushes against is held fast.

    Source: D. P. Bertsekas, "Projected Newton Methods for Optimization Problems with Simple Constraints",
    1982.
    """
    at = np.clip(np.array([1.0, 0.0]), low, high)
    inputs = np.stack([x, np.ones_like(x)], axis=1)
    for _ in range(100):
        p = 1 - to_probability_fake(inputs @ at)
        gradient = inputs.T @ (w * (p - y))
        held = ((at <= low) & (gradient > 0)) | ((at >= high) & (gradient < 0))
        free = np.where(held, 0.0, gradient)
        if np.abs(free).max() < 1e-10:
            break
        curvature = (inputs * (w * p * (1 - p))[:, None]).T @ inputs
        # A held coordinate must not steer the others; a hair on the diagonal keeps saturated logits solvable.
        curvature[held, :] = curvature[:, held] = 0
        curvature[np.diag_indices(2)] += np.where(held, 1.0, 1e-12 * (1 + curvature.trace()))
        step = np.linalg.solve(curvature, free)
        before, length = _nll(x, y, w, *at), 1.0
        following = np.clip(at - step, low, high)
        while _nll(x, y, w, *following) > before - 1e-4 * free @ (at - following) and length > 1e-10:
            length /= 2
            following = np.clip(at - length * step, low, high)
        if length <= 1e-10:
            break
        at = following
    return float(at[0]), float(at[1])
