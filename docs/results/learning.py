"""How left-out sources fare with fewer cameras, generators and pictures: `python docs/results/learning.py DATA RUNS`.

The fast form of cross-validation (`fauxface.training.frozen`), which ranks a little worse than the long one: a classifier on
features of the public weights, which `fauxface crossval` keeps beside the faces in RUNS/crops. A trial leaves out each
fold in turn and learns from some of the others' sources, drawn at random; a smaller draw is a part of the larger one.
Where sources are drawn, at most 200 pictures of each are learned from. Writes ``unseen-sources/learning.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stored import SWAPS, UNSEEN
from targets import DIFFUSION

from fauxface.cli.terminal import progress
from fauxface.data.face_crops import build
from fauxface.data.index import open_samples
from fauxface.data.samples import Sample, SampleTable
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.unseen_sources import unseen
from fauxface.files import write_text
from fauxface.models.rich_pooling import STAGES, rich_columns
from fauxface.training.frozen import PENALTY, WHOLE, WITHIN, features_of
from fauxface.training.linear_classifier import balanced_weights, fitted
from fauxface.training.recipe import Recipe, load_recipe
from fauxface.training.second_opinion import public_network, public_recipe
from fauxface.weights.metrics import Aims

DRAWS = 10
AIMS = Aims(accused_photographs=0.05, missed_fakes=0.05, uncertain=0.25)
AIMS_FOR_DIFFUSION = replace(AIMS, accused_photographs=0.045)
"""Of the day that they were counted; the default's aims have moved since. AUC and caught fakes do not depend on them."""
A_SOURCE = 200
PLANS = {
    "cameras": (2, 4, 8, None),
    "generators": (1, 2, 4, None),
    "pictures": (10, 30, 100, 300, None),
}
"""How many sources of a class, or pictures of a source at most; None: all that the other folds have."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Pictures:
    """What a trial has to choose from.

    Attributes:
        samples: N of them.
        features: (V, N, F).
        usable: (N,) which may be learned from.
    """

    plan: Recipe
    samples: tuple[Sample, ...]
    features: NDArray[np.float32]
    usable: Mask

    def of_others(self, fold: str) -> Mask:
        """(N,) those that a trial without a fold may learn from."""
        return self.usable & np.array([s.fold != fold for s in self.samples])

    def judged(self, chosen: Callable[[str], Mask]) -> list[Prediction]:
        """Each picture by the classifier that learned from what is chosen for its fold."""
        rows: list[Prediction] = []
        for fold in sorted({s.fold for s in self.samples}):
            learned = np.flatnonzero(chosen(fold))
            mine = [self.samples[i] for i in learned]
            views = len(self.features)
            slope, bias = fitted(
                self.features[:, learned].reshape(-1, self.features.shape[2]),
                np.tile([s.label == "real" for s in mine], views).astype(np.int64),
                np.tile(balanced_weights(mine, self.plan.balance), views),
                PENALTY,
                within=WITHIN,
                groups=[(s.label, s.source) for s in mine] * views,
            )
            here = [i for i, s in enumerate(self.samples) if s.fold == fold and s.split != "test"]
            p = 1 / (1 + np.exp((self.features[0, here].astype(np.float64) @ slope + bias).clip(-30, 30)))
            rows += [
                Prediction(s.path, s.sha256, s.label, float(x), source=s.source, fold=s.fold, family=s.family)
                for s, x in zip((self.samples[i] for i in here), p, strict=True)
            ]
        return rows


def opened(data: Path, runs: Path) -> Pictures:
    """The pictures with their features; face swaps take no part."""
    plan = load_recipe("efficientnet-lite0")
    whole = open_samples(data)
    crops = build(whole, runs / "crops")
    table = SampleTable(whole.root, tuple(s for s in whole.samples if s.family != SWAPS))
    features = features_of(public_recipe(plan), public_network(plan), table, crops, WHOLE, progress)
    features = features[..., rich_columns("whole", STAGES)]
    return Pictures(plan, table.samples, features, np.array([s.split == "train" for s in table.samples]))


def at_most(pictures: Pictures, number: int, draw: int) -> Mask:
    """(N,) so many of the usable pictures of each source; fewer are a part of more."""
    order = np.random.default_rng(draw).permutation(len(pictures.samples))
    seen: dict[tuple[str, str], int] = {}
    found = np.zeros(len(order), dtype=np.bool_)
    for i in order:
        s = pictures.samples[i]
        if pictures.usable[i] and seen.setdefault((s.label, s.source), 0) < number:
            seen[(s.label, s.source)] += 1
            found[i] = True
    return found


def some(pictures: Pictures, kind: str, level: int | None, draw: int) -> Callable[[str], Mask]:
    """What a trial learns from, by the fold that it leaves out."""
    if kind == "pictures":
        few = pictures.usable if level is None else at_most(pictures, level, draw)
        return lambda fold: pictures.of_others(fold) & few
    few = at_most(pictures, A_SOURCE, 0)
    names = np.array([s.source for s in pictures.samples])
    of_class = np.array([(s.label == "real") == (kind == "cameras") for s in pictures.samples])
    turn = {name: i for i, name in enumerate(np.random.default_rng(draw).permutation(np.unique(names)))}

    def chosen(fold: str) -> Mask:
        others = pictures.of_others(fold) & few
        kept = sorted(np.unique(names[others & of_class]), key=lambda name: turn[name])[:level]
        return others & (~of_class | np.isin(names, kept))

    return chosen


def metrics(rows: list[Prediction]) -> dict[str, float]:
    """What one trial reached, over left-out sources."""
    found = unseen(rows, AIMS).by_source
    hard = [found.auc[:, i].mean() for i, g in enumerate(found.generators) if g.source in DIFFUSION]
    return {
        "auc": found.mean_auc.value,
        "caught": found.caught.value,
        "missed": found.missed_fakes.value,
        "uncertain": found.uncertain.value,
        "auc_diffusion": float(np.mean(hard)),
    }


def relatives(pictures: Pictures) -> list[dict[str, Any]]:
    """How the two diffusion models are ranked when no other one is known, when the other one is, and when half of their
    own pictures are, which then are not judged (both halves in turn; their fold's cameras stay left out)."""
    hard = np.array([s.label == "fake" and s.source in DIFFUSION for s in pictures.samples])
    half = np.array([int(s.sha256, 16) % 2 == 0 for s in pictures.samples])

    def none(fold: str) -> Mask:
        return pictures.of_others(fold) & ~hard

    trials = {"no": [pictures.judged(none)], "the other": [pictures.judged(pictures.of_others)], "both": []}
    for known in (half, ~half):
        learned = hard & known
        own = {s.sha256 for s, used in zip(pictures.samples, learned, strict=True) if used}
        rows = pictures.judged(lambda fold, learned=learned: pictures.of_others(fold) | (pictures.usable & learned))
        trials["both"].append([r for r in rows if r.sha256 not in own])
    return [
        {"known": known, "generator": name, **_mean([_of_generator(rows, name) for rows in each])}
        for known, each in trials.items()
        for name in sorted(DIFFUSION)
    ]


def _of_generator(rows: list[Prediction], name: str) -> dict[str, float]:
    found = unseen(rows, AIMS_FOR_DIFFUSION).by_source
    i, row = next((i, g) for i, g in enumerate(found.generators) if g.source == name)
    return {"auc": float(found.auc[:, i].mean()), "missed": row.wrong, "caught_share": 1 - row.wrong - row.uncertain}


def _mean(trials: list[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.mean([trial[key] for trial in trials])) for key in trials[0]}


def main() -> None:
    pictures = opened(Path(sys.argv[1]), Path(sys.argv[2]))
    rows: list[dict[str, Any]] = []
    for kind, levels in PLANS.items():
        for level in levels:
            trials = [
                metrics(pictures.judged(some(pictures, kind, level, draw)))
                for draw in range(DRAWS if level is not None else 1)
            ]
            row: dict[str, Any] = {"kind": kind, "level": level, "trials": len(trials)}
            for name in trials[0]:
                values = [trial[name] for trial in trials]
                row |= {name: float(np.mean(values)), f"{name}_deviation": float(np.std(values, ddof=len(values) > 1))}
            rows.append(row)
            print({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}, flush=True)  # noqa: T201
    kept = {"levels": rows, "relatives": relatives(pictures)}
    write_text(UNSEEN / "learning.json", json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
