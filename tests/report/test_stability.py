"""Counting how words hold: by outcome, and only for the same pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fauxface.evaluation.predictions import Prediction
from fauxface.labels import ClassName, Label
from fauxface.report.stability import lines, stability

GIVEN: list[tuple[ClassName, Label]] = [("fake", "fake"), ("fake", "fake"), ("real", "fake"), ("real", "uncertain")]
FIRST = [Prediction(f"{i}", f"{i:064}", label, 0.5, verdict=word) for i, (label, word) in enumerate(GIVEN)]


def after(*words: Label) -> list[Prediction]:
    return [replace(r, verdict=word) for r, word in zip(FIRST, words, strict=True)]


def test_verdicts_are_counted_by_outcome() -> None:
    found = stability(FIRST, {"mirror": after("fake", "uncertain", "real", "fake")})
    by_outcome = {w.outcome: (w.verdicts, w.left, w.unstable) for w in found}
    assert by_outcome["fakes called fake"] == (2, 1, 0)
    assert by_outcome["photographs called fake (wrong)"] == (1, 1, 1)
    assert by_outcome["fakes called real (wrong)"] == (0, 0, 0)
    assert "fakes called real" not in lines(found), "nothing is said of what did not occur"


def test_other_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="other pictures"):
        stability(FIRST, {"mirror": FIRST[::-1]})
