"""Features of pictures, kept in one file for other runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fauxface.files import replacing

Floats = NDArray[np.float32]


def store(path: Path, features: Mapping[str, Floats]) -> None:
    """Keep features for another try, by the digests of their pictures."""
    from safetensors.numpy import save_file

    digests = np.frombuffer(b"".join(map(bytes.fromhex, features)), dtype=np.uint8)
    rows = np.stack(list(features.values())).astype(np.float16)
    with replacing(path) as part:
        save_file({"features": rows, "sha256": digests.reshape(-1, 32)}, part)


def stored(path: Path) -> dict[str, Floats]:
    """Features that were kept, by the digests of their pictures; none if there is no such file, or it is damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        found = load_file(path)
        pairs = zip(found["sha256"], found["features"], strict=True)
        return {row.tobytes().hex(): features for row, features in pairs}
    except (OSError, SafetensorError, KeyError, ValueError):
        return {}
