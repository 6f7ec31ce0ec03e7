"""What a trained network gets before it judges: a second opinion, and a measure of what is familiar."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from torch import nn

from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import Sample
from fauxface.models.efficientnet_lite import MultiLevel
from fauxface.models.features import FeatureNetwork
from fauxface.training import novelty, second_opinion
from fauxface.training.progress import ShowProgress
from fauxface.training.recipe import Recipe


def added() -> str:
    """What `completed` adds to a network, as a short name: predictions under another name are others."""
    return hashlib.sha256(repr(second_opinion.OPINIONS).encode()).hexdigest()[:8]


def completed(
    network: nn.Module, recipe: Recipe, samples: Sequence[Sample], crops: FaceCrops, show: ShowProgress
) -> nn.Module:
    """The network with all that fits it.

    Args:
        network: as trained.
        recipe: what it was trained by.
        samples: all of the run's pictures.
        crops: their faces.

    Raises:
        WeightsError: the public weights of the second opinion can be had neither from the cache nor from the net.
    """
    if isinstance(network, MultiLevel):
        network = second_opinion.with_second_opinion(network, recipe, samples, crops, show)
    if isinstance(network, FeatureNetwork):
        network = novelty.familiar(network, recipe, samples, crops, show)
    return network
