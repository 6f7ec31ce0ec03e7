"""A picture's statistics are what they are said to be, each against an independent count."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter
from torch import Tensor
from torch.nn.functional import avg_pool2d

from fauxface.models.regions import of_places
from fauxface.models.trace_statistics import SMALLEST, TraceStatistics

KINDS = 39  # of 125 triples of five levels, a triple, its mirror image and its negative being one
REGIONS = 8


def pictures(n: int = 2, side: int = 64, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, 3, side, side), generator=generator).float()


def part(statistics: TraceStatistics, found: Tensor, name: str) -> Tensor:
    """One part's numbers, (N, its size)."""
    names = list(statistics.parts)
    return found.split(list(statistics.parts.values()), dim=1)[names.index(name)]


def luminance(picture: Tensor) -> NDArray[np.float32]:
    red, green, blue = picture[0].double().numpy()
    return (0.299 * red + 0.587 * green + 0.114 * blue).astype(np.float32)


def counted(y: NDArray[np.float32], step: float) -> NDArray[np.float64]:
    """Shares of each kind of triple of steps across, along rows and columns (each half), by Python's own tools."""
    levels = np.rint((y[:, 1:] - y[:, :-1]) / step).clip(-2, 2).astype(int)
    shares: dict[tuple[int, ...], float] = {}
    for rows in (levels, levels.T):
        triples = Counter(t for row in rows.tolist() for t in zip(row, row[1:], row[2:], strict=False))
        for t, n in triples.items():
            kind = kind_of(t)
            shares[kind] = shares.get(kind, 0) + n / triples.total() / 2
    order = sorted({kind_of(t) for t in product(range(-2, 3), repeat=3)})
    assert len(order) == KINDS
    return np.array([shares.get(kind, 0) for kind in order])


def kind_of(triple: tuple[int, ...]) -> tuple[int, ...]:
    negative = tuple(-v for v in triple)
    return min(triple, triple[::-1], negative, negative[::-1])


@pytest.mark.parametrize(("name", "scale", "step"), [("patterns", 1, 3.001), ("half-scale patterns", 2, 4.003)])
def test_patterns_are_counted_as_a_loop_would_count_them(name: str, scale: int, step: float) -> None:
    """The coarser of both step widths; regions of unlike width weigh a little differently than one count of all."""
    picture = pictures(1) // 16  # small differences, or all levels would be the outermost
    y = avg_pool2d(torch.from_numpy(luminance(picture))[None, None], scale)[0, 0].numpy()
    statistics = TraceStatistics()
    got = part(statistics, statistics(picture), name)[0, KINDS : 2 * KINDS].square().numpy()
    np.testing.assert_allclose(np.sort(got), np.sort(counted(y, step)), atol=0.004)
    assert got.sum() == pytest.approx(1, abs=1e-4)


def test_a_region_has_its_own_patterns() -> None:
    """Noise in one corner: the region of outer columns in the first row, of which that corner is half, and no other."""
    picture = torch.full((1, 3, 256, 256), 100.0)
    picture[:, :, :64, 192:] += pictures(1, side=64)[0] // 16
    statistics = TraceStatistics()
    found = part(statistics, statistics(picture), "patterns by region")[0].square().reshape(10, REGIONS, KINDS)
    flat = found.amax(dim=2)  # without noise every triple is one kind
    assert (flat[:2, 0] < 0.8).all()
    torch.testing.assert_close(flat[:2, 1:], torch.ones(2, REGIONS - 1), atol=0.03, rtol=0)


def test_local_patterns_are_counted_as_a_loop_would_count_them() -> None:
    """First differences across, by what they are in the 9×9 pixels around, in the second region at full scale."""
    picture = pictures(1, side=80) // 16
    y = luminance(picture).astype(np.float64)
    differences = y[:, 1:] - y[:, :-1]
    around = uniform_filter(differences**2, 9, mode="mirror")
    levels = np.rint(differences / np.sqrt(around + 0.2503)).clip(-2, 2).astype(int)
    shares: dict[tuple[int, ...], float] = {}
    for rows, region in (
        (levels, of_places(80, 79 - 2)),
        (levels.T, of_places(80 - 2, 79).T),
    ):
        triples = [
            (row[i], row[i + 1], row[i + 2])
            for row, inside in zip(rows.tolist(), (region == 1).tolist(), strict=True)
            for i in range(len(inside))
            if inside[i]
        ]
        for triple, n in Counter(triples).items():
            shares[kind_of(triple)] = shares.get(kind_of(triple), 0) + n / len(triples) / 2
    statistics = TraceStatistics()
    found = part(statistics, statistics(picture), "fine local patterns by region")[0].square()
    got = found.reshape(2, 4, REGIONS, KINDS)[0, 0, 1].numpy()
    # The kinds in the order in which the code first meets them.
    kinds = list(dict.fromkeys(kind_of(t) for t in product(range(-2, 3), repeat=3)))
    np.testing.assert_allclose(got, [shares.get(kind, 0) for kind in kinds], atol=0.002)


def test_contrast_does_not_move_local_patterns() -> None:
    statistics, picture = TraceStatistics(), pictures()
    there, softer = statistics(picture), statistics(picture / 2)
    for name in (name for name in statistics.parts if "local" in name):
        # Of few places at an eighth of the scale one may tip.
        moved = part(statistics, softer, name) - part(statistics, there, name)
        assert moved.abs().mean() < 0.005
    levels = part(statistics, softer, "patterns") - part(statistics, there, "patterns")
    assert levels.abs().mean() > 0.01


@pytest.mark.parametrize("grey", [False, True])
def test_no_difference_lies_on_an_edge(grey: bool) -> None:
    """Another runtime's last digit would decide where it counts; twice the precision stands for another runtime."""
    picture = pictures(4) // 16
    picture = picture[:, :1].expand(-1, 3, -1, -1) if grey else picture
    exact = TraceStatistics().double()(picture.double())
    statistics = TraceStatistics()
    found = statistics(picture).double()
    for name in statistics.parts:
        # What goes together where nothing varies is the last digits' matter: little, but more than of shares.
        atol = 0.01 if "texture" in name else 5e-5
        torch.testing.assert_close(part(statistics, found, name), part(statistics, exact, name), atol=atol, rtol=0)


def test_every_group_of_patterns_is_a_distribution() -> None:
    statistics = TraceStatistics()
    found = statistics(pictures(side=80))
    for name in (name for name in statistics.parts if "patterns" in name):
        shares = part(statistics, found, name).square().reshape(2, -1, KINDS).sum(dim=2)
        torch.testing.assert_close(shares, torch.ones_like(shares), atol=1e-4, rtol=0)


def test_mirror_images_and_turned_pictures_have_the_same_spectrum() -> None:
    statistics, picture = TraceStatistics(), pictures(side=128)
    there, mirrored, turned = (statistics(p) for p in (picture, picture.flip(3), picture.transpose(2, 3)))
    for name in (name for name in statistics.parts if "spectrum" in name):
        one = part(statistics, there, name)
        torch.testing.assert_close(part(statistics, mirrored, name), one, atol=2e-3, rtol=0)
        if "region" not in name:
            torch.testing.assert_close(part(statistics, turned, name), one, atol=2e-3, rtol=0)


@pytest.mark.parametrize(("name", "wide"), [("spectrum", 64), ("half-scale spectrum", 128)])
def test_energy_shows_where_its_frequency_is(name: str, wide: int) -> None:
    """A wave of one frequency along x, in grey: that coefficient of the luminance stands out, chroma has nothing."""
    statistics = TraceStatistics()
    wave = 128 + 60 * torch.cos(torch.pi * 9 * (torch.arange(wide) + 0.5) / (wide / 2))
    found = part(statistics, statistics(wave.expand(1, 3, wide, wide)), name)
    energy, cb, cr = found[0].reshape(3, -1)
    pairs = statistics.get_buffer("pairs_32")
    row, column = pairs // 32, pairs % 32
    waves = (column >= 5).nonzero()[:, 0]  # below lies the brightness, which the window spreads a little
    best = waves[energy[waves].argmax()]
    assert row[best] <= 2
    assert abs(column[best] - 9) <= 1
    assert energy.max() > 5
    assert max(cb.max(), cr.max()) < 0


def test_brightness_does_not_move_the_patterns() -> None:
    statistics, picture = TraceStatistics(), pictures() // 2
    there, brighter = statistics(picture), statistics(picture + 20)
    for name in (name for name in statistics.parts if "patterns" in name):
        torch.testing.assert_close(part(statistics, brighter, name), part(statistics, there, name), atol=2e-4, rtol=0)


def test_the_smallest_picture_and_odd_sides() -> None:
    statistics = TraceStatistics()
    for height, width in ((SMALLEST, SMALLEST), (67, 201)):
        found = statistics(pictures(1, side=256)[:, :, :height, :width])
        assert found.shape == (1, statistics.size)
        assert found.isfinite().all()
