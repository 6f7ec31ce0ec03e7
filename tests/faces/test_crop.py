"""FFHQ's recipe on landmarks that were made up, and crops that stay inside of the picture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fauxface.faces import Face
from fauxface.faces.crop import FRAMED, crop, frame


def landmarks(x: float, y: float, eyes: float, down: float, turn: float = 0.0) -> NDArray[np.float64]:
    """Eyes around (x, y), ``eyes`` apart, the mouth ``down`` below them, turned by ``turn`` degrees."""
    points = np.array([[-eyes / 2, 0], [eyes / 2, 0], [0, down / 2], [-eyes / 3, down], [eyes / 3, down]])
    a = np.deg2rad(turn)
    return points @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) + [x, y]


def face(*arguments: float) -> Face:
    return Face((0.0, 0.0, 1.0, 1.0), landmarks(*arguments), 0.9)


def ffhq(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Centre and side of the published recipe, which also turns the square."""
    eye_to_eye = points[1] - points[0]
    eye_avg = (points[0] + points[1]) / 2
    eye_to_mouth = (points[3] + points[4]) / 2 - eye_avg
    x = eye_to_eye - np.flipud(eye_to_mouth) * [-1, 1]
    x /= np.hypot(*x)
    x *= max(np.hypot(*eye_to_eye) * 2.0, np.hypot(*eye_to_mouth) * 1.8)
    return eye_avg + eye_to_mouth * 0.1, 2 * np.hypot(*x)


@pytest.mark.parametrize("turn", [0, 10, -25])
@pytest.mark.parametrize(("eyes", "down"), [(60, 60), (80, 60), (40, 70)])
def test_centre_and_side_are_those_of_the_recipe(eyes: float, down: float, turn: float) -> None:
    points = landmarks(300, 200, eyes, down, turn)
    centre, side = ffhq(points)
    np.testing.assert_allclose(frame(points), (*centre, side))


def test_a_small_face_in_a_large_picture() -> None:
    # Side 2 × 2.0 × 50 = 200 around (400, 300 + 0.1 × 50).
    assert crop(face(400, 300, 50, 50), 1000, 800) == (300, 205, 500, 405)


def test_at_the_border_the_square_moves_inside() -> None:
    assert crop(face(30, 300, 50, 50), 1000, 800) == (0, 205, 200, 405)
    assert crop(face(990, 795, 50, 50), 1000, 800) == (800, 600, 1000, 800)
    assert crop(face(-5000, 9000, 50, 50), 1000, 800) == (0, 600, 200, 800)


def test_a_face_larger_than_the_picture_gets_its_largest_square() -> None:
    assert crop(face(200, 400, 150, 150), 400, 800) == (0, 215, 400, 615)


def test_a_picture_that_is_framed_already_stays_whole() -> None:
    # 256 pixels as FFHQ frames them: eyes 64 apart.
    assert crop(face(128, 121, 64, 62), 256, 256) == (0, 0, 256, 256)
    assert crop(face(131, 124, 60, 58), 256, 256) == (0, 0, 256, 256)
    assert crop(face(128, 121, 90, 62), 256, 256) == (0, 0, 256, 256)
    # Borders 28 pixels away are beyond FRAMED (25.6), borders 24 away are not.
    assert crop(face(128, 123, 50, 50), 256, 256) == (28, 28, 228, 228)
    assert crop(face(128, 122.8, 52, 52), 256, 256) == (0, 0, 256, 256)
    assert 24 < FRAMED * 256 < 28


def test_any_landmarks_give_a_square_inside_of_the_picture() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        width, height = (int(n) for n in rng.integers(32, 900, 2))
        points = rng.uniform(-300, 1200, (5, 2))
        left, top, right, bottom = crop(Face((0, 0, 1, 1), points, 0.9), width, height)
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert right - left == bottom - top or (left, top, right, bottom) == (0, 0, width, height)
