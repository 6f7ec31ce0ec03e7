"""How left-out sources fare with fewer cameras, generators and pictures: `python docs/results/learning.py DATA RUNS`.

The fast form of cross-validation (`fauxface.training.frozen`): a logistic regression on features of the public weights,
of one degraded crop a picture, which `fauxface crossval` keeps beside the faces in RUNS/crops. For each fold it learns from
some of the others' sources, drawn at random, and judges the fold. Writes ``unseen-sources/learning.json``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from stored import SWAPS, UNSEEN

from fauxface.cli.terminal import progress
from fauxface.data.face_crops import build
from fauxface.data.index import open_samples
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import by_source
from fauxface.files import write_text
from fauxface.models import registry
from fauxface.training import initial
from fauxface.training.crossval import folds_of
from fauxface.training.frozen import features_of
from fauxface.training.linear_classifier import balanced_weights, fitted
from fauxface.training.recipe import load_recipe

DRAWS = 4
PLANS = {
    "cameras": (2, 4, 8, None),
    "generators": (1, 2, 4, None),
    "pictures": (0.05, 0.1, 0.3, 1.0),
}
"""How many sources of a class, or which share of the pictures; None: all that the other folds have."""


def main() -> None:
    plan = load_recipe("efficientnet-lite0")
    table = open_samples(Path(sys.argv[1]))
    crops = build(table, Path(sys.argv[2]) / "crops")
    network = registry.create(plan.model, **plan.model_options)
    begin = initial.find(plan)
    assert begin is not None
    begin.load(network)
    features = features_of(plan, network, table, crops, [1], progress)[0]
    samples, targets = table.samples, np.array(table.targets)
    usable = np.array([s.split == "train" and s.family != SWAPS for s in samples])
    judged = np.array([s.split != "test" and s.family != SWAPS for s in samples])
    folds = np.array([s.fold for s in samples])
    names = np.array([s.source for s in samples])
    rows = []
    for kind, levels in PLANS.items():
        for level in levels:
            areas = []
            for fold in folds_of(table):
                for draw in range(DRAWS if level not in (None, 1.0) else 1):
                    rng = np.random.default_rng((draw, len(areas)))
                    chosen = usable & (folds != fold)
                    if kind == "pictures":
                        chosen &= rng.random(len(samples)) < level
                    elif level is not None:
                        mine = chosen & (targets == (kind == "cameras"))
                        kept = rng.permutation(np.unique(names[mine]))[:level]
                        chosen &= ~mine | np.isin(names, kept)
                    learned = np.flatnonzero(chosen)
                    weights = balanced_weights([samples[i] for i in learned], plan.balance)
                    slope, bias = fitted(features[learned], targets[learned], weights)
                    here = np.flatnonzero(judged & (folds == fold))
                    p = 1 / (1 + np.exp((features[here].astype(np.float64) @ slope + bias).clip(-500, 500)))
                    said = [
                        Prediction(s.path, s.sha256, s.label, float(x), source=s.source, verdict="real")
                        for s, x in zip((samples[i] for i in here), p, strict=True)
                    ]
                    areas.append(by_source([replace(r) for r in said]).mean_auc.value)
            print(kind, level, round(float(np.mean(areas)), 4), flush=True)  # noqa: T201
            rows.append({"kind": kind, "level": level, "auc": float(np.mean(areas)), "trials": len(areas),
                         "deviation": float(np.std(areas))})  # fmt: skip
    write_text(UNSEEN / "learning.json", json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
