"""What a recalibrated card takes over from the one before: thresholds at their logits, and an id of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fauxface.evaluation.recalibrated_id import under_another_id
from fauxface.evaluation.recalibration import rules_carried
from fauxface.labels import probability_fake
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import CardCalibration

Card = Callable[..., ModelCard]
TODAY = CardCalibration(temperature=0.7, bias=0.9)


def by(calibration: CardCalibration, logits: np.ndarray) -> np.ndarray:
    return probability_fake(logits / calibration.temperature + calibration.bias)


def test_rules_stay_at_the_same_logits_of_the_network(build_tiny_card: Card) -> None:
    before = build_tiny_card(
        b"", temperature=1.6, bias=-0.8, small_real_to=((100, 0.05), (200, 0.2)), colourless_real_to=0.17
    )
    decision = rules_carried(before, TODAY, low=0.9)
    logits = np.linspace(-8, 8, 4001)
    pairs = [
        *zip(before.decision.small_real_to, decision.small_real_to, strict=True),
        ((0, before.decision.colourless_real_to), (0, decision.colourless_real_to)),
    ]
    for (pixels, old), (same_pixels, new) in pairs:
        assert pixels == same_pixels
        assert new != pytest.approx(old, rel=0.05), "the number moves"
        passed = by(before.calibration, logits) <= old
        assert 0 < passed.sum() < len(logits)
        assert np.array_equal(by(TODAY, logits) <= new, passed), "and the same pictures pass"


def test_no_rule_lies_above_the_new_end_of_real(build_tiny_card: Card) -> None:
    rules = ((50, 0.0), (100, 0.05), (150, 0.4), (200, 1.0))
    before = build_tiny_card(b"", small_real_to=rules, colourless_real_to=0.4)
    decision = rules_carried(before, CardCalibration(), low=0.2)
    assert decision.small_real_to == ((50, 0.0), (100, pytest.approx(0.05)), (150, 0.2), (200, 0.2))
    assert decision.colourless_real_to == 0.2


def test_what_has_no_colour_may_still_be_called_fake_where_nothing_is_called_real(build_tiny_card: Card) -> None:
    before = build_tiny_card(b"x", small_real_to=((100, 0.05),), colourless_real_to=0.4)
    decision = rules_carried(before, TODAY, low=0.0)
    assert decision.small_real_to == ((100, 0.0),)
    assert 0 < decision.colourless_real_to < 1e-300, "0 would be uncertain whatever the probability"
    assert rules_carried(build_tiny_card(b""), TODAY, low=0.5).colourless_real_to == 0.0, "and that stays"
    card = replace(before, decision=replace(decision, threshold=0.0, abstention_region=(0.0, 1.0)))
    assert ModelCard.from_json(card.to_json()) == card


def test_each_calibration_has_an_id_of_its_own(build_tiny_card: Card) -> None:
    before = build_tiny_card(b"")
    one, two = (under_another_id(replace(before, calibration=CardCalibration(1.0, b)), before) for b in (0.1, 0.2))
    assert one.id.startswith("tiny@1-calibrated-")
    assert len({before.id, one.id, two.id}) == 3
    assert under_another_id(replace(before, calibration=one.calibration), before).id == one.id, "it is a digest"
    other = under_another_id(replace(one, decision=replace(one.decision, threshold=0.45)), before)
    assert other.id != one.id
    again = under_another_id(replace(two, known_failures=()), one)
    assert again.id == two.id, "a calibration of a calibration counts once"
    assert under_another_id(one, before, "mine", "7").id == "mine@7"
    assert under_another_id(one, before, "mine").id == one.id.replace("tiny", "mine")


def test_whose_failures_a_card_tells_of_is_said_once(build_tiny_card: Card) -> None:
    before = build_tiny_card(b"", known_failures=("It fails at night.",))
    one = under_another_id(before, before)
    assert len(one.known_failures) == 2
    assert "was written of tiny@1, before `fauxface calibrate`" in one.known_failures[0]
    assert under_another_id(one, one).known_failures == one.known_failures
    assert under_another_id(build_tiny_card(b""), before).known_failures == ()
