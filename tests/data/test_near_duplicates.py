"""Perceptual hashes: the same picture saved again is found, another one is not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fauxface.data import near_duplicates
from fauxface.data.index import open_samples
from fauxface.data.near_duplicates import BITS, NEAR, SAME, across_splits, near_pairs, pairs_among, perceptual_hash


def picture(seed: int, side: int = 128) -> NDArray[np.uint8]:
    """Random shapes of all sizes, the finer the fainter, as pictures are."""
    rng = np.random.default_rng(seed)
    total = np.full((side, side), 128.0)
    for cells in (3, 6, 12, 24, 48):
        noise = Image.fromarray(rng.normal(0, 120 / cells**0.7, (cells, cells)).astype(np.float32))
        total += np.asarray(noise.resize((side, side), Image.Resampling.BICUBIC))
    return np.repeat(total.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def distance(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> int:
    return int((perceptual_hash(a) != perceptual_hash(b)).sum())


def saved_again(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def test_a_hash_is_256_signs_half_of_them_up() -> None:
    bits = perceptual_hash(picture(0))
    assert bits.shape == (BITS,)
    assert set(np.unique(bits)) == {-1, 1}
    assert bits.sum() == 0


@pytest.mark.parametrize("seed", range(5))
def test_compression_and_resizing_stay_below_the_threshold(seed: int) -> None:
    pixels = picture(seed)
    small = np.asarray(Image.fromarray(pixels).resize((70, 70), Image.Resampling.LANCZOS))
    assert distance(pixels, saved_again(pixels, 40)) <= SAME
    assert distance(pixels, small) <= SAME


def test_other_pictures_are_far() -> None:
    distances = [distance(picture(i), picture(i + 100)) for i in range(20)]
    assert min(distances) > 2 * NEAR


def test_a_picture_of_one_colour_has_a_hash() -> None:
    assert perceptual_hash(np.full((40, 50, 3), 128, np.uint8)).shape == (BITS,)


def test_pairs_are_those_of_a_plain_comparison() -> None:
    rng = np.random.default_rng(1)
    a = rng.choice(np.array([-1, 1], np.int8), (30, BITS))
    b = np.concatenate((a[:10], rng.choice(np.array([-1, 1], np.int8), (20, BITS))))
    for row in range(10):
        b[row, : 3 * row] *= -1  # 0, 3, … 27 bits off
    plain = {(i, j, int((a[i] != b[j]).sum())) for i in range(30) for j in range(30)}
    assert set(near_pairs(a, b, 24)) == {pair for pair in plain if pair[2] <= 24}


@pytest.mark.parametrize("block", [7, 4096])
def test_pairs_of_one_table_are_told_once_whatever_the_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "_BLOCK", block)
    rng = np.random.default_rng(1)
    rows = rng.choice(np.array([-1, 1], np.int8), (10, BITS))
    bits = np.concatenate((rows, rows, rows[:5]))
    bits[10:, :9] *= -1
    expected = {(i, i + 10, 9) for i in range(10)} | {(i, i + 20, 9) for i in range(5)}
    expected |= {(i + 10, i + 20, 0) for i in range(5)}
    found = list(pairs_among(bits))
    assert len(found) == len(expected)
    assert set(found) == expected


def test_only_copies_across_splits_are_told(tmp_path: Path) -> None:
    for number, (split, seed, quality) in enumerate(
        [("train", 1, 95), ("train", 1, 90), ("valid", 2, 95), ("test", 1, 60), ("test", 3, 95)]
    ):
        folder = tmp_path / split / "real"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(seed)).save(folder / f"{number}.jpg", quality=quality)
    found = across_splits(open_samples(tmp_path))
    assert {(pair.first.path, pair.second.path) for pair in found} == {
        ("train/real/0.jpg", "test/real/3.jpg"),
        ("train/real/1.jpg", "test/real/3.jpg"),
    }
    assert all(pair.same for pair in found)
    assert "bits" in str(found[0])
