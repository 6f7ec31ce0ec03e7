"""Orange for fake, blue for real, nothing for nothing, and only where the network looked."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fauxface.explain import Explanation, overlay
from fauxface.explain.colours import FAINTEST, FAKE, REAL, scale_of
from fauxface.verdict import Verdict

Box = tuple[float, float, float, float]


def explanation(heat: list[list[float]], height: int = 40, width: int = 40, box: Box | None = None) -> Explanation:
    rgb = np.full((height, width, 3), 120, dtype=np.uint8)
    verdict = Verdict("a.png", "real", 0.2, "tiny@1")
    return Explanation(verdict, rgb, box or (0, 0, width, height), np.array(heat), "class-activation map")


def off(pixel: NDArray[np.uint8], target: tuple[int, int, int]) -> int:
    return int(np.abs(pixel.astype(int) - target).sum())


def test_the_colours_of_both_sides() -> None:
    one = explanation([[3.0, 0.0, -3.0]] * 3)
    seen = overlay(one.rgb, one, opacity=1.0)
    np.testing.assert_array_equal(seen[20, 0], FAKE)
    np.testing.assert_array_equal(seen[20, -1], REAL)
    half = overlay(one.rgb, one, opacity=0.5)
    assert 0 < off(half[20, 0], FAKE) < off(one.rgb[20, 0], FAKE)
    assert off(half[20, 0], FAKE) == pytest.approx(off(one.rgb[20, 0], FAKE) / 2, abs=2)


def test_both_sides_share_one_scale() -> None:
    one = explanation([[4.0, 0.0, -1.0]] * 3)
    seen = overlay(one.rgb, one, opacity=1.0).astype(int)
    assert scale_of(one.heat) == 4
    blue = np.abs(seen[20, -1] - 120) / np.abs(np.array(REAL) - 120)
    np.testing.assert_allclose(blue, 0.25, atol=0.03)  # rounded to whole steps of brightness


def test_no_heat_leaves_the_picture_as_it_is() -> None:
    one = explanation([[0.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(overlay(one.rgb, one), one.rgb)
    rounding_error = explanation([[1e-7, -1e-7], [1e-7, 0.0]])
    np.testing.assert_array_equal(overlay(one.rgb, rounding_error), one.rgb)
    assert scale_of(rounding_error.heat) == FAINTEST
    corner = explanation([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    seen = overlay(corner.rgb, corner)
    np.testing.assert_array_equal(seen[20:, 20:], corner.rgb[20:, 20:])
    assert (seen[0, 0] != 120).any()


def test_around_the_square_it_is_darker() -> None:
    one = explanation([[0.0]], height=40, width=100, box=(30, 0, 70, 40))
    seen = overlay(one.rgb, one)
    assert (seen[:, 30:70] == 120).all()
    assert (seen[:, :30] < 120).all()
    assert (seen[:, 70:] < 120).all()
    assert (one.rgb == 120).all()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (40, 1), (1, 40), (20, 50), (400, 1000)])
def test_the_same_picture_at_another_size(height: int, width: int) -> None:
    one = explanation([[1.0, -1.0], [0.5, 0.2]], height=40, width=100, box=(59.5, 0, 99.5, 40))
    seen = overlay(np.full((height, width, 3), 120, dtype=np.uint8), one)
    assert seen.shape == (height, width, 3)
    assert seen.dtype == np.uint8


def test_a_square_of_less_than_a_pixel() -> None:
    one = explanation([[1.0]], box=(39.6, 39.6, 39.9, 39.9))
    assert (overlay(one.rgb, one)[-1, -1] != 120).any()
