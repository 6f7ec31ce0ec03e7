"""A trained face network back from the file that it was exported to, where its run folder is gone.

An exported file has every normalisation folded into the convolution before it. That is the same function, so it can
be evaluated, stand beside traces and be exported again; to train on, its normalisations start anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fauxface.errors import FauxfaceError, WeightsError
from fauxface.models import registry
from fauxface.models.resnet import Bottleneck, ResNet
from fauxface.runtime.onnx_guard import refuse_external_data
from fauxface.training.recipe import Recipe
from fauxface.weights.store import resolve

PARTNER: Final = "-traces"
_Tensors = Mapping[str, NDArray[Any]]


def read_back(weights: str | Path) -> tuple[Recipe, nn.Module, dict[str, Any]]:
    """The face network of exported weights; of a pair that looks at traces too, the face's half.

    Args:
        weights: as for `fauxface.weights.store.resolve`.

    Returns:
        the recipe it was trained by, the network in evaluation mode, and how it came about: what its card says of its
        training, and under ``read_back`` which card.

    Raises:
        WeightsError: they cannot be found, are damaged, or hold no ResNet of ours (code ``bad_weights``).
    """
    import onnx
    from google.protobuf.message import DecodeError

    loaded = resolve(weights)
    data = loaded.read()
    refuse_external_data(data)
    try:
        recipe = _recipe(loaded.card.training["recipe"], loaded.card.architecture)
        network = registry.create(recipe.model, **recipe.model_options)
        if not isinstance(network, ResNet):
            raise WeightsError(f"{loaded.path}: holds a {recipe.model}; only a ResNet of ours can be read back")
        tensors = {t.name.removesuffix(".half"): t for t in onnx.load_model_from_string(data).graph.initializer}
        _fill(network, {name: onnx.numpy_helper.to_array(tensor) for name, tensor in tensors.items()})
    except (FauxfaceError, DecodeError, AttributeError, KeyError, ValueError, TypeError, RuntimeError) as e:
        if isinstance(e, WeightsError):
            raise
        raise WeightsError(f"{loaded.path}: no network can be read back from it ({e})") from e
    about = loaded.card.training
    if loaded.card.architecture.endswith(PARTNER):
        about = about.get("started_from", {})
    return recipe, network.eval(), {**about, "recipe": recipe.name, "read_back": loaded.card.id}


def _recipe(said: Mapping[str, Any], architecture: str) -> Recipe:
    """The face's half of what a card says."""
    if architecture.endswith(PARTNER):
        options = said["model_options"].get("face", {})
        said = {**said, "model": architecture.removesuffix(PARTNER), "model_options": options}
        said["name"] = said["name"].removesuffix(PARTNER)
    return Recipe.model_validate(said)


def _fill(network: ResNet, tensors: _Tensors) -> None:
    prefix = "face." if any(name.startswith("face.") for name in tensors) else ""
    stem, norm = network.stem[0], network.stem[1]
    _convolution(stem, norm, tensors, f"{prefix}stem.0")
    for name, block in network.named_modules():
        if not isinstance(block, Bottleneck):
            continue
        for i in (1, 2, 3):
            _convolution(getattr(block, f"conv{i}"), getattr(block, f"norm{i}"), tensors, f"{prefix}{name}.conv{i}")
        if isinstance(block.skip, nn.Sequential):
            _convolution(block.skip[0], block.skip[1], tensors, f"{prefix}{name}.skip.0")
    channels = network.classifier.in_features
    # The exporter has turned the classifier into one number a channel, under a name of its own.
    (weight,) = (value for value in tensors.values() if value.shape == (1, channels, 1, 1))
    with torch.no_grad():
        network.classifier.weight.copy_(_tensor(weight).reshape(1, channels))
        network.classifier.bias.copy_(_tensor(tensors[f"{prefix}classifier.bias"]))


def _convolution(convolution: nn.Module, norm: nn.Module, tensors: _Tensors, name: str) -> None:
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    with torch.no_grad():
        convolution.weight.copy_(_tensor(tensors[f"{name}.weight"]))
        # So that the normalisation does nothing but add the bias.
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.fill_(1)
        norm.bias.copy_(_tensor(tensors[f"{name}.weight_bias"]))


def _tensor(values: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))
