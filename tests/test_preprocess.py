"""From any picture to what the network sees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fauxface.preprocess import normalise, square
from fauxface.weights.card import ModelCard


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_picture_of_the_right_size_passes_untouched() -> None:
    rgb = noise(24, 24)
    assert square(rgb, 24) is rgb


@pytest.mark.parametrize(("height", "width"), [(48, 80), (80, 48), (10, 30), (1, 1), (24, 25), (1, 300)])
def test_everything_else_becomes_square(height: int, width: int) -> None:
    out = square(noise(height, width), 24)
    assert out.shape == (24, 24, 3)
    assert out.dtype == np.uint8


@pytest.mark.parametrize("axis", [0, 1])
def test_the_centre_is_kept_and_nothing_is_stretched(axis: int) -> None:
    # Three squares of 20 pixels in a row: the one in the middle remains.
    row = np.concatenate([np.full((20, 20, 3), v, np.uint8) for v in (0, 100, 255)], axis=1)
    rgb = row if axis == 1 else np.ascontiguousarray(row.transpose(1, 0, 2))
    assert np.array_equal(square(rgb, 20), np.full((20, 20, 3), 100))
    out = square(rgb, 10)
    assert np.abs(out[2:8, 2:8].astype(int) - 100).max() <= 2


def test_a_square_picture_is_resized_as_pillow_does_it() -> None:
    rgb = noise(60, 60)
    expected = np.asarray(Image.fromarray(rgb).resize((24, 24), Image.Resampling.LANCZOS))
    assert np.array_equal(square(rgb, 24), expected)


def test_making_smaller_is_antialiased() -> None:
    board = ((np.indices((128, 128)).sum(axis=0) % 2) * 255).astype(np.uint8)
    out = square(np.repeat(board[:, :, None], 3, axis=2), 32)
    assert np.abs(out.astype(int) - 127).max() < 8, "a fine checkerboard becomes grey, not a coarse one"


def test_normalisation_is_the_card_s(build_tiny_card: Callable[..., ModelCard]) -> None:
    card = build_tiny_card(b"x", mean=(10.0, 20.0, 30.0), std=(2.0, 4.0, 8.0))
    batch = np.stack([noise(5, 5), noise(5, 5)[::-1]])
    out = normalise(batch, card)
    assert out.shape == (2, 3, 5, 5)
    assert out.dtype == np.float32
    assert out.flags.c_contiguous
    for channel in range(3):
        expected = (batch[..., channel].astype(float) - card.input.mean[channel]) / card.input.std[channel]
        np.testing.assert_allclose(out[:, channel], expected, rtol=1e-6)
