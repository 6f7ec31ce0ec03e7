"""A batch is a pure function of seed, epoch and place: workers, cache and a start in the middle cannot change it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from torch import Tensor

from fauxface import images
from fauxface.data.dataset import Batches, PictureDataset, epoch_order, loader, with_plain_errors, worker_deaths_told
from fauxface.data.degrade_resized import ResizedDegradeSettings
from fauxface.data.index import open_samples
from fauxface.data.samples import SampleTable
from fauxface.errors import ImageError, TrainingError
from fauxface.preprocess import square

DEGRADATION = ResizedDegradeSettings(rescale=0.5, jpeg=0.7)


@pytest.fixture
def table(faces: Path) -> SampleTable:
    return open_samples(faces).split("train")


def read_all(dataset: PictureDataset, workers: int, *, start: int = 0, epoch: int = 3) -> list[tuple[bytes, list[int]]]:
    batches = Batches(epoch_order(len(dataset), dataset.seed, epoch), 5, epoch, start=start)
    return [(pictures.numpy().tobytes(), targets.tolist()) for pictures, targets in loader(dataset, batches, workers)]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("cache", [False, True])
def test_workers_cache_and_start_change_nothing(table: SampleTable, workers: int, cache: bool) -> None:
    plain = read_all(PictureDataset(table, 32, degrade=DEGRADATION, seed=9), 0)
    assert len(plain) == 3
    dataset = PictureDataset(table, 32, degrade=DEGRADATION, seed=9, cache=cache)
    assert read_all(dataset, workers) == plain
    assert read_all(dataset, workers) == plain, "a second time"
    assert read_all(dataset, workers, start=1) == plain[1:]
    assert read_all(dataset, workers, start=3) == []


def test_seed_and_epoch_change_the_wear_of_a_picture(table: SampleTable) -> None:
    def degraded(seed: int, epoch: int) -> bytes:
        dataset = PictureDataset(table, 32, degrade=ResizedDegradeSettings(jpeg=1.0), seed=seed)
        return dataset[epoch, 0][0].numpy().tobytes()

    assert degraded(1, 0) == degraded(1, 0)
    assert len({degraded(seed, epoch) for seed in (1, 2, 3) for epoch in (0, 1, 2)}) > 5


def test_clean_pictures_are_what_judging_sees_and_real_is_1(table: SampleTable) -> None:
    dataset = PictureDataset(table, 24)
    assert len(dataset) == len(table) == 12
    for i, sample in enumerate(table.samples):
        pixels, target = dataset[0, i]
        assert target == (1 if sample.label == "real" else 0)
        assert sample.label in sample.path
        expected = square(images.read(table.file(sample)).rgb, 24)
        np.testing.assert_array_equal(pixels.numpy(), expected)
        assert pixels.dtype == torch.uint8


def test_what_comes_out_may_be_written_to(table: SampleTable) -> None:
    """The cache must not be changed through a batch."""
    dataset = PictureDataset(table, 32, cache=True)
    pixels, _ = dataset[0, 0]
    before = pixels.clone()
    pixels.zero_()
    assert torch.equal(dataset[0, 0][0], before)


@pytest.mark.parametrize("n", [1, 2, 17])
def test_an_epoch_is_every_picture_once_in_an_order_of_its_own(n: int) -> None:
    order = epoch_order(n, 4, 2)
    assert sorted(order) == list(range(n))
    assert np.array_equal(order, epoch_order(n, 4, 2))
    if n > 10:
        orders = {tuple(epoch_order(n, seed, epoch)) for seed in range(3) for epoch in range(3)}
        assert len(orders) == 9


@pytest.mark.parametrize(
    ("n", "size", "start"), [(10, 3, 0), (10, 5, 0), (10, 3, 2), (10, 3, 4), (10, 20, 0), (0, 3, 0)]
)
def test_batches_are_slices_of_the_order(n: int, size: int, start: int) -> None:
    order = np.arange(n)[::-1]
    batches = Batches(order, size, 7, start=start)
    got = list(batches)
    assert got == [[(7, int(i)) for i in order[k : k + size]] for k in range(start * size, n, size)]
    assert len(batches) == len(got)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_file_that_broke_since_is_named_in_one_line(make_faces: Callable[..., Path], workers: int) -> None:
    table = open_samples(make_faces()).split("train")
    broken = table.file(table.samples[4])
    broken.write_bytes(b"no picture")
    with pytest.raises(ImageError) as caught:
        read_all(PictureDataset(table, 32), workers)
    assert caught.value.message.startswith(str(broken))
    assert "\n" not in caught.value.message


def kill_children(*, but: set[psutil.Process]) -> None:
    for worker in set(psutil.Process().children(recursive=True)) - but:
        worker.kill()


def test_a_killed_worker_is_one_clear_error(table: SampleTable) -> None:
    dataset = PictureDataset(table, 32)
    before = set(psutil.Process().children(recursive=True))
    batches = loader(dataset, Batches(np.resize(np.arange(len(table)), 400), 2, 0), workers=1)
    next(batches)
    # The word of it comes by a signal: anywhere, even before the next batch is asked for.
    with pytest.raises(TrainingError, match="same command again") as caught, worker_deaths_told():  # noqa: PT012
        kill_children(but=before)
        list(batches)
    assert caught.value.code == "worker_died"


def test_a_death_is_told_wherever_the_main_thread_is(table: SampleTable) -> None:
    before = set(psutil.Process().children(recursive=True))
    batches = loader(PictureDataset(table, 32), Batches(np.resize(np.arange(len(table)), 400), 2, 0), workers=1)
    next(batches)
    with pytest.raises(TrainingError, match="same command again") as caught, worker_deaths_told():  # noqa: PT012
        kill_children(but=before)
        time.sleep(30)  # cut short by the signal
    assert caught.value.code == "worker_died"


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset"), EOFError(), ConnectionRefusedError()])
def test_a_worker_killed_while_it_hands_over_a_batch_too(error: Exception) -> None:
    def torn() -> Iterator[tuple[Tensor, Tensor]]:
        raise error
        yield

    with pytest.raises(TrainingError, match="same command again"):
        list(with_plain_errors(torn()))


def test_other_errors_keep_their_name() -> None:
    def torn() -> Iterator[tuple[Tensor, Tensor]]:
        raise RuntimeError("something else")
        yield

    with pytest.raises(RuntimeError, match="something else"):
        list(with_plain_errors(torn()))
