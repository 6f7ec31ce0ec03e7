"""Squares judged by a network: once, and once more under small perturbations where the first answer was sure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from fauxface.decision import Decision, decide, out_of_scope, unstable_under
from fauxface.network import Network
from fauxface.prepared import Prepared
from fauxface.stability import PERTURBATIONS

Rgb = NDArray[np.uint8]


def judge_squares(network: Network, pictures: Sequence[Prepared], *, at_once: int = 8) -> list[Decision]:
    """What the network says of each square of some pictures, one after another.

    Args:
        at_once: squares that are measured together.

    Raises:
        WeightsError: bad_weights if the network gives no finite number.
    """
    card = network.card
    squares = [(picture, place) for picture in pictures for place in range(len(picture.squares))]
    measured = network.measure_all((picture.squares[place] for picture, place in squares), at_once)
    return [
        decide(
            probability,
            card,
            out_of_scope(picture, place, card),
            distance=distance,
            side=picture.sides[place],
            colour=picture.colours[place],
        )
        for (picture, place), (probability, distance) in zip(squares, measured, strict=True)
    ]


def judge_perturbed(
    network: Network, squares: Iterable[Rgb], decisions: Sequence[Decision], *, at_once: int = 8
) -> list[Decision]:
    """The decisions once every square of which the first answer was sure has been judged again, perturbed.

    Such a square is judged under each perturbation that the card names; where it changes sides, nobody can tell.

    Args:
        squares: (S, S, 3) uint8 each, as many as decisions.
        decisions: of `judge_squares`.
        at_once: squares that are measured together.

    Raises:
        WeightsError: as `judge_squares`.
    """
    card = network.card
    sure = [(at, square) for at, square in enumerate(squares) if not decisions[at].reasons]
    changed = (PERTURBATIONS[name][1](square) for _, square in sure for name in card.decision.perturbations)
    probabilities = iter([probability for probability, _ in network.measure_all(changed, at_once)])
    found = list(decisions)
    for at, _ in sure:
        first = decisions[at].probability_fake
        unstable = unstable_under(first, [next(probabilities) for _ in card.decision.perturbations], card)
        found[at] = decide(first, card, unstable=unstable)
    return found
