"""The three networks against the same layers in plain NumPy, in the layout of the weights (rows, columns, channels)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fauxface.faces.assets import Arrays, load
from fauxface.faces.networks import PLANS, Network, to_onnx

Array = NDArray[np.float64]


def convolve(x: Array, arrays: Arrays, name: str) -> Array:
    kernel = arrays[name].astype(np.float64)
    windows = sliding_window_view(x, kernel.shape[:2], axis=(1, 2))  # n, rows, columns, channels, i, j
    return np.einsum("nrcaij,ijab->nrcb", windows, kernel, optimize=True) + arrays[f"{name}.bias"]


def prelu(x: Array, arrays: Arrays, name: str) -> Array:
    return np.where(x > 0, x, x * arrays[f"{name}.slope"]).astype(np.float64)


def pool(x: Array, side: int) -> Array:
    """Stride 2; a last window that reaches over the border counts what is there."""
    rows, columns = (math.ceil((n - side) / 2) + 1 for n in x.shape[1:3])
    out = np.empty((len(x), rows, columns, x.shape[3]))
    for r in range(rows):
        for c in range(columns):
            out[:, r, c] = x[:, 2 * r : 2 * r + side, 2 * c : 2 * c + side].max(axis=(1, 2))
    return out


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def flat(x: Array) -> Array:
    """Columns before rows, as the networks were trained (in a language that stores columns first)."""
    return x.transpose(0, 2, 1, 3).reshape(len(x), -1)


def reference(name: str, x: Array) -> list[Array]:
    w = load(name)
    pools = {"pnet": {"conv1": 2}, "rnet": {"conv1": 3, "conv2": 3}, "onet": {"conv1": 3, "conv2": 3, "conv3": 2}}[name]
    for layer in [k for k in w if k.startswith("conv") and "." not in k]:
        x = prelu(convolve(x, w, layer), w, layer)
        if layer in pools:
            x = pool(x, pools[layer])
    if name == "pnet":
        heads = [convolve(x, w, "box"), softmax(convolve(x, w, "face"))]
        return [h.transpose(0, 3, 1, 2) for h in heads]
    x = prelu(flat(x) @ w["dense"] + w["dense.bias"], w, "dense")
    heads = {head: x @ w[head] + w[f"{head}.bias"] for head in PLANS[name].heads}
    heads["face"] = softmax(heads["face"])
    return list(heads.values())


@pytest.mark.parametrize(
    ("name", "shape"), [("pnet", (12, 12)), ("pnet", (31, 44)), ("rnet", (24, 24)), ("onet", (48, 48))]
)
def test_the_same_numbers_as_in_numpy(name: str, shape: tuple[int, int]) -> None:
    x = np.random.default_rng(5).uniform(-1, 1, (2, *shape, 3)).astype(np.float32)
    ours = Network(name).run(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))
    theirs = reference(name, x.astype(np.float64))
    assert [o.shape for o in ours] == [t.shape for t in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-5)


@pytest.mark.parametrize("name", PLANS)
def test_the_written_file_is_onnx(name: str) -> None:
    onnx = pytest.importorskip("onnx", reason="needs onnx, from the extra 'train'")
    content = to_onnx(PLANS[name], load(name))
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
