"""Degradation at the network's size: what it may do to a picture, and that its generator alone decides it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError

from fauxface.data.degrade_resized import ResizedDegradeSettings, degrade_resized


def picture(height: int = 40, width: int = 30) -> NDArray[np.uint8]:
    """Coarse noise on a slope: JPEG and rescaling both change it."""
    rng = np.random.default_rng(0)
    slope = np.linspace(40, 200, width)[None, :, None]
    return (slope + rng.normal(0, 20, (height, width, 3))).clip(0, 255).astype(np.uint8)


def degraded(seed: int = 0, **settings: Any) -> NDArray[np.uint8]:
    return degrade_resized(picture(), ResizedDegradeSettings(**settings), np.random.default_rng(seed))


def test_by_default_nothing_happens() -> None:
    rgb = picture()
    assert degrade_resized(rgb, ResizedDegradeSettings(), np.random.default_rng(0)) is rgb


@pytest.mark.parametrize("settings", [{"jpeg": 1.0}, {"rescale": 1.0}, {"jpeg": 1.0, "rescale": 1.0}])
def test_size_and_dtype_stay_and_pixels_change_a_little(settings: dict[str, Any]) -> None:
    rgb = picture()
    out = degraded(**settings)
    assert out.shape == rgb.shape
    assert out.dtype == np.uint8
    difference = np.abs(out.astype(int) - rgb)
    assert 0.5 < difference.mean() < 20
    assert np.array_equal(rgb, picture()), "the picture handed in was changed"


def test_a_saved_picture_is_what_pillow_saves() -> None:
    out = degraded(jpeg=1.0, quality=(70, 70))
    candidates = []
    for subsampling in ("4:4:4", "4:2:0"):
        file = io.BytesIO()
        Image.fromarray(picture()).save(file, "JPEG", quality=70, subsampling=subsampling)
        candidates.append(np.asarray(Image.open(file).convert("RGB")))
    assert any(np.array_equal(out, c) for c in candidates)


def test_lower_quality_wears_more() -> None:
    def loss(quality: int) -> float:
        return float(np.abs(degraded(jpeg=1.0, quality=(quality, quality)).astype(int) - picture()).mean())

    assert loss(10) > loss(60) > loss(95) > 0


def test_a_trip_to_the_same_size_changes_nothing_and_a_small_one_blurs() -> None:
    assert np.array_equal(degraded(rescale=1.0, smallest=1.0), picture())
    roughness = [
        np.abs(np.diff(degraded(seed, rescale=1.0, smallest=0.3).astype(int), axis=0)).mean() for seed in range(8)
    ]
    assert max(roughness) < np.abs(np.diff(picture().astype(int), axis=0)).mean()


def test_a_trip_goes_to_the_size_that_is_asked_for() -> None:
    halved = degraded(rescale=1.0, smallest=0.5, largest=0.5)
    filters = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
    before = Image.fromarray(picture())
    candidates = [
        np.asarray(before.resize((before.width // 2, before.height // 2), down).resize(before.size, up))
        for down in filters
        for up in filters
    ]
    assert any(np.array_equal(halved, c) for c in candidates)


def test_the_generator_decides_all() -> None:
    settings: dict[str, Any] = {"jpeg": 0.5, "rescale": 0.5}
    assert np.array_equal(degraded(3, **settings), degraded(3, **settings))
    assert len({degraded(seed, **settings).tobytes() for seed in range(30)}) > 15


def test_as_often_as_asked() -> None:
    untouched = sum(np.array_equal(degraded(seed, jpeg=0.3), picture()) for seed in range(300))
    assert untouched == pytest.approx(210, abs=40)


def test_even_a_picture_of_one_pixel_survives() -> None:
    rgb = np.full((1, 1, 3), 7, np.uint8)
    out = degrade_resized(rgb, ResizedDegradeSettings(rescale=1.0, smallest=0.1, jpeg=1.0), np.random.default_rng(0))
    assert out.shape == (1, 1, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"jpeg": 1.5},
        {"rescale": -1},
        {"smallest": 0},
        {"smallest": 1.5},
        {"smallest": float("nan")},
        {"largest": 1.5},
        {"smallest": 0.6, "largest": 0.5},
        {"quality": (95, 60)},
        {"quality": (0, 60)},
        {"quality": (60, 101)},
        {"quality": (60,)},
        {"sharpen": 1},
        {"tint": 1},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ResizedDegradeSettings.model_validate(wrong)


EVERYTHING = dict.fromkeys(("rescale", "jpeg", "webp", "crop", "blur", "noise", "colour"), 1.0)


@pytest.mark.parametrize("step", EVERYTHING)
@pytest.mark.parametrize("shape", [(40, 30), (1, 9), (64, 64)])
def test_each_step_keeps_the_size_and_changes_something(step: str, shape: tuple[int, int]) -> None:
    rgb = picture(*shape)
    out = degrade_resized(
        rgb, ResizedDegradeSettings.model_validate({step: 1.0, "shuffle": True}), np.random.default_rng(3)
    )
    assert (out.shape, out.dtype) == (rgb.shape, np.uint8)
    assert not np.array_equal(out, rgb) or 1 in shape
    assert np.array_equal(rgb, picture(*shape)), "the picture handed in was changed"


def test_shuffled_steps_come_in_other_orders() -> None:
    rgb = picture(64, 64)
    ordered = {degraded_in_order(rgb, seed, shuffle=False) for seed in (1, 1)}
    assert len(ordered) == 1
    # Two steps that do not draw their strength: with shuffle the result depends on the order alone.
    settings = ResizedDegradeSettings(jpeg=1.0, quality=(30, 30), blur=1.0, radius=1e-6, shuffle=True)
    seen = {degrade_resized(rgb, settings, np.random.default_rng(seed)).tobytes() for seed in range(12)}
    assert len(seen) > 1


def degraded_in_order(rgb: NDArray[np.uint8], seed: int, *, shuffle: bool) -> bytes:
    settings = ResizedDegradeSettings.model_validate({**EVERYTHING, "shuffle": shuffle})
    return degrade_resized(rgb, settings, np.random.default_rng(seed)).tobytes()


def test_older_recipes_see_the_pictures_that_they_saw() -> None:
    """rescale and jpeg draw the same numbers as before the other steps came; drawn here by hand."""
    rng = np.random.default_rng(11)
    rgb = picture(64, 64)
    settings = ResizedDegradeSettings(rescale=0.5, jpeg=0.7)
    first = [degrade_resized(rgb, settings, rng) is rgb for _ in range(20)]
    again = np.random.default_rng(11)
    expected = []
    for _ in range(20):
        scaled = again.random() < 0.5
        if scaled:
            again.uniform(0.5, 1)
            _ = again.integers(3), again.integers(3)
        saved = again.random() < 0.7
        if saved:
            _ = again.integers(60, 96), again.integers(2)
        expected.append(not (scaled or saved))
    assert first == expected
    assert rng.random() == again.random()
