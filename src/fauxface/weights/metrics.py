"""What was measured of a detector, as cards keep it and `fauxface.evaluation` computes it; shares are fractions.

Two errors have one name everywhere: ``missed_fakes``, the share of fakes called real, and ``accused_photographs``, the
share of photographs called fake. Keys that a card holds besides are kept (``extra``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fauxface.weights.typed_json import plain

Interval = tuple[float, float]
"""A 95% interval, (low, high)."""


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``n`` pictures, as a fraction with Wilson's 95% interval; None of none."""

    count: int
    n: int
    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Abstention:
    """From the answers that were given, not from a threshold.

    Attributes:
        abstained: of all judged pictures, those called uncertain; ``abstained_real``, ``abstained_fake`` of each class.
        missed_fakes, accused_photographs: of all pictures of that class, uncertain ones included. What a card
            guarantees are bounds of these.
        right: of the pictures that were called real or fake, those called rightly.
        balanced_accuracy: mean over both classes of the same share; None if a class was never judged.
        reasons: how often each reason was given.
    """

    abstained: Share
    abstained_real: Share
    abstained_fake: Share
    missed_fakes: Share
    accused_photographs: Share
    right: Share
    balanced_accuracy: float | None
    reasons: dict[str, int]
    extra: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON, and equal to what comes back from it."""
        return plain(self)


@dataclass(frozen=True)
class Metrics:
    """Counts and metrics; a metric that the pictures cannot tell (one class only, nothing called real) is None.

    Real is the positive class (`fauxface.labels`).

    Attributes:
        n, tp, fp, fn, tn: pictures; fp are fakes called real.
        accuracy: (TP + TN) / n.
        f1: 2 TP / (2 TP + FP + FN).
        precision: TP / (TP + FP), specificity: TN / (TN + FP), sensitivity: TP / (TP + FN).
        missed_fakes: FP / (FP + TN), the paper's false-positive rate. (Its Table V prints this fraction with a % sign.)
        balanced_accuracy: mean of sensitivity and specificity.
        auc, average_precision: for real as the positive class, score 1 - probability_fake.
        expected_calibration_error: see `fauxface.evaluation.calibration`.
        brier: mean of (probability_fake - is fake)².
        threshold: smallest probability_fake called fake; None when made from counts.
        intervals: 95%, (low, high) for each name in `fauxface.evaluation.metrics.WITH_INTERVAL`: Wilson's for
            proportions, a stratified bootstrap for the others; None where it cannot be told. Each contains its value.
    """

    n: int
    tp: int
    fp: int
    fn: int
    tn: int
    accuracy: float | None
    f1: float | None
    precision: float | None
    specificity: float | None
    sensitivity: float | None
    missed_fakes: float | None
    balanced_accuracy: float | None
    auc: float | None = None
    average_precision: float | None = None
    expected_calibration_error: float | None = None
    brier: float | None = None
    threshold: float | None = None
    intervals: dict[str, Interval | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The metrics under their names, ``intervals: {name: [low, high] or None}``; ready for JSON."""
        return plain(self)


@dataclass(frozen=True)
class OfOneSource:
    """One source of the test pictures.

    Attributes:
        n, real, fake: pictures.
        accuracy: by the threshold, with its ``interval``.
        auc: of its pictures of each class against all pictures of the other class, with ``auc_interval``.
        abstained, wrong: shares called uncertain and called the other thing; None where the answers were not stored.
    """

    n: int
    real: int
    fake: int
    accuracy: float
    interval: Interval | None
    auc: float | None
    auc_interval: Interval | None
    abstained: float | None = None
    wrong: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OnTestPictures(Metrics):
    """On test pictures: mostly of sources that it was trained on.

    ``by_source``: each source by itself; ``said``: with "uncertain" as an answer; None: the answers were not stored.
    """

    by_source: dict[str, OfOneSource] = field(default_factory=dict)
    said: Abstention | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceShare:
    """One camera or generator: pictures, those judged the other way, and those called uncertain.

    ``wrong`` is the share of photographs called fake, or of fakes called real, with Wilson's 95% ``interval`` over its
    pictures; ``auc`` the mean area under the ROC curve against the sources of the other class.
    """

    source: str
    pictures: int
    wrong: float
    interval: Interval
    uncertain: float
    auc: float


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over sources with its 95% interval from drawing the sources again; and the worst source's value."""

    value: float
    interval: Interval
    worst: float
    worst_source: str


@dataclass(frozen=True, slots=True)
class Aims:
    """What the thresholds are chosen for, as means over left-out sources.

    Attributes:
        accused_photographs: wanted share of photographs called fake. Counted without the source that is judged it is a
            little more: with 0.045 the default accuses at most 5% so.
        missed_fakes: wanted share of fakes called real.
        uncertain: largest share called uncertain, all rules counted; where both aims would ask for more, more fakes are
            missed. Counted without the source that is judged it is a little more, at most 20% for the default. It may
            become more all the same, as nothing is called real that is more likely fake. What other aims would bring
            stands in `docs/experiments/45-middle-rim-and-correlations.md`.
    """

    accused_photographs: float = 0.045
    missed_fakes: float = 0.05
    uncertain: float = 0.197


@dataclass(frozen=True)
class UnseenSources:
    """On cameras and generators that were left out of training (`fauxface crossval`); each source counts alike.

    Attributes:
        aims: what the thresholds were chosen for.
        cameras, generators: one row each, sorted by name; ``auc`` their (cameras, generators) areas.
        accused_photographs: over cameras; missed_fakes: over generators; uncertain: over all sources.
        mean_auc: over generators, each against all cameras alike.
        caught: fakes above the threshold at which 5% of the photographs are called fake, over generators.
    """

    aims: Aims
    cameras: tuple[SourceShare, ...]
    generators: tuple[SourceShare, ...]
    auc: tuple[tuple[float, ...], ...]
    accused_photographs: Mean
    missed_fakes: Mean
    uncertain: Mean
    mean_auc: Mean
    caught: Mean
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fitting:
    """How calibration went, on the pictures that it was fitted on.

    Attributes:
        pictures: {"real": n, "fake": n}; ``sources``: where they came from.
        expected_calibration_error_before, expected_calibration_error_after: of these pictures.
        abstained: share of them that became uncertain; offset: what was added to the bias, where only that
            was fitted. None: the other way of fitting was taken.
    """

    pictures: dict[str, int]
    expected_calibration_error_before: float | None
    expected_calibration_error_after: float | None
    sources: tuple[str, ...] = ()
    abstained: float | None = None
    offset: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CardMetrics:
    """How good a detector is; None: that was not measured."""

    unseen_sources: UnseenSources | None = None
    test: OnTestPictures | None = None
    calibration: Fitting | None = None
    extra: dict[str, Any] = field(default_factory=dict)
