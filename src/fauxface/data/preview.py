"""Fig. 3 of the paper as a picture: what the network sees of some training pictures, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fauxface.data.augment import AugmentSettings, augment
from fauxface.data.index import scan
from fauxface.data.listing import Candidate, Listing
from fauxface.data.sheet import RowGroup, draw_sheet
from fauxface.data.table import read_table
from fauxface.errors import DataError, ImageError
from fauxface.images import read
from fauxface.labels import ClassName, class_index
from fauxface.preprocess import square

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_COUNT = 24


def preview(source: Path, settings: AugmentSettings, *, count: int = 6, seed: int = 0, size: int = 224) -> Image:
    """A contact sheet: ``count`` real and ``count`` fake training pictures, each above its augmented self.

    Args:
        source: folder, CSV or index, as `fauxface.data.index.open_samples` takes them; only the pictures that
            are drawn are opened.
        settings: the augmentation; an identity draws the same picture twice.
        count: pictures of each class, 1 to 24.
        seed: chooses the pictures and the augmentation.
        size: side in pixels that the pictures are brought to first, as for the network.

    Raises:
        DataError: nothing there, no known layout, no readable picture of a class, or a count out of range.
    """
    import torch

    if not 1 <= count <= MAX_COUNT:
        raise DataError(f"{count} pictures a class: choose 1 to {MAX_COUNT}", code="bad_count")
    listing = _listing(source)
    groups = []
    names: tuple[ClassName, ClassName] = ("real", "fake")
    for name in names:
        before = _choose(source, listing, name, count, seed, size)
        generator = torch.Generator().manual_seed(seed * 2 + class_index(name))
        after = augment(torch.from_numpy(np.stack(before)), settings, generator)
        pixels = after.clamp(0, 255).round().byte().permute(0, 2, 3, 1).numpy()
        groups.append(RowGroup(name.capitalize(), [("original", before), (_after(settings), list(pixels))]))
    return draw_sheet(_title(settings), f"{describe(settings)}; {size} pixels square; seed {seed}", groups)


def describe(settings: AugmentSettings) -> str:
    """The settings in words: ``flip 50%, shift up to 10%, cutout …``."""
    parts = []
    if settings.flip:
        parts.append(f"flip {settings.flip:.0%}")
    if settings.shift:
        parts.append(f"shift up to {settings.shift:.0%}")
    if settings.brightness:
        parts.append(f"brightness up to {settings.brightness:.0%}")
    if settings.contrast:
        parts.append(f"contrast up to {settings.contrast:.0%}")
    cutout = settings.cutout
    if cutout is not None and cutout.geometry == "square":
        parts.append(f"square cutout, side {cutout.side:.0%}, probability {cutout.probability:g}")
    elif cutout is not None:
        low, high = cutout.area
        parts.append(f"random erasing, area {low:.0%} to {high:.0%}, probability {cutout.probability:g}")
    return ", ".join(parts) or "no augmentation"


def _title(settings: AugmentSettings) -> str:
    return "Training pictures before and after " + ("cutout" if settings.cutout else "augmentation")


def _after(settings: AugmentSettings) -> str:
    """The words beside the second row; with a probability below 1 not every picture in it is cut."""
    always = settings.cutout is not None and settings.cutout.probability == 1
    return "with cutout" if always else "augmented"


def _listing(source: Path) -> Listing:
    if source.suffix.lower() != ".parquet" or source.is_dir():
        return scan(source)
    table = read_table(source)
    return Listing(table.root, tuple(Candidate(s.path, s.label, s.split, s.source) for s in table.samples))


def _choose(
    source: Path, listing: Listing, name: ClassName, count: int, seed: int, size: int
) -> Sequence[NDArray[np.uint8]]:
    """Up to ``count`` squares of one class, drawn by the seed from the training split if there is one."""
    pool = [c for c in listing.candidates if c.label == name]
    pool = [c for c in pool if c.split in ("train", None)] or pool
    squares: list[NDArray[np.uint8]] = []
    for index in np.random.default_rng([seed, class_index(name)]).permutation(len(pool)):
        try:
            squares.append(square(read(listing.root / pool[index].path).rgb, size))
        except ImageError:
            # `fauxface data index` lists what cannot be read; a preview only needs some that can.
            continue
        if len(squares) == count:
            break
    if not squares:
        raise DataError(f"{source}: no {name} picture in it can be read", code="no_pictures")
    return squares
