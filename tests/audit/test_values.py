"""Values of a feature in a few words."""

from __future__ import annotations

import pytest

from fauxface.audit.values import short, values


@pytest.mark.parametrize(
    ("of", "words"),
    [
        ([1, 2, 3, 4, 5], "3 (2–4)"),
        ([256, 256], "256"),
        ([52104.0, 52104.4], "52,104 (52,104–52,104)"),
        ([None, None], "–"),
        ([95, None, 95, None], "95, 50% have it"),
        ([True, True], "yes"),
        ([True, False, False, False], "no 75%, yes 25%"),
        (["", ""], "none"),
        (["4:2:0", "4:4:4", "4:2:0", ""], "4:2:0 50%, none 25%, 1 more"),
    ],
)
def test_words(of: list[object], words: str) -> None:
    assert str(values(of)) == words


def test_json() -> None:
    assert values(["a", "b", "a", "a"]).to_dict() == {"shares": {"a": 0.75, "b": 0.25}, "different": 2}
    assert values([1.0, None]).to_dict() == {"median": 1.0, "low": 1.0, "high": 1.0, "share": 0.5}
    many = values([f"{i:03}" for i in range(500)]).to_dict()
    assert len(many["shares"]) == 10
    assert many["different"] == 500


@pytest.mark.parametrize(
    ("number", "text"), [(52104.4, "52,104"), (256, "256"), (71.64, "71.6"), (3.048, "3.05"), (0.5, "0.50"), (0, "0")]
)
def test_short(number: float, text: str) -> None:
    assert short(number) == text
