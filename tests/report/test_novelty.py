"""The curve of what novelty costs: tighter thresholds call fewer fakes, and both curves start at one place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.unseen_sources import Aims, Unseen, unseen
from fauxface.report.novelty import KEPT, NoveltyCurve, Trade, by_novelty, by_probability


@pytest.fixture
def found() -> Unseen:
    """Photographs that are accused are stranger than fakes that are caught."""
    rng, rows = np.random.default_rng(0), []
    for source in ("camera a", "camera b", "gan a", "gan b"):
        label = "fake" if source.startswith("gan") else "real"
        for i in range(60):
            p = float(1 / (1 + np.exp(-rng.normal(1.5 if label == "fake" else -1.5, 1.5))))
            distance = float(rng.gamma(4) + (4 if label == "real" else 0))
            rows.append(Prediction(f"{source}/{i}", f"{len(rows):064}", label, p, source=source, distance=distance))
    return unseen(rows, Aims(0.1, 0.1, 0.5))


def test_both_curves_begin_with_no_distance_threshold(found: Unseen) -> None:
    novelty, probability = by_novelty(found), by_probability(found)
    assert novelty[0] == probability[0]
    assert novelty[0].withheld == 0
    assert len(novelty) == len(KEPT)


def test_tighter_thresholds_withhold_more_and_call_fewer_fake(found: Unseen) -> None:
    for trades in (by_novelty(found), by_probability(found)):
        for name, sign in (("accused_photographs", -1), ("caught", -1), ("withheld", 1)):
            values = sign * np.array([getattr(t, name) for t in trades])
            assert (np.diff(values) >= -1e-12).all()
    # Strange accusations go first here, so novelty spares more photographs for the fakes that it lets go.
    kept = by_novelty(found)[KEPT.index(0.4)]
    dearer = min(by_probability(found), key=lambda t: abs(t.accused_photographs - kept.accused_photographs))
    assert kept.caught > dearer.caught


@pytest.fixture
def silent(found: Unseen) -> Unseen:
    """The same pictures under a threshold that none of them reaches."""
    return replace(found, thresholds=replace(found.thresholds, high=1.0))


def test_where_nothing_is_called_fake_the_shipped_threshold_stands_alone(silent: Unseen, tmp_path: Path) -> None:
    assert max(r.probability_fake or 0.0 for r in silent.rows) < 1
    nothing = Trade(accused_photographs=0.0, caught=0.0, withheld=0.0)
    assert by_probability(silent) == [nothing]
    assert by_novelty(silent) == [nothing] * len(KEPT)
    NoveltyCurve(silent).save(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 5000


def test_above_the_only_picture_called_fake_there_is_no_higher_threshold(found: Unseen) -> None:
    highest = max(r.probability_fake or 0.0 for r in found.rows)
    trades = by_probability(replace(found, thresholds=replace(found.thresholds, high=highest)))
    assert len(trades) == len(KEPT)
    assert trades[0].withheld == 0
    assert trades[0].caught + trades[0].accused_photographs > 0
    assert set(trades) == {trades[0]}, "no threshold lies above the only one"


def test_without_distances_all_is_familiar(found: Unseen) -> None:
    unmeasured = replace(found, rows=tuple(replace(r, distance=None) for r in found.rows))
    assert by_novelty(unmeasured) == by_probability(unmeasured)[:1]


def test_it_is_drawn(found: Unseen, tmp_path: Path) -> None:
    NoveltyCurve(found).save(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 5000
