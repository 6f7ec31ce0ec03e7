"""Shared fixtures: a tiny network whose answers can be worked out by hand."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import CardDecision, CardInput, CardProvenance

TINY_SIZE = 32


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def tiny_onnx(**changes: Any) -> bytes:
    """An ONNX file that calls bright pictures real: logit = mean of the normalised pixels, the map its 8×8
    tiles.

    ``changes``: ``input_name``, ``logit_name``, ``map_name``, ``batch`` (a number instead of a free N),
    ``scale`` (factor of the logit).
    """
    onnx = pytest.importorskip("onnx", reason="needs onnx, from the extra 'train', to build a tiny network")
    helper, tensor = onnx.helper, onnx.TensorProto
    pixels, logit = changes.get("input_name", "pixels"), changes.get("logit_name", "logit")
    maps, batch = changes.get("map_name", "activation_map"), changes.get("batch", "n")
    weight = helper.make_tensor("weight", tensor.FLOAT, [1, 3, 1, 1], [changes.get("scale", 1.0) / 3] * 3)
    axes = helper.make_tensor("axes", tensor.INT64, [1], [1])
    nodes = [
        helper.make_node("Conv", [pixels, "weight"], ["grey"]),
        helper.make_node("AveragePool", ["grey"], ["tiles"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Squeeze", ["tiles", "axes"], [maps]),
        helper.make_node("ReduceMean", [maps], [logit], axes=[1, 2], keepdims=0),
    ]
    inputs = [helper.make_tensor_value_info(pixels, tensor.FLOAT, [batch, 3, TINY_SIZE, TINY_SIZE])]
    outputs = [
        helper.make_tensor_value_info(logit, tensor.FLOAT, [batch]),
        helper.make_tensor_value_info(maps, tensor.FLOAT, [batch, TINY_SIZE // 8, TINY_SIZE // 8]),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, [weight, axes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


def tiny_card(data: bytes, /, **changes: Any) -> ModelCard:
    """The card of `tiny_onnx`: black gives the logit -4, white +4; ``changes``: see `changed_card`."""
    card = ModelCard(
        name="tiny",
        version="1",
        architecture="tiny",
        input=CardInput(TINY_SIZE, (127.5, 127.5, 127.5), (127.5 / 4, 127.5 / 4, 127.5 / 4)),
        decision=CardDecision(abstention_region=(0.4, 0.6)),
        provenance=CardProvenance("model.onnx", hashlib.sha256(data).hexdigest(), len(data)),
    )
    return changed_card(card, **changes)


def changed_card(card: ModelCard, **changes: Any) -> ModelCard:
    """The card with other values, named by their fields: each name is known to one group only."""
    for group in ("input", "calibration", "decision", "provenance", "metrics"):
        own = {f.name for f in fields(getattr(card, group))} & set(changes)
        values = {name: changes.pop(name) for name in own}
        card = replace(card, **{group: replace(getattr(card, group), **values)})
    return replace(card, **changes)


@pytest.fixture
def make_tiny_weights(tmp_path: Path) -> Callable[..., Path]:
    """Writes a folder with the tiny network and its card; keywords change the card."""

    def make(**changes: Any) -> Path:
        folder = tmp_path / "tiny weights"
        folder.mkdir(exist_ok=True)
        data = tiny_onnx()
        (folder / "model.onnx").write_bytes(data)
        (folder / "card.json").write_text(tiny_card(data, **changes).to_json())
        return folder

    return make


@pytest.fixture
def tiny_weights(make_tiny_weights: Callable[..., Path]) -> Path:
    """Folder of the tiny network, as `Detector.load(weights)` takes it."""
    return make_tiny_weights()


@pytest.fixture
def build_tiny_onnx() -> Callable[..., bytes]:
    """`tiny_onnx`, for tests that want it a little wrong."""
    return tiny_onnx


@pytest.fixture
def build_tiny_card() -> Callable[..., ModelCard]:
    """`tiny_card`, for tests that want it a little wrong."""
    return tiny_card


def write_faces(folder: Path, *, train: int = 6, valid: int = 4, size: int = 32, seed: int = 0) -> Path:
    """Pictures in ``folder/{train,valid,test}/{real,fake}``: soft colours with noise, fakes with a faint checkerboard.

    ``train`` and ``valid`` pictures of each class; the test split is as large as the validation split.
    """
    rng = np.random.default_rng(seed)
    board = 20.0 * (np.indices((size, size)).sum(axis=0) % 2 * 2 - 1)[:, :, None]
    for split, number in {"train": train, "valid": valid, "test": valid}.items():
        for label in ("real", "fake"):
            (folder / split / label).mkdir(parents=True)
            for i in range(number):
                pixels = rng.uniform(90, 160, (1, 1, 3)) + rng.normal(0, 4, (size, size, 3))
                pixels = (pixels + (board if label == "fake" else 0)).round().clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / split / label / f"{i:03}.png")
    return folder


@pytest.fixture
def make_faces(tmp_path: Path) -> Callable[..., Path]:
    """`write_faces` into a folder of the test; keywords as there."""
    return lambda name="faces", **options: write_faces(tmp_path / name, **options)


@pytest.fixture
def faces(make_faces: Callable[..., Path]) -> Path:
    """A folder of a few labelled pictures that a tiny network can learn to tell apart."""
    return make_faces()


@pytest.fixture(scope="session")
def face_writer() -> Callable[..., Path]:
    """`write_faces`, for fixtures that live longer than a test."""
    return write_faces
