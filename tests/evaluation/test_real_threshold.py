"""The threshold for small faces: no more small fakes pass than large ones."""

from __future__ import annotations

import numpy as np
import pytest

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import COLOURLESS, SMALLER, WHOLE, known_up_to, real_up_to
from fauxface.labels import ClassName


def rows(probabilities: list[float], source: str = "g", label: ClassName = "fake") -> list[Prediction]:
    return [
        Prediction(f"{source}/{i}.jpg", "", label, p, source=source, split="valid") for i, p in enumerate(probabilities)
    ]


def test_where_small_fakes_look_more_real_the_threshold_falls() -> None:
    whole = np.linspace(0.05, 0.95, 19)
    judged = {WHOLE: rows(list(whole)), **{name: rows(list(whole - 0.1)) for name in SMALLER}}
    low = real_up_to(judged, 0.42)
    assert low == pytest.approx(0.3)
    passed = [
        sum((r.probability_fake or 0) <= threshold for r in judged[name])
        for name, threshold in ((WHOLE, 0.42), (SMALLER[0], low))
    ]
    assert passed[1] <= passed[0]


def test_colour_has_a_threshold_of_its_own() -> None:
    whole = np.linspace(0.05, 0.95, 19)
    judged = {WHOLE: rows(list(whole)), COLOURLESS[0]: rows(list(whole - 0.2))}
    assert real_up_to(judged, 0.42, COLOURLESS) == pytest.approx(0.2)
    assert known_up_to({COLOURLESS[0]: rows(list(np.linspace(0.01, 1.0, 100)))}, changes=COLOURLESS) == pytest.approx(
        0.02
    )


def test_it_never_rises_above_the_threshold_for_all() -> None:
    judged = {WHOLE: rows([0.1, 0.5, 0.9]), **{name: rows([0.4, 0.8, 0.9]) for name in SMALLER}}
    assert real_up_to(judged, 0.3) <= 0.3


def test_generators_count_alike_and_photographs_not_at_all() -> None:
    many = rows([0.05] * 90 + [0.9] * 10, "many")
    few = rows([0.2, 0.3, 0.8, 0.9], "few")
    photographs = rows([0.01] * 500, "camera", "real")
    judged = {
        WHOLE: [*rows([0.1, 0.9], "many"), *rows([0.9, 0.9], "few")],
        **{name: [*many, *few, *photographs] for name in SMALLER},
    }
    # Whole: a half of one generator and nothing of the other. Small: 90% of the first at 0.05 already, too many.
    assert real_up_to(judged, 0.5) == 0.0


def test_every_small_fake_passes() -> None:
    judged = {WHOLE: rows([0.9, 0.8]), **{name: rows([0.0, 0.0]) for name in SMALLER}}
    assert real_up_to(judged, 0.4) == 0.0


def test_no_more_than_a_share_of_known_fakes_pass() -> None:
    p = np.linspace(0.01, 1.0, 100)
    judged = {name: [*rows(list(p)), *rows([0.0] * 50, "camera", "real")] for name in SMALLER}
    assert known_up_to(judged) == pytest.approx(0.02)
    assert known_up_to(judged, 0.25) == pytest.approx(0.25)


def test_the_share_is_the_mean_over_the_changes() -> None:
    judged = {name: rows([0.9] * 100) for name in SMALLER}
    judged[SMALLER[0]] = rows([0.1] * 8 + [0.2] * 8 + [0.9] * 84)
    assert known_up_to(judged) == pytest.approx(0.1), "8 of 100 after one change of four"


def test_of_a_few_known_fakes_none_passes() -> None:
    threshold = known_up_to({name: rows([0.6, 0.7, 0.9]) for name in SMALLER})
    assert 0.599 < threshold < 0.6
    assert known_up_to({name: rows([0.0] * 5 + [0.9] * 95) for name in SMALLER}) == 0.0
    assert known_up_to({name: [] for name in SMALLER}) == 1.0
