"""A network that measures, beside its logit, how far a picture lies from those that it learned from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import Sample
from fauxface.data.views import judged_view
from fauxface.evaluation import novelty
from fauxface.evaluation.novelty import FeatureSpace
from fauxface.models import registry
from fauxface.models.features import FeatureNetwork
from fauxface.preprocess import square
from fauxface.runtime.session import Session
from fauxface.training.frozen import embedder
from fauxface.training.progress import ShowProgress
from fauxface.training.recipe import Recipe

PICTURES: Final = 200
"""Training pictures of each source, at most, that say what is familiar: large sources need not say more."""
_AT_ONCE: Final = 16


class Familiar(nn.Module):
    """A network and a space of features.

    Args:
        network: judges, and gives the features.
        space: where the features of training pictures lie.
    """

    offset: Tensor
    projection: Tensor
    centres: Tensor

    def __init__(self, network: FeatureNetwork, space: FeatureSpace) -> None:
        super().__init__()
        self.network = network
        for name in ("offset", "projection", "centres"):
            self.register_buffer(name, torch.from_numpy(getattr(space, name)).float())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, 3, H, W) to logits (N,), maps (N, h, w) and distances (N,); see `FeatureSpace.distances`."""
        logit, activation_map, features = self.network.judge(x)
        places = (features - self.offset) @ self.projection
        squares = (places[:, None, :] - self.centres).square().mean(dim=2)
        return logit, activation_map, squares.amin(dim=1).sqrt()


def learned_from(samples: Sequence[Sample], left_out: Sequence[str]) -> list[Sample]:
    """Some training pictures of each source, the first ones by their digests."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for s in samples:
        if s.split == "train" and not {s.source, s.family} & set(left_out):
            groups.setdefault((s.label, s.source), []).append(s)
    return [s for members in groups.values() for s in sorted(members, key=lambda s: s.sha256)[:PICTURES]]


def features_of(
    network: FeatureNetwork, recipe: Recipe, samples: Sequence[Sample], crops: FaceCrops, show: ShowProgress
) -> NDArray[np.float32]:
    """(N, F) features of pictures as judging sees them."""
    return outputs(embedder(network, recipe.size, len(samples)), recipe, samples, crops, show)[1][:, 0]


def outputs(
    session: Session, recipe: Recipe, samples: Sequence[Sample], crops: FaceCrops, show: ShowProgress
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits (N,) and maps (N, h, w) of pictures as judging sees them.

    Args:
        session: of the recipe's network, or of one that gives something else in their places.
    """
    entry = registry.entry(recipe.model)
    mean, std = (np.asarray(x, dtype=np.float32) for x in (entry.mean, entry.std))
    logits: list[NDArray[np.float32]] = []
    maps: list[NDArray[np.float32]] = []
    with show("pictures as judged", len(samples)) as advance:
        for first in range(0, len(samples), _AT_ONCE):
            part = samples[first : first + _AT_ONCE]
            pictures = np.stack([square(judged_view(crops.get(s.sha256)), recipe.size) for s in part])
            batch = np.ascontiguousarray(((pictures.astype(np.float32) - mean) / std).transpose(0, 3, 1, 2))
            found = session.run(batch)
            logits.append(found[0])
            maps.append(found[1])
            advance(len(part))
    return np.concatenate(logits), np.concatenate(maps)


def familiar(
    network: FeatureNetwork, recipe: Recipe, samples: Sequence[Sample], crops: FaceCrops, show: ShowProgress
) -> Familiar:
    """The network, measuring distances from its training pictures.

    Args:
        network: as trained.
        recipe: what it was trained by; what it leaves out is not familiar.
        samples: all of the run's pictures; those of the split "train" count.
        crops: their faces.
    """
    chosen = learned_from(samples, recipe.leave_out)
    features = features_of(network, recipe, chosen, crops, show)
    return Familiar(network, novelty.fit(features, [(s.label, s.source) for s in chosen])).eval()
