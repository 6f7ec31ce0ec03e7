"""What a detector is worth on the next camera and the next generator: every metric by source, then over sources.

Pictures of one source resemble each other, so a mean over pictures says most about the largest source, and an interval
over pictures is far too narrow. Here each camera (a source of photographs) and each generator (one of fakes) counts
once, and intervals come from drawing the sources again (a cluster bootstrap; A. C. Cameron, J. B. Gelbach and D. L.
Miller, "Bootstrap-Based Improvements for Inference with Clustered Errors", 2008).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fauxface.errors import DataError
from fauxface.evaluation.intervals import RESAMPLES, Interval, wilson
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.ranking import Ranking
from fauxface.weights.metrics import Aims, Mean, SourceShare, UnseenSources
from fauxface.weights.typed_json import plain

ACCUSED: Final = 0.05
"""Mean share of photographs called fake at which generators are compared."""
FEWEST: Final = 15
"""Sources of fewer pictures are left out of means: one picture would move them by more than 7 points."""
MEANS: Final = ("accused_photographs", "missed_fakes", "uncertain", "mean_auc", "caught")
"""The metrics over sources, by their names in `BySource`."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BySource:
    """Everything that one table of predictions says by source.

    Attributes:
        cameras, generators: one row each, sorted by name.
        auc: (cameras, generators) areas under the ROC curve, NaN nowhere.
        accused_photographs: called fake, over cameras; missed_fakes: called real, over generators.
        uncertain: pictures called uncertain, over all sources.
        mean_auc: over generators, each against all cameras alike.
        caught: fakes above the threshold at which `ACCUSED` of the photographs are called fake, over generators.
    """

    cameras: tuple[SourceShare, ...]
    generators: tuple[SourceShare, ...]
    auc: Floats
    accused_photographs: Mean
    missed_fakes: Mean
    uncertain: Mean
    mean_auc: Mean
    caught: Mean

    @classmethod
    def of(cls, kept: UnseenSources) -> BySource:
        """What a card keeps."""
        means = {name: getattr(kept, name) for name in MEANS}
        return cls(kept.cameras, kept.generators, np.array(kept.auc), **means)

    def for_card(self, aims: Aims) -> UnseenSources:
        """As a card keeps it; areas are rounded to four digits."""
        areas = tuple(tuple(round(float(x), 4) for x in line) for line in self.auc)
        means = {name: getattr(self, name) for name in MEANS}
        return UnseenSources(aims=aims, cameras=self.cameras, generators=self.generators, auc=areas, **means)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        row = plain(self.for_card(Aims()))
        return {key: value for key, value in row.items() if key != "aims"}


def by_source(rows: Sequence[Prediction], *, seed: int = 0, fewest: int = FEWEST) -> BySource:
    """Metrics of judged pictures by source.

    Args:
        rows: judged pictures with label, source, probability_fake, and the answer that was given.
        fewest: sources of fewer pictures are left out.

    Raises:
        DataError: one class has no source with enough pictures, or a row has no answer.
    """
    cameras, generators = _grouped(rows, "real", fewest), _grouped(rows, "fake", fewest)
    if not cameras or not generators:
        need = f"metrics by source need a source with {fewest} pictures in each class"
        raise DataError(need, code="one_class")
    if any(not r.verdict for r in rows if r.probability_fake is not None):
        raise DataError(
            "metrics by source need the answers that were given: judge the pictures again", code="no_verdicts"
        )
    scores = [{name: _scores(members) for name, members in group.items()} for group in (cameras, generators)]
    areas = np.array([[_area(real, fake) for fake in scores[1].values()] for real in scores[0].values()])
    camera_rows = tuple(_share(n, m, "fake", a) for (n, m), a in zip(cameras.items(), areas.mean(axis=1), strict=True))
    generator_rows = tuple(
        _share(n, m, "real", a) for (n, m), a in zip(generators.items(), areas.mean(axis=0), strict=True)
    )
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(n, size=(RESAMPLES, n)) for n in areas.shape]
    caught = _Caught(list(scores[0].values()), list(scores[1].values()))
    names = [list(cameras), list(generators)]
    return BySource(
        cameras=camera_rows,
        generators=generator_rows,
        auc=areas,
        accused_photographs=_mean([r.wrong for r in camera_rows], names[0], drawn[0], max),
        missed_fakes=_mean([r.wrong for r in generator_rows], names[1], drawn[1], max),
        uncertain=_mean_of_both(camera_rows, generator_rows, drawn),
        mean_auc=_mean_area(areas, names[1], drawn),
        caught=caught.mean(names[1], drawn),
    )


def source_weights(sources: Sequence[str]) -> Floats:
    """(N,) weights that add up to 1 and count every source alike, whatever its number of pictures."""
    names, place, counts = np.unique(np.asarray(sources, dtype=str), return_inverse=True, return_counts=True)
    return 1.0 / (len(names) * counts[place]) if len(names) else np.empty(0)


def _grouped(rows: Sequence[Prediction], label: str, fewest: int) -> dict[str, list[Prediction]]:
    groups: dict[str, list[Prediction]] = {}
    for row in rows:
        if row.label == label and row.probability_fake is not None:
            groups.setdefault(row.source, []).append(row)
    return {name: members for name, members in sorted(groups.items()) if len(members) >= fewest}


def _scores(rows: Sequence[Prediction]) -> Floats:
    return np.array([r.probability_fake for r in rows], dtype=np.float64)


def _area(real: Floats, fake: Floats) -> float:
    labels = np.concatenate([np.ones(len(real), dtype=np.int64), np.zeros(len(fake), dtype=np.int64)])
    area = Ranking.of(labels, np.concatenate([real, fake])).auc()
    assert area is not None
    return area


def _share(name: str, rows: Sequence[Prediction], other: str, area: float) -> SourceShare:
    wrong = sum(r.verdict == other for r in rows)
    interval = wilson(wrong, len(rows))
    assert interval is not None
    unsure = sum(r.verdict == "uncertain" for r in rows) / len(rows)
    return SourceShare(name, len(rows), wrong / len(rows), interval, unsure, float(area))


def _interval(values: Floats, point: float) -> Interval:
    """The middle 95% of bootstrap values, which always contains the value itself."""
    low, high = np.quantile(values, (0.025, 0.975))
    return min(float(low), point), max(float(high), point)


def _mean(
    values: Sequence[float], names: Sequence[str], drawn: NDArray[np.int64], worst: Callable[..., tuple[float, str]]
) -> Mean:
    array = np.array(values)
    point = float(array.mean())
    value, name = worst(zip(values, names, strict=True))
    return Mean(point, _interval(array[drawn].mean(axis=1), point), float(value), name)


def _mean_of_both(
    cameras: Sequence[SourceShare], generators: Sequence[SourceShare], drawn: Sequence[NDArray[np.int64]]
) -> Mean:
    parts = [np.array([r.uncertain for r in group]) for group in (cameras, generators)]
    n = sum(len(part) for part in parts)
    sums = sum(part[places].sum(axis=1) for part, places in zip(parts, drawn, strict=True))
    point = float(sum(part.sum() for part in parts)) / n
    value, name = max((r.uncertain, r.source) for r in (*cameras, *generators))
    return Mean(point, _interval(np.asarray(sums) / n, point), value, name)


def _mean_area(areas: Floats, generators: Sequence[str], drawn: Sequence[NDArray[np.int64]]) -> Mean:
    again = np.array([areas[np.ix_(c, g)].mean() for c, g in zip(*drawn, strict=True)])
    value, name = min(zip(areas.mean(axis=0).tolist(), generators, strict=True))
    point = float(areas.mean())
    return Mean(point, _interval(again, point), value, name)


class _Caught:
    """Fakes above the threshold that accuses a given share of photographs, each camera counted alike."""

    def __init__(self, cameras: Sequence[Floats], generators: Sequence[Floats]) -> None:
        self.cameras, self.generators = cameras, generators
        self.levels = np.unique(np.concatenate([*cameras, *generators]))
        # Share of each source's pictures at or above each level.
        self.accused = np.array([_above(scores, self.levels) for scores in cameras])
        self.caught = np.array([_above(scores, self.levels) for scores in generators])

    def shares(self, cameras: NDArray[np.int64]) -> Floats:
        """(generators,) shares caught at the threshold for these cameras."""
        allowed = self.accused[cameras].mean(axis=0) <= ACCUSED
        return self.caught[:, int(np.argmax(allowed))] if allowed.any() else np.zeros(len(self.caught))

    def mean(self, names: Sequence[str], drawn: Sequence[NDArray[np.int64]]) -> Mean:
        shares = self.shares(np.arange(len(self.cameras)))
        again = np.array([self.shares(c)[g].mean() for c, g in zip(*drawn, strict=True)])
        value, name = min(zip(shares.tolist(), names, strict=True))
        point = float(shares.mean())
        return Mean(point, _interval(again, point), value, name)


def _above(scores: Floats, levels: Floats) -> Floats:
    return 1.0 - np.searchsorted(np.sort(scores), levels, side="left") / len(scores)
