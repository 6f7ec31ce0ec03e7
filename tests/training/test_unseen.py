"""Training pictures as if they were new: the order is their own, the words are those of new pictures."""

from __future__ import annotations

import numpy as np
import pytest

from fauxface.training.unseen import as_if_new


def test_the_order_is_kept_and_the_spread_is_that_of_new_pictures() -> None:
    rng = np.random.default_rng(0)
    known, new = rng.normal(9, 0.1, 2000), rng.normal(1, 2, 300)
    words = as_if_new(known, ["a"] * 2000, new, ["a"] * 300)
    assert np.array_equal(np.argsort(words, kind="stable"), np.argsort(known, kind="stable"))
    for share in (0.01, 0.1, 0.5, 0.9, 0.99):
        assert np.quantile(words, share) == pytest.approx(np.quantile(new, share), abs=0.1)
    assert words.min() >= new.min()
    assert words.max() <= new.max()


def test_each_kind_by_itself_and_a_kind_without_new_pictures_not_at_all() -> None:
    known = np.array([5.0, 1.0, 7.0, 3.0, 9.0])
    words = as_if_new(known, ["a", "a", "b", "b", "c"], np.array([0.0, 1.0, 10.0]), ["a", "a", "b"])
    np.testing.assert_allclose(words, [0.75, 0.25, 10, 10, np.nan])


def test_equal_words_stay_in_order() -> None:
    words = as_if_new(np.zeros(3), ["a"] * 3, np.array([1.0, 2.0]), ["a"] * 2)
    assert sorted(words) == list(words)
