"""The pictures of an epoch: what one process sees of them, in which order, and how long it waited for them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fauxface.data.balance import balanced_order
from fauxface.data.samples import Sample
from fauxface.training.recipe import Recipe


@dataclass(frozen=True)
class Share:
    """One process's part of every epoch. All get equally many pictures: of few, the first ones are seen twice.

    Attributes:
        shown: pictures of an epoch, over all processes and passes through the training pictures.
        micro: pictures in a pass through the network.
        passes: passes in an optimiser step.
        rank, world: which process this is, and of how many.
    """

    shown: int
    micro: int
    passes: int
    rank: int
    world: int

    @property
    def images(self) -> int:
        """Pictures that this process sees in an epoch."""
        return math.ceil(self.shown / self.world)

    @property
    def steps(self) -> int:
        """Optimiser steps of an epoch."""
        return math.ceil(self.images / (self.micro * self.passes))

    def of_step(self, step: int) -> int:
        """Pictures that this process sees in a step, counted from 0; the last one may have fewer."""
        return min(self.micro * self.passes, self.images - step * self.micro * self.passes)

    def seen_after(self, step: int) -> int:
        """Pictures that all processes have seen of an epoch when a step is done."""
        return min((step + 1) * self.micro * self.passes, self.images) * self.world

    def order(
        self, samples: Sequence[Sample], recipe: Recipe, epoch: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The places of this process's pictures, and for each the pass it belongs to: it is degraded anew in each.

        All processes get equally many, or one would wait for ever for the others' gradients.
        """
        rounds = range(epoch * recipe.passes, (epoch + 1) * recipe.passes)
        orders = [balanced_order(samples, recipe.balance, recipe.seed, r, recipe.emphasis) for r in rounds]
        everyone = self.images * self.world
        mine = slice(self.rank, None, self.world)
        return (
            np.resize(np.concatenate(orders), everyone)[mine],
            np.resize(np.repeat(rounds, len(samples)), everyone)[mine],
        )


class Awaited(Iterator[tuple[Tensor, Tensor]]):
    """Batches, and the ``seconds`` that were spent waiting for them."""

    def __init__(self, batches: Iterator[tuple[Tensor, Tensor]]) -> None:
        self._batches, self.seconds = batches, 0.0

    def __next__(self) -> tuple[Tensor, Tensor]:
        asked = time.monotonic()
        batch = next(self._batches)
        self.seconds += time.monotonic() - asked
        return batch
