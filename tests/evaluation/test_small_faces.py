"""The limit for small faces: no more small fakes pass than large ones."""

from __future__ import annotations

import numpy as np
import pytest

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.small_faces import DEGRADED, WHOLE, real_up_to
from fauxface.labels import ClassName


def rows(probabilities: list[float], source: str = "g", label: ClassName = "fake") -> list[Prediction]:
    return [
        Prediction(f"{source}/{i}.jpg", "", label, p, source=source, split="valid") for i, p in enumerate(probabilities)
    ]


def test_where_small_fakes_look_more_real_the_limit_falls() -> None:
    whole = np.linspace(0.05, 0.95, 19)
    judged = {WHOLE: rows(list(whole)), **{name: rows(list(whole - 0.1)) for name in DEGRADED}}
    low = real_up_to(judged, 0.42)
    assert low == pytest.approx(0.3)
    passed = [
        sum((r.probability_fake or 0) <= limit for r in judged[name])
        for name, limit in ((WHOLE, 0.42), (DEGRADED[0], low))
    ]
    assert passed[1] <= passed[0]


def test_it_never_rises_above_the_limit_for_all() -> None:
    judged = {WHOLE: rows([0.1, 0.5, 0.9]), **{name: rows([0.4, 0.8, 0.9]) for name in DEGRADED}}
    assert real_up_to(judged, 0.3) <= 0.3


def test_generators_count_alike_and_photographs_not_at_all() -> None:
    many = rows([0.05] * 90 + [0.9] * 10, "many")
    few = rows([0.2, 0.3, 0.8, 0.9], "few")
    photographs = rows([0.01] * 500, "camera", "real")
    judged = {
        WHOLE: [*rows([0.1, 0.9], "many"), *rows([0.9, 0.9], "few")],
        **{name: [*many, *few, *photographs] for name in DEGRADED},
    }
    # Whole: a half of one generator and nothing of the other. Small: 90% of the first at 0.05 already, too many.
    assert real_up_to(judged, 0.5) == 0.0


def test_every_small_fake_passes() -> None:
    judged = {WHOLE: rows([0.9, 0.8]), **{name: rows([0.0, 0.0]) for name in DEGRADED}}
    assert real_up_to(judged, 0.4) == 0.0
