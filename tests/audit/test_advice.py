"""Advice: where each verdict begins, and that chance is not taken for a trap."""

from __future__ import annotations

import pytest

from fauxface.audit.advice import for_feature, in_words, level, telling
from fauxface.audit.report import TITLES
from fauxface.audit.shortcut import Shortcut

CHANCE = Shortcut(0.5, (0.45, 0.55))


def alone(**others: Shortcut) -> dict[str, Shortcut]:
    return dict.fromkeys(TITLES, CHANCE) | others


@pytest.mark.parametrize(
    ("auc", "word"), [(0.4, "good"), (0.55, "good"), (0.56, "watch"), (0.65, "watch"), (0.66, "leak"), (1.0, "leak")]
)
def test_levels(auc: float, word: str) -> None:
    assert level(auc) == word


def test_what_guessing_reaches_too_is_no_trap() -> None:
    unsure = alone(bytes=Shortcut(0.6, (0.48, 0.7)))
    assert telling(unsure) == []
    assert for_feature("bytes", unsure) == "may be chance"
    assert in_words(CHANCE, unsure, TITLES) == []


def test_the_strongest_comes_first() -> None:
    found = alone(exif=Shortcut(0.8, (0.7, 0.9)), tables=Shortcut(1.0, None))
    assert telling(found) == ["tables", "exif"]
    lines = in_words(Shortcut(1.0, None), found, TITLES)
    assert lines[0] == "it tells above all: quantisation tables (1.00), EXIF (0.80)"
    assert "one quality" in lines[1]
    assert "EXIF" in lines[1]


def test_bytes_alone_are_content_or_an_older_compression() -> None:
    found = alone(bytes=Shortcut(0.7, (0.6, 0.8)))
    assert for_feature("bytes", found) == "content, or compressed before"
    assert "compressed or enlarged before" in in_words(Shortcut(0.7, (0.6, 0.8)), found, TITLES)[1]


def test_colour_is_partly_content() -> None:
    found = alone(red=Shortcut(0.7, (0.6, 0.8)))
    assert for_feature("red", found) == "partly content: look at both"
    assert "white balance" in in_words(Shortcut(0.7, (0.6, 0.8)), found, TITLES)[1]


def test_features_that_tell_only_together_are_told() -> None:
    (line,) = in_words(Shortcut(0.6, (0.55, 0.65)), alone(), TITLES)
    assert line.startswith("several features together tell more than the best alone (0.50)")


def test_a_good_figure_of_few_pictures_is_not_praised() -> None:
    (line,) = in_words(Shortcut(0.5, (0.3, 0.7)), alone(), TITLES)
    assert "more would tell" in line
