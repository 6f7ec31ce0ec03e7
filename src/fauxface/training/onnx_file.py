"""From a network in PyTorch to one small ONNX file."""

from __future__ import annotations

import io
import math
import warnings
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from fauxface.runtime.onnx import OnnxSession
from fauxface.runtime.session import MeasuringSession
from fauxface.runtime.torch import TorchSession
from fauxface.training.folding import folded

_WORTH_AN_EXPORT: Final = 200
INPUT, OUTPUTS = "pixels", ("logit", "activation_map", "distance")


def to_onnx(network: nn.Module, size: int, *, half: bool = False) -> bytes:
    """Write a network as ONNX: input ``pixels`` (N, 3, size, size), outputs ``logit`` (N,), ``activation_map``, and
    ``distance`` (N,) of a network that gives three (`fauxface.training.novelty.Familiar`).

    Args:
        network: as the registry builds them, in evaluation mode.
        size: side of the input in pixels.
        half: store large weights in half precision; the runtime computes in float32 all the same.

    Returns:
        The file's bytes.
    """
    import onnx

    example = torch.zeros(2, 3, size, size)
    plain = network.cpu().eval().to(memory_format=torch.contiguous_format)  # pyright: ignore[reportCallIssue]
    with torch.inference_mode():
        given = len(plain(example[:1]))
    plain = folded(plain, torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0)))
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
        program = torch.onnx.export(
            plain,
            (example,),
            input_names=[INPUT],
            output_names=list(OUTPUTS[:given]),
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            dynamo=True,
            verbose=False,
            optimize=False,
        )
    assert program is not None
    simplify(program.model)
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


def session_for(network: nn.Module, size: int, pictures: int, *, measures: bool = False) -> MeasuringSession:
    """A session that judges so many pictures in the least time.

    ONNX Runtime is several times as fast as PyTorch on a processor, but the export takes seconds.

    Args:
        network: as in `to_onnx`.
        size: side of the pictures, in pixels.
        pictures: how many there will be.
        measures: whether the network gives distances.
    """
    if pictures < _WORTH_AN_EXPORT:
        return TorchSession(network, measures=measures, device="cpu")
    return OnnxSession(to_onnx(network, size))


def simplify(model: Any) -> None:
    """Compute what is constant, write what is equal once, fold normalisations into the convolutions before them.

    What the exporter's own optimiser does, less its other rewriting rules: it tries each on each of 13,000 nodes of a
    network of many constants, most of them copies of one constant or shape, for minutes
    (`docs/experiments/21-calibrate-on-more.md`); the runtime has such rules of its own.

    Args:
        model: as `onnx_ir` holds it; changed in place.
    """
    import onnxscript.optimizer
    from onnx_ir.passes import Sequential, common
    from onnxscript.rewriter import RewritePass
    from onnxscript.rewriter.rules.common import fuse_batchnorm_into_conv_rule, remove_optional_bias_from_conv_rule

    lift = common.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0)
    once = common.CommonSubexpressionEliminationPass()
    Sequential(common.InlinePass(), lift, common.DeduplicateInitializersPass(), once)(model)
    onnxscript.optimizer.fold_constants(model)
    Sequential(
        common.RemoveUnusedNodesPass(),
        RewritePass((remove_optional_bias_from_conv_rule,)),  # else the folded ones would take the name of a zero
        RewritePass((fuse_batchnorm_into_conv_rule,)),
        lift,
        once,
        common.RemoveUnusedNodesPass(),
        common.RemoveUnusedFunctionsPass(),
        common.RemoveUnusedOpsetsPass(),
        common.OutputFixPass(),
        common.NameFixPass(),
    )(model)


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
