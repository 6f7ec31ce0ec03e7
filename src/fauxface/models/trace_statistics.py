"""A picture's fine statistics, fixed beforehand: how neighbouring pixels go together, and how much of each frequency.

Counted as steganalysis does (Fridrich & Kodovsky 2012: quantised residuals and their co-occurrences) at several scales,
so that something is left of them when a picture was made smaller or saved again, and once more by region of the
picture, as skin, hair and backdrop have different ones. Beside them stand its textures
(`fauxface.models.texture_statistics`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, pad

from fauxface.models.regions import REGIONS, of_places
from fauxface.models.texture_statistics import SCALES, TextureStatistics

# JPEG's colours (ITU-T T.871), without their offsets.
_YCBCR: Final = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_REACH: Final = 2  # residuals are cut to -2 … 2 steps
_LEVELS: Final = 2 * _REACH + 1
_PATTERNS: Final = _LEVELS**3
# Two step widths for differences and two for the 3×3 high-pass, which is larger; wider where a mean of pixels has less
# noise to hide them, narrower for colour. Luminance of whole pixel values comes in steps of 0.001 (their means: of a
# quarter or a sixteenth of that), and half of one of these lies in the middle between two such: on one, a tie would
# fall to whichever side a runtime's last digit leans, and grey pictures were full of them.
# For each plane: (differences, high-pass).
_FULL: Final = (((1.001, 3.001), (2.001, 5.001)),)
_HALF: Final = (
    ((1.50325, 4.00325), (2.50325, 7.00325)),
    ((0.503, 1.503), (0.803, 2.503)),
    ((0.503, 1.503), (0.803, 2.503)),
)
_QUARTER: Final = (
    ((2.0030625, 6.0030625), (3.0030625, 9.0030625)),
    ((0.703, 2.003), (1.203, 3.503)),
    ((0.703, 2.003), (1.203, 3.503)),
)
Steps = Sequence[tuple[tuple[float, float], tuple[float, float]]]
# How far around local contrast is measured; and, for luminance and colour, step widths in such contrasts and what is
# added to a contrast's square (whole pixel values tell no less; such that no tie falls on an edge).
_AROUND: Final = 9
_LOCAL: Final = (1.0, 0.2503)
_LOCAL_COLOUR: Final = (1.4, 0.0503)
_BLOCK, _SMALL_BLOCK = 32, 16
SMALLEST: Final = 4 * _SMALL_BLOCK


class TraceStatistics(nn.Module):
    """Statistics of whole pixel values; nothing in it is trained.

    Patterns: how often three neighbours in a row have which quantised residuals (first and second differences across
    and down, and a 3×3 high-pass; two step widths each), a pattern, its mirror image and its negative counted as one;
    of the luminance at full, half and quarter scale and of both colours at half and quarter, and for full scale also in
    each of eight regions. The square root of the shares steadies small ones (Hellinger).

    Local patterns: the same of differences divided by how large they are around (9×9 pixels), so that contrast does
    not matter, by region; of the luminance at four scales and of both colours at half and quarter.

    Spectra: the mean logarithmic energy of each pair of frequencies in windowed blocks, both orders of a pair as one,
    for each of Y, Cb and Cr; in blocks of 32 pixels at full and half scale, of 16 at quarter scale.

    Textures: see `fauxface.models.texture_statistics`.

    Attributes:
        version: another one where the same picture has other numbers.
        parts: name and size of each part, in order.
        size: numbers in all.
    """

    version: Final = 2
    ycbcr: Tensor
    fold: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("ycbcr", torch.tensor(_YCBCR), persistent=False)
        self.register_buffer("fold", _fold(), persistent=False)
        for block in (_BLOCK, _SMALL_BLOCK):
            self.register_buffer(f"cosines_{block}", _cosines(block), persistent=False)
            pairs = torch.triu_indices(block, block)
            self.register_buffer(f"pairs_{block}", pairs[0] * block + pairs[1], persistent=False)
            self.register_buffer(f"swapped_{block}", pairs[1] * block + pairs[0], persistent=False)
        self.textures = TextureStatistics()
        kinds = self.fold.shape[1]
        patterns, local = 10 * kinds, 4 * kinds * REGIONS
        large, small = (3 * len(self.get_buffer(f"pairs_{block}")) for block in (_BLOCK, _SMALL_BLOCK))
        self.parts: dict[str, int] = {
            "patterns": patterns,
            "half-scale patterns": 3 * patterns,
            "quarter-scale patterns": 3 * patterns,
            "patterns by region": patterns * REGIONS,
            "fine local patterns by region": 2 * local,
            "coarse local patterns by region": 2 * local,
            "local patterns of colour by region": 4 * local,
            "spectrum": large,
            "half-scale spectrum": large,
            "quarter-scale spectrum": small,
            **self.textures.parts,
        }
        self.size: int = sum(self.parts.values())

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) RGB, 0–255, at least 64 pixels a side, to (N, ``size``)."""
        pyramid = [torch.einsum("ij,njhw->nihw", self.ycbcr, pixels.to(self.ycbcr.dtype))]
        while len(pyramid) < SCALES:
            pyramid.append(avg_pool2d(pyramid[-1], 2))
        full, half, quarter, _ = pyramid
        fine = self._patterns(full[:, :1], _FULL)
        return torch.cat(
            [
                *(
                    _whole(patterns)
                    for patterns in (fine, self._patterns(half, _HALF), self._patterns(quarter, _QUARTER))
                ),
                _roots(fine),
                *(self._local_patterns(planes[:, :1], *_LOCAL) for planes in pyramid),
                *(self._local_patterns(planes[:, 1:], *_LOCAL_COLOUR) for planes in (half, quarter)),
                *(self._energies(planes, _BLOCK) for planes in (full, half)),
                self._energies(quarter, _SMALL_BLOCK),
                *self.textures(pyramid),
            ],
            dim=1,
        )

    def _patterns(self, planes: Tensor, steps: Steps) -> Tensor:
        """Shares of each pattern in planes (N, P, H, W), (N, P, 10 kinds of residuals, regions, patterns)."""
        second = torch.tensor([1.0, -2.0, 1.0], device=planes.device, dtype=planes.dtype)
        fine, coarse = (
            torch.tensor(both, device=planes.device, dtype=planes.dtype) for both in zip(*steps, strict=True)
        )
        corner = conv2d(planes.flatten(0, 1)[:, None], torch.outer(second, second)[None, None])
        counted = [
            self._triples(residual, step)
            for residual, step in (
                *((difference, fine) for difference in _differences(planes)),
                (corner[:, 0].unflatten(0, planes.shape[:2]), coarse),
            )
        ]
        return torch.cat(counted, dim=2)

    def _local_patterns(self, planes: Tensor, step: float, floor: float) -> Tensor:
        """Of differences in planes (N, P, H, W) by what they are around; (N, P · 4 kinds · regions · patterns)."""
        steps = torch.full((planes.shape[1], 1), step, device=planes.device, dtype=planes.dtype)
        counted = []
        for difference in _differences(planes):
            around = pad(difference.square(), (_AROUND // 2,) * 4, mode="reflect")
            for side in ((_AROUND, 1), (1, _AROUND)):  # the mean of a square, for 18 sums a place instead of 81
                around = avg_pool2d(around, side, stride=1)
            local = difference / (around + floor).sqrt()
            counted.append(self._triples(local, steps))
        return _roots(torch.cat(counted, dim=2))

    def _triples(self, residuals: Tensor, steps: Tensor) -> Tensor:
        """Shares of each pattern of three neighbours in a row or a column, (N, P, steps, regions, patterns).

        Args:
            residuals: (N, P, H, W).
            steps: (P, steps).
        """
        level = (residuals[:, :, None] / steps[:, :, None, None]).round().clamp(-_REACH, _REACH) + _REACH
        total = torch.zeros((), device=level.device, dtype=level.dtype)
        for rows, turned in ((level, False), (level.transpose(3, 4), True)):
            code = (rows[..., :-2] * _LEVELS + rows[..., 1:-1]) * _LEVELS + rows[..., 2:]
            bins, shares = (torch.from_numpy(each).to(code) for each in _places(*code.shape[3:], turned))
            code = (code.flatten(3).flatten(0, 2) + bins).long()
            empty = torch.zeros(code.shape[0], REGIONS * _PATTERNS, device=level.device, dtype=level.dtype)
            total = total + empty.scatter_add(1, code, shares.expand(code.shape))
        return total.unflatten(1, (REGIONS, _PATTERNS)).unflatten(0, level.shape[:3]) @ self.fold

    def _energies(self, planes: Tensor, block: int) -> Tensor:
        """Mean logarithmic energies, (N, 3 · pairs of frequencies)."""
        cosines, pairs, swapped = (self.get_buffer(f"{name}_{block}") for name in ("cosines", "pairs", "swapped"))
        # Blocks as steps of a convolution, down and then across: faster than unfolding them.
        down = conv2d(planes.flatten(0, 1)[:, None], cosines[:, None, :, None], stride=(block // 2, 1))
        both = conv2d(down.flatten(0, 1)[:, None], cosines[:, None, None], stride=(1, block // 2))
        # (N · 3 · down, across, blocks, blocks) to (N, 3, down and across, blocks, blocks)
        energy = both.square().unflatten(0, (-1, 3, block)).flatten(2, 3)
        both_orders = (energy.index_select(2, pairs) + energy.index_select(2, swapped)) / 2
        return (both_orders + 0.1).log().mean(dim=(3, 4)).flatten(1)


def _differences(planes: Tensor) -> list[Tensor]:
    """First and second differences across and down."""
    across, down = planes[..., 1:] - planes[..., :-1], planes[:, :, 1:] - planes[:, :, :-1]
    return [across, down, across[..., 1:] - across[..., :-1], down[:, :, 1:] - down[:, :, :-1]]


def _whole(patterns: Tensor) -> Tensor:
    """Of all regions together, (N, P · 10 · patterns)."""
    return _roots(patterns.mean(dim=3))


def _roots(shares: Tensor) -> Tensor:
    return shares.clamp(min=1e-12).sqrt().flatten(1)


@cache
def _places(height: int, width: int, turned: bool) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where the bins of each place's region begin, and what one place there counts; both (1, height · width)."""
    region = of_places(width, height).T if turned else of_places(height, width)
    share = 0.5 / np.bincount(region.reshape(-1), minlength=REGIONS)
    region = region.reshape(1, -1)
    return (region * _PATTERNS).astype(np.float32), share[region].astype(np.float32)


def _cosines(block: int) -> Tensor:
    """The windowed cosine transform of a block's row, (frequencies, pixels)."""
    k = torch.arange(block, dtype=torch.float64)
    cosines = torch.cos(math.pi * (k + 0.5) * k[:, None] / block) * math.sqrt(2 / block)
    return (cosines * torch.hann_window(block, periodic=False, dtype=torch.float64)).float()


def _fold() -> Tensor:
    """Which patterns of three levels count as one, (125, kinds): 1 where a pattern belongs to a kind."""
    kinds: dict[tuple[int, ...], int] = {}
    numbers = []
    for pattern in product(range(-_REACH, _REACH + 1), repeat=3):
        negative = tuple(-level for level in pattern)
        kind = min(pattern, pattern[::-1], negative, negative[::-1])
        numbers.append(kinds.setdefault(kind, len(kinds)))
    return torch.eye(len(kinds))[numbers]
