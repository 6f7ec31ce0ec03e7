"""What other packages would tell their makers, switched off before any of them is imported.

Importing ONNX Runtime 1.32 writes a lasting device id and a database of events into the user's cache folder, and a
process that runs for some seconds looks up a telemetry host. Hugging Face's client counts downloads and looks for newer
versions of itself. They ask the environment when they are imported, so `fauxface/__init__.py` calls
`switch_off_telemetry` first of all, and child processes inherit it.

Looked at and in need of nothing: kagglehub and Lightning Fabric ask no host of their own accord, matplotlib keeps a
list of this machine's fonts in the user's cache and tells nobody.
"""

from __future__ import annotations

import os
from typing import Final

TELEMETRY_OFF: Final = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime, from 1.32 on
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, which timm brings
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
}
"""Environment variable → the value that means silence."""


def switch_off_telemetry() -> None:
    """Set what is not set yet; a value that the user chose himself stays."""
    for name, value in TELEMETRY_OFF.items():
        os.environ.setdefault(name, value)
