"""Metrics by source: every source counts once, thresholds do not know the source they are counted on."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import tiny_card, tiny_onnx

from fauxface.decision import label_for
from fauxface.errors import DataError
from fauxface.evaluation.calibration import fit as fit_pictures
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import MEANS, BySource, Mean, by_source, source_weights
from fauxface.evaluation.unseen_sources import (
    Aims,
    Thresholds,
    calibrated,
    choose_thresholds,
    fit,
    logits_of,
    said,
    said_left_out,
    unseen,
    with_guarantees,
)
from fauxface.weights.metrics import UnseenSources
from fauxface.weights.typed_json import plain
from fauxface.weights.typed_json import read as read_typed


def rows(source: str, label: str, p: list[float] | np.ndarray, **more: str) -> list[Prediction]:
    return [
        Prediction(f"{source}/{i}.png", "0" * 64, label, float(x), source=source, **more)  # pyright: ignore[reportArgumentType]
        for i, x in enumerate(p)
    ]


def table(seed: int = 0, cameras: int = 4, generators: int = 3, n: int = 60) -> list[Prediction]:
    """Cameras that rise and generators that fall in how likely fake they look."""
    rng, made = np.random.default_rng(seed), []
    for i in range(cameras):
        made += rows(f"camera{i}", "real", 1 / (1 + np.exp(-rng.normal(-2 + 0.3 * i, 1, n))))
    for i in range(generators):
        made += rows(f"generator{i}", "fake", 1 / (1 + np.exp(-rng.normal(2 - 0.5 * i, 1, n))))
    return made


def test_a_small_source_counts_like_a_large_one() -> None:
    judged = [
        *said(rows("large", "real", [0.1] * 190 + [0.9] * 10), Thresholds(0.5, 0.5)),
        *said(rows("small", "real", [0.9] * 10 + [0.1] * 10), Thresholds(0.5, 0.5)),
        *said(rows("gan", "fake", [0.8] * 15 + [0.2] * 5), Thresholds(0.5, 0.5)),
    ]
    found = by_source(judged)
    assert found.accused_photographs.value == pytest.approx((0.05 + 0.5) / 2)
    assert (found.accused_photographs.worst, found.accused_photographs.worst_source) == (0.5, "small")
    assert found.missed_fakes.value == pytest.approx(0.25)
    assert found.uncertain.value == 0


def test_areas_are_those_of_each_pair() -> None:
    from sklearn.metrics import roc_auc_score

    found = by_source(said(table(), Thresholds(0.4, 0.6)))
    real = [r.probability_fake for r in table() if r.source == "camera2"]
    fake = [r.probability_fake for r in table() if r.source == "generator1"]
    wanted = roc_auc_score([0] * len(real) + [1] * len(fake), [*real, *fake])
    assert found.auc[2, 1] == pytest.approx(wanted)
    assert found.mean_auc.value == pytest.approx(found.auc.mean())
    assert found.generators[1].auc == pytest.approx(found.auc[:, 1].mean())


def test_what_is_caught_stands_at_five_per_cent_accused_over_cameras() -> None:
    judged = said(table(n=400), Thresholds(0.4, 0.6))
    found = by_source(judged)
    high = choose_thresholds(judged, Aims(accused_photographs=0.05)).high
    caught = [np.mean([r.probability_fake >= high for r in judged if r.source == f"generator{i}"]) for i in range(3)]  # pyright: ignore[reportOptionalOperand]
    assert found.caught.value == pytest.approx(np.mean(caught), abs=0.02)


def test_few_pictures_are_left_out_and_a_class_without_a_source_is_an_error() -> None:
    judged = said([*table(), *rows("tiny", "real", [0.9] * 3)], Thresholds(0.4, 0.6))
    assert "tiny" not in {c.source for c in by_source(judged).cameras}
    with pytest.raises(DataError, match="source"):
        by_source([r for r in judged if r.label == "real"])
    with pytest.raises(DataError, match="answers"):
        by_source(table())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 4))
def test_every_interval_contains_its_figure(seed: int, cameras: int, generators: int) -> None:
    found: BySource = by_source(said(table(seed, cameras, generators, 20), Thresholds(0.3, 0.7)))
    for name in MEANS:
        mean: Mean = getattr(found, name)
        assert mean.interval[0] <= mean.value <= mean.interval[1], name
    for row in (*found.cameras, *found.generators):
        assert row.interval[0] <= row.wrong <= row.interval[1]


def test_weights_count_every_source_alike() -> None:
    weights = source_weights(["a", "a", "a", "b"])
    assert weights.tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_thresholds_keep_their_aims_over_sources() -> None:
    judged = table(n=500)
    thresholds = choose_thresholds(judged, Aims(accused_photographs=0.05, missed_fakes=0.05, uncertain=1.0))
    found = by_source(said(judged, thresholds))
    assert found.accused_photographs.value <= 0.05 + 1e-9
    assert found.missed_fakes.value <= 0.05 + 1e-9
    assert found.accused_photographs.value > 0.03, "no stricter than asked for"


def test_where_both_aims_leave_too_many_uncertain_more_fakes_are_missed() -> None:
    judged = [*rows("camera", "real", np.linspace(0, 0.45, 300)), *rows("gan", "fake", np.linspace(0.05, 0.5, 300))]
    found = by_source(said(judged, choose_thresholds(judged, Aims(0.05, 0.05, 0.2))))
    assert found.accused_photographs.value <= 0.05 + 1e-9
    assert found.uncertain.value <= 0.2 + 1e-9
    assert found.missed_fakes.value > 0.05


def test_nothing_is_called_real_that_is_more_likely_fake() -> None:
    judged = [*rows("camera", "real", np.linspace(0.4, 0.95, 300)), *rows("gan", "fake", np.linspace(0.5, 1, 300))]
    thresholds = choose_thresholds(judged, Aims(0.05, 0.05, 0.05))
    assert 0.49 < thresholds.low <= 0.5 < thresholds.high, "as little undecided as that allows"


def test_a_source_is_judged_by_thresholds_that_do_not_know_it() -> None:
    strange = rows("strange", "real", [0.97] * 60)
    others = table(n=100)
    inside = by_source(said([*others, *strange], choose_thresholds([*others, *strange])))
    outside = by_source(said_left_out([*others, *strange]))
    of = {c.source: c.wrong for c in outside.cameras}
    assert of["strange"] == 1.0
    assert {c.source: c.wrong for c in inside.cameras}["strange"] < 1.0


def test_calibration_counts_sources_alike() -> None:
    judged = table(3, n=200)
    many = [r for r in judged if r.source == "camera3"] * 5 + judged
    one, other = fit(judged), fit(many)
    assert one.temperature == pytest.approx(other.temperature, abs=1e-5)
    assert one.bias == pytest.approx(other.bias, abs=1e-5)
    labels = [int(r.label == "real") for r in many]
    plain = fit_pictures(logits_of(many), labels)
    assert plain.bias != pytest.approx(one.bias, abs=1e-3)


def test_weights_of_pictures_must_be_above_zero() -> None:
    with pytest.raises(DataError, match="weight"):
        fit_pictures([1.0, -1.0], [1, 0], [1.0, 0.0])


def test_the_card_says_the_thresholds_and_what_they_guarantee() -> None:
    judged = [*table(n=80), *rows("camera0", "real", [0.999] * 30, split="test")]
    judged += rows("swaps", "fake", [0.01] * 40, family="face_swap")
    found = unseen(judged, left_out=("face_swap",))
    assert not any(r.split == "test" or r.source == "swaps" for r in found.rows)
    card = with_guarantees(tiny_card(tiny_onnx()), found)
    for row in said(calibrated(found.rows, fit(found.rows)), found.thresholds)[:50]:
        p = row.probability_fake or 0.0
        assert label_for(p, card) == found.thresholds.label(p)
    assert card.decision.guaranteed.accused_photographs == found.by_source.accused_photographs.value
    assert card.decision.guaranteed.missed_fakes == found.by_source.missed_fakes.value
    assert card.metrics.unseen_sources
    assert card.metrics.unseen_sources.accused_photographs.worst_source.startswith("camera")
    for p in (found.thresholds.low, found.thresholds.high, 0.0, 1.0):
        assert label_for(p, card) == found.thresholds.label(p)


def test_metrics_come_back_from_a_card_as_they_were() -> None:
    found = by_source(said(table(), Thresholds(0.4, 0.6)))
    kept = found.for_card(Aims())
    again = BySource.of(read_typed(UnseenSources, json.loads(json.dumps(plain(kept))), "", ""))
    assert again.cameras == found.cameras
    assert again.missed_fakes == found.missed_fakes
    assert again.caught == found.caught
    assert np.allclose(again.auc, found.auc, atol=1e-4)


def test_what_is_stranger_than_most_fakes_is_never_called_fake() -> None:
    near = [replace(r, distance=1.0 + i % 50 / 100) for i, r in enumerate(table(2))]
    strange = [*near, *(replace(r, distance=9.0) for r in rows("odd", "real", [0.999] * 20))]
    thresholds = choose_thresholds(strange, Aims(0.05, 0.05, 1.0))
    assert 1.3 < thresholds.familiar < 1.4, "15 of 20 fakes lie within"
    assert thresholds.label(0.999, 9.0) == "uncertain"
    assert thresholds.label(0.999, 1.0) == "fake"
    assert thresholds.label(0.0, 9.0) == "real", "novelty never accuses, and does not keep from calling it real"
    without = choose_thresholds([replace(r, distance=None) for r in strange], Aims(0.05, 0.05, 1.0))
    assert without.familiar == 0
    assert thresholds.high < without.high, "a camera whose pictures are strange need not raise the threshold for all"
    worded = said(strange, thresholds)
    assert {r.reasons for r in worded if r.source == "odd"} == {"unfamiliar"}
    card = with_guarantees(tiny_card(tiny_onnx()), unseen(strange, Aims(0.05, 0.05, 1.0)))
    assert card.decision.familiar_within == thresholds.familiar
