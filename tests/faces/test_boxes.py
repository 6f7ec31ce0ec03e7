"""Suppression against a naive one, squares, corrections, patches at the borders, and the pyramid's sizes."""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from fauxface.faces.boxes import Boxes, corrected, patches, pyramid, squared, suppress, usable


def random_boxes(seed: int, n: int) -> Boxes:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 60, (n, 2))
    return np.hstack([corner, corner + rng.uniform(5, 50, (n, 2))])


def overlap(a: list[float], b: list[float], measure: str) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area_a, area_b = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
    shared = width * height
    return shared / (area_a + area_b - shared) if measure == "union" else shared / min(area_a, area_b)


def naive(boxes: list[list[float]], scores: list[float], limit: float, measure: str) -> list[int]:
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(overlap(boxes[i], boxes[k], measure) <= limit for k in kept):
            kept.append(i)
    return kept


@pytest.mark.parametrize("measure", ["union", "smaller"])
@pytest.mark.parametrize("limit", [0.3, 0.5, 0.7])
def test_suppression_against_a_naive_one(measure: Literal["union", "smaller"], limit: float) -> None:
    kept: list[int] = []
    for seed, n in itertools.product(range(4), (0, 1, 2, 60)):
        boxes = random_boxes(seed, n)
        scores = np.random.default_rng(seed).choice([0.6, 0.7, 0.8, 0.9], n)  # many equal ones
        kept = suppress(boxes, scores, limit, measure).tolist()
        assert kept == naive(boxes.tolist(), scores.tolist(), limit, measure)
    assert len(kept) < 60


def test_corrections_are_shares_of_the_box() -> None:
    boxes = np.array([[10.0, 20.0, 30.0, 60.0]])
    moved = corrected(boxes, np.array([[0.1, -0.1, 0.5, 0.25]], np.float32))
    np.testing.assert_allclose(moved, [[12, 16, 40, 70]], rtol=1e-6)


def test_squares_keep_the_centre() -> None:
    np.testing.assert_allclose(squared(np.array([[10.0, 20.0, 30.0, 60.0]])), [[0, 20, 40, 60]])


def test_patches_are_black_outside_of_the_picture() -> None:
    white = Image.new("RGB", (40, 30), "white")
    inside, corner, beyond = patches(white, np.array([[5.0, 5, 25, 25], [-10, -10, 10, 10], [38, -20, 58, 0.2]]), 24)
    assert (inside == 255).all()
    assert (corner[12:, 12:] == 255).all()
    assert corner[:12].max() == corner[:, :12].max() == 0
    assert beyond.max() == 0


def test_what_cannot_be_cut_out_is_left_out() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [np.nan, 0, 10, 10], [5, 5, 5.5, 9], [-20, -20, 0.5, 0.5], [39.5, 0, 60, 20]])
    assert usable(boxes, 40, 30).tolist() == [True, False, False, False, False]


@pytest.mark.parametrize(("size", "smallest"), [((256, 256), 60), ((13, 500), 12), ((640, 480), 20), ((61, 61), 60)])
def test_the_pyramid_goes_from_the_smallest_face_to_the_whole_picture(size: tuple[int, int], smallest: float) -> None:
    scales = pyramid(*size, smallest)
    assert scales[0] == pytest.approx(12 / smallest)
    assert min(size) * scales[-1] >= 12 * (1 - 1e-9)
    assert min(size) * scales[-1] * 0.709 < 12
    np.testing.assert_allclose(np.array(scales[1:]) / scales[:-1], 0.709)


def test_a_picture_smaller_than_the_smallest_face_has_no_pyramid() -> None:
    assert pyramid(30, 400, 60) == []
