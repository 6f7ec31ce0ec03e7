"""The sheet has room for the picture and for its words, whatever the picture's size."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from fauxface.explain import Explanation, draw
from fauxface.explain.sheet import LARGEST, SMALLEST
from fauxface.verdict import Verdict


def explanation(height: int, width: int, model: str = "tiny@1") -> Explanation:
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    heat = np.array([[1.0, -2.0], [0.0, 0.5]])
    return Explanation(
        Verdict("a.png", "fake", 0.9, model), rgb, (left, top, left + side, top + side), heat, "class-activation map"
    )


@pytest.mark.parametrize(
    ("height", "width", "drawn"),
    [
        (256, 256, (512, 512)),
        (32, 32, (512, 512)),
        (1024, 1024, (1024, 1024)),
        (300, 600, (512, 1024)),
        (100, 500, (410, 2048)),
        (1650, 2200, (1536, 2048)),
        (500, 100, (2048, 410)),
        (32, 20_000, (3, 2048)),
        (20_000, 32, (2048, 3)),
    ],
)
def test_sizes(height: int, width: int, drawn: tuple[int, int]) -> None:
    sheet = draw(explanation(height, width))
    assert sheet.dtype == np.uint8
    assert sheet.shape[1] == max(drawn[1], SMALLEST)
    assert max(drawn) <= LARGEST
    assert drawn[0] + 100 < sheet.shape[0] < drawn[0] + 350
    corners = sheet[[-1, -1], [0, -1]]
    assert (corners == 255).all()  # the legend's paper


def test_a_narrow_picture_stands_in_the_middle() -> None:
    sheet = draw(explanation(500, 100))
    assert (sheet[:2048, :50] == 255).all()
    assert (sheet[:2048, -50:] == 255).all()
    assert (sheet[1000, 256 - 100 : 256 + 100] < 255).any()


def test_the_picture_is_grey_under_its_colours() -> None:
    empty = explanation(600, 600)
    flat = Explanation(empty.verdict, empty.rgb, empty.box, np.zeros((2, 2)), empty.kind)
    picture = draw(flat)[:600]
    expected = np.asarray(Image.fromarray(empty.rgb).convert("L"))
    np.testing.assert_array_equal(picture, np.repeat(expected[..., None], 3, axis=2))


def test_any_model_may_have_drawn_it() -> None:
    plain = draw(explanation(64, 64)).shape
    for model in ("x" * 500, "two\nlines\x1b[31m@1", "模型@1", ""):
        assert draw(explanation(64, 64, model)).shape == plain
