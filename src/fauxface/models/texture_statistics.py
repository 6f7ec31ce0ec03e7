"""A picture's textures: how strong each orientation is at four scales, and which strengths go together.

After Portilla & Simoncelli (2000), who describe a texture so well that it can be drawn anew: logarithmic magnitudes of
oriented band-pass filters (Gabor 1946), and their correlations between orientations, colours, neighbouring places and
scales, by region of the picture. None of it changes with brightness, and much of
it outlives a JPEG file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, pad

from fauxface.models.regions import REGIONS, averages

SCALES: Final = 4
_TURNS: Final = 4  # orientations: across, diagonal, down, the other diagonal
_STILL: Final = 0.05  # added to energies: what whole pixel values cannot tell from nothing
_EVEN: Final = 0.001  # added to variances: where nothing varies nothing goes together
_MOVES: Final = ((0, 2), (2, 0), (2, 2), (2, -2), (0, 4), (4, 0))
_FAR: Final = ((0, 8), (8, 0))


class TextureStatistics(nn.Module):
    """Statistics of whole pixel values; nothing in it is trained.

    Energies: of each field of logarithmic magnitudes, by region, its mean and spread, and how peaked the filter's
    responses are; fields are four orientations of the luminance at full scale and of all planes at the three halved
    ones. Correlations of these fields: of orientations, of planes, with themselves some pixels aside (less the means
    of where they were, so that it also tells how they grow aside; at the border the other border is next), and with
    those of the scale before. Half octave: the same for filters of a wavelength between two scales, luminance only,
    and how both filters go together.

    Attributes:
        parts: name and size of each part, in order.
    """

    wide: Tensor
    narrow: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("wide", _gabor(side=9, wavelength=4.0, spread=2.0), persistent=False)
        self.register_buffer("narrow", _gabor(side=7, wavelength=2.0 * math.sqrt(2), spread=1.4), persistent=False)
        fields = _TURNS, *[3 * _TURNS] * (SCALES - 1)
        pairs = sum(len(_pairs(n)[0]) for n in fields)
        moved = SCALES * _TURNS * (len(_MOVES) + len(_FAR))
        octaves = _TURNS * (2 + len(_MOVES) + 2)
        self.parts: dict[str, int] = {
            "texture energies by region": 3 * sum(fields) * REGIONS,
            "texture correlations by region": (pairs + moved + (SCALES - 1) * _TURNS**2) * REGIONS,
            "half-octave textures by region": SCALES * octaves * REGIONS,
        }

    def forward(self, pyramid: Sequence[Tensor]) -> list[Tensor]:
        """The parts, each (N, its size).

        Args:
            pyramid: Y, Cb and Cr, (N, 3, H, W), at full scale and halved three times; at least 8 pixels a side.
        """
        energies: list[Tensor] = []
        correlations: list[Tensor] = []
        octaves: list[Tensor] = []
        before = None
        for scale, planes in enumerate(pyramid):
            responses, magnitudes = _responses(planes if scale else planes[:, :1], self.wide)
            fields = _Fields.of(magnitudes)
            luminance = fields.some(range(_TURNS))
            energies += [fields.means, fields.spreads.log(), _peaked(responses)]
            one, other = _pairs(magnitudes.shape[1])
            correlations.append(_together(fields.some(one), fields.some(other)))
            correlations += [_together(luminance, luminance.moved(*move)) for move in (*_MOVES, *_FAR)]
            if before is not None:
                finer = _Fields.of(avg_pool2d(before, 2))
                each = [turn for turn in range(_TURNS) for _ in range(_TURNS)]
                correlations.append(_together(luminance.some(each), finer.some([*range(_TURNS)] * _TURNS)))
            before = luminance.values
            between = _Fields.of(_responses(planes[:, :1], self.narrow)[1])
            octaves += [between.means, between.spreads.log()]
            octaves += [_together(between, between.moved(*move)) for move in _MOVES]
            next_turn = [*range(1, _TURNS), 0]
            octaves += [_together(luminance, between), _together(luminance, between.some(next_turn))]
        return [torch.cat([each.flatten(1) for each in part], dim=1) for part in (energies, correlations, octaves)]


@dataclass(frozen=True, slots=True)
class _Fields:
    """Fields (N, K, H, W) with the means and spreads of each in each region, (N, K, regions)."""

    values: Tensor
    means: Tensor
    spreads: Tensor

    @classmethod
    def of(cls, values: Tensor) -> _Fields:
        means = _by_region(values)
        return cls(values, means, (_by_region(values.square()) - means.square() + _EVEN).clamp(min=_EVEN).sqrt())

    def some(self, which: Sequence[int]) -> _Fields:
        # Not by indexing, which the ONNX exporter writes as a dozen nodes each.
        picked = torch.tensor(list(which), device=self.values.device)
        return _Fields(*(each.index_select(1, picked) for each in (self.values, self.means, self.spreads)))

    def moved(self, down: int, across: int) -> _Fields:
        return _Fields(self.values.roll((down, across), (2, 3)), self.means, self.spreads)


def _together(one: _Fields, other: _Fields) -> Tensor:
    """Correlations of two lists of fields, one by one, in each region, (N, K, regions)."""
    covariance = _by_region(one.values * other.values) - one.means * other.means
    return covariance / (one.spreads * other.spreads)


def _by_region(fields: Tensor) -> Tensor:
    """Means over the places of each region, (N, K, H, W) to (N, K, regions)."""
    return fields.flatten(2) @ torch.from_numpy(averages(*fields.shape[2:])).to(fields)


def _responses(planes: Tensor, filters: Tensor) -> tuple[Tensor, Tensor]:
    """Responses of the even filters, and logarithmic magnitudes of even and odd together; (N, planes · turns, H, W)."""
    margin = filters.shape[-1] // 2
    around = pad(planes.flatten(0, 1)[:, None], (margin,) * 4, mode="reflect")
    # (N · P, 2 · turns, H, W) to (N, P · turns, H, W), twice
    even, odd = (
        each.unflatten(0, planes.shape[:2]).flatten(1, 2) for each in conv2d(around, filters.to(planes)).chunk(2, 1)
    )
    return even, (even.square() + odd.square() + _STILL).log() / 2


def _peaked(responses: Tensor) -> Tensor:
    """Logarithm of the kurtosis about zero, (N, K, regions)."""
    energy = responses.square()
    return (_by_region(energy.square()) / (_by_region(energy) + _STILL).square() + 0.1).log()


def _pairs(fields: int) -> tuple[list[int], list[int]]:
    """Which fields are compared: two orientations of one plane, and one orientation of two planes."""
    pairs = [
        (i, j)
        for i in range(fields)
        for j in range(i + 1, fields)
        if i // _TURNS == j // _TURNS or i % _TURNS == j % _TURNS
    ]
    return [i for i, _ in pairs], [j for _, j in pairs]


def _gabor(side: int, wavelength: float, spread: float) -> Tensor:
    """Even filters and then odd ones, each of length one and blind to brightness, (2 · turns, 1, side, side)."""
    place = torch.arange(side, dtype=torch.float64) - side // 2
    y, x = place[:, None], place[None]
    window = torch.exp(-(x.square() + y.square()) / (2 * spread**2))
    even, odd = [], []
    for turn in range(_TURNS):
        angle = math.pi * turn / _TURNS
        phase = 2 * math.pi * (x * math.cos(angle) + y * math.sin(angle)) / wavelength
        wave = window * torch.cos(phase)
        even.append(wave - window * wave.sum() / window.sum())
        odd.append(window * torch.sin(phase))
    filters = torch.stack([*even, *odd])
    return (filters / torch.linalg.vector_norm(filters, dim=(1, 2), keepdim=True)).float()[:, None]
