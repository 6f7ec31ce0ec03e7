"""EfficientNet-Lite0 whose head sees more of each depth: the middle and the rim apart, and how channels go together.

Faces differ from place to place, and so do the marks of generators; a mean over all of a picture blurs them. A
classifier on so many features needs to be wary of each source (`fauxface.training.linear_classifier`); what they are
worth then stands in `docs/experiments/45-middle-rim-and-correlations.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fauxface.models import efficientnet_lite, level_maps
from fauxface.models.efficientnet_lite import CHANNELS, MultiLevel
from fauxface.models.entry import ModelEntry

NAME: Final = "efficientnet-lite0-rich"
STAGES: Final = (0, 1, 2, 3, 4, 5)
CORRELATED: Final = (1, 2)
"""Blocks of whose channels all pairs are correlated: 24 and 40 channels. Of more channels pairs are too many."""
REGIONS: Final = ("inner", "outer")
Statistic: TypeAlias = Literal["whole", "inner", "outer", "correlations"]
"""What is taken of a depth: means and deviations over all places, over the middle, over the rim; or correlations."""
_LAYOUT: Final[tuple[tuple[Statistic, tuple[int, ...]], ...]] = (
    ("whole", STAGES),
    ("inner", STAGES),
    ("outer", STAGES),
    ("correlations", CORRELATED),
)


def _width(statistic: Statistic, stages: Sequence[int]) -> int:
    if statistic == "correlations":
        return sum(CHANNELS[stage] * (CHANNELS[stage] - 1) // 2 for stage in stages)
    return 2 * sum(CHANNELS[stage] for stage in stages)


WIDTHS: Final = tuple(_width(*group) for group in _LAYOUT)


def rich_columns(statistic: Statistic, wanted: Sequence[int]) -> NDArray[np.int64]:
    """Places, rising, of a statistic of some stages among the features of `RichPooling`.

    Args:
        statistic: which; wanted: numbers of stages that it is taken of (correlations only of `CORRELATED`).

    Raises:
        ValueError: there is no such statistic.
    """
    first = 0
    for (name, stages), width in zip(_LAYOUT, WIDTHS, strict=True):
        if name == statistic:
            sizes = [_width("correlations", [s]) if name == "correlations" else CHANNELS[s] for s in stages]
            owners = np.repeat(stages, sizes)
            return first + np.flatnonzero(np.isin(np.resize(owners, width), wanted))
        first += width
    raise ValueError(f"no statistic is called '{statistic}'")


class RichPooling(MultiLevel):
    """A trunk of stages, and one logit from more statistics of their channels than a `MultiLevel` has: those over all
    places, over the middle square of half the side and over the rim around it, and correlations of pairs of channels.
    """

    def __init__(self) -> None:
        super().__init__(STAGES)
        self._make_head(sum(WIDTHS))

    def pooled(self, levels: list[Tensor]) -> Tensor:
        """(N, F), as `rich_columns` says."""
        of_regions: list[Tensor] = []
        for region in REGIONS:
            both = [_moments(level, level_maps.region_weights(region, *level.shape[2:])) for level in levels]
            of_regions += [*(mean for mean, _ in both), *(deviation for _, deviation in both)]
        together = [level_maps.correlations(levels[stage]) for stage in CORRELATED]
        return torch.cat([super().pooled(levels), *of_regions, *together], dim=1)

    def _unsettled_map(self, levels: list[Tensor], pooled: Tensor, weight: Tensor, size: tuple[int, int]) -> Tensor:
        whole, *of_regions, _ = pooled.split(list(WIDTHS), dim=1)
        on_whole, *on_regions, on_pairs = _parts(weight, WIDTHS)
        values = level_maps.brought_to(levels, size)
        total = level_maps.of_moments(values, whole, on_whole, size)
        for region, moments, part in zip(REGIONS, of_regions, on_regions, strict=True):
            total = total + level_maps.of_moments(values, moments, part, size, region)
        widths = [_width("correlations", [stage]) for stage in CORRELATED]
        for stage, part in zip(CORRELATED, _parts(on_pairs, widths), strict=True):
            total = total + level_maps.of_correlations(levels[stage], part, size)
        return total


def _parts(weight: Tensor, widths: Sequence[int]) -> list[Tensor]:
    ends = np.cumsum(widths).tolist()
    return [weight[last - width : last] for width, last in zip(widths, ends, strict=True)]


def _moments(level: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation over weighted places, (N, C) each."""
    places = places.to(level.device) / places[0, 0].numel()
    mean = (level * places).sum(dim=(2, 3))
    variance = (level.square() * places).sum(dim=(2, 3)) - mean.square()
    return mean, torch.sqrt(variance.clamp_min(0) + level_maps.SMALL)


ENTRIES = tuple(
    ModelEntry(
        NAME,
        RichPooling,
        entry.input_size,
        "Tan & Liu 2020 (EfficientNet-Lite), with a head of ours over regions and correlations",
        mean=entry.mean,
        std=entry.std,
        pretrained=entry.pretrained,
    )
    for entry in efficientnet_lite.ENTRIES
)
