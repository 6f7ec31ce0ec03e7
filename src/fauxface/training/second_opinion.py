"""Adds the second opinion of `fauxface.models.second_opinion` to a trained network: minutes, and no training.

It is the sum of three linear classifiers on the features of the public network. One looks only at the first layers, at
crops that were degraded. Two look at more depths, at whole faces as they are and saved again, and distrust what varies
within a source: one at the middle and the rim apart, one at the whole and at how channels go together. What each is
worth on left-out sources stands in `docs/experiments`, 29, 38, 44 and 45.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import Sample, SampleTable
from fauxface.models import registry, rich_pooling
from fauxface.models.efficientnet_lite import STAGES, MultiLevel
from fauxface.models.rich_pooling import CORRELATED, RichPooling, Statistic, rich_columns
from fauxface.models.second_opinion import WithSecondOpinion
from fauxface.training import initial
from fauxface.training.frozen import PENALTY, WHOLE, WITHIN, features_of
from fauxface.training.linear_classifier import balanced_weights, fitted
from fauxface.training.novelty import outputs
from fauxface.training.onnx_file import session_for
from fauxface.training.progress import ShowProgress
from fauxface.training.recipe import Recipe

_HAIR: Final = 1e-6
Statistics: TypeAlias = tuple[tuple[Statistic, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """A logistic regression on some statistics of some depths of the public network.

    Attributes:
        statistics: statistics, each with the depths that it is taken of; see `fauxface.models.rich_pooling`.
        views: what it learns from: 0 whole faces as judging sees them, 1 a degraded crop of each, -75 whole faces
            saved as JPEG of quality 75, and so on (`frozen.embed`).
        penalty, within: see `fauxface.training.linear_classifier.fitted`.
        share: how much its logit counts beside the trained network's, both measured in deviations.
    """

    statistics: Statistics
    views: tuple[int, ...]
    penalty: float
    within: float
    share: float


_EARLY: Final[Statistics] = (("whole", (0, 1)),)
_REGIONS: Final[Statistics] = (("inner", STAGES), ("outer", STAGES))
_TOGETHER: Final[Statistics] = (("whole", STAGES), ("correlations", CORRELATED))
OPINIONS: Final = (
    Opinion(_EARLY, views=(1,), penalty=320.0, within=0.0, share=0.125),
    Opinion(_REGIONS, views=WHOLE, penalty=PENALTY, within=WITHIN, share=1.0),
    Opinion(_TOGETHER, views=WHOLE, penalty=PENALTY, within=WITHIN, share=1.0),
)
Floats = NDArray[np.float32]


def public_recipe(recipe: Recipe) -> Recipe:
    """The recipe with the public network for its network."""
    network = {"model": rich_pooling.NAME, "model_options": {}, "pretrained": "imagenet"}
    return recipe.model_copy(update={**network, "linear_probe": 0, "seed": 1})


def public_network(recipe: Recipe) -> RichPooling:
    """The public network, without a classifier.

    Raises:
        WeightsError: the public weights can be had neither from the cache nor from the net.
    """
    plan = public_recipe(recipe)
    network = registry.create(plan.model, **plan.model_options)
    assert isinstance(network, RichPooling)
    begin = initial.find(plan)
    assert begin is not None
    begin.load(network)
    return network.eval()


def with_second_opinion(
    network: MultiLevel, recipe: Recipe, samples: Sequence[Sample], crops: FaceCrops, show: ShowProgress
) -> WithSecondOpinion:
    """The network with a second opinion.

    Args:
        network: as trained; there are public weights that can be asked.
        recipe: what it was trained by; what it leaves out takes no part.
        samples: all of the run's pictures: the classifiers learn from those of the split "train", and those of
            "valid" say how far each logit spreads.
        crops: their faces.

    Raises:
        WeightsError: as `public_network`.
    """
    public = public_network(recipe)
    known = [s for s in samples if not {s.source, s.family} & set(recipe.leave_out)]
    train, valid = (SampleTable(Path(), tuple(s for s in known if s.split == split)) for split in ("train", "valid"))
    plan = public_recipe(recipe)

    def features(table: SampleTable, views: Sequence[int]) -> Floats:
        return np.concatenate(features_of(plan, public, table, crops, views, show))

    whole, seen = features(valid, [0]), features(train, [0])
    slope, bias = np.zeros(whole.shape[1]), 0.0
    for opinion in OPINIONS:
        columns = np.concatenate([rich_columns(*group) for group in opinion.statistics])
        often = len(opinion.views)
        mine, offset = fitted(
            features(train, opinion.views)[:, columns],
            np.tile(train.targets, often),
            np.tile(balanced_weights(train.samples, recipe.balance), often),
            opinion.penalty,
            within=opinion.within,
            groups=[(s.label, s.source) for s in train.samples] * often,
        )
        share = opinion.share / (float((whole[:, columns] @ mine).std()) + _HAIR)
        slope[columns] += share * mine
        bias += share * offset
    mean, deviation = seen.mean(axis=0, dtype=np.float64), seen.std(axis=0, dtype=np.float64) + _HAIR
    tensors = [torch.from_numpy(x).float() for x in (slope * deviation, mean, deviation)]
    public.start_head(tensors[0], bias + float(slope @ mean), *tensors[1:])
    return WithSecondOpinion(network, public, _spread(network, recipe, valid.samples, crops, show)).eval()


def _spread(
    network: nn.Module, recipe: Recipe, samples: Sequence[Sample], crops: FaceCrops, show: ShowProgress
) -> float:
    """Standard deviation of a network's logits over pictures as judging sees them."""
    logits, _ = outputs(session_for(network, recipe.size, len(samples)), recipe, samples, crops, show)
    return float(logits.std()) + _HAIR
