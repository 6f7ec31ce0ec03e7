"""Adds the second opinion of `fauxface.models.early` to a trained network: minutes, and no training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import Sample, SampleTable
from fauxface.models import registry
from fauxface.models.early import STAGES, WithEarly
from fauxface.models.efficientnet_lite import MultiLevel
from fauxface.training import initial
from fauxface.training.frozen import balanced_weights, features_of, fitted
from fauxface.training.novelty import outputs
from fauxface.training.onnx_file import session_for
from fauxface.training.progress import ShowProgress
from fauxface.training.recipe import Recipe

PENALTY: Final = 320.0
"""Of the classifier on early features; see `fauxface.training.frozen.PENALTY`."""
PARTS: Final = 4.0
"""The trained network's logit counts so many times as much as the early one, both measured in deviations."""
_HAIR: Final = 1e-6


def early_recipe(recipe: Recipe) -> Recipe:
    """The recipe with the public network's first stages for its network."""
    return recipe.model_copy(
        update={"model_options": {"stages": STAGES}, "pretrained": "imagenet", "linear_probe": 0, "seed": 1}
    )


def early_network(recipe: Recipe) -> MultiLevel:
    """The first stages of the public network, without a classifier.

    Raises:
        WeightsError: the public weights can be had neither from the cache nor from the net.
    """
    plan = early_recipe(recipe)
    network = registry.create(plan.model, **plan.model_options)
    assert isinstance(network, MultiLevel)
    begin = initial.find(plan)
    assert begin is not None
    begin.load(network)
    return network.eval()


def with_early(
    network: MultiLevel, recipe: Recipe, samples: Sequence[Sample], crops: FaceCrops, show: ShowProgress
) -> WithEarly:
    """The network with a second opinion.

    Args:
        network: as trained; there are public weights whose early layers can be asked.
        recipe: what it was trained by; what it leaves out takes no part.
        samples: all of the run's pictures: the second classifier learns from those of the split "train", and those of
            "valid" say how far each logit spreads.
        crops: their faces.

    Raises:
        WeightsError: as `early_network`.
    """
    early = early_network(recipe)
    known = [s for s in samples if not {s.source, s.family} & set(recipe.leave_out)]
    train, valid = (SampleTable(Path(), tuple(s for s in known if s.split == split)) for split in ("train", "valid"))
    features = early_features(recipe, early, train, crops, show)
    weights = balanced_weights(train.samples, recipe.balance)
    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + _HAIR
    slope, bias = fitted(features, np.array(train.targets), weights, PENALTY)
    tensors = [torch.from_numpy(x).float() for x in (slope * deviation, mean, deviation)]
    early.start_head(tensors[0], bias + float(slope @ mean), *tensors[1:])
    spreads = [_spread(each, recipe, valid.samples, crops, show) for each in (network, early)]
    return WithEarly(network, early, spreads[0] / spreads[1] / PARTS).eval()


def early_features(
    recipe: Recipe, early: MultiLevel, table: SampleTable, crops: FaceCrops, show: ShowProgress
) -> NDArray[np.float32]:
    """(N, F) early features of one degraded crop a picture; kept beside the faces for other folds."""
    return features_of(early_recipe(recipe), early, table, crops, [1], show)[0]


def _spread(
    network: nn.Module, recipe: Recipe, samples: Sequence[Sample], crops: FaceCrops, show: ShowProgress
) -> float:
    """Standard deviation of a network's logits over pictures as judging sees them."""
    logits, _ = outputs(session_for(network, recipe.size, len(samples)), recipe, samples, crops, show)
    return float(logits.std()) + _HAIR
