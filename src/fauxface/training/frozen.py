"""The fast form of leaving sources out: features of a trunk that stays as it is, and a logistic regression on them.

Minutes instead of hours. It chooses between data, views and heads; what a fine-tuned network is worth only the full
form says (`fauxface.training.crossval`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import Sample, SampleTable
from fauxface.data.views import ViewDataset
from fauxface.errors import RecipeError
from fauxface.evaluation.predictions import Prediction
from fauxface.models import registry
from fauxface.models.features import FeatureNetwork, ProbedNetwork
from fauxface.runtime.session import Session
from fauxface.training.feature_file import store, stored
from fauxface.training.initial import Initial
from fauxface.training.onnx_file import session_for
from fauxface.training.progress import ShowProgress
from fauxface.training.recipe import Recipe

PENALTY: Final = 20.0
"""Strength of the penalty on the classifier's weights, as the inverse of scikit-learn's C."""
_AT_ONCE: Final = 16
_HAIR: Final = 1e-6
_DECIDE_FEATURES: Final = ("model", "model_options", "pretrained", "size", "framing", "degrade", "seed")
_OF_WHOLE: Final = 4
"""Those that decide the features of a whole face."""
Floats = NDArray[np.float32]


class Features(nn.Module):
    """A network whose map is its features, so that the ONNX file of a judging network can give them.

    Args:
        network: whose features they are.
    """

    def __init__(self, network: FeatureNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N,) zeros and (N, 1, F) features."""
        found = self.network.embed(x)
        return found.sum(dim=1) * 0, found[:, None, :]


def embedder(network: FeatureNetwork, size: int, pictures: int) -> Session:
    """A session that gives a network's features for so many pictures of one size."""
    return session_for(Features(network).eval(), size, pictures)


def run(
    recipe: Recipe,
    table: SampleTable,
    crops: FaceCrops,
    initial: Initial | None,
    *,
    views: int,
    show: ShowProgress,
) -> tuple[Prediction, ...]:
    """Out-of-source predictions from features by the recipe's public weights.

    Raises:
        RecipeError: the network has no features to give.
    """
    network = registry.create(recipe.model, **recipe.model_options)
    if initial is not None:
        initial.load(network)
    return crossval_frozen(recipe, table, features_of(recipe, network, table, crops, range(views), show))


def features_of(
    recipe: Recipe, network: nn.Module, table: SampleTable, crops: FaceCrops, views: Sequence[int], show: ShowProgress
) -> Floats:
    """(views, N, F) features of pictures by a recipe's network as it begins; kept beside the faces for other runs.

    Args:
        views: numbers of views, see `embed`.

    Raises:
        RecipeError: the network has no features to give.
    """
    if not isinstance(network, FeatureNetwork):
        raise _no_features(recipe)
    about = recipe.model_dump(mode="json")
    found: list[Floats] = []
    for view in views:
        kept = {k: about[k] for k in _DECIDE_FEATURES[: None if view else _OF_WHOLE]}
        kept["crop"] = about["phases"][0]["crop"] if view else None
        name = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]
        path = crops.folder / f"features-{name}-{view}.safetensors"
        features = stored(path)
        if missing := tuple(s for s in table.samples if s.sha256 not in features):
            more = SampleTable(table.root, missing)
            features |= zip((s.sha256 for s in missing), embed(network, recipe, more, crops, view, show), strict=True)
            store(path, features)
        found.append(np.stack([features[s.sha256] for s in table.samples]).astype(np.float16).astype(np.float32))
    return np.stack(found)


def start_head(network: nn.Module, recipe: Recipe, table: SampleTable, crops: FaceCrops, show: ShowProgress) -> None:
    """Fit the classifier before anything else is trained: then the trunk's features are not bent for a random one.

    Args:
        network: as it begins, with public weights; a `ProbedNetwork`.
        recipe: its ``linear_probe`` says how many crops of training views of each picture.
        table: training pictures.

    Raises:
        RecipeError: the network has no features to give.

    Source: A. Kumar et al., "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution", 2022.
    """
    if not isinstance(network, ProbedNetwork):
        raise _no_features(recipe)
    features = features_of(recipe, network, table, crops, range(1, recipe.linear_probe + 1), show)
    views, n, width = features.shape
    weights = balanced_weights(table.samples, recipe.balance)
    flat = features.reshape(views * n, width)
    mean, deviation = flat.mean(axis=0, dtype=np.float64), flat.std(axis=0, dtype=np.float64) + _HAIR
    slope, bias = fitted(flat, np.tile(table.targets, views), np.tile(weights, views))
    tensors = [torch.from_numpy(x).float() for x in (slope * deviation, mean, deviation)]
    network.start_head(tensors[0], bias + float(slope @ mean), *tensors[1:])


def _no_features(recipe: Recipe) -> RecipeError:
    return RecipeError(f"recipe '{recipe.name}': the network '{recipe.model}' has no features to give")


def embed(
    network: FeatureNetwork, recipe: Recipe, table: SampleTable, crops: FaceCrops, view: int, show: ShowProgress
) -> Floats:
    """(N, F) features: of the whole face as judging sees it (view 0), or of a crop of a training view as the recipe's
    first phase draws it (the others)."""
    entry = registry.entry(recipe.model)
    mean, std = (np.asarray(x, dtype=np.float32) for x in (entry.mean, entry.std))
    framing, settings = (recipe.framing, recipe.degrade) if view else (None, None)
    side = (recipe.phases[0].crop or recipe.size) if view else recipe.size
    data = ViewDataset(table, crops, recipe.size, framing=framing, settings=settings, seed=recipe.seed)
    session = embedder(network, side, len(table))
    rows: list[Floats] = []
    with show(f"features, view {view}", len(table)) as advance:
        for first in range(0, len(table), _AT_ONCE):
            places = range(first, min(first + _AT_ONCE, len(table)))
            pictures = np.stack([_cropped(data[(view, i)][0].numpy(), side, (view, i)) for i in places])
            batch = (pictures.astype(np.float32) - mean) / std
            _, features = session.run(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))
            rows.append(features[:, 0])
            advance(len(places))
    return np.concatenate(rows)


def _cropped(rgb: NDArray[np.uint8], side: int, seed: tuple[int, int]) -> NDArray[np.uint8]:
    top, left = np.random.default_rng(seed).integers(0, rgb.shape[0] - side + 1, size=2)
    return rgb[top : top + side, left : left + side]


def balanced_weights(samples: Sequence[Sample], balance: float) -> NDArray[np.float64]:
    """(N,) weights with mean 1: classes alike, and within a class sources as `fauxface.data.balance` shows them."""
    groups: dict[tuple[str, str], int] = {}
    for s in samples:
        groups[(s.label, s.source)] = groups.get((s.label, s.source), 0) + 1
    of_class: dict[str, float] = {}
    for (label, _), n in groups.items():
        of_class[label] = of_class.get(label, 0.0) + n ** (1 - balance)
    weights = np.array([groups[(s.label, s.source)] ** -balance / of_class[s.label] for s in samples])
    return weights / weights.mean()


def fitted(
    features: Floats, targets: NDArray[np.int64], weights: NDArray[np.float64], penalty: float = PENALTY
) -> tuple[NDArray[np.float64], float]:
    """Weights (F,) and bias of a logistic regression for *real* on features that are standardised inside.

    Args:
        features: (N, F); targets: (N,) 1 real, 0 fake; weights: (N,).
        penalty: see `PENALTY`; per picture.
    """
    from sklearn.linear_model import LogisticRegression

    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + _HAIR
    scaled = (features - mean) / deviation
    regression = LogisticRegression(C=1 / (penalty * len(features) / 1000), max_iter=300, tol=1e-3)
    regression.fit(scaled, targets, sample_weight=weights)
    slope = np.asarray(regression.coef_)[0] / deviation
    return slope, float(np.asarray(regression.intercept_)[0] - slope @ mean)


def crossval_frozen(
    recipe: Recipe, table: SampleTable, features: Floats, *, penalty: float = PENALTY
) -> tuple[Prediction, ...]:
    """Uncalibrated out-of-source predictions of a logistic regression a fold.

    Args:
        table: N pictures with folds; those of the split "train" that the recipe does not leave out are learned from.
        features: (V, N, F) of `embed`.
    """
    samples, targets = table.samples, np.array(table.targets)
    left_out = {*recipe.leave_out}
    usable = np.array([s.split == "train" and not {s.source, s.family} & left_out for s in samples])
    folds = np.array([s.fold for s in samples])
    p = np.zeros(len(samples))
    for fold in sorted(set(folds) - {""}):
        chosen = np.flatnonzero(usable & (folds != fold))
        weights = balanced_weights([samples[i] for i in chosen], recipe.balance)
        x = features[:, chosen].reshape(-1, features.shape[2])
        views = len(features)
        slope, bias = fitted(x, np.tile(targets[chosen], views), np.tile(weights, views), penalty)
        here = np.flatnonzero(folds == fold)
        logits = features[0, here].astype(np.float64) @ slope + bias
        p[here] = 1 / (1 + np.exp(logits.clip(-500, 500)))
    about = ("source", "split", "family", "fold", "group")
    return tuple(
        Prediction(s.path, s.sha256, s.label, float(x), **{name: getattr(s, name) for name in about})
        for s, x in zip(samples, p, strict=True)
        if s.fold
    )
