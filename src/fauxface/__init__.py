"""fauxface: is this face a photograph, or was it made by a generator, and how sure can one be?"""

from __future__ import annotations

from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fauxface.detector import Detector
    from fauxface.verdict import Verdict

from fauxface.errors import FauxfaceError

__version__ = _version("fauxface")
__all__ = ["Detector", "FauxfaceError", "Verdict", "__version__"]


def __getattr__(name: str) -> Any:
    # ONNX Runtime and Pillow are loaded on first use, so that `fauxface --help` stays quick.
    if name == "Detector":
        from fauxface.detector import Detector

        return Detector
    if name == "Verdict":
        from fauxface.verdict import Verdict

        return Verdict
    raise AttributeError(f"module 'fauxface' has no attribute {name!r}")
