"""A run folder from shipped weights of `resnet68-slim`, for a training that starts from them.

    python tools/import_onnx.py MODEL.onnx CARD.json INDEX.csv FOLDER_OF_CROPS RUN

An export folds each normalisation into the convolution before it. In training a normalisation uses the means and
variances of its batch, so it has to be unfolded: its own means and variances are measured on pictures, and scale and
offset are set such that it changes nothing. The function is checked to be the same, and the folder is written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from fauxface.data.face_crops import FaceCrops
from fauxface.data.index import open_samples
from fauxface.data.views import ViewDataset
from fauxface.files import write_text
from fauxface.models import registry
from fauxface.runtime.onnx import OnnxSession
from fauxface.training import checkpoint
from fauxface.training.run_folder import ABOUT, split_of

MODEL = "resnet68-slim"
OPTIONS: dict[str, Any] = {"zero_mean_stem": True}
SIZE, PICTURES, AT_ONCE = 256, 320, 16
CLOSE = 1e-3
"""Of two logits, whose deviation is some units."""


def norm_of(convolution: str) -> str:
    """The name of the normalisation after a convolution: stem.0 → stem.1, conv2 → norm2."""
    return convolution[:-1] + "1" if convolution.endswith(".0") else convolution.replace("conv", "norm")


def unfolded(model: Path) -> tuple[nn.Module, list[str]]:
    """The network with its normalisations as offsets alone, and the names of its convolutions."""
    stored = {t.name.removesuffix(".half"): t for t in onnx.load(str(model)).graph.initializer}
    network = registry.create(MODEL, **OPTIONS).eval()
    names = [name for name, m in network.named_modules() if isinstance(m, nn.Conv2d)]
    state = network.state_dict()

    def number(name: str) -> Tensor:
        return torch.from_numpy(np.array(numpy_helper.to_array(stored[name]))).float()

    for name in names:
        norm = network.get_submodule(norm_of(name))
        assert isinstance(norm, nn.BatchNorm2d)
        state[f"{name}.weight"].copy_(number(f"{name}.weight"))
        state[f"{norm_of(name)}.bias"].copy_(number(f"{name}.weight_bias"))
        state[f"{norm_of(name)}.running_var"].fill_(1 - norm.eps)
    state["classifier.weight"].copy_(number("view").reshape(state["classifier.weight"].shape))
    state["classifier.bias"].copy_(number("classifier.bias"))
    return network, names


@torch.no_grad()
def measure(network: nn.Module, names: list[str], pictures: Tensor) -> None:
    """Give each normalisation the means and variances of its inputs, and undo them by scale and offset."""
    sums = {name: [torch.zeros(1), torch.zeros(1), 0] for name in names}

    def add(name: str, maps: Tensor) -> None:
        flat = maps.double().transpose(0, 1).flatten(1)
        sums[name] = [
            old + new for old, new in zip(sums[name], (flat.sum(1), flat.square().sum(1), flat.shape[1]), strict=True)
        ]

    def watched(name: str) -> RemovableHandle:
        def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], maps: Tensor) -> None:
            add(name, maps)

        return network.get_submodule(name).register_forward_hook(hook)

    hooks = [watched(name) for name in names]
    for part in pictures.split(AT_ONCE):
        network(part)
    for hook in hooks:
        hook.remove()
    for name in names:
        norm = network.get_submodule(norm_of(name))
        assert isinstance(norm, nn.BatchNorm2d)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        total, squares, count = sums[name]
        mean = total / count
        variance = squares / count - mean**2
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(torch.sqrt(variance + norm.eps))
        norm.bias.add_(mean.float())


def main(model: Path, card: Path, index: Path, crops: Path, run: Path) -> None:
    """Import, check, write."""
    network, names = unfolded(model)
    entry = registry.entry(MODEL)
    table = split_of(open_samples(index), "train")
    data = ViewDataset(table, FaceCrops(crops), SIZE, framing=None, settings=None, seed=0)
    views = np.stack([data[(0, i)][0].numpy() for i in range(0, len(table), len(table) // PICTURES)])
    mean, std = (np.asarray(x, dtype=np.float32) for x in (entry.mean, entry.std))
    batch = np.ascontiguousarray(((views - mean) / std).transpose(0, 3, 1, 2), dtype=np.float32)
    measure(network, names, torch.from_numpy(batch))
    with torch.no_grad():
        ours = network(torch.from_numpy(batch[:AT_ONCE]))[0].numpy()
    theirs = OnnxSession(model.read_bytes()).run(batch[:AT_ONCE])[0]
    worst = float(np.abs(ours - theirs).max())
    if worst > CLOSE:
        sys.exit(f"{model}: the imported network gives other logits, by {worst:.4f}")
    run.mkdir(parents=True, exist_ok=True)
    about = json.loads(card.read_text(encoding="utf-8"))
    facts = {"imported_from_onnx": f"from the file of {about['name']}@{about['version']}", "model": MODEL}
    checkpoint.save_best(run, network, facts)
    write_text(run / ABOUT, json.dumps({**facts, "started_from": about["provenance"]["training"]}, indent=2) + "\n")
    print(f"{run}: logits differ by at most {worst:.2g}")


if __name__ == "__main__":
    main(*(Path(arg) for arg in sys.argv[1:6]))
