"""Training views: a face framed as judging frames it, or a little otherwise, degraded and brought to size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from fauxface import degrade
from fauxface.data.dataset import Position
from fauxface.data.degrade_native import NativeDegradeSettings, degrade_native
from fauxface.data.face_crops import FaceCrop, FaceCrops
from fauxface.data.samples import SampleTable
from fauxface.preprocess import square

if TYPE_CHECKING:
    from torch import Tensor

Rgb = NDArray[np.uint8]
Saved: TypeAlias = tuple[degrade.FileKind, int] | None


class FramingSettings(BaseModel):
    """How views are cut out.

    ``exact``: probability of the very frame that judging cuts out. Otherwise the frame's side is multiplied by a factor
    from ``zoom``, its aspect by up to ``stretch``, and it is moved by up to ``shift`` of its side.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    exact: float = Field(default=1.0, ge=0, le=1)
    zoom: tuple[float, float] = (1.0, 1.0)
    stretch: float = Field(default=0.0, ge=0, lt=1)
    shift: float = Field(default=0.0, ge=0, lt=1)


class ViewDataset:
    """Degraded views of faces with their targets (1 real, 0 fake), as pure functions of (seed, epoch, index).

    Args:
        table: which pictures.
        crops: their faces.
        size: side of a view in pixels.
        framing, settings: None gives what judging sees, undegraded.
        seed: of the run.
    """

    def __init__(
        self,
        table: SampleTable,
        crops: FaceCrops,
        size: int,
        *,
        framing: FramingSettings | None = None,
        settings: NativeDegradeSettings | None = None,
        seed: int = 0,
    ) -> None:
        self.table, self.crops, self.size, self.seed = table, crops, size, seed
        self.framing, self.settings = framing or FramingSettings(), settings or NativeDegradeSettings()
        self.targets = table.targets

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, position: Position) -> tuple[Tensor, int]:
        """(S, S, 3) uint8 and the target, for (epoch, index).

        Raises:
            DataError: bad_crops: the face of this picture is not there.
        """
        import torch

        epoch, index = position
        rng = np.random.default_rng((self.seed, epoch, index))
        crop = self.crops.get(self.table.samples[index].sha256)
        if rng.random() < self.framing.exact:
            left, top, right, bottom = crop.frame
            view = _middle_square(crop.rgb[top:bottom, left:right])
        else:
            view = _cut(crop, self.framing, rng.uniform)
        return torch.from_numpy(np.array(degrade_native(view, self.size, self.settings, rng))), self.targets[index]


def judged_view(crop: FaceCrop, change: Callable[[Rgb], Rgb] | None = None) -> Rgb:
    """The face as judging frames it, (H, W, 3), before it is brought to the network's size; changed, if need be."""
    left, top, right, bottom = crop.frame
    face = crop.rgb[top:bottom, left:right]
    return face if change is None else change(face)


def saved_small(rgb: Rgb, side: int, how: Saved) -> Rgb:
    """A face brought to a square of at most ``side`` pixels and saved: (H, W, 3) to (S, S, 3), 0–255.

    Args:
        how: the kind of file and its quality, 1 to 100; None: without loss.
    """
    small = square(rgb, min(side, *rgb.shape[:2]))
    return small if how is None else np.asarray(degrade.saved(Image.fromarray(small), *how))


def _middle_square(rgb: Rgb) -> Rgb:
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return rgb[top : top + side, left : left + side]


def _cut(crop: FaceCrop, framing: FramingSettings, uniform: Callable[[float, float], float]) -> Rgb:
    """A frame that is zoomed, stretched and moved at random, and then moved inside of the crop."""
    height, width = crop.rgb.shape[:2]
    left, top, right, bottom = crop.frame
    side = min(right - left, bottom - top)
    wide = side * uniform(*framing.zoom)
    stretch = uniform(1 - framing.stretch, 1 + framing.stretch)
    wide, high = min(round(wide * stretch), width), min(round(wide / stretch), height)
    x = (left + right - wide) / 2 + side * uniform(-framing.shift, framing.shift)
    y = (top + bottom - high) / 2 + side * uniform(-framing.shift, framing.shift)
    x, y = min(max(round(x), 0), width - wide), min(max(round(y), 0), height - high)
    return crop.rgb[y : y + high, x : x + wide]
