"""Degradations keep size and range, come from the generator alone, and do nothing by default."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from fauxface.data.degrade_native import NativeDegradeSettings, degrade_native

RGB = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
ALL: dict[str, Any] = {
    "shrink": 1, "smallest": 32, "save": 1, "save_again": 1, "blur": 1, "sharpen": 1, "noise": 1, "colour": 1,
    "pale": 1,
    "grey": 0.5, "random_filter": 1, "webp": 0.5,
}  # fmt: skip


def test_a_picture_of_the_size_to_which_nothing_happens_comes_back_untouched() -> None:
    assert np.array_equal(degrade_native(RGB, 96, NativeDegradeSettings(), np.random.default_rng(1)), RGB)


@pytest.mark.parametrize("seed", range(6))
def test_everything_at_once_keeps_size_and_kind_and_is_drawn_again_alike(seed: int) -> None:
    settings = NativeDegradeSettings(**ALL)
    first, again = (degrade_native(RGB, 64, settings, np.random.default_rng(seed)) for _ in range(2))
    assert first.shape == (64, 64, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, degrade_native(RGB, 64, settings, np.random.default_rng(seed + 100)))


@pytest.mark.parametrize("name", [k for k in ALL if k not in ("smallest", "webp", "random_filter")])
def test_each_changes_the_picture_by_itself(name: str) -> None:
    settings = NativeDegradeSettings(**{name: 1.0, "smallest": 32})
    assert not np.array_equal(degrade_native(RGB, 96, settings, np.random.default_rng(3)), RGB)


def test_grey_has_no_colour_left() -> None:
    grey = degrade_native(RGB, 96, NativeDegradeSettings(grey=1), np.random.default_rng(0))
    assert (grey == grey[..., :1]).all()


def test_a_small_picture_is_not_made_smaller_than_the_smallest() -> None:
    small = RGB[:40, :40]
    assert np.array_equal(
        degrade_native(small, 40, NativeDegradeSettings(shrink=1, smallest=40), np.random.default_rng(0)), small
    )


def test_qualities_must_rise() -> None:
    with pytest.raises(ValidationError, match="rising"):
        NativeDegradeSettings(quality=(90, 40))
