"""MTCNN's three networks in ONNX Runtime: P-Net proposes, R-Net refines, O-Net decides and marks five points.

Zhang, Zhang, Li and Qiao, "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016.
All three lie in one file of the package, ``mtcnn/mtcnn.onnx`` (MIT licence, beside it), which ``tools/make_mtcnn.py``
wrote.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from fauxface.errors import WeightsError

Floats = NDArray[np.float32]
Name = Literal["pnet", "rnet", "onet"]

FILE: Final = Path(__file__).parent / "mtcnn" / "mtcnn.onnx"
SIZE_BYTES: Final = 1_989_463
SHA256: Final = "4d7026a8e8cb78946dc010200837517535ce1d01a5c1fb9149ce431798b0e0d0"
HEADS: Final[dict[Name, tuple[str, ...]]] = {
    "pnet": ("box", "face"),
    "rnet": ("box", "face"),
    "onet": ("box", "face", "landmarks"),
}
"""What each network answers: "box" four corrections, "face" two probabilities (of none, of one), "landmarks" ten."""
_SIDES: Final[dict[Name, int]] = {"pnet": 12, "rnet": 24, "onet": 48}
_SILENT: Final = 4  # ONNX Runtime logs only what is fatal; everything else comes as an exception


class Networks:
    """The three networks, loaded; safe to use from several threads."""

    def __init__(self, *, threads: int = 1) -> None:
        """Read the file; takes some milliseconds.

        Args:
            threads: processor threads for one batch.

        Raises:
            WeightsError: weights_not_found, weights_damaged, or bad_weights where ONNX Runtime cannot use the file.
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
        content = read()
        try:
            self._session = ort.InferenceSession(content, sess_options=options, providers=["CPUExecutionProvider"])
        except Exception as e:
            # On purpose: ONNX Runtime raises a dozen private exception types.
            raise WeightsError(f"{FILE}: ONNX Runtime cannot load the face finder: {e}") from e
        # The graph holds all three, and ONNX Runtime wants every input: those that rest get a batch of none.
        self._resting = {_input(name): np.zeros((0, 3, side, side), np.float32) for name, side in _SIDES.items()}

    def run(self, name: Name, pixels: Floats) -> tuple[Floats, ...]:
        """Answers of one network in the order of `HEADS`, for (N, 3, H, W) of (value - 127.5) / 128.

        P-Net takes any size from 12 pixels on and answers with maps (N, numbers, rows, columns). R-Net takes 24 pixels
        a side, O-Net 48, and they answer with (N, numbers).
        """
        wanted = [f"{name}.{head}" for head in HEADS[name]]
        return tuple(np.asarray(x) for x in self._session.run(wanted, {**self._resting, _input(name): pixels}))


def read() -> bytes:
    """The file with the networks, verified.

    Raises:
        WeightsError: weights_not_found, weights_damaged: it is not the one that was shipped, and nothing was loaded.
    """
    try:
        if not FILE.is_file():  # a pipe with this name would make us wait forever
            raise WeightsError(f"{FILE}: missing: install fauxface again", code="weights_not_found")
        with FILE.open("rb") as file:
            content = file.read(SIZE_BYTES + 1)
    except OSError as e:
        raise WeightsError(f"{FILE}: cannot be read ({e.strerror})", code="weights_not_found") from e
    if len(content) != SIZE_BYTES or hashlib.sha256(content).hexdigest() != SHA256:
        raise WeightsError(
            f"{FILE}: not the face finder that fauxface was shipped with; nothing of it was loaded: "
            "install fauxface again",
            code="weights_damaged",
        )
    return content


def _input(name: Name) -> str:
    return f"{name}.pixels"
