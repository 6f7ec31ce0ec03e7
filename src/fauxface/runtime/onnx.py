"""Judging with ONNX Runtime on the processor: the default runtime, which needs no PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from fauxface.errors import WeightsError
from fauxface.runtime.allocator import giving_back
from fauxface.runtime.onnx_guard import refuse_external_data

INPUT = "pixels"
OUTPUTS = ("logit", "activation_map")
DISTANCE = "distance"
_SILENT = 4  # only "fatal"; everything else comes as an exception anyway


class OnnxSession:
    """One loaded ONNX network; safe to use from several threads.

    The graph has the input ``pixels`` (N, 3, S, S) float32 and the outputs ``logit`` (N,) and
    ``activation_map`` (N, h, w), and perhaps ``distance`` (N,), N free.
    """

    def __init__(self, model: bytes | Path, *, threads: int | None = None) -> None:
        """Load a network.

        Args:
            model: a whole ONNX file, already verified, as bytes or as a path (then no copy of it is held in memory
                while it is loaded); it may not refer to other files.
            threads: processor threads for one batch; default: one for each core.

        Raises:
            WeightsError: bad_weights if the bytes are damaged or the graph is another one.
        """
        refuse_external_data(model)
        try:
            with giving_back():
                self._session = ort.InferenceSession(
                    model, sess_options=_options(threads), providers=["CPUExecutionProvider"]
                )
        except Exception as e:
            # On purpose: ONNX Runtime raises a dozen private exception types, and RuntimeError or ValueError
            # besides.
            raise WeightsError(f"ONNX Runtime cannot load the weights: {_first_line(e)}") from e
        # The wrapper keeps the file's bytes forever to rebuild itself on other devices, which is never asked
        # for here; without them a 25-million-parameter network takes 100 MB less.
        if hasattr(self._session, "_model_bytes"):
            self._session._model_bytes = None
        self._check_graph()

    @property
    def input_size(self) -> int | None:
        """Side S of the input in pixels if the graph fixes it."""
        side = self._session.get_inputs()[0].shape[2]
        return side if isinstance(side, int) else None

    def run(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `fauxface.runtime.session.Session.run`.

        Raises:
            WeightsError: bad_weights if the graph fails on a batch of the right kind or answers in another
            shape.
        """
        logit, maps = self._answers(batch, OUTPUTS)
        return logit, maps

    @property
    def measures(self) -> bool:
        """Whether the graph has the output ``distance``."""
        return any(o.name == DISTANCE for o in self._session.get_outputs())

    def measure(
        self, batch: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """See `fauxface.runtime.session.MeasuringSession.measure`.

        Raises:
            WeightsError: as `run`; the graph measures no distance.
        """
        logit, maps, distance = self._answers(batch, (*OUTPUTS, DISTANCE))
        if distance.shape != (len(batch),):
            raise WeightsError(f"the network measured {distance.shape} for {len(batch)} pictures")
        return logit, maps, distance

    def _answers(self, batch: NDArray[np.float32], names: tuple[str, ...]) -> list[NDArray[np.float32]]:
        try:
            found = [np.asarray(x) for x in self._session.run(list(names), {INPUT: batch})]
        except Exception as e:
            raise WeightsError(f"the network failed on a batch of shape {batch.shape}: {_first_line(e)}") from e
        logit, maps = found[:2]
        if logit.shape != (len(batch),) or maps.ndim != 3 or len(maps) != len(batch):
            raise WeightsError(f"the network answered {logit.shape} and {maps.shape} to {len(batch)} pictures")
        return found

    def _check_graph(self) -> None:
        inputs = {i.name: i for i in self._session.get_inputs()}
        outputs = {o.name: o for o in self._session.get_outputs()}
        if set(inputs) != {INPUT} or not set(OUTPUTS) <= set(outputs):
            found = f"{sorted(inputs)} → {sorted(outputs)}"
            raise WeightsError(f"not a network of fauxface: it maps {found}, not ['pixels'] → {sorted(OUTPUTS)}")
        pixels = inputs[INPUT]
        shape = pixels.shape
        if pixels.type != "tensor(float)" or len(shape) != 4 or shape[1] not in (3, None) or isinstance(shape[0], int):
            raise WeightsError(f"the network's input must be float32 (N, 3, S, S) with N free, not {shape}")
        for name, dimensions in zip(OUTPUTS, (1, 3), strict=True):
            output = outputs[name]
            if output.type != "tensor(float)" or len(output.shape) not in (0, dimensions):
                raise WeightsError(f"the network's output '{name}' has the wrong shape {output.shape}")


def _options(threads: int | None) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    # Threads that wait in a busy loop would take the cores from decoding and from everybody else on the
    # machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Only ONNX: the other format that ONNX Runtime knows would go around the check for external data.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    # The arena keeps the largest batch's memory forever, and memory patterns plan for one fixed batch size.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return options


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
