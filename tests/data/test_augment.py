"""Augmentation against plain NumPy, picture by picture, and both cutout geometries against their definitions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Generator, Tensor

from fauxface.data.augment import (
    AugmentSettings,
    CutoutSettings,
    augment,
    brightness_contrast,
    cutout,
    flip_shift_crop,
    patch_boxes,
)

DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")),
]


def seeded(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def pictures(n: int = 8, height: int = 20, width: int = 24, seed: int = 1) -> Tensor:
    """No two pixels of a picture are equal in all channels (with high probability), so moves are told apart."""
    return torch.randint(0, 256, (n, height, width, 3), generator=seeded(seed), dtype=torch.uint8)


def boxes(n: int, height: int, width: int, seed: int = 0, **settings: Any) -> list[Tensor]:
    return list(patch_boxes(n, height, width, CutoutSettings(**settings), seeded(seed)))


# Cutout


@pytest.mark.parametrize(("height", "width"), [(100, 100), (60, 140)])
def test_erasing_lies_fully_inside_with_area_and_aspect_in_range(height: int, width: int) -> None:
    top, left, bottom, right = boxes(4000, height, width, probability=1.0)
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (bottom <= height).all()
    assert (right <= width).all()
    tall, wide = (bottom - top).double(), (right - left).double()
    assert (tall >= 1).all()
    assert (wide >= 1).all()
    # Each side is rounded by at most half a pixel, and cut where it would be longer than the picture.
    assert ((tall - 0.5) * (wide - 0.5) <= 0.4 * height * width).all()
    free = (tall < height) & (wide < width)
    assert ((tall + 0.5) * (wide + 0.5))[free].min() >= 0.02 * height * width
    assert ((tall - 0.5) / (wide + 0.5))[free].max() <= 1 / 0.3
    assert ((tall + 0.5) / (wide - 0.5))[free].min() >= 0.3
    # The whole of both ranges is used, and the whole of the picture.
    share = tall * wide / (height * width)
    assert share.min() < 0.05
    assert share.max() > 0.35
    if height == width:  # elsewhere a long patch is cut by the short side
        assert (tall / wide)[free].log().mean().abs() < 0.05
        assert (tall > 3 * wide).any()
        assert (wide > 3 * tall).any()
    assert top.min() == 0
    assert left.min() == 0
    assert bottom.max() == height
    assert right.max() == width


def test_erasing_with_one_area_and_aspect_is_exact() -> None:
    top, left, bottom, right = boxes(500, 80, 80, probability=1.0, area=(0.25, 0.25), aspect=(4.0, 4.0))
    assert set((bottom - top).tolist()) == {80}
    assert set((right - left).tolist()) == {20}
    assert set(left.tolist()) == set(range(61)), "every place is possible"


def test_square_has_its_side_and_its_centre_lies_anywhere() -> None:
    top, left, bottom, right = boxes(20_000, 12, 16, geometry="square", probability=1.0, side=0.5)
    assert set((bottom - top).tolist()) == set((right - left).tolist()) == {6}, "half of the shorter side"
    centre_y, centre_x = top + 3, left + 3
    assert set(centre_y.tolist()) == set(range(12))
    assert set(centre_x.tolist()) == set(range(16))
    counts = torch.bincount(centre_y * 16 + centre_x, minlength=192).double()
    expected = 20_000 / 192
    assert (counts - expected).abs().max() < 6 * math.sqrt(expected), "not even over the picture"


def test_square_is_cut_by_the_border() -> None:
    batch = torch.full((2000, 1, 12, 12), 9.0)
    out = cutout(batch, CutoutSettings(geometry="square", probability=1.0, side=0.5), seeded())
    sizes = (out == 0).sum(dim=(1, 2, 3))
    # A 6×6 patch with its centre in the corner keeps 3×3 of itself (its centre is the pixel after the middle).
    assert (sizes.min(), sizes.max()) == (9, 36)
    assert (out[:, 0, 0, 0] == 0).any()
    assert (out[:, 0, -1, -1] == 0).any()


@pytest.mark.parametrize("geometry", ["erasing", "square"])
@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_as_often_as_asked(geometry: str, probability: float) -> None:
    batch = torch.ones(4000, 1, 10, 10)
    settings = CutoutSettings.model_validate({"geometry": geometry, "probability": probability})
    touched = (cutout(batch, settings, seeded()) == 0).any(dim=3).any(dim=2).any(dim=1).double().mean().item()
    assert touched == pytest.approx(probability, abs=5 * math.sqrt(probability * (1 - probability) / 4000))


@pytest.mark.parametrize("geometry", ["erasing", "square"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8])
@pytest.mark.parametrize("fill", [0.0, 128.0])
def test_cutout_is_its_boxes_and_nothing_else(geometry: str, dtype: torch.dtype, fill: float) -> None:
    batch = pictures(40, 16, 20).permute(0, 3, 1, 2).to(dtype)
    before = batch.clone()
    settings = CutoutSettings.model_validate({"geometry": geometry, "probability": 0.7, "fill": fill})
    out = cutout(batch, settings, seeded(3))
    top, left, bottom, right = (b.tolist() for b in patch_boxes(40, 16, 20, settings, seeded(3)))
    expected = before.numpy().copy()
    for i in range(40):
        rows = slice(max(top[i], 0), max(bottom[i], 0))
        expected[i, :, rows, max(left[i], 0) : max(right[i], 0)] = fill
    np.testing.assert_array_equal(out.numpy(), expected)
    assert out.dtype == dtype
    assert torch.equal(batch, before), "the batch handed in was changed"


@pytest.mark.parametrize("geometry", ["erasing", "square"])
def test_each_picture_has_its_own_patch(geometry: str) -> None:
    drawn = torch.stack(boxes(64, 100, 100, geometry=geometry, probability=1.0), dim=1)
    assert len({tuple(box) for box in drawn.tolist()}) > 60
    # Independent: no correlation between neighbours in the batch.
    rows = torch.stack(boxes(5000, 100, 100, geometry=geometry, probability=1.0), dim=1)[:, :2].double()
    for column in rows.T:
        assert abs(np.corrcoef(column[:-1].numpy(), column[1:].numpy())[0, 1]) < 0.06


def test_a_patch_larger_than_the_picture_blanks_it_all() -> None:
    out = cutout(torch.ones(50, 3, 4, 4), CutoutSettings(geometry="square", probability=1.0, side=2.0), seeded())
    assert (out == 0).all()
    out = cutout(torch.ones(50, 3, 1, 1), CutoutSettings(probability=1.0), seeded())
    assert (out == 0).all()


# Flip, shift, crop


def by_hand(picture: np.ndarray, top: int, left: int, side: tuple[int, int], mirror: bool) -> np.ndarray:
    """Take a window of an endlessly continued picture, pixel by pixel, from its mirror image if asked."""
    source = picture[:, ::-1] if mirror else picture
    height, width, _ = picture.shape
    out = np.empty((*side, 3), picture.dtype)
    for y in range(side[0]):
        for x in range(side[1]):
            out[y, x] = source[min(max(top + y, 0), height - 1), min(max(left + x, 0), width - 1)]
    return out


def places(out: np.ndarray, picture: np.ndarray, reach: tuple[int, int]) -> list[tuple[int, int, bool]]:
    """Every (top, left, mirrored) within reach that explains what became of a picture."""
    height, width, _ = picture.shape
    side = out.shape[0], out.shape[1]
    free_y, free_x = height - side[0], width - side[1]
    return [
        (top, left, mirror)
        for top in range(-reach[0], free_y + reach[0] + 1)
        for left in range(-reach[1], free_x + reach[1] + 1)
        for mirror in (False, True)
        if np.array_equal(by_hand(picture, top, left, side, mirror), out)
    ]


@pytest.mark.parametrize("crop", [None, 12])
def test_flip_shift_and_crop_are_a_move_of_each_picture(crop: int | None) -> None:
    batch = pictures(6)
    out = flip_shift_crop(batch, seeded(4), flip=0.5, shift=0.1, crop=crop)
    assert out.shape == ((6, 20, 24, 3) if crop is None else (6, 12, 12, 3))
    assert out.dtype == torch.uint8
    found = [places(o, b, (2, 2)) for o, b in zip(out.numpy(), batch.numpy(), strict=True)]
    assert all(len(f) == 1 for f in found), found
    assert len({f[0][:2] for f in found}) > 3, "all pictures move alike"
    assert {f[0][2] for f in found} == {False, True}


def test_shift_reaches_a_tenth_and_no_further() -> None:
    # The value of a pixel is its column (or row), so the shift can be read off it.
    ramp = torch.arange(50, dtype=torch.uint8)
    rows = flip_shift_crop(ramp[None, :, None, None].expand(800, 50, 50, 3), seeded(), shift=0.1)
    columns = flip_shift_crop(ramp[None, None, :, None].expand(800, 50, 50, 3), seeded(), shift=0.1)
    for moved in (rows[:, 25, 0, 0], columns[:, 0, 25, 0]):
        assert set(moved.long().sub(25).tolist()) == set(range(-5, 6))
    assert columns[:, 0, 0, 0].max() == 5
    assert columns[:, 0, -1, 0].max() == 49, "the border repeats"


@pytest.mark.parametrize("flip", [0.0, 0.25, 1.0])
def test_flip_as_often_as_asked(flip: float) -> None:
    ramp = torch.arange(8, dtype=torch.uint8)[None, None, :, None].expand(2000, 2, 8, 1)
    out = flip_shift_crop(ramp, seeded(), flip=flip)
    mirrored = (out[:, 0, 0, 0] == 7).double().mean().item()
    assert mirrored == pytest.approx(flip, abs=0.05 if 0 < flip < 1 else 0)
    assert set(out[:, 0, 0, 0].tolist()) <= {0, 7}


def test_every_crop_is_possible_and_without_settings_nothing_happens() -> None:
    batch = torch.arange(6, dtype=torch.uint8)[None, None, :, None].expand(500, 6, 6, 3)
    assert set(flip_shift_crop(batch, seeded(), crop=4)[:, 0, 0, 0].tolist()) == {0, 1, 2}
    assert torch.equal(flip_shift_crop(pictures(), seeded()), pictures())
    out = augment(pictures(), AugmentSettings(), seeded())
    assert torch.equal(out, pictures().permute(0, 3, 1, 2).float())


@pytest.mark.parametrize("crop", [0, 21, -3])
def test_a_crop_that_does_not_fit_is_refused(crop: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        flip_shift_crop(pictures(), seeded(), crop=crop)


# Brightness and contrast


def test_brightness_and_contrast_by_hand() -> None:
    batch = pictures(120, 6, 6).permute(0, 3, 1, 2).float()
    out = brightness_contrast(batch, seeded(), brightness=0.2, contrast=0.4)
    factors, offsets = [], []
    for before, after in zip(batch.double(), out.double(), strict=True):
        centred = before - before.mean()
        factor = ((after - after.mean()) * centred).sum() / (centred**2).sum()
        offset = after.mean() - before.mean()
        torch.testing.assert_close(after, centred * factor + before.mean() + offset, rtol=0, atol=1e-3)
        factors.append(factor.item())
        offsets.append(offset.item() / 255)
    assert 0.6 <= min(factors) < 0.65 < 1.35 < max(factors) <= 1.4
    assert -0.2001 <= min(offsets) < -0.17 < 0.17 < max(offsets) <= 0.2001


# All together

EVERYTHING = AugmentSettings(flip=0.5, shift=0.1, brightness=0.1, contrast=0.1, cutout=CutoutSettings())


@pytest.mark.parametrize("crop", [None, 16])
def test_shape_dtype_and_memory(crop: int | None) -> None:
    batch = pictures(5, 20, 20)
    out = augment(batch, EVERYTHING, seeded(), crop=crop)
    side = crop or 20
    assert out.shape == (5, 3, side, side)
    assert out.dtype == torch.float32
    assert out.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch, pictures(5, 20, 20)), "the batch handed in was changed"


def test_cut_pixels_are_black_before_normalisation() -> None:
    batch = torch.full((200, 16, 16, 3), 200, dtype=torch.uint8)
    out = augment(batch, AugmentSettings(cutout=CutoutSettings(probability=1.0)), seeded())
    assert set(out.unique().tolist()) == {0.0, 200.0}
    assert ((out == 0).all(dim=1) == (out == 0).any(dim=1)).all(), "all channels alike"


def test_the_generator_decides_all_and_the_global_one_is_left_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    np_before: Any = np.random.get_state()  # noqa: NPY002 (that nobody touches it is the point)
    first = augment(pictures(), EVERYTHING, seeded(7), crop=16)
    assert torch.equal(torch.get_rng_state(), before)
    np_after: Any = np.random.get_state()  # noqa: NPY002
    assert np.array_equal(np_after[1], np_before[1])
    assert np_after[2:] == np_before[2:]
    torch.manual_seed(6)
    assert torch.equal(augment(pictures(), EVERYTHING, seeded(7), crop=16), first)
    assert not torch.equal(augment(pictures(), EVERYTHING, seeded(8), crop=16), first)
    moving = seeded(7)
    augment(pictures(), EVERYTHING, moving, crop=16)
    assert not torch.equal(augment(pictures(), EVERYTHING, moving, crop=16), first), "the generator moves on"


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("geometry", ["erasing", "square"])
def test_every_device_draws_the_same(device: str, geometry: str) -> None:
    settings = EVERYTHING.model_copy(
        update={"cutout": CutoutSettings.model_validate({"geometry": geometry}), "contrast": 0.0, "brightness": 0.0}
    )
    expected = augment(pictures(), settings, seeded(), crop=16)
    out = augment(pictures().to(device), settings, seeded(), crop=16)
    assert out.device.type == device
    assert torch.equal(out.cpu(), expected)


# Settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"probability": 1.1},
        {"probability": -0.1},
        {"probability": float("nan")},
        {"area": (0.4, 0.02)},
        {"area": (0.0, 0.4)},
        {"area": (0.1, 1.2)},
        {"area": (0.1,)},
        {"area": (float("nan"), 0.4)},
        {"aspect": (3.0, 0.3)},
        {"aspect": (0.0, 1.0)},
        {"aspect": (0.3, float("inf"))},
        {"side": 0.0},
        {"side": 2.5},
        {"fill": 256.0},
        {"geometry": "circle"},
        {"holes": 2},
    ],
)
def test_wrong_cutout_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CutoutSettings.model_validate(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"flip": 2},
        {"shift": 1.0},
        {"shift": -0.1},
        {"brightness": 1.5},
        {"contrast": 1.0},
        {"contrast": float("nan")},
        {"rotate": 5},
        {"cutout": {"probability": 3}},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AugmentSettings.model_validate(wrong)


def test_settings_cannot_be_changed_behind_a_run_s_back() -> None:
    with pytest.raises(ValidationError):
        EVERYTHING.flip = 0.1  # pyright: ignore[reportAttributeAccessIssue]
