"""Clips for tests, made by PyAV: each frame one grey level, or what a function draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av", reason="needs PyAV, from the extra 'video'")

DARK, BRIGHT = 10, 245


def write_clip(
    path: Path,
    *,
    seconds: float = 2.0,
    rate: int = 10,
    size: tuple[int, int] = (64, 48),
    level: Callable[[float], int] = lambda t: DARK,
    picture: np.ndarray | None = None,
    codec: str = "libx264",
    matrix: list[int] | None = None,
    **options: object,
) -> Path:
    """A clip; its kind by the path's ending.

    Args:
        size: width, height.
        level: grey level at a second; ``picture``: (H, W, 3) uint8, every frame instead.
        matrix: the display matrix's a, b, c, d in units of 1.
        options: of the encoder ("g" for the distance of key frames).
    """
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.options = {key: str(value) for key, value in options.items()}
        if matrix:
            a, b, c, d = (n << 16 for n in matrix)
            stream.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])
        for i in range(round(seconds * rate)):
            pixels = picture if picture is not None else np.full((size[1], size[0], 3), level(i / rate), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path) -> Path:
    """A file of half a second of silence."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        for i in range(20):
            frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            frame.sample_rate, frame.pts = 44100, 1024 * i
            frame.planes[0].update(bytes(4096))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
