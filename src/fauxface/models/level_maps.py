"""Class-activation maps of a classifier on statistics of levels: of means and deviations over all places or a region,
and of correlations. The mean of each map is what the statistics add to the logit: a mean is a mean over places, and so
is a deviation, of (x - mean)² / deviation, and a correlation, of a product of standardised channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, interpolate

SMALL = 1e-5
"""Added to variances, so that a flat channel has a gradient."""
Region: TypeAlias = Literal["inner", "outer"]


def region_weights(region: Region, height: int, width: int) -> Tensor:
    """(1, 1, H, W) weights of places, with mean 1: the middle square of half the side, or what is around it.

    Sides of fewer than four places are not cut; where neither is, the rim is all places, too.
    """
    top, left = height // 4, width // 4
    inside = torch.zeros(1, 1, height, width)
    inside[:, :, top : height - top, left : width - left] = 1
    if region == "outer" and top + left > 0:
        inside = 1 - inside
    return inside / inside.mean()


def brought_to(levels: Sequence[Tensor], size: tuple[int, int]) -> list[tuple[Tensor, Tensor]]:
    """Values of levels (N, C, h, w) and their squares; fine levels at the map's size: that is most of a map's time."""
    return [
        (adaptive_avg_pool2d(x, size), adaptive_avg_pool2d(x.square(), size))
        if x.shape[2] > size[0]
        else (x, x.square())
        for x in levels
    ]


def of_moments(
    values: Sequence[tuple[Tensor, Tensor]],
    moments: Tensor,
    weight: Tensor,
    size: tuple[int, int],
    region: Region | None = None,
) -> Tensor:
    """(N, 1, h, w) map of a classifier on means and deviations.

    Args:
        values: of `brought_to`.
        moments: (N, F): the means of all levels' channels, and then the deviations.
        weight: (F,) of the classifier.
        size: (h, w) of the map.
        region: over which places they were taken; None: all.
    """
    means, deviations = moments.chunk(2, dim=1)
    half, first = len(weight) // 2, 0
    total = None
    for value, square in values:
        mine = slice(first, first := first + value.shape[1])
        mean, deviation = (x[:, mine, None, None] for x in (means, deviations))
        # Slices of what is constant are worked out when the network is exported.
        on_mean, on_deviation = (x[None, mine, None, None] for x in (weight[:half], weight[half:]))
        about = square - 2 * mean * value + mean.square()
        here = (on_mean * value + on_deviation * about / deviation).sum(dim=1, keepdim=True)
        if region is not None:
            here = here * region_weights(region, here.shape[2], here.shape[3]).to(here.device)
        here = _resized(here, size)
        total = here if total is None else total + here
    assert total is not None
    return total


def standardised(level: Tensor) -> Tensor:
    """(N, C, h, w) to (N, C, h · w) of mean 0 and deviation 1 in each channel."""
    flat = level.flatten(2)
    flat = flat - flat.mean(dim=2, keepdim=True)
    return flat / torch.sqrt(flat.square().mean(dim=2, keepdim=True) + SMALL)


def correlations(level: Tensor) -> Tensor:
    """(N, C (C - 1) / 2) correlations over places of all pairs of channels."""
    z = standardised(level)
    all_pairs = z @ z.transpose(1, 2) / z.shape[2]
    first, second = np.triu_indices(z.shape[1], 1)
    return all_pairs.flatten(1)[:, torch.from_numpy(first * z.shape[1] + second)]


def of_correlations(level: Tensor, weight: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, 1, h, w) map of a classifier on `correlations`."""
    z, channels = standardised(level), level.shape[1]
    places = np.full((channels, channels), len(weight))  # of what is no pair: a zero behind the weights
    places[np.triu_indices(channels, 1)] = np.arange(len(weight))
    form = torch.cat([weight, weight.new_zeros(1)])[torch.from_numpy(places)]
    here = (z * (form @ z)).sum(dim=1).reshape(level.shape[0], 1, *level.shape[2:])
    return adaptive_avg_pool2d(here, size) if here.shape[2] > size[0] else _resized(here, size)


def _resized(here: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(here, size=size, mode="nearest") if here.shape[2] < size[0] else here
