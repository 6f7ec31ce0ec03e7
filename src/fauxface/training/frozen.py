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
from fauxface.data.samples import SampleTable
from fauxface.data.views import Saved, ViewDataset, judged_view, saved_small
from fauxface.errors import RecipeError
from fauxface.evaluation.predictions import Prediction
from fauxface.models import registry
from fauxface.models.features import FeatureNetwork, ProbedNetwork
from fauxface.preprocess import square
from fauxface.runtime.session import Session
from fauxface.training.feature_file import store, stored
from fauxface.training.initial import Initial
from fauxface.training.linear_classifier import balanced_weights, fitted
from fauxface.training.onnx_file import session_for
from fauxface.training.progress import ShowProgress
from fauxface.training.recipe import Recipe

WHOLE: Final = (0, -75, -90)
"""Views of whole faces, as they are and saved as JPEG: of many sources all pictures have one quality."""
PENALTY: Final = 3.0
WITHIN: Final = 300.0
"""For whole faces; see `fauxface.training.linear_classifier.fitted`, `docs/experiments/44-wary-of-each-source.md`."""
_PROBE_PENALTY: Final = 20.0
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

    Args:
        views: how many of each picture: those of `WHOLE` first, then degraded crops.

    Raises:
        RecipeError: the network has no features to give.
    """
    network = registry.create(recipe.model, **recipe.model_options)
    if initial is not None:
        initial.load(network)
    chosen = [*WHOLE, *range(1, views)][:views]
    return crossval_frozen(recipe, table, features_of(recipe, network, table, crops, chosen, show))


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
        kept = {k: about[k] for k in _DECIDE_FEATURES[: None if view > 0 else _OF_WHOLE]}
        kept["crop"] = about["phases"][0]["crop"] if view > 0 else None
        if view < 0:
            kept["quality"] = -view
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
    slope, bias = fitted(flat, np.tile(table.targets, views), np.tile(weights, views), _PROBE_PENALTY)
    tensors = [torch.from_numpy(x).float() for x in (slope * deviation, mean, deviation)]
    network.start_head(tensors[0], bias + float(slope @ mean), *tensors[1:])


def _no_features(recipe: Recipe) -> RecipeError:
    return RecipeError(f"recipe '{recipe.name}': the network '{recipe.model}' has no features to give")


def embed(
    network: FeatureNetwork, recipe: Recipe, table: SampleTable, crops: FaceCrops, view: int, show: ShowProgress
) -> Floats:
    """(N, F) features: of the whole face as judging sees it (view 0), or after it was saved as JPEG of quality 75 (view
    -75; and so on); or of a crop of a training view as the recipe's first phase draws it (those above 0)."""
    entry = registry.entry(recipe.model)
    mean, std = (np.asarray(x, dtype=np.float32) for x in (entry.mean, entry.std))
    side = (recipe.phases[0].crop or recipe.size) if view > 0 else recipe.size
    degraded = ViewDataset(table, crops, recipe.size, framing=recipe.framing, settings=recipe.degrade, seed=recipe.seed)

    def picture(i: int) -> NDArray[np.uint8]:
        if view > 0:
            return _cropped(degraded[(view, i)][0].numpy(), side, (view, i))
        how: Saved = ("JPEG", -view) if view else None
        face = judged_view(crops.get(table.samples[i].sha256), lambda rgb: saved_small(rgb, side, how) if how else rgb)
        return square(face, side)

    session = embedder(network, side, len(table))
    rows: list[Floats] = []
    with show(f"features, view {view}", len(table)) as advance:
        for first in range(0, len(table), _AT_ONCE):
            places = range(first, min(first + _AT_ONCE, len(table)))
            pictures = np.stack([picture(i) for i in places])
            batch = (pictures.astype(np.float32) - mean) / std
            _, features = session.run(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))
            rows.append(features[:, 0])
            advance(len(places))
    return np.concatenate(rows)


def _cropped(rgb: NDArray[np.uint8], side: int, seed: tuple[int, int]) -> NDArray[np.uint8]:
    top, left = np.random.default_rng(seed).integers(0, rgb.shape[0] - side + 1, size=2)
    return rgb[top : top + side, left : left + side]


def crossval_frozen(
    recipe: Recipe, table: SampleTable, features: Floats, *, penalty: float = PENALTY, within: float = WITHIN
) -> tuple[Prediction, ...]:
    """Uncalibrated out-of-source predictions of a logistic regression a fold.

    Args:
        table: N pictures with folds; those of the split "train" that the recipe does not leave out are learned from.
        features: (V, N, F) of `embed`; the first view is judged.
        penalty, within: see `fauxface.training.linear_classifier.fitted`.
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
        views, groups = len(features), [(samples[i].label, samples[i].source) for i in chosen]
        slope, bias = fitted(
            x,
            np.tile(targets[chosen], views),
            np.tile(weights, views),
            penalty,
            within=within,
            groups=groups * views,
        )
        here = np.flatnonzero(folds == fold)
        logits = features[0, here].astype(np.float64) @ slope + bias
        p[here] = 1 / (1 + np.exp(logits.clip(-500, 500)))
    about = ("source", "split", "family", "fold", "group")
    return tuple(
        Prediction(s.path, s.sha256, s.label, float(x), **{name: getattr(s, name) for name in about})
        for s, x in zip(samples, p, strict=True)
        if s.fold
    )
