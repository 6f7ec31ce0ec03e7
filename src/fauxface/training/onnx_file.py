"""From a network in PyTorch to one small ONNX file."""

from __future__ import annotations

import io
import math
import warnings
from typing import Any

import numpy as np
import torch
from torch import nn

INPUT, LOGIT, MAP = "pixels", "logit", "activation_map"


def to_onnx(network: nn.Module, size: int, *, half: bool = False) -> bytes:
    """Write a network as ONNX: input ``pixels`` (N, 3, size, size), outputs ``logit`` (N,), ``activation_map``.

    Args:
        network: as the registry builds them, in evaluation mode.
        size: side of the input in pixels.
        half: store large weights in half precision; the runtime computes in float32 all the same.

    Returns:
        The file's bytes.
    """
    import onnx

    example = torch.zeros(2, 3, size, size)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
        program = torch.onnx.export(
            network.cpu().eval().to(memory_format=torch.contiguous_format),  # pyright: ignore[reportCallIssue]
            (example,),
            input_names=[INPUT],
            output_names=[LOGIT, MAP],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    program.save(file)  # pyright: ignore[reportArgumentType] (what it calls takes files too)
    model = onnx.load_model_from_string(file.getvalue())
    share_constants(model)
    if half:
        halve(model)
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]  # source lines of this machine
        node.doc_string = ""
    onnx.checker.check_model(model)
    return model.SerializeToString()


def share_constants(model: Any, smallest: int = 4096) -> None:
    """Keep one copy of each large constant; the exporter writes one for every place that asks for it.

    Weights keep their names: what a layer learned is found by it. So do outputs.
    """
    from onnx import numpy_helper

    kept: dict[tuple[Any, ...], str] = {}
    instead: dict[str, str] = {}
    outputs = {output.name for output in model.graph.output}
    for tensor in model.graph.initializer:
        if math.prod(tensor.dims) < smallest or tensor.name.endswith(".weight") or tensor.name in outputs:
            continue
        values = numpy_helper.to_array(tensor)
        first = kept.setdefault((tensor.data_type, values.shape, values.tobytes()), tensor.name)
        if first != tensor.name:
            instead[tensor.name] = first
    for node in model.graph.node:
        node.input[:] = [instead.get(name, name) for name in node.input]
    others = [tensor for tensor in model.graph.initializer if tensor.name not in instead]
    del model.graph.initializer[:]
    model.graph.initializer.extend(others)


def halve(model: Any, smallest: int = 1024) -> None:
    """Store float32 weights of at least ``smallest`` numbers as float16, each behind a cast that the runtime folds.

    Weights of layers only: variances of statistics and fixed transforms span more than half precision can hold.
    """
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < smallest or not tensor.name.endswith(".weight"):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + ".half"))
        casts.append(helper.make_node("Cast", [name + ".half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    # Shapes noted for the old weights would name tensors that are now computed; the runtime infers them again.
    del model.graph.value_info[:]
