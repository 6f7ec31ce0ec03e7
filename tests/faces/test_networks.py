"""The shipped file is the one that was made, or nothing is loaded; its networks against the same layers in NumPy."""

from __future__ import annotations

import ast
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fauxface.errors import WeightsError
from fauxface.faces import Finder, networks
from fauxface.faces.networks import FILE, HEADS, Name, Networks

Array = NDArray[np.float64]
Arrays = dict[str, Array]


@cache
def weights(name: Name) -> Arrays:
    """The constants of one network in the file, kernels as (rows, columns, in, out)."""
    onnx: Any = pytest.importorskip("onnx", reason="needs onnx, from the extra 'train'")
    from onnx import numpy_helper

    constants = onnx.load(FILE).graph.initializer
    arrays = {c.name: numpy_helper.to_array(c).astype(np.float64) for c in constants if c.name.startswith(name)}
    found = {key.removeprefix(f"{name}.").removesuffix(".weight"): array for key, array in arrays.items()}
    return {key: a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for key, a in found.items()}


def convolve(x: Array, arrays: Arrays, name: str) -> Array:
    kernel = arrays[name]
    windows = sliding_window_view(x, kernel.shape[:2], axis=(1, 2))  # n, rows, columns, channels, i, j
    return np.einsum("nrcaij,ijab->nrcb", windows, kernel, optimize=True) + arrays[f"{name}.bias"]


def prelu(x: Array, arrays: Arrays, name: str) -> Array:
    return np.where(x > 0, x, x * arrays[f"{name}.slope"].ravel()).astype(np.float64)


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
    """Channels before rows before columns, as ONNX flattens."""
    return x.transpose(0, 3, 1, 2).reshape(len(x), -1)


def reference(name: Name, x: Array) -> list[Array]:
    w = weights(name)
    pools = {"pnet": {"conv1": 2}, "rnet": {"conv1": 3, "conv2": 3}, "onet": {"conv1": 3, "conv2": 3, "conv3": 2}}[name]
    for layer in sorted(k for k in w if k.startswith("conv") and "." not in k):
        x = prelu(convolve(x, w, layer), w, layer)
        if layer in pools:
            x = pool(x, pools[layer])
    if name == "pnet":
        heads = [convolve(x, w, "box"), softmax(convolve(x, w, "face"))]
        return [h.transpose(0, 3, 1, 2) for h in heads]
    x = prelu(flat(x) @ w["dense"] + w["dense.bias"], w, "dense")
    answers = {head: x @ w[head] + w[f"{head}.bias"] for head in HEADS[name]}
    answers["face"] = softmax(answers["face"])
    return list(answers.values())


@pytest.mark.parametrize(
    ("name", "shape"), [("pnet", (12, 12)), ("pnet", (31, 44)), ("rnet", (24, 24)), ("onet", (48, 48))]
)
def test_the_same_numbers_as_in_numpy(name: Name, shape: tuple[int, int]) -> None:
    x = np.random.default_rng(5).uniform(-1, 1, (2, *shape, 3)).astype(np.float32)
    ours = Networks().run(name, np.ascontiguousarray(x.transpose(0, 3, 1, 2)))
    theirs = reference(name, x.astype(np.float64))
    assert [o.shape for o in ours] == [t.shape for t in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-5)


def test_the_licence_lies_beside_the_file_and_the_file_names_it() -> None:
    assert "MIT License" in (FILE.parent / "LICENSE").read_text(encoding="utf-8")
    assert b"github.com/ipazc/mtcnn" in FILE.read_bytes()


@pytest.mark.parametrize("change", ["one bit", "cut off", "longer", "empty"])
def test_another_file_is_refused_and_nothing_is_loaded(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(FILE.read_bytes())
    if change == "one bit":
        content[200_000] ^= 1
    changed = {"cut off": content[:-1], "longer": content + b"\0", "empty": b""}.get(change, content)
    monkeypatch.setattr(networks, "FILE", tmp_path / "mtcnn.onnx")
    networks.FILE.write_bytes(changed)
    with pytest.raises(WeightsError, match="nothing of it was loaded") as caught:
        Finder()
    assert caught.value.code == "weights_damaged"
    assert str(networks.FILE) in caught.value.message


def test_a_missing_file_and_a_folder_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (tmp_path / "gone.onnx", tmp_path):
        monkeypatch.setattr(networks, "FILE", place)
        with pytest.raises(WeightsError, match="install fauxface again") as caught:
            Finder()
        assert caught.value.code == "weights_not_found"


def test_the_room_opens_no_pickle_and_needs_no_package_to_read_the_file() -> None:
    for path in Path(networks.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                assert not {n.split(".")[0] for n in names} & {"pickle", "joblib", "mtcnn", "torch", "onnx"}, path
