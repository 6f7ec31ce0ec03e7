"""Pictures as a PyTorch dataset, in an order and with randomness that depend on nothing but seed and position.

A batch is a pure function of (seed, epoch, step): worker processes, prefetching and a kill in between cannot change
it. That is what makes exact resume possible without saving any worker's state.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fauxface import images
from fauxface.data.degrade_resized import ResizedDegradeSettings, degrade_resized
from fauxface.data.samples import SampleTable
from fauxface.errors import ImageError, TrainingError
from fauxface.preprocess import DECODE_AT_LEAST, saved_again, square

if TYPE_CHECKING:
    from torch import Tensor

Position = tuple[int, int]
"""(epoch, index of the sample)."""


class Examples(Protocol):
    """Pictures and targets by position: what PyTorch calls a map-style dataset."""

    def __len__(self) -> int: ...

    def __getitem__(self, position: Position, /) -> tuple[Tensor, int]: ...


class PictureDataset:
    """Decoded, squared and degraded pictures with their targets (1 real, 0 fake).

    Args:
        table: which pictures.
        size: side in pixels that every picture is brought to (see `fauxface.preprocess.square`).
        degrade: what happens to each, or None for clean pictures (evaluation).
        seed: of the run.
        jpeg: quality of the JPEG file that each is saved to at last; 0: none is.
        cache: keep all decoded pictures in shared memory (size² · 3 bytes each), read once at construction.
    """

    def __init__(
        self,
        table: SampleTable,
        size: int,
        *,
        degrade: ResizedDegradeSettings | None = None,
        seed: int = 0,
        cache: bool = False,
        jpeg: int = 0,
    ) -> None:
        self.table, self.size, self.degrade, self.seed, self.jpeg = table, size, degrade, seed, jpeg
        self.targets = table.targets
        self._cache: Tensor | None = None
        if cache:
            import torch

            self._cache = torch.empty((len(table), size, size, 3), dtype=torch.uint8).share_memory_()
            view = self._cache.numpy()
            with ThreadPoolExecutor() as pool:
                for i, rgb in enumerate(pool.map(self._decode, range(len(table)))):
                    view[i] = rgb

    def _decode(self, index: int) -> NDArray[np.uint8]:
        path = self.table.file(self.table.samples[index])
        return square(images.read(path, at_least=DECODE_AT_LEAST).rgb, self.size)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, position: Position) -> tuple[Tensor, int]:
        """(S, S, 3) uint8 and the target, for (epoch, index).

        Raises:
            ImageError: the file has changed since it was indexed and cannot be read any more.
        """
        epoch, index = position
        rgb = self._decode(index) if self._cache is None else self._cache[index].numpy()
        if self.degrade is not None:
            rgb = degrade_resized(rgb, self.degrade, np.random.default_rng((self.seed, epoch, index)))
        import torch

        return torch.from_numpy(np.array(saved_again(rgb, self.jpeg))), self.targets[index]


def epoch_order(n: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order of one epoch: every sample once, shuffled."""
    return np.random.default_rng((seed, epoch)).permutation(n)


class Batches:
    """Batch sampler for one epoch, one process and one starting step: lists of (epoch, index).

    ``epoch`` may also be one number a place in ``order``, where an epoch shows each picture several times.
    """

    def __init__(
        self, order: NDArray[np.int64], batch_size: int, epoch: int | NDArray[np.int64], *, start: int = 0
    ) -> None:
        self.order, self.batch_size, self.start = order, batch_size, start
        self.epochs = np.broadcast_to(np.asarray(epoch), order.shape)

    def __len__(self) -> int:
        return max(0, -(-len(self.order) // self.batch_size) - self.start)

    def __iter__(self) -> Iterator[list[Position]]:
        for first in range(self.start * self.batch_size, len(self.order), self.batch_size):
            here = slice(first, first + self.batch_size)
            yield [(int(e), int(i)) for e, i in zip(self.epochs[here], self.order[here], strict=True)]


def loader(dataset: Examples, batches: Batches, workers: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of ((N, S, S, 3) uint8, (N,) int64), decoded by ``workers`` processes (0: in this one).

    The workers start at once, not at the first batch.

    Raises:
        ImageError: while iterating; see `PictureDataset.__getitem__`.
        TrainingError: while iterating; a worker was killed (see `worker_deaths_told`, which callers need too).
    """
    import torch
    from torch.utils.data import DataLoader

    anything: Any = dataset  # PyTorch asks for its own class, and needs two of its methods
    loaded = DataLoader(
        anything,
        batch_sampler=batches,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        pin_memory=torch.cuda.is_available(),
    )
    return with_plain_errors(iter(loaded))


def with_plain_errors(batches: Iterator[tuple[Tensor, Tensor]]) -> Iterator[tuple[Tensor, Tensor]]:
    """A worker process hands its whole traceback over as the error's message; only the last line is for people."""
    try:
        with worker_deaths_told():
            yield from batches
    except ImageError as e:
        last = e.message.strip().splitlines()[-1]
        raise ImageError(last.rpartition("fauxface.errors.ImageError: ")[2], code=e.code) from e
    except (ConnectionError, EOFError) as e:  # a batch was half-way through its pipe
        _await_signal()
        raise _worker_died() from e


@contextmanager
def worker_deaths_told() -> Iterator[None]:
    """Turns PyTorch's word of a killed worker into a `TrainingError`; to be put around all that uses a `loader`.

    PyTorch hears of it by a signal (SIGCHLD), so it raises wherever the main thread happens to be just then, which
    need not be inside of the loader.
    """
    try:
        yield
    except RuntimeError as e:
        if "DataLoader worker" not in str(e):
            raise
        _await_signal()
        raise _worker_died() from e


def _await_signal() -> None:
    """A broken pipe is noticed a moment before the signal comes; it must not hit whoever handles the error."""
    try:
        time.sleep(1)
    except RuntimeError as e:
        if "DataLoader worker" not in str(e):
            raise


def _worker_died() -> TrainingError:
    return TrainingError(
        "a process that decodes pictures died, most often for want of memory: set cache: false or fewer workers in "
        "the recipe, and give the same command again; it goes on from the last checkpoint",
        code="worker_died",
    )
