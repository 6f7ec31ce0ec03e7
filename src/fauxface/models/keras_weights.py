"""Published Keras weights into networks in PyTorch: the layouts, the order of colours, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fauxface.models.keras_h5 import read


def load(layers: Mapping[str, nn.Module], path: Path, *, bgr: str) -> None:
    """Fill a network's layers from a weight file, each by its Keras name.

    Kernels are turned from (height, width, in, out) to (out, in, height, width); gamma, beta, mean and variance of a
    normalisation become its weight, bias and running statistics. Everything is read and checked before the first
    number is copied.

    Args:
        layers: Keras name → ``Conv2d`` or ``BatchNorm2d``: all layers of the file that have weights.
        bgr: the layer that sees the picture. Its file expects blue, green, red; fauxface feeds red, green, blue.

    Raises:
        WeightsError: as `fauxface.models.keras_h5.read`; the network is as it was.
    """
    targets = {name: _targets(layer) for name, layer in layers.items()}
    shapes = {name: {kind: _keras_shape(tensor) for kind, tensor in slots.items()} for name, slots in targets.items()}
    arrays = read(path, shapes)
    arrays[bgr]["kernel"] = arrays[bgr]["kernel"][:, :, ::-1, :]
    with torch.no_grad():
        for name, slots in targets.items():
            for kind, tensor in slots.items():
                tensor.copy_(torch.from_numpy(_torch_layout(arrays[name][kind])))


def _targets(layer: nn.Module) -> dict[str, Tensor]:
    """A layer's tensors by what Keras calls them, in Keras's order."""
    if isinstance(layer, nn.Conv2d):
        return {"kernel": layer.weight} | ({} if layer.bias is None else {"bias": layer.bias})
    assert isinstance(layer, nn.BatchNorm2d), type(layer)
    assert layer.running_mean is not None
    assert layer.running_var is not None
    return {
        "gamma": layer.weight,
        "beta": layer.bias,
        "moving_mean": layer.running_mean,
        "moving_variance": layer.running_var,
    }


def _keras_shape(tensor: Tensor) -> tuple[int, ...]:
    if tensor.ndim != 4:
        return tuple(tensor.shape)
    out, into, height, width = tensor.shape
    return height, width, into, out


def _torch_layout(array: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(array.transpose(3, 2, 0, 1) if array.ndim == 4 else array)
