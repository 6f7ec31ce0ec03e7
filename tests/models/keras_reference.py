"""The published Keras networks a second time, in plain NumPy, from their description and not from our PyTorch code.

Pictures are (H, W, channel) with blue first, kernels (height, width, in, out), "same" padding as TensorFlow does it:
everything as in keras_vggface/models.py of release v2.0. Also writes weight files as Keras 2 lays them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]
Weights = dict[str, dict[str, NDArray[np.float32]]]

STAGES = {2: (3, 64), 3: (4, 128), 4: (6, 256), 5: (3, 512)}
"""Stage: its blocks, and the channels of its first two convolutions; four times as many come out."""
VGG16 = {1: (2, 64), 2: (2, 128), 3: (3, 256), 4: (3, 512), 5: (3, 512)}
"""Stage: its convolutions, and their channels."""


def residual_shapes(squeeze: bool) -> dict[str, dict[str, tuple[int, ...]]]:
    """Names and shapes in the file of ResNet-50 or SENet-50 without its top."""
    shapes: dict[str, dict[str, tuple[int, ...]]] = {}

    def convolution(name: str, *kernel: int) -> None:
        shapes[name] = {"kernel": kernel}
        shapes[f"{name}/bn"] = dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), kernel[3:])

    convolution("conv1/7x7_s2", 7, 7, 3, 64)
    channels = 64
    for stage, (blocks, width) in STAGES.items():
        for block in range(1, blocks + 1):
            name = f"conv{stage}_{block}_"
            convolution(f"{name}1x1_reduce", 1, 1, channels, width)
            convolution(f"{name}3x3", 3, 3, width, width)
            convolution(f"{name}1x1_increase", 1, 1, width, 4 * width)
            if squeeze:
                few = 4 * width // 16
                shapes[f"{name}1x1_down"] = {"kernel": (1, 1, 4 * width, few), "bias": (few,)}
                shapes[f"{name}1x1_up"] = {"kernel": (1, 1, few, 4 * width), "bias": (4 * width,)}
            if block == 1:
                convolution(f"{name}1x1_proj", 1, 1, channels, 4 * width)
            channels = 4 * width
    return shapes


def vgg16_shapes() -> dict[str, dict[str, tuple[int, ...]]]:
    """Names and shapes in the file of VGG-16 without its top."""
    shapes, channels = {}, 3
    for stage, (convolutions, width) in VGG16.items():
        for i in range(1, convolutions + 1):
            shapes[f"conv{stage}_{i}"] = {"kernel": (3, 3, channels, width), "bias": (width,)}
            channels = width
    return shapes


def random_weights(shapes: dict[str, dict[str, tuple[int, ...]]], seed: int = 0) -> Weights:
    """Numbers of about the size that trained networks have, so that nothing dies or explodes on the way."""
    rng = np.random.default_rng(seed)
    made: Weights = {}
    for layer, arrays in shapes.items():
        made[layer] = {}
        for kind, shape in arrays.items():
            if kind == "kernel":
                values = rng.standard_normal(shape, dtype=np.float32) * np.sqrt(2 / np.prod(shape[:3]))
            elif kind == "moving_variance":  # the stem sees pixels of 0 to 255
                values = rng.uniform(0.5, 1.5, shape) * (10_000 if "7x7" in layer else 1)
            elif kind == "gamma":
                values = rng.uniform(0.5, 1.5, shape) * (0.3 if "increase" in layer else 1)
            else:
                values = rng.normal(0, 0.2, shape)
            made[layer][kind] = values.astype(np.float32)
    return made


def write_h5(path: Path, weights: Weights, *, root: str = "/", scope: str = "") -> Path:
    """A weight file as Keras 2 writes it, with the layers that have no weights.

    ``root``: the group that holds the layers; ``scope``: added to the arrays' names, as TensorFlow may do.
    """
    with h5py.File(path, "w") as file:
        group = file.require_group(root)
        group.attrs["layer_names"] = np.array([n.encode() for n in ("input_1", *weights, "activation_1", "avg_pool")])
        group.attrs["backend"] = b"tensorflow"
        group.attrs["keras_version"] = b"2.1.1"
        for empty in ("input_1", "activation_1", "avg_pool"):
            group.create_group(empty).attrs["weight_names"] = np.asarray([])
        for layer, arrays in weights.items():
            own = group.require_group(layer)
            own.attrs["weight_names"] = np.array([f"{layer}{scope}/{kind}:0".encode() for kind in arrays])
            for kind, values in arrays.items():
                own.create_dataset(f"{layer}{scope}/{kind}:0", data=values)
    return path


def residual_features(weights: Weights, bgr: Array, squeeze: bool) -> Array:
    """(H, W, 3), means taken off, to (h, w, 2048)."""
    epsilon = 1e-4 if squeeze else 1e-3

    def unit(x: Array, name: str, stride: int = 1) -> Array:
        return _normalised(_convolved(x, weights[name], stride), weights[f"{name}/bn"], epsilon)

    x = _max_pooled(_relu(unit(bgr, "conv1/7x7_s2", 2)), 3)
    for stage, (blocks, _) in STAGES.items():
        for block in range(1, blocks + 1):
            name = f"conv{stage}_{block}_"
            stride = 2 if stage > 2 and block == 1 else 1
            y = _relu(unit(x, f"{name}1x1_reduce", stride))
            y = _relu(unit(y, f"{name}3x3"))
            y = unit(y, f"{name}1x1_increase")
            if squeeze:
                scale = y.mean(axis=(0, 1), keepdims=True)
                scale = _relu(_convolved(scale, weights[f"{name}1x1_down"]))
                y = y / (1 + np.exp(-_convolved(scale, weights[f"{name}1x1_up"])))
            x = _relu(y + (unit(x, f"{name}1x1_proj", stride) if block == 1 else x))
    return x


def vgg16_features(weights: Weights, bgr: Array) -> Array:
    """(H, W, 3), means taken off, to (H/32, W/32, 512)."""
    x = bgr
    for stage, (convolutions, _) in VGG16.items():
        for i in range(1, convolutions + 1):
            x = _relu(_convolved(x, weights[f"conv{stage}_{i}"]))
        x = _max_pooled(x, 2)
    return x


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


def _normalised(x: Array, of: dict[str, NDArray[np.float32]], epsilon: float) -> Array:
    gamma, beta, mean, variance = (
        of[k].astype(np.float64) for k in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def _convolved(x: Array, of: dict[str, NDArray[np.float32]], stride: int = 1) -> Array:
    """ "same" padding: ⌈size / stride⌉ results, zeros around, the odd one at the bottom and on the right."""
    kernel = of["kernel"].astype(np.float64)
    pads = list(_same(x.shape[:2], kernel.shape[:2], stride))
    windows = sliding_window_view(np.pad(x, [*pads, (0, 0)]), kernel.shape[:2], axis=(0, 1))[::stride, ::stride]
    # windows: (h, w, channel, kernel height, kernel width)
    result = np.tensordot(windows, kernel, axes=([3, 4, 2], [0, 1, 2]))
    return result + of["bias"].astype(np.float64) if "bias" in of else result


def _same(sizes: tuple[int, ...], kernel: tuple[int, ...], stride: int) -> Iterator[tuple[int, int]]:
    for size, k in zip(sizes, kernel, strict=True):
        results = (size + stride - 1) // stride
        total = max((results - 1) * stride + k - size, 0)
        yield total // 2, total - total // 2


def _max_pooled(x: Array, side: int) -> Array:
    """Windows of ``side``, every second one, only those that lie inside ("valid")."""
    return sliding_window_view(x, (side, side), axis=(0, 1))[::2, ::2].max(axis=(3, 4))
