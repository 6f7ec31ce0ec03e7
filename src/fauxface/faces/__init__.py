"""Finding faces (MTCNN) and framing them as the detector's training pictures are framed; needs no PyTorch."""

from __future__ import annotations

from fauxface.faces.face import Face
from fauxface.faces.finder import Finder, find

__all__ = ["Face", "Finder", "find"]
