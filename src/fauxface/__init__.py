"""fauxface: is this face a photograph, or was it made by a generator, and how sure can one be?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fauxface.detector import Detector
    from fauxface.verdict import Verdict

    __version__: str

from fauxface.errors import FauxfaceError
from fauxface.privacy import switch_off_telemetry

switch_off_telemetry()

__all__ = ["Detector", "FauxfaceError", "Verdict", "__version__"]


if not TYPE_CHECKING:  # or the type checker would take every name for one that is here

    def __getattr__(name: str) -> Any:
        # ONNX Runtime, Pillow and the reader of versions load on first use, so that `fauxface --help` stays quick.
        if name == "Detector":
            from fauxface.detector import Detector

            return Detector
        if name == "Verdict":
            from fauxface.verdict import Verdict

            return Verdict
        if name == "__version__":
            from importlib.metadata import PackageNotFoundError, version

            try:
                return version("fauxface")
            except PackageNotFoundError:
                return "0+unknown"  # run from its source folder, not installed
        raise AttributeError(f"module 'fauxface' has no attribute {name!r}")
