"""Finds pictures that look the same, by perceptual hash: a file saved again is new to SHA-256 but not to a network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.data.samples import SPLITS, Sample, SampleTable, Split
from fauxface.images import read

BITS: Final = 256
SAME: Final = 10
"""At most so many differing bits: the same picture saved again. Of 150 pictures none went further by JPEG at 30,
WebP at 30, or being made four times smaller; the nearest pair of truly different pictures seen lies at 12."""
NEAR: Final = 24
"""At most so many: near copies, such as two StyleGAN draws that lie close together."""

_SIDE, _KEPT = 64, 16
_BLOCK = 4096

Hashes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two pictures that look the same; ``distance`` is in bits of 256."""

    first: Sample
    second: Sample
    distance: int

    @property
    def same(self) -> bool:
        """Whether it is one picture, saved again."""
        return self.distance <= SAME

    def __str__(self) -> str:
        one, two = self.first, self.second
        return f"{one.split} ({one.path}) and {two.split} ({two.path}) differ in {self.distance} of {BITS} bits"


def perceptual_hash(rgb: NDArray[np.uint8]) -> Hashes:
    """(256,) of ±1: the signs of a picture's 16×16 lowest frequencies against their median.

    Grey, 64×64 pixels, discrete cosine transform, without the mean (Zauner 2010, "Implementation and benchmarking of
    perceptual image hash functions"). Compression and resizing change a few bits, another picture about half of them.

    Args:
        rgb: (H, W, 3) uint8.
    """
    grey = Image.fromarray(rgb).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    low = _COSINES @ np.asarray(grey, dtype=np.float32) @ _COSINES.T
    flat = low[1:, 1:].ravel()
    return np.where(flat > np.median(flat), 1, -1).astype(np.int8)


def _cosines() -> NDArray[np.float32]:
    """The first 17 rows of the DCT-II matrix; the first, the mean, is left out later."""
    k, n = np.arange(_KEPT + 1)[:, None], np.arange(_SIDE)[None]
    return np.cos(np.pi * k * (2 * n + 1) / (2 * _SIDE)).astype(np.float32)


_COSINES = _cosines()


def hashes(table: SampleTable, advance: Callable[[int], object] | None = None) -> Hashes:
    """(N, 256) of ±1, one row a picture, in the table's order; ``advance(1)`` is called after each.

    Raises:
        ImageError: a picture can no longer be read.
    """
    found = np.empty((len(table), BITS), dtype=np.int8)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        # In slices: handing over 140,000 files at once would queue every picture's pixels.
        for start in range(0, len(table), 256):
            part = table.samples[start : start + 256]
            for row, bits in enumerate(pool.map(lambda s: perceptual_hash(read(table.file(s)).rgb), part), start):
                found[row] = bits
                if advance is not None:
                    advance(1)
    return found


def near_pairs(a: Hashes, b: Hashes, limit: int = NEAR) -> Iterator[tuple[int, int, int]]:
    """(row of a, row of b, distance in bits) of every pair that differs in at most ``limit`` bits."""
    # ±1 rows: their dot product is 256 minus twice the number of differing bits, and matrices multiply fast.
    b_float = b.astype(np.float32)
    for start in range(0, len(a), _BLOCK):
        dots = a[start : start + _BLOCK].astype(np.float32) @ b_float.T
        for i, j in np.argwhere(dots >= BITS - 2 * limit):
            yield start + int(i), int(j), round((BITS - float(dots[i, j])) / 2)


def pairs_among(bits: Hashes, limit: int = NEAR) -> Iterator[tuple[int, int, int]]:
    """(row, later row, distance in bits) of every pair of one table that differs in at most ``limit`` bits."""
    for start in range(0, len(bits), _BLOCK):
        ours = bits[start : start + _BLOCK]
        # In blocks on both sides: 140,000 rows against 4,096 would be 2 GB of distances.
        for later in range(start, len(bits), _BLOCK):
            for i, j, distance in near_pairs(ours, bits[later : later + _BLOCK], limit):
                if start + i < later + j:
                    yield start + i, later + j, distance


def across_splits(
    table: SampleTable, limit: int = NEAR, advance: Callable[[int], object] | None = None
) -> tuple[NearDuplicate, ...]:
    """Pairs that look the same and lie in different splits, the nearest first. The same file twice counts too.

    Raises:
        ImageError: a picture can no longer be read.
    """
    bits = hashes(table, advance)
    rows: dict[Split, Sequence[int]] = {
        split: [i for i, s in enumerate(table.samples) if s.split == split] for split in SPLITS
    }
    found: list[NearDuplicate] = []
    for number, first in enumerate(SPLITS):
        for second in SPLITS[number + 1 :]:
            ours, theirs = rows[first], rows[second]
            if not ours or not theirs:
                continue
            for i, j, distance in near_pairs(bits[ours], bits[theirs], limit):
                found.append(NearDuplicate(table.samples[ours[i]], table.samples[theirs[j]], distance))
    return tuple(sorted(found, key=lambda pair: pair.distance))
