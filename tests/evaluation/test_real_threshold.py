"""Thresholds for small and colourless faces: no more of such fakes pass than of whole ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fauxface.errors import DataError
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import (
    COLOURLESS,
    SMALL_SIDES,
    SMALLER,
    STEPS,
    WHOLE,
    WHOLE_SIDE,
    RealThresholds,
    Rules,
    known_up_to,
    smaller,
)
from fauxface.evaluation.thresholds import choose_thresholds
from fauxface.evaluation.unseen_sources import Thresholds, said
from fauxface.labels import ClassName
from fauxface.weights.metrics import Aims

CHANGES = (*SMALLER, *COLOURLESS)
TABLES = (WHOLE, *CHANGES)


def rows(
    probabilities: Sequence[float] | NDArray[Any], source: str = "g", label: ClassName = "fake"
) -> list[Prediction]:
    return [
        Prediction(f"{source}/{i}.jpg", "", label, float(p), source=source, split="valid")
        for i, p in enumerate(probabilities)
    ]


def judged(whole: list[Prediction], changed: list[Prediction]) -> dict[str, list[Prediction]]:
    return {WHOLE: whole, **dict.fromkeys(CHANGES, changed)}


def up_to(degraded: dict[str, list[Prediction]], low: float) -> list[float]:
    """Thresholds of the `SMALL_SIDES` and of faces without colour."""
    rules = RealThresholds(degraded).rules(low)
    own = dict(zip(STEPS, (most for _, most in rules.small), strict=True))
    return [*(own[side] for side in SMALL_SIDES), rules.colourless]


def test_where_small_fakes_look_more_real_the_threshold_falls() -> None:
    whole = np.linspace(0.05, 0.95, 19)
    found = up_to(judged(rows(whole), rows(whole - 0.1)), 0.42)
    assert found == pytest.approx([0.3] * (len(SMALL_SIDES) + 1))


def test_a_smaller_face_never_gets_a_higher_threshold() -> None:
    whole = np.linspace(0.05, 0.95, 19)
    degraded = judged(rows(whole), rows(whole))
    degraded |= {name: rows(whole - 0.2) for name in smaller(SMALL_SIDES[2])}
    *sides, colourless = up_to(degraded, 0.42)
    assert sides == pytest.approx([0.2, 0.2, 0.2, 0.4, 0.4, 0.4])
    assert colourless == pytest.approx(0.4)


def test_between_two_sizes_the_log_odds_rise_evenly_with_the_pixels() -> None:
    whole = np.linspace(0.05, 0.95, 19)
    degraded = judged(rows(whole), rows(whole)) | {name: rows(whole - 0.2) for name in smaller(SMALL_SIDES[-1])}
    rules = RealThresholds(degraded).rules(0.42)
    own = dict(zip(STEPS, (most for _, most in rules.small), strict=True))
    rising = [own[side] for side in STEPS if side >= SMALL_SIDES[-1]]
    odds = np.diff([math.log(p / (1 - p)) for p in (*rising, 0.42)])
    assert rising[0] == pytest.approx(0.2)
    assert odds == pytest.approx([odds[0]] * len(odds))
    assert odds[0] > 0


def test_where_nothing_small_is_called_real_nothing_is_up_to_the_next_size() -> None:
    degraded = judged(rows([0.1, 0.9]), rows([0.1, 0.9]))
    degraded |= {name: rows([0.0, 0.0]) for name in smaller(SMALL_SIDES[1])}
    own = dict(zip(STEPS, (most for _, most in RealThresholds(degraded).rules(0.4).small), strict=True))
    assert {own[side] for side in STEPS if side < SMALL_SIDES[2]} == {0.0}
    assert own[SMALL_SIDES[2]] > 0


def test_it_never_rises_above_the_threshold_for_all() -> None:
    assert max(up_to(judged(rows([0.1, 0.5, 0.9]), rows([0.4, 0.8, 0.9])), 0.3)) <= 0.3


def test_generators_count_alike_and_photographs_not_at_all() -> None:
    many, few = rows([0.05] * 90 + [0.9] * 10, "many"), rows([0.2, 0.3, 0.8, 0.9], "few")
    whole = [*rows([0.1, 0.9], "many"), *rows([0.9, 0.9], "few")]
    # Whole: a half of one generator and nothing of the other. Small: 90% of the first at 0.05 already, too many.
    assert max(up_to(judged(whole, [*many, *few, *rows([0.01] * 500, "camera", "real")]), 0.5)) <= 0.05


def test_where_one_fake_is_too_many_nothing_is_called_real() -> None:
    assert max(up_to(judged(rows([0.9, 0.8]), rows([0.0, 0.0])), 0.4)) == 0.0


def test_no_more_than_a_share_of_known_fakes_pass() -> None:
    known = {name: [*rows(np.linspace(0.01, 1.0, 100)), *rows([0.0] * 50, "camera", "real")] for name in CHANGES}
    assert known_up_to(known, SMALLER) == pytest.approx(0.02)
    assert known_up_to(known, COLOURLESS, 0.25) == pytest.approx(0.25)
    whole = rows(np.linspace(0.05, 0.95, 19))
    rules = RealThresholds(judged(whole, whole), known | {WHOLE: rows([0.9] * 100)}).rules(0.4)
    own = [most for side, (_, most) in zip(STEPS, rules.small, strict=True) if side <= SMALL_SIDES[-1]]
    assert own == pytest.approx([0.02] * len(own))
    assert rules.colourless == pytest.approx(0.02)


def test_of_fakes_with_the_same_probability_all_pass_or_none() -> None:
    whole = rows(np.linspace(0.05, 0.95, 20))
    ties = rows([0.1] * 2 + [0.2] * 10 + [0.9] * 8)
    # A quarter of the whole ones pass at 0.3; of the small ones a tenth at 0.1, and more than half at 0.2.
    assert set(up_to(judged(whole, ties), 0.3)) == {0.1}


def test_a_change_that_was_not_judged_is_one_error() -> None:
    whole = rows(np.linspace(0.05, 0.95, 19))
    degraded = judged(whole, whole)
    del degraded["224 px, webp-75"]
    with pytest.raises(DataError, match="'224 px, webp-75'") as caught:
        RealThresholds(degraded)
    assert caught.value.code == "no_table"
    with pytest.raises(DataError, match="'grey'"):
        RealThresholds(judged(whole, whole), dict.fromkeys((WHOLE, *SMALLER), whole))


def test_the_share_is_the_mean_over_the_changes() -> None:
    names = smaller(192)
    known = {name: rows([0.9] * 100) for name in names}
    known[names[0]] = rows([0.1] * 8 + [0.2] * 8 + [0.9] * 84)
    assert known_up_to(known, names) == pytest.approx(0.1), "8 of 100 after one change of four"


def test_where_more_known_fakes_pass_whole_as_many_may_pass_small() -> None:
    whole, small = rows(np.linspace(0.05, 0.95, 19)), rows(np.linspace(0.01, 1.0, 100))
    known = {WHOLE: rows([0.1] * 30 + [0.9] * 70), **dict.fromkeys(CHANGES, small)}
    own = dict(RealThresholds(judged(whole, whole), known).rules(0.4).small)
    assert own[SMALL_SIDES[1]] == pytest.approx(0.3), "30 of 100 pass as they are"
    assert dict(RealThresholds(judged(whole, whole), known).rules(0.05).small)[SMALL_SIDES[1]] == pytest.approx(0.02)


def test_of_a_few_known_fakes_none_passes() -> None:
    names = smaller(192)
    assert 0.599 < known_up_to({name: rows([0.6, 0.7, 0.9]) for name in names}, names) < 0.6
    assert known_up_to({name: rows([0.0] * 5 + [0.9] * 95) for name in names}, names) == 0.0
    assert known_up_to({name: [] for name in names}, names) == 1.0


def test_rules_hold_back_what_shows_less() -> None:
    rules = Rules(((100, 0.1), (200, 0.2)), colourless=0.15, least_colour=6.0, smallest_side=50)
    held = [rules.hold_back(0.18, side, 9.0) for side in (99, 100, 200, None)]
    assert held == ["small_face", "", "", ""]
    assert [rules.hold_back(0.18, 300, colour) for colour in (5.9, 6.0, None)] == ["no_colour", "", ""]
    thresholds = Thresholds(0.4, 0.6, rules=rules)
    assert thresholds.answer(0.9, None, 49, None) == ("uncertain", "too_few_pixels")
    assert thresholds.label(0.9, None, 60, 0.0) == "fake", "no rule keeps a small or grey face from being called fake"
    assert thresholds.label(0.18, None, 60) == "uncertain"
    assert thresholds.without_rules().label(0.18, None, 60) == "real"


def test_what_rules_make_uncertain_counts_when_thresholds_are_chosen() -> None:
    p = np.random.default_rng(0).beta(2, 6, 300)
    photographs = [
        replace(r, side=side) for r, side in zip(rows(p, "camera", "real"), [150] * 200 + [300] * 100, strict=True)
    ]
    fakes = [replace(r, side=300) for r in rows(1 - p, "gan")]
    degraded = judged(rows(1 - p), rows(np.maximum(1 - p - 0.3, 0.01)))
    aims = Aims(accused_photographs=0.02, missed_fakes=0.0, uncertain=0.25)
    without, real = choose_thresholds([*photographs, *fakes], aims), RealThresholds(degraded)
    counted = choose_thresholds([*photographs, *fakes], aims, real)
    assert counted.low > without.low, "small photographs are uncertain more often, so others must be less often"
    assert counted.rules == real.rules(counted.low)
    verdicts = [r.verdict for r in said([*photographs, *fakes], counted)]
    assert verdicts.count("uncertain") / len(verdicts) <= 0.25 + 1e-9
    ends = [end for end, _ in counted.rules.small]
    assert ends == [*STEPS[1:], WHOLE_SIDE]


def test_a_left_out_source_does_not_choose_its_own_thresholds() -> None:
    own, other = rows(np.linspace(0.05, 0.95, 19), "own"), rows(np.linspace(0.05, 0.95, 19) - 0.04, "other")
    small = [*rows(np.full(19, 0.01), "own"), *other]
    known = {name: [*rows([0.001] * 60, "own"), *rows([0.3] * 60, "other")] for name in TABLES}
    real = RealThresholds(judged([*own, *other], small), known)
    alone = RealThresholds(judged(other, other), dict.fromkeys(TABLES, rows([0.3] * 60, "other")))
    assert real.without("own").rules(0.4) == alone.rules(0.4) != real.rules(0.4)
