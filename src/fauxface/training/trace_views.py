"""Pictures as the network of traces gets to see them: a few worn views of each, as statistics kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fauxface.data.dataset import Batches, PictureDataset, loader
from fauxface.data.samples import SampleTable
from fauxface.data.web import WebSettings
from fauxface.errors import CheckpointError
from fauxface.files import replacing, write_text
from fauxface.models.trace_statistics import TraceStatistics
from fauxface.models.traces import INPUT_JPEG
from fauxface.runtime.allocator import keeping
from fauxface.training.kernel_ridge import ACROSS, RIDGE
from fauxface.training.loop import ShowProgress

BATCH: Final = 16
CLAIM: Final = "statistics.sha256"
# One change at a time: so the head learns what is left at each scale, what WebP leaves, what hides under
# noise, in crops that were enlarged, and to keep its word when a picture is merely saved again
# (`docs/experiments.md`, 13 to 16 and 22).
WORN: Final = (
    WebSettings(jpeg=1.0, quality=(30, 60)),
    WebSettings(rescale=1.0, smallest=0.5, largest=0.5),
    WebSettings(webp=1.0, quality=(50, 50)),
    WebSettings(noise=1.0, grain=0.06),
    WebSettings(jpeg=1.0, quality=(70, 85)),
    WebSettings(crop=1.0, narrowest=0.65),
)


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """How the traces are learned.

    Attributes:
        sources: learn from these sources only; empty: from all.
        views: how often each training picture is looked at: once as it is, then worn.
        worn: how, one after the other and then from the first again.
        rows: about as many views of pictures are learned at most; of more pictures each source gives its share. Memory
            grows with the square.
        directions, ridge: see `fauxface.models.kernel_head` and `fauxface.training.kernel_ridge`.
        worn_ridge: the same for worn views. Met as closely as the others, they blur what is told of pictures as they
            are, above all of those from elsewhere (`docs/experiments.md`, 18).
        across: what views that were worn in different ways tell of each other, see `fauxface.training.kernel_ridge`;
            1: as much as of their own kind.
        seed: decides everything that is drawn.
    """

    sources: tuple[str, ...] = ()
    views: int = 1 + len(WORN)
    worn: tuple[WebSettings, ...] = WORN
    rows: int = 36864
    directions: int = 256
    ridge: float = RIDGE
    worn_ridge: float = 0.1
    across: float = ACROSS
    seed: int = 0

    @property
    def kinds(self) -> int:
        """In how many ways views are worn, "not at all" among them."""
        return min(self.views, 1 + len(self.worn))


class Looks:
    """Pictures as the network of traces gets to see them, a view at a time.

    Args:
        size: side in pixels that pictures are brought to.
        workers: processes that decode.
    """

    def __init__(self, size: int, workers: int, settings: TraceSettings) -> None:
        self.size, self.workers, self.settings = size, workers, settings

    def at(self, table: SampleTable, view: int) -> Iterator[Tensor]:
        """Batches (N, 3, size, size), 0–255, in the table's order; view 0 is the pictures as they are."""
        worn = self.settings.worn
        web = worn[(view - 1) % len(worn)] if view else None
        dataset = PictureDataset(table, self.size, web=web, seed=self.settings.seed, jpeg=INPUT_JPEG)
        for pictures, _ in loader(dataset, Batches(np.arange(len(table)), BATCH, view), self.workers):
            yield pictures.permute(0, 3, 1, 2).float()


def claim(run: Path, settings: TraceSettings, size: int, learned: SampleTable, statistics: TraceStatistics) -> None:
    """Other statistics, or of other pictures, or worn otherwise, must not be taken for these."""
    asked = f"{statistics.version} {statistics.parts} {settings.seed} {size} {INPUT_JPEG} {settings.worn}"
    digest = hashlib.sha256(asked.encode())
    for sample in learned.samples:
        digest.update(sample.sha256.encode())
    path = run / CLAIM
    if path.exists() and path.read_text(encoding="utf-8").strip() != digest.hexdigest():
        raise CheckpointError(
            f"{run}: the statistics in it are others, or of other pictures or settings; take a new --out, or delete it",
            code="another_run",
        )
    write_text(path, digest.hexdigest() + "\n")


def statistics_of(
    run: Path, learned: SampleTable, looks: Looks, statistics: TraceStatistics, show: ShowProgress
) -> list[NDArray[np.float16]]:
    """Of every view, each (pictures, numbers); from the run folder where they are there already.

    They are computed where ``statistics`` is, stay on disk and are read where they are asked for: of many pictures they
    are larger than a memory. What half precision rounds away is a thousandth of what pictures differ by, and at most a
    sixteenth (of the numbers of 400).
    """
    found = []
    with keeping(), show("statistics of every view", looks.settings.views * len(learned)) as advance:
        for view in range(looks.settings.views):
            path = run / f"statistics-{view}.npy"
            if path.exists():
                advance(len(learned))
            else:
                rows = []
                for pixels in looks.at(learned, view):
                    rows.append(statistics(pixels.to(statistics.ycbcr.device)).half().cpu().numpy())
                    advance(len(pixels))
                with replacing(path) as file:
                    np.save(file, np.concatenate(rows))
            found.append(_loaded(path, len(learned), statistics.size))
    return found


def _loaded(path: Path, pictures: int, numbers: int) -> NDArray[np.float16]:
    try:
        rows = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as e:
        raise CheckpointError(f"{path}: damaged; delete it, and it is made again") from e
    if rows.shape != (pictures, numbers) or rows.dtype != np.float16:
        raise CheckpointError(f"{path}: damaged; delete it, and it is made again")
    return rows
