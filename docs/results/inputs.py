"""Which input and which depths hold on left-out sources: `python docs/results/inputs.py DATA RUNS`.

The fast form of cross-validation: a logistic regression on features of the public weights, of one degraded crop a
picture. Four inputs (colours; what a median of 3×3 leaves over; both; the middle at twice its size, as if the stem did
not halve) and several choices of depth. At most 250 pictures a source, drawn at random; test pictures take no part.
Writes ``unseen-sources/inputs.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from stored import SWAPS, UNSEEN

from fauxface.cli.terminal import progress
from fauxface.data.face_crops import FaceCrops, build
from fauxface.data.index import open_samples
from fauxface.data.samples import Sample, SampleTable
from fauxface.data.views import ViewDataset
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import by_source
from fauxface.files import write_text
from fauxface.models import registry
from fauxface.training import initial
from fauxface.training.frozen import crossval_frozen, embedder
from fauxface.training.recipe import Recipe, load_recipe

CHANNELS = (16, 24, 40, 80, 112, 192, 320)
ALL = tuple(range(len(CHANNELS)))
SHIPPED = (1, 2, 3, 4, 5)
AT_ONCE = 16
MOST = 250
GAIN = 4
"""By how much the residual is raised, so that it fills the range that the trunk expects."""
Rgb = NDArray[np.uint8]
Floats = NDArray[np.float32]


def colours(rgb: Rgb) -> Rgb:
    return rgb


def residual(rgb: Rgb) -> Rgb:
    smooth = np.asarray(Image.fromarray(rgb).filter(ImageFilter.MedianFilter(3)), dtype=np.int16)
    return (128 + GAIN * (rgb.astype(np.int16) - smooth)).clip(0, 255).astype(np.uint8)


def twice(rgb: Rgb) -> Rgb:
    side = rgb.shape[0]
    middle = slice(side // 4, side // 4 + side // 2)
    return np.asarray(Image.fromarray(rgb[middle, middle]).resize((side, side), Image.Resampling.BILINEAR))


INPUTS: dict[str, Callable[[Rgb], Rgb]] = {"colours": colours, "residual": residual, "twice": twice}


def features(plan: Recipe, table: SampleTable, crops: FaceCrops, change: Callable[[Rgb], Rgb], name: str) -> Floats:
    """(N, F) of all depths, of the first training view."""
    network = registry.create(plan.model, stages=ALL)
    begin = initial.find(plan)
    assert begin is not None
    begin.load(network)
    side = plan.phases[0].crop or plan.size
    session, entry = embedder(network, side), registry.entry(plan.model)
    mean, std = (np.asarray(x, dtype=np.float32) for x in (entry.mean, entry.std))
    data = ViewDataset(table, crops, plan.size, framing=plan.framing, settings=plan.degrade, seed=plan.seed)
    rows = []
    with progress(f"features, {name}", len(table)) as advance:
        for first in range(0, len(table), AT_ONCE):
            here = range(first, min(first + AT_ONCE, len(table)))
            edge = (plan.size - side) // 2
            views = [data[(1, i)][0].numpy()[edge : edge + side, edge : edge + side] for i in here]
            x = (np.stack([change(v) for v in views]).astype(np.float32) - mean) / std
            rows.append(session.run(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))[1][:, 0])
            advance(len(here))
    return np.concatenate(rows)


def few_of_each(samples: list[Sample]) -> tuple[Sample, ...]:
    """At most `MOST` pictures a source and class."""
    by_source: dict[tuple[str, str], list[Sample]] = {}
    for s in samples:
        by_source.setdefault((s.label, s.source), []).append(s)
    rng = np.random.default_rng(0)
    return tuple(members[i] for members in by_source.values() for i in sorted(rng.permutation(len(members))[:MOST]))


def of_depths(found: Floats, depths: tuple[int, ...]) -> Floats:
    """The columns of some depths: means of all come first, then deviations."""
    edges = np.cumsum((0, *CHANNELS))
    means = np.concatenate([np.arange(edges[d], edges[d + 1]) for d in depths])
    return found[:, np.concatenate([means, means + edges[-1]])]


def main() -> None:
    plan = load_recipe("efficientnet-lite0")
    whole = open_samples(Path(sys.argv[1]))
    crops = build(whole, Path(sys.argv[2]) / "crops")
    table = SampleTable(whole.root, few_of_each([s for s in whole.samples if s.split != "test" and s.family != SWAPS]))
    plan = plan.model_copy(update={"leave_out": ()})
    found = {name: features(plan, table, crops, change, name) for name, change in INPUTS.items()}
    trials = {f"colours, depths {shown(d)}": of_depths(found["colours"], d) for d in (
        SHIPPED, ALL, (0, 1), (1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5))}  # fmt: skip
    trials["residual alone"] = of_depths(found["residual"], SHIPPED)
    trials["residual beside colours"] = np.concatenate(
        [of_depths(found[n], SHIPPED) for n in ("colours", "residual")], 1
    )
    trials["middle at twice its size"] = of_depths(found["twice"], SHIPPED)
    trials["middle beside the whole"] = np.concatenate([of_depths(found[n], SHIPPED) for n in ("colours", "twice")], 1)
    rows, said = [], {}
    for name, x in trials.items():
        judged = crossval_frozen(plan, table, x[None], penalty=20.0, within=0.0)
        said[name] = judged
        rows.append(row(name, judged))
    for extra in ("residual alone", "middle at twice its size"):
        name = f"colours and {extra}, two classifiers, mean"
        pair = zip(said["colours, depths 2–6"], said[extra], strict=True)
        rows.append(row(name, [replace(a, probability_fake=both(a, b)) for a, b in pair]))
    write_text(UNSEEN / "inputs.json", json.dumps(rows, indent=1) + "\n")


def shown(depths: tuple[int, ...]) -> str:
    return f"{depths[0] + 1}–{depths[-1] + 1}"


def both(a: Prediction, b: Prediction) -> float:
    """Mean of two logits, as a probability."""
    logits = [np.log(p / (1 - p)) for p in (min(max(x.probability_fake or 0.0, 1e-9), 1 - 1e-9) for x in (a, b))]
    return float(1 / (1 + np.exp(-np.mean(logits))))


def row(name: str, judged: Iterable[Prediction]) -> dict[str, object]:
    found = by_source([replace(p, verdict="real") for p in judged])
    row = {"trial": name, "auc": found.mean_auc.value, "auc_interval": found.mean_auc.interval,
           "caught": found.caught.value, "caught_interval": found.caught.interval,
           "by_generator": {g.source: round(g.auc, 4) for g in found.generators}}  # fmt: skip
    print(name, {k: v for k, v in row.items() if k != "trial"}, flush=True)  # noqa: T201
    return row


if __name__ == "__main__":
    main()
