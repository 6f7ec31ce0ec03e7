"""MTCNN's three networks in ONNX Runtime: P-Net proposes, R-Net refines, O-Net decides and marks five points.

Zhang, Zhang, Li and Qiao, "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016.
Every convolution is without padding and followed by PReLU; poolings round their size up, as Caffe does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.errors import FauxfaceError, WeightsError
from fauxface.faces import onnx_file
from fauxface.faces.assets import Arrays, load

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plan:
    """Layers of one network, in order.

    Attributes:
        layers: names of convolutions and the dense layer in the weights, or (side, stride) of a max pooling.
        side: of the input in pixels; None if free.
        heads: output name → numbers it gives; "face" becomes two probabilities, of no face and of a face.
    """

    layers: tuple[str | tuple[int, int], ...]
    side: int | None
    heads: dict[str, int]


PLANS: Final = {
    "pnet": Plan(("conv1", (2, 2), "conv2", "conv3"), None, {"box": 4, "face": 2}),
    "rnet": Plan(("conv1", (3, 2), "conv2", (3, 2), "conv3", "dense"), 24, {"box": 4, "face": 2}),
    "onet": Plan(
        ("conv1", (3, 2), "conv2", (3, 2), "conv3", (2, 2), "conv4", "dense"),
        48,
        {"box": 4, "face": 2, "landmarks": 10},
    ),
}
_SILENT: Final = 4  # ONNX Runtime logs only what is fatal; everything else comes as an exception


class Network:
    """One of the three networks, loaded; safe to use from several threads."""

    def __init__(self, name: str, *, threads: int = 1) -> None:
        """Read the weights and build the network; takes some milliseconds.

        Raises:
            MissingFaceFinderError: the weights are not installed.
            WeightsError: they are not those of the release, or ONNX Runtime cannot use them.
        """
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.log_severity_level = _SILENT
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Each picture has sizes of its own: plans for fixed sizes and an arena would only keep memory.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        self._outputs = list(PLANS[name].heads)
        try:
            content = to_onnx(PLANS[name], load(name))
            self._session = ort.InferenceSession(content, sess_options=options, providers=["CPUExecutionProvider"])
        except FauxfaceError:
            raise
        except Exception as e:
            # On purpose: ONNX Runtime raises a dozen private exception types.
            raise WeightsError(f"ONNX Runtime cannot load the face finder's network {name}: {e}") from e

    def run(self, pixels: Floats) -> tuple[Floats, ...]:
        """Heads in the order of the plan, for (N, 3, H, W) of (value - 127.5) / 128.

        P-Net answers with maps (N, numbers, rows, columns), the others with (N, numbers).
        """
        return tuple(np.asarray(x) for x in self._session.run(self._outputs, {"pixels": pixels}))


def to_onnx(plan: Plan, arrays: Arrays) -> bytes:
    """The network as an ONNX file with the input "pixels" (N, 3, H, W) and one output a head."""
    graph = _Graph(arrays)
    last = "pixels"
    for number, layer in enumerate(plan.layers):
        last = graph.weighted(layer, last) if isinstance(layer, str) else graph.pooling(f"pool{number}", last, *layer)
    for head in plan.heads:
        graph.head(head, last)
    sides: tuple[onnx_file.Dimension, ...] = ("H", "W") if plan.side is None else (plan.side, plan.side)
    tail = ("h", "w") if plan.side is None else ()
    outputs = {head: ("N", count, *tail) for head, count in plan.heads.items()}
    return onnx_file.model(graph.nodes, graph.constants, {"pixels": ("N", 3, *sides)}, outputs)


class _Graph:
    """Nodes and constants of a network while it is put together; each method gives the name of its output."""

    def __init__(self, arrays: Arrays) -> None:
        self.nodes: list[bytes] = []
        self.constants: Arrays = {}
        self._arrays = arrays

    def pooling(self, name: str, source: str, side: int, stride: int) -> str:
        options = {"kernel_shape": (side, side), "strides": (stride, stride), "ceil_mode": 1}
        self.nodes.append(onnx_file.node("MaxPool", (source,), name, **options))
        return name

    def weighted(self, name: str, source: str) -> str:
        """A convolution or dense layer with its PReLU."""
        out, slope = self._linear(name, source), self._arrays[f"{name}.slope"]
        self.constants[f"{name}.slope"] = slope if name == "dense" else slope.reshape(-1, 1, 1)
        self.nodes.append(onnx_file.node("PRelu", (out, f"{name}.slope"), f"{name}.active"))
        return f"{name}.active"

    def head(self, name: str, source: str) -> str:
        out = self._linear(name, source)
        if name == "face":
            self.nodes.append(onnx_file.node("Softmax", (out,), name, axis=1))
        else:
            self.nodes.append(onnx_file.node("Identity", (out,), name))
        return name

    def _linear(self, name: str, source: str) -> str:
        weight = self._arrays[name]
        if weight.ndim == 4:
            kind, weight = "Conv", weight.transpose(3, 2, 0, 1)
        else:
            kind = "Gemm"
            if name == "dense":
                self.nodes.append(onnx_file.node("Flatten", (source,), "flat", axis=1))
                source, weight = "flat", _channels_first(weight, self._arrays)
        self.constants |= {f"{name}.weight": weight, f"{name}.bias": self._arrays[f"{name}.bias"]}
        self.nodes.append(onnx_file.node(kind, (source, f"{name}.weight", f"{name}.bias"), f"{name}.linear"))
        return f"{name}.linear"


def _channels_first(dense: Floats, arrays: Arrays) -> Floats:
    """Rows of a dense layer from (column, row, channel), the order of the weights, to ONNX's (channel, row, column)."""
    before = arrays["conv4" if "conv4" in arrays else "conv3"]
    channels = before.shape[3]
    side = round((len(dense) / channels) ** 0.5)
    folded = dense.reshape(side, side, channels, -1)
    return np.ascontiguousarray(folded.transpose(2, 1, 0, 3).reshape(dense.shape))
