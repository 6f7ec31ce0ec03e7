"""A face network comes back from the file it was exported to, and can stand beside traces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.errors import WeightsError
from fauxface.runtime.onnx import OnnxSession
from fauxface.training.export import export
from fauxface.training.read_back import read_back
from fauxface.weights.store import resolve


@pytest.fixture
def exported(train: Callable[..., Any], recipe: Callable[..., Any], tmp_path: Path) -> Path:
    """A trained network at 64 pixels, as a detector."""
    train(recipe(size=64, phases=({"epochs": 1},)), "face")
    export(tmp_path / "face", tmp_path / "weights")
    return tmp_path / "weights"


def test_it_says_the_same_as_its_file(exported: Path) -> None:
    recipe, network, about = read_back(exported)
    assert (recipe.model, recipe.name) == ("resnet-tiny", "small")
    assert about["read_back"] == "small@1"
    assert about["epoch"] == 1
    x = torch.randn(5, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    wanted = OnnxSession(resolve(exported).read(), threads=1).run(x.numpy())
    with torch.inference_mode():
        got = network(x)
    assert np.ptp(wanted[0]) > 1e-3
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one.numpy(), other, atol=1e-4)


@pytest.mark.timeout(1000)  # the exporter, twice: more than 300 s on a slow machine
def test_beside_traces_and_back_again(exported: Path, faces: Path, tmp_path: Path) -> None:
    """The whole way of a newsroom that has no run folder, and the face's half of what comes out of it."""
    arguments = ["add-traces", exported, "--data", faces, "--out", tmp_path / "both", "--views", 1]
    done = CliRunner().invoke(app, [str(word) for word in arguments])
    assert done.exit_code == 0, (done.output, done.exception)
    about = json.loads((tmp_path / "both" / "run.json").read_text())
    assert about["started_from"]["read_back"] == "small@1"
    export(tmp_path / "both", tmp_path / "pair", half=True)
    first, second = (read_back(folder) for folder in (exported, tmp_path / "pair"))
    assert second[0].model == "resnet-tiny"
    assert second[2]["epoch"] == 1
    assert second[2]["read_back"].startswith("small-traces@")
    for name, tensor in first[1].state_dict().items():
        torch.testing.assert_close(second[1].state_dict()[name], tensor, atol=1e-3, rtol=1e-2)


def test_what_holds_no_such_network_is_one_clear_error(tiny_weights: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such weights"):
        read_back(tmp_path / "nowhere")
    with pytest.raises(WeightsError, match="no network can be read back"):
        read_back(tiny_weights)


@pytest.mark.parametrize(
    "training", [{}, {"recipe": None}, {"recipe": "x"}, {"recipe": {"name": 1, "model_options": []}}, {"recipe": {}}]
)
@pytest.mark.parametrize("architecture", ["resnet-tiny", "resnet-tiny-traces"])
def test_a_card_with_a_nonsensical_recipe_is_one_clear_error(
    make_tiny_weights: Callable[..., Path], architecture: str, training: dict[str, Any]
) -> None:
    folder = make_tiny_weights(architecture=architecture, training=training)
    with pytest.raises(WeightsError, match="no network can be read back"):
        read_back(folder)


def test_a_file_that_is_no_network_is_one_clear_error(exported: Path) -> None:
    """Its card fits it, and all that could name other files is well formed; the rest is not."""
    card = json.loads((exported / "card.json").read_text())
    data = b"\x3a\x03\x6a\x01\xff"  # a graph with half a number where a shape should be
    (exported / "model.onnx").write_bytes(data)
    card |= {"sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
    (exported / "card.json").write_text(json.dumps(card))
    with pytest.raises(WeightsError, match="no network can be read back"):
        read_back(exported)
