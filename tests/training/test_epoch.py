"""What each process sees of an epoch, and how long it waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from fauxface.data.index import open_samples
from fauxface.data.samples import SampleTable
from fauxface.training.epoch import Awaited, Share
from fauxface.training.recipe import Recipe

Make = Callable[..., Recipe]


@pytest.fixture
def table(faces: Path) -> SampleTable:
    return open_samples(faces).split("train")


def test_steps_add_up_to_the_epoch() -> None:
    share = Share(shown=25, micro=2, passes=3, rank=0, world=2)
    assert (share.images, share.steps) == (13, 3)
    assert [share.of_step(step) for step in range(share.steps)] == [6, 6, 1]
    assert [share.seen_after(step) for step in range(share.steps)] == [12, 24, 26], "the first is seen twice"


def test_processes_share_every_picture_of_every_pass(recipe: Make, table: SampleTable) -> None:
    plan, n = recipe(passes=2), len(table)
    shares = [Share(2 * n, 2, 1, rank, 5) for rank in range(5)]
    parts = [share.order(table.samples, plan, 3) for share in shares]
    assert {len(order) for order, _ in parts} == {shares[0].images}
    seen = [(int(r), int(i)) for order, rounds in parts for i, r in zip(order, rounds, strict=True)]
    assert set(seen) == {(r, i) for r in (6, 7) for i in range(n)}, "the seventh and eighth pass"
    assert len(seen) == 5 * shares[0].images
    whole, rounds = Share(2 * n, 2, 1, 0, 1).order(table.samples, plan, 3)
    assert rounds.tolist() == [6] * n + [7] * n
    assert np.array_equal(np.resize(whole, 5 * shares[0].images)[1::5], parts[1][0])


def test_another_epoch_has_another_order(recipe: Make, table: SampleTable) -> None:
    share = Share(len(table), 2, 1, 0, 1)
    first, again, other = (share.order(table.samples, recipe(), epoch)[0] for epoch in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert sorted(first) == sorted(other)


def test_waiting_is_counted_and_working_is_not() -> None:
    def slow() -> Iterator[tuple[Tensor, Tensor]]:
        for i in range(2):
            time.sleep(0.05)
            yield torch.tensor(i), torch.tensor(i)

    batches = Awaited(slow())
    found, began = [], time.monotonic()
    for batch, _ in batches:
        found.append(int(batch))
        time.sleep(0.1)
    assert found == [0, 1]
    assert 0.1 <= batches.seconds <= time.monotonic() - began - 0.2
