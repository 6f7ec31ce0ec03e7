# /// script
# requires-python = ">=3.11"
# dependencies = ["joblib==1.4.2", "lz4==4.3.3", "mtcnn==1.0.0", "numpy>=1.26", "onnx>=1.17"]
# ///
"""Writes MTCNN's three networks as the one ONNX file that the package ships: run once, and anybody can repeat it.

    uv run --script tools/make_mtcnn.py [--check]

The numbers come from the package ``mtcnn`` 1.0.0 (MIT licence), whose files are joblib pickles packed with LZ4. A
pickle can run anything when it is loaded, so each file must have the SHA-256 of the release before it is opened. The
package's own code, which wants TensorFlow, is not imported.

The file is one graph of three parts that share nothing, each with an input and outputs of its own: ``pnet.pixels`` →
``pnet.box``, ``pnet.face``, and so on. Every convolution is without padding and followed by PReLU; poolings round their
size up, as Caffe does.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

VERSION: Final = "1.0.0"
OUT: Final = Path(__file__).resolve().parent.parent / "src/fauxface/faces/mtcnn/mtcnn.onnx"
ORIGIN: Final = (
    f"MTCNN (Zhang, Zhang, Li and Qiao 2016). Weights of the Python package mtcnn {VERSION}, "
    "https://github.com/ipazc/mtcnn, Copyright (c) 2019-2024 Iván de Paz Centeno, MIT licence (see LICENSE). "
    "Written by tools/make_mtcnn.py of fauxface."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One network.

    Attributes:
        sha256: of its weight file in the release.
        layers: convolutions and the dense layer by name, or (side, stride) of a max pooling, in order.
        heads: name → numbers it gives, in the order of the weights; "face" becomes two probabilities: of none, of one.
        side: of the input in pixels; None: free.
    """

    sha256: str
    layers: tuple[str | tuple[int, int], ...]
    heads: dict[str, int]
    side: int | None


PLANS: Final = {
    "pnet": Plan(
        "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
        ("conv1", (2, 2), "conv2", "conv3"),
        {"box": 4, "face": 2},
        None,
    ),
    "rnet": Plan(
        "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
        ("conv1", (3, 2), "conv2", (3, 2), "conv3", "dense"),
        {"box": 4, "face": 2},
        24,
    ),
    "onet": Plan(
        "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
        ("conv1", (3, 2), "conv2", (3, 2), "conv3", (2, 2), "conv4", "dense"),
        {"box": 4, "landmarks": 10, "face": 2},
        48,
    ),
}


def read(name: str, plan: Plan) -> dict[str, Floats]:
    """The arrays of one network by layer: the weight, ``.bias`` and, but for heads, ``.slope`` (of PReLU).

    Raises:
        SystemExit: the package is missing or another one.
    """
    import joblib

    try:
        path = Path(str(metadata.distribution("mtcnn").locate_file(f"mtcnn/assets/weights/{name}.lz4")))
    except metadata.PackageNotFoundError:
        sys.exit(f"the package mtcnn is not installed: run  pip install mtcnn=={VERSION} joblib lz4")
    if hashlib.sha256(path.read_bytes()).hexdigest() != plan.sha256:
        sys.exit(f"{path}: not the file of mtcnn {VERSION}; it was not opened")
    layers = [layer for layer in plan.layers if isinstance(layer, str)]
    names = [f"{layer}{part}" for layer in layers for part in ("", ".bias", ".slope")]
    names += [f"{head}{part}" for head in plan.heads for part in ("", ".bias")]
    return dict(zip(names, joblib.load(path), strict=True))


class Part:
    """Nodes and constants of one network while it is put together; names begin with the network's."""

    def __init__(self, name: str, arrays: dict[str, Floats]) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._name, self._arrays = name, arrays

    def build(self, plan: Plan) -> None:
        """All layers and heads of a plan."""
        last = f"{self._name}.pixels"
        for number, layer in enumerate(plan.layers):
            last = self._weighted(layer, last) if isinstance(layer, str) else self._pooled(number, last, *layer)
        for head in plan.heads:
            if head == "face":
                self._add("Softmax", [self._linear(head, last, f"{head}.linear")], head, axis=1)
            else:
                self._linear(head, last, head)

    def _add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        output = f"{self._name}.{output}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def _constant(self, name: str, array: Floats) -> str:
        from onnx import numpy_helper

        name = f"{self._name}.{name}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, "<f4"), name))
        return name

    def _pooled(self, number: int, source: str, side: int, stride: int) -> str:
        options = {"kernel_shape": [side, side], "strides": [stride, stride], "ceil_mode": 1}
        return self._add("MaxPool", [source], f"pool{number}", **options)

    def _weighted(self, layer: str, source: str) -> str:
        """A convolution or dense layer with its PReLU."""
        out = self._linear(layer, source, f"{layer}.linear")
        slope = self._arrays[f"{layer}.slope"]
        slope = slope.reshape(-1) if layer == "dense" else slope.reshape(-1, 1, 1)
        return self._add("PRelu", [out, self._constant(f"{layer}.slope", slope)], f"{layer}.active")

    def _linear(self, layer: str, source: str, output: str) -> str:
        weight = self._arrays[layer]  # kernels (rows, columns, in, out), dense layers (in, out)
        kind = "Conv" if weight.ndim == 4 else "Gemm"
        if kind == "Conv":
            weight = weight.transpose(3, 2, 0, 1)
        elif layer == "dense":
            source = self._add("Flatten", [source], "flat", axis=1)
            weight = channels_first(weight, self._arrays)
        bias = self._constant(f"{layer}.bias", self._arrays[f"{layer}.bias"])
        return self._add(kind, [source, self._constant(f"{layer}.weight", weight), bias], output)


def channels_first(dense: Floats, arrays: dict[str, Floats]) -> Floats:
    """Rows of a dense layer from (column, row, channel), the order of the weights, to ONNX's (channel, row, column)."""
    channels = arrays["conv4" if "conv4" in arrays else "conv3"].shape[3]
    side = round((len(dense) / channels) ** 0.5)
    return dense.reshape(side, side, channels, -1).transpose(2, 1, 0, 3).reshape(dense.shape)


def model() -> bytes:
    """The whole file, the same bytes each time.

    Raises:
        SystemExit: as `read`.
    """
    import onnx
    from onnx import TensorProto, helper

    nodes, constants, inputs, outputs = [], [], [], []
    for name, plan in PLANS.items():
        part = Part(name, read(name, plan))
        part.build(plan)
        nodes += part.nodes
        constants += part.constants
        sides = [plan.side or f"{name}.height", plan.side or f"{name}.width"]
        maps = [] if plan.side else [f"{name}.rows", f"{name}.columns"]
        batch = f"{name}.batch"
        inputs.append(helper.make_tensor_value_info(f"{name}.pixels", TensorProto.FLOAT, [batch, 3, *sides]))
        for head, count in plan.heads.items():
            outputs.append(helper.make_tensor_value_info(f"{name}.{head}", TensorProto.FLOAT, [batch, count, *maps]))
    graph = helper.make_graph(nodes, "mtcnn", inputs, outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    made.producer_name, made.doc_string = "fauxface", ORIGIN
    onnx.checker.check_model(made, full_check=True)
    return made.SerializeToString(deterministic=True)


def main() -> int:
    """Write the file, or compare; 1 if the one that is there is another."""
    parser = argparse.ArgumentParser(description="Write MTCNN as the one ONNX file that the package ships.")
    parser.add_argument("--check", action="store_true", help="write nothing; is the file that is there this one?")
    given = parser.parse_args()
    content = model()
    digest = hashlib.sha256(content).hexdigest()
    if given.check:
        same = OUT.is_file() and OUT.read_bytes() == content
        print(f"{OUT.name}: {'the same' if same else 'another one'} ({digest})")
        return 0 if same else 1
    OUT.write_bytes(content)
    print(f"{OUT}: {len(content):,} bytes, SHA-256 {digest}: this belongs into fauxface.faces.networks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
