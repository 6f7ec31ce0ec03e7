"""Where the network looked: heat maps over a picture, with words that say what they are not; needs no PyTorch."""

from __future__ import annotations

from fauxface.explain.colours import overlay
from fauxface.explain.maps import PATCH, Explanation, class_activation, count_patches, occlusion
from fauxface.explain.sheet import NO_PROOF, draw

__all__ = ["NO_PROOF", "PATCH", "Explanation", "class_activation", "count_patches", "draw", "occlusion", "overlay"]
