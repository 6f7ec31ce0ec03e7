"""Thresholds that count what a picture's size does to its answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import tiny_card, tiny_onnx

from fauxface.decision import decide
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.small_faces import DEGRADED, SMALL, WHOLE
from fauxface.evaluation.sources import by_source
from fauxface.evaluation.thresholds import Thresholds, choose_thresholds
from fauxface.evaluation.unseen_sources import promising, said, said_left_out, unseen
from fauxface.weights.metrics import Aims

TINY = 100


def rows(source: str, label: str, p: Sequence[float] | np.ndarray, side: int | None) -> list[Prediction]:
    return [
        Prediction(f"{source}/{i}.png", "", label, float(x), source=source, side=side)  # pyright: ignore[reportArgumentType]
        for i, x in enumerate(p)
    ]


def probabilities(middle: float, seed: int, n: int = 60) -> np.ndarray:
    return 1 / (1 + np.exp(-np.random.default_rng(seed).normal(middle, 1.3, n)))


def table(side: int | None = 300) -> list[Prediction]:
    """Two cameras of large faces, one of small ones; two generators."""
    return [
        *rows("large", "real", probabilities(-2, 0), side),
        *rows("other", "real", probabilities(-1.5, 1), side),
        *rows("small", "real", probabilities(-1, 2), 180),
        *rows("one", "fake", probabilities(1.5, 3), side),
        *rows("two", "fake", probabilities(1, 4), side),
    ]


def degraded(shift: float = 1.0) -> dict[str, list[Prediction]]:
    """The fakes whole, and made small: then they look more like photographs."""
    whole = [r for r in table() if r.label == "fake"]
    logits = np.log([(r.probability_fake or 0) / (1 - (r.probability_fake or 0)) for r in whole])
    made = [
        Prediction(r.path, "", "fake", float(1 / (1 + np.exp(shift - x))), source=r.source)
        for r, x in zip(whole, logits, strict=True)
    ]
    return {WHOLE: whole, **dict.fromkeys(DEGRADED, made)}


def uncertain(judged: Sequence[Prediction]) -> float:
    return by_source(judged).uncertain.value


def test_small_faces_get_a_lower_limit_and_it_is_counted() -> None:
    aims = Aims(0.05, 0.05, 0.3)
    plain, sized = choose_thresholds(table(), aims), choose_thresholds(table(), aims, degraded=degraded())
    assert plain.small_low is None
    assert sized.small_low is not None
    assert sized.small_low < sized.low
    assert uncertain(said(table(), sized)) <= 0.3
    # What the small ones cost is won back among the large ones.
    assert sized.low > plain.low


def test_what_is_too_small_counts_as_uncertain() -> None:
    judged = [*table(), *rows("thumbnails", "real", [0.01] * 60, 90)]
    limits = choose_thresholds(judged, Aims(0.05, 0.05, 1.0), smallest_side=TINY)
    of_thumbnails = [r.verdict for r in said(judged, limits) if r.source == "thumbnails"]
    assert set(of_thumbnails) == {"uncertain"}
    assert limits.label(0.01, side=TINY) == "real"
    assert limits.label(0.999, side=TINY - 1) == "uncertain"


def test_of_unknown_size_is_large() -> None:
    unknown = [r for r in table(None) if r.source != "small"]
    known = [r for r in table(300) if r.source != "small"]
    assert choose_thresholds(unknown, degraded=degraded()) == choose_thresholds(known, degraded=degraded())


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 0.9), st.floats(0, 2), st.integers(0, 5))
def test_what_is_counted_is_what_is_said(most: float, shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    judged = [
        Prediction(r.path, "", r.label, r.probability_fake, source=r.source, side=int(side))
        for r, side in zip(table(), rng.integers(60, 400, len(table())), strict=True)
    ]
    aims = Aims(0.1, 0.0, most)
    limits = choose_thresholds(judged, aims, degraded=degraded(shift), smallest_side=TINY)
    found = by_source(said(judged, limits))
    assert found.accused_photographs.value <= 0.1 + 1e-9
    if limits.low < 0.4:  # not as high as it may go
        assert found.uncertain.value <= most + 1e-9


def test_a_source_is_left_out_of_the_small_ones_too() -> None:
    names = {r.source for r in table()}
    judged = said_left_out(table(), degraded=degraded())
    for name in names:
        others = {how: [r for r in rows if r.source != name] for how, rows in degraded().items()}
        limits = choose_thresholds([r for r in table() if r.source != name], degraded=others)
        mine = [r for r in table() if r.source == name]
        assert [r.verdict for r in judged if r.source == name] == [r.verdict for r in said(mine, limits)]


@pytest.mark.parametrize("side", [TINY, SMALL - 1, SMALL, 300])
@pytest.mark.parametrize("p", np.linspace(0, 1, 21))
def test_the_card_says_what_the_thresholds_say(p: float, side: int) -> None:
    found = unseen(table(), degraded=degraded(), smallest_side=TINY)
    card = promising(tiny_card(tiny_onnx()), found)
    assert card.decision.small_side == SMALL
    assert decide(p, card, side=side).label == found.thresholds.label(p, side=side)


def test_without_degraded_pictures_all_sizes_are_alike() -> None:
    found = unseen(table())
    card = promising(tiny_card(tiny_onnx()), found)
    assert (card.decision.small_side, found.thresholds.small_low) == (0, None)
    assert Thresholds(0.3, 0.7).label(0.2, side=10) == "real"
