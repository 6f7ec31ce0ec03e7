"""A run folder from shipped weights of `efficientnet-lite0`, to export its trained network again with another second
opinion.

    python tools/import_default.py MODEL.onnx CARD.json INDEX.csv RUN

An export folds each normalisation into the convolution before it. Here they stay folded: each normalisation only adds
the offset, which is enough to export and to judge. For more training their means and variances would have to be
measured (`tools/import_onnx.py`). That an export gives the same convolutions again is checked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from fauxface.data.index import open_samples
from fauxface.data.samples import SampleTable
from fauxface.data.table import write_table
from fauxface.files import write_text
from fauxface.models import registry
from fauxface.models.efficientnet_lite import MultiLevel
from fauxface.training import checkpoint, folding
from fauxface.training.onnx_file import to_onnx
from fauxface.training.recipe import Recipe
from fauxface.training.run_folder import ABOUT, DATA, RECIPE, splits

PREFIX = "network.network."
SIZE = 256
OF_EXPORT = ("recipe", "best_epoch", "averaged_with")
"""What an export adds to a run's facts."""


@torch.no_grad()
def imported(model: Path, recipe: Recipe) -> MultiLevel:
    """The trained network of an exported file, with normalisations that only add offsets."""
    stored = {t.name.removesuffix(".half"): t for t in onnx.load(str(model)).graph.initializer}
    network = registry.create(recipe.model, **recipe.model_options).eval()
    assert isinstance(network, MultiLevel)

    def number(name: str) -> Tensor:
        return torch.from_numpy(np.array(numpy_helper.to_array(stored[PREFIX + name]))).float()

    names = {module: name for name, module in network.named_modules()}
    for convolution, norm in folding.pairs(network, torch.zeros(1, 3, SIZE, SIZE))[0]:
        assert norm.running_var is not None
        convolution.weight.copy_(number(f"{names[convolution]}.weight"))
        norm.bias.copy_(number(f"{names[convolution]}.bias"))
        norm.running_var.fill_(1 - norm.eps)
    state = network.state_dict()
    for name in ("norm.running_mean", "norm.running_var", "classifier.weight", "classifier.bias"):
        state[name].copy_(number(name))
    return network


def same_weights(model: Path, network: nn.Module) -> bool:
    """Whether exporting the network gives, to the last bit, the convolutions that the file has."""
    ours = onnx.load_model_from_string(to_onnx(network, SIZE, half=True)).graph.initializer
    theirs = {t.name: numpy_helper.to_array(t) for t in onnx.load(str(model)).graph.initializer}
    layers = [t for t in ours if "conv" in t.name and ".weight" in t.name]
    return bool(layers) and all(np.array_equal(numpy_helper.to_array(t), theirs[PREFIX + t.name]) for t in layers)


def main(model: Path, card: Path, index: Path, run: Path) -> None:
    """Import, check, write."""
    about = json.loads(card.read_text(encoding="utf-8"))
    training = about["provenance"]["training"]
    recipe = Recipe.model_validate(training["recipe"])
    network = imported(model, recipe)
    if not same_weights(model, network):
        sys.exit(f"{model}: the imported network would be exported otherwise")
    run.mkdir(parents=True, exist_ok=True)
    facts = {key: value for key, value in training.items() if key not in OF_EXPORT}
    shipped = f"{about['name']}@{about['version']}"
    checkpoint.save_best(run, network, training["best_epoch"])
    write_text(run / RECIPE, recipe.to_yaml())
    write_text(run / ABOUT, json.dumps({**facts, "imported_from": shipped, **_averaged(training)}, indent=2) + "\n")
    train, valid = splits(open_samples(index), recipe)
    write_table(SampleTable(train.root, (*train.samples, *valid.samples)), run / DATA)
    print(f"{run}: the trained network of {shipped}")


def _averaged(training: dict[str, object]) -> dict[str, object]:
    return {"averaged_with": training["averaged_with"]} if "averaged_with" in training else {}


if __name__ == "__main__":
    main(*(Path(arg) for arg in sys.argv[1:5]))
