"""Textures are what they are said to be, each against an independent computation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import correlate
from torch import Tensor
from torch.nn.functional import avg_pool2d

from fauxface.models.regions import REGIONS, averages, of_places
from fauxface.models.texture_statistics import SCALES, TextureStatistics

ACROSS, DIAGONAL, DOWN, OTHER_DIAGONAL = range(4)


def pyramid(planes: Tensor) -> list[Tensor]:
    """(N, 3, H, W) and halved three times."""
    scales = [planes]
    while len(scales) < SCALES:
        scales.append(avg_pool2d(scales[-1], 2))
    return scales


def planes(n: int = 1, side: int = 128, seed: int = 0) -> Tensor:
    """Noise that is smooth enough to have something at every scale."""
    noise = torch.randn(n, 3, side, side, generator=torch.Generator().manual_seed(seed))
    return 40 * (noise + avg_pool2d(noise, 5, stride=1, padding=2) * 4 + avg_pool2d(noise, 17, stride=1, padding=8) * 9)


def test_parts_have_their_sizes() -> None:
    textures = TextureStatistics()
    found = textures(pyramid(planes(2)))
    assert [part.shape for part in found] == [(2, size) for size in textures.parts.values()]


@pytest.mark.parametrize(("angle", "turn"), [(0, ACROSS), (45, DIAGONAL), (90, DOWN), (135, OTHER_DIAGONAL)])
def test_a_wave_is_strongest_in_its_own_orientation(angle: float, turn: int) -> None:
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    along = x * math.cos(math.radians(angle)) + y * math.sin(math.radians(angle))
    wave = 50 * torch.cos(2 * math.pi * along / 4)[None, None].expand(1, 3, 64, 64)
    energies = TextureStatistics()(pyramid(wave))[0][0, : 4 * REGIONS].reshape(4, REGIONS).mean(dim=1)
    assert energies.argmax() == turn
    assert energies.topk(2).values.diff().abs() > 1


def test_correlations_are_those_of_numpy() -> None:
    """Across against diagonal, and across against itself two pixels aside, at full scale in the second region."""
    textures, picture = TextureStatistics(), planes()
    luminance = picture[0, 0].double().numpy()

    def magnitude(turn: int) -> NDArray[np.float64]:
        even, odd = (textures.wide[i, 0].double().numpy() for i in (turn, turn + 4))
        energy = sum(correlate(luminance, each, mode="mirror") ** 2 for each in (even, odd))
        return np.log(np.asarray(energy) + 0.05) / 2

    across, diagonal = magnitude(ACROSS), magnitude(DIAGONAL)
    inside = of_places(*luminance.shape) == 1
    found = textures(pyramid(picture))[1][0].reshape(-1, REGIONS)[:, 1]
    assert found[0] == pytest.approx(np.corrcoef(across[inside], diagonal[inside])[0, 1], abs=0.005)
    # After the six pairs of four orientations come the moves, the first of them two to the right.
    here, moved = across[inside], np.roll(across, 2, axis=1)[inside]
    assert found[6] == pytest.approx((np.mean(here * moved) - here.mean() ** 2) / here.var(), abs=0.005)


def test_regions_are_four_rows_and_the_columns_inside_and_outside() -> None:
    assert of_places(4, 4).tolist() == [[0, 1, 1, 0], [2, 3, 3, 2], [4, 5, 5, 4], [6, 7, 7, 6]]
    inside = of_places(8, 12).reshape(-1, 1) == np.arange(REGIONS)
    np.testing.assert_allclose(averages(8, 12), inside / inside.sum(axis=0), atol=1e-7)


def test_peakedness_is_the_kurtosis_of_responses() -> None:
    """Across at full scale, in the second region."""
    textures, picture = TextureStatistics(), planes()
    response = correlate(picture[0, 0].double().numpy(), textures.wide[ACROSS, 0].double().numpy(), mode="mirror")
    inside = response[of_places(128, 128) == 1]
    kurtosis = np.mean(inside**4) / np.mean(inside**2) ** 2
    energies = textures(pyramid(picture))[0][0, : 12 * REGIONS].reshape(3, 4, REGIONS)
    assert energies[2, ACROSS, 1] == pytest.approx(math.log(kurtosis + 0.1), abs=0.01)


def test_brightness_leaves_all_of_it_as_it_is_and_contrast_how_orientations_go_together() -> None:
    textures, picture = TextureStatistics(), 4 * planes()
    there, brighter, louder = (textures(pyramid(each)) for each in (picture, picture + 20, 2 * picture))
    for one, other in zip(there, brighter, strict=True):
        torch.testing.assert_close(other, one, atol=0.01, rtol=1e-3)
    pairs = slice(0, 6 * REGIONS)  # at full scale
    torch.testing.assert_close(louder[1][:, pairs], there[1][:, pairs], atol=0.01, rtol=0)


def test_a_mirrored_picture_has_mirrored_orientations() -> None:
    textures, picture = TextureStatistics(), planes()
    there, mirrored = (
        textures(pyramid(each))[0][0, : 4 * REGIONS].reshape(4, REGIONS) for each in (picture, picture.flip(3))
    )
    order = [ACROSS, OTHER_DIAGONAL, DOWN, DIAGONAL]
    torch.testing.assert_close(mirrored[order], there, atol=1e-4, rtol=0)


def test_where_nothing_is_nothing_goes_together() -> None:
    energies, correlations, octaves = TextureStatistics()(pyramid(torch.full((1, 3, 64, 64), 90.0)))
    assert energies.isfinite().all()
    assert octaves.isfinite().all()
    torch.testing.assert_close(correlations, torch.zeros_like(correlations), atol=0.02, rtol=0)
