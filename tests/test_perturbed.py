"""A second look is given where the first one was sure, and only there; nothing of it is kept in memory at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.conftest import tiny_card

from fauxface.decision import Decision
from fauxface.network import Network
from fauxface.perturbed import judge_perturbed, judge_squares
from fauxface.prepared import prepare
from fauxface.stability import PERTURBATIONS


class Brightness:
    """A session that takes bright pictures for photographs, and counts."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, batch: NDArray[np.float32]) -> tuple[Any, Any]:
        self.batches.append(len(batch))
        return batch.mean(axis=(1, 2, 3)), np.zeros((len(batch), 2, 2), np.float32)


def network(session: Brightness) -> Network:
    card = tiny_card(
        b"x", perturbations=tuple(PERTURBATIONS), threshold=0.5, abstention_region=(0.4, 0.6), least_colour=0.0
    )
    return Network(card, session)


def flat(value: int) -> NDArray[np.uint8]:
    return np.full((32, 32, 3), value, dtype=np.uint8)


def test_only_what_was_sure_is_looked_at_again() -> None:
    session = Brightness()
    judge = network(session)
    pictures = [prepare(flat(value), judge.card.input.size) for value in (240, 128, 20)]
    first = judge_squares(judge, pictures, at_once=2)
    assert session.batches == [2, 1]
    assert [decision.label for decision in first] == ["real", "uncertain", "fake"]
    session.batches.clear()
    squares = [square for picture in pictures for square in picture.squares]
    again = judge_perturbed(judge, squares, first, at_once=4)
    assert session.batches == [4, 4, 2]  # five changes of two pictures
    assert again == first


def test_what_changes_sides_becomes_uncertain_and_the_first_look_is_not_touched() -> None:
    judge = network(Brightness())
    first = [Decision("real", 0.1), Decision("fake", 0.9)]
    again = judge_perturbed(judge, [flat(20), flat(20)], first)
    assert [decision.label for decision in again] == ["uncertain", "fake"]
    assert [reason.code for reason in again[0].reasons] == ["unstable"]
    assert again[0].probability_fake == 0.1
    assert first == [Decision("real", 0.1), Decision("fake", 0.9)]


def test_nothing_to_look_at() -> None:
    session = Brightness()
    assert judge_squares(network(session), []) == []
    assert judge_perturbed(network(session), [], []) == []
    assert session.batches == []
