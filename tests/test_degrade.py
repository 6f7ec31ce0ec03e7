"""Operations on pictures: each does what it says, to a bit where that can be said, and leaves its picture alone."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from fauxface import degrade
from fauxface.images.jpeg_quality import quality

BICUBIC = Image.Resampling.BICUBIC
LANCZOS = Image.Resampling.LANCZOS
RGB = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)


def picture() -> Image.Image:
    return Image.fromarray(RGB)


def pixels(changed: Image.Image) -> np.ndarray:
    return np.asarray(changed)


EACH: dict[str, Callable[[Image.Image], Image.Image]] = {
    "jpeg": lambda p: degrade.saved(p, "JPEG", 60),
    "webp": lambda p: degrade.saved(p, "WEBP", 60),
    "there and back": lambda p: degrade.scaled_and_back(p, 0.5, LANCZOS, BICUBIC),
    "blurred": lambda p: degrade.blurred(p, 1.5),
    "sharpened": lambda p: degrade.sharpened(p, 1, 60, 0),
    "noisy": lambda p: degrade.noisy(p, np.random.default_rng(1).normal(0, 5, (p.height, p.width, 3))),
    "brightened": lambda p: degrade.brightened(p, 0.7),
    "saturated": lambda p: degrade.saturated(p, 0.3),
    "tinted": lambda p: degrade.tinted(p, 1.1, 0.9, 1.2),
    "erased": lambda p: Image.fromarray(degrade.erased(np.asarray(p), [(2, 3, 10, 12)])),
}


@pytest.mark.parametrize("name", EACH)
def test_each_changes_a_copy_of_the_same_size_alike_each_time(name: str) -> None:
    before = picture()
    changed = EACH[name](before)
    assert (changed.size, changed.mode) == (before.size, "RGB")
    assert not np.array_equal(pixels(changed), RGB)
    assert np.array_equal(pixels(changed), pixels(EACH[name](picture())))
    assert np.array_equal(pixels(before), RGB), "the picture handed in was changed"


@pytest.mark.parametrize("name", [n for n in EACH if n != "erased"])
def test_each_bears_a_picture_of_one_pixel(name: str) -> None:
    one = Image.fromarray(np.full((1, 1, 3), 9, np.uint8))
    assert EACH[name](one).size == (1, 1)


@pytest.mark.parametrize("strength", [20, 75, 97])
@pytest.mark.parametrize(("subsampling", "step"), [("4:4:4", 1), ("4:2:0", 2)])
def test_a_jpeg_has_the_quality_and_the_colours_that_were_asked_for(strength: int, subsampling: str, step: int) -> None:
    with Image.open(io.BytesIO(degrade.encode(picture(), "JPEG", strength, subsampling=subsampling))) as file:
        assert file.format == "JPEG"
        assert abs((quality(file.quantization) or 0) - strength) <= 1  # pyright: ignore[reportAttributeAccessIssue]
        assert file.layer[0][1] == step  # pyright: ignore[reportAttributeAccessIssue]


def test_a_jpeg_is_by_default_what_pillow_writes_by_default() -> None:
    file = io.BytesIO()
    picture().save(file, "JPEG", quality=80)
    assert degrade.encode(picture(), "JPEG", 80) == file.getvalue()


def test_a_thorough_webp_is_what_pillow_writes_by_default_and_a_fast_one_is_another() -> None:
    file = io.BytesIO()
    picture().save(file, "WEBP", quality=80)
    assert degrade.encode(picture(), "WEBP", 80, effort=degrade.THOROUGH) == file.getvalue()
    assert degrade.encode(picture(), "WEBP", 80) != file.getvalue()


def test_saved_is_what_the_file_holds() -> None:
    for kind in ("JPEG", "WEBP"):
        with Image.open(io.BytesIO(degrade.encode(picture(), kind, 50))) as file:
            assert file.format == kind
            assert np.array_equal(pixels(degrade.saved(picture(), kind, 50)), pixels(file.convert("RGB")))


@pytest.mark.parametrize(("share", "size"), [(0.5, (15, 20)), (0.75, (22, 30)), (1.4, (42, 56)), (0.001, (1, 1))])
def test_scaled_has_that_share_of_its_sides_and_a_pixel_at_least(share: float, size: tuple[int, int]) -> None:
    assert degrade.scaled(picture(), share, LANCZOS).size == size


def test_there_and_back_uses_one_filter_each_way() -> None:
    expected = picture().resize((15, 20), LANCZOS).resize((30, 40), BICUBIC)
    assert np.array_equal(pixels(degrade.scaled_and_back(picture(), 0.5, LANCZOS, BICUBIC)), pixels(expected))


def test_a_blur_smooths_and_an_unsharp_mask_roughens() -> None:
    def roughness(p: Image.Image) -> float:
        return float(np.abs(np.diff(pixels(p).astype(int), axis=0)).mean())

    smooth = degrade.blurred(picture(), 1)
    assert roughness(degrade.blurred(picture(), 2)) < roughness(smooth) < roughness(picture())
    assert roughness(degrade.sharpened(smooth, 1, 100, 0)) > roughness(smooth)


def test_noise_is_added_rounded_and_clipped() -> None:
    grey = Image.fromarray(np.full((1, 4, 3), 100, np.uint8))
    noise = np.array([0.4, 0.6, 300.0, -300.0]).reshape(1, 4, 1).repeat(3, axis=2)
    for kind in (np.float32, np.float64):
        assert pixels(degrade.noisy(grey, noise.astype(kind)))[0, :, 0].tolist() == [100, 101, 255, 0]


def test_brightness_and_saturation_are_factors() -> None:
    colour = Image.fromarray(np.array([[[100, 50, 20]]], np.uint8))
    assert pixels(degrade.brightened(colour, 1.5))[0, 0].tolist() == [150, 75, 30]
    assert pixels(degrade.brightened(colour, 9))[0, 0].tolist() == [255, 255, 180]
    assert len(set(pixels(degrade.saturated(colour, 0))[0, 0].tolist())) == 1
    assert np.array_equal(pixels(degrade.saturated(colour, 1)), pixels(colour))


def test_a_tint_of_ones_changes_nothing_and_each_factor_counts() -> None:
    assert np.array_equal(pixels(degrade.tinted(picture(), 1, 1, 1)), RGB)
    assert np.array_equal(pixels(degrade.tinted(picture(), 0.8, 1, 1)), pixels(degrade.brightened(picture(), 0.8)))
    assert np.array_equal(pixels(degrade.tinted(picture(), 1, 1, 0.8)), pixels(degrade.saturated(picture(), 0.8)))
    assert pixels(degrade.tinted(picture(), 1, 0.5, 1)).std() < RGB.std()


def test_erased_is_black_within_its_boxes_and_nowhere_else() -> None:
    changed = degrade.erased(RGB, [(2, 3, 10, 12), (20, 30, 30, 40)])
    assert (changed[3:12, 2:10] == 0).all()
    assert (changed[30:, 20:] == 0).all()
    changed[3:12, 2:10], changed[30:, 20:] = RGB[3:12, 2:10], RGB[30:, 20:]
    assert np.array_equal(changed, RGB)


def test_no_box_is_a_copy() -> None:
    copy = degrade.erased(RGB, [])
    assert np.array_equal(copy, RGB)
    assert not np.shares_memory(copy, RGB)


def test_it_loads_neither_pytorch_nor_training() -> None:
    code = "import sys, fauxface.degrade; print(*(m for m in sys.modules if m.startswith(('torch', 'fauxface.'))))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "fauxface.degrade" in loaded
    assert not [m for m in loaded if m.startswith(("torch", "fauxface.data", "fauxface.models", "fauxface.training"))]
