"""Exact resume: a run that was killed, for real and more than once, ends as if nothing had happened."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from fauxface.training.checkpoint import BEST, LAST, Progress
from fauxface.training.recipe import Recipe

SPEED = {"images_per_second", "waiting_share"}
KILLS = 2
PATIENCE = 240.0  # a busy machine may take a minute to import PyTorch


@contextmanager
def started(recipe: Path, data: Path, out: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """`fauxface train` as a process of its own; what it says goes to ``out`` with the ending .txt."""
    command = [sys.executable, "-m", "fauxface.cli.main", "train", "--recipe", str(recipe), "--data", str(data)]
    command += ["--out", str(out), "--accelerator", "cpu", "--threads", "1", *more]
    with out.with_suffix(".txt").open("wb") as said:
        process = subprocess.Popen(command, stderr=said, env=os.environ | {"OMP_NUM_THREADS": "1"})
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def position(run: Path) -> tuple[int, int]:
    """(epoch, step) of the last checkpoint; (0, 0) before the first."""
    try:
        with safe_open(run / LAST, framework="pt") as f:
            progress = json.loads(f.metadata()["progress"])
            return progress["epoch"], progress["step"]
    except (FileNotFoundError, SafetensorError):
        return 0, 0


def contents(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    with safe_open(path, framework="pt") as f:
        return {k: f.get_tensor(k) for k in f.keys()}, f.metadata()  # noqa: SIM118 (not a dict)


def curves(run: Path) -> list[dict[str, str]]:
    with (run / "curves.csv").open(newline="") as file:
        return [{k: v for k, v in row.items() if k not in SPEED} for row in csv.DictReader(file)]


def without_speed(progress: str) -> dict[str, Any]:
    told = json.loads(progress)
    del told["seconds"]
    told["history"] = [{k: v for k, v in row.items() if k not in SPEED} for row in told["history"]]
    return told


def assert_same(found: Path, expected: Path) -> None:
    """Weights, optimiser, progress and curves, bit for bit; only the speed may differ."""
    for name in (BEST, LAST):
        mine, words = contents(found / name)
        theirs, their_words = contents(expected / name)
        assert set(mine) == set(theirs)
        for key, value in theirs.items():
            assert mine[key].dtype == value.dtype
            assert torch.equal(mine[key], value), f"{name}: {key}"
        if name == LAST:
            assert any(key.startswith("optimiser.") for key in mine)
            assert any(key.startswith("average.") for key in mine)
            assert words["digest"] == their_words["digest"]
            assert without_speed(words["progress"]) == without_speed(their_words["progress"])
    assert curves(found) == curves(expected)


@pytest.fixture
def plan(recipe: Callable[..., Recipe]) -> Recipe:
    """Everything that draws random numbers, checkpoints after every step, six steps an epoch."""
    return recipe(
        phases=({"epochs": 1, "crop": 24}, {"epochs": 1}),
        model_options={"width": 4, "zero_init_residual": False},
        batch_size=4,
        micro_batch=2,
        augment={"flip": 0.5, "shift": 0.1, "brightness": 0.1, "contrast": 0.1, "cutout": {"probability": 0.8}},
        degrade_resized={"rescale": 0.5, "jpeg": 0.5},
        optimiser={"name": "adamw", "learning_rate": 0.003, "weight_decay": 0.05, "clip_norm": 1.0},
        schedule={"name": "cosine", "warmup": 0.2},
        best_by="valid_loss",
        average=0.9,
        workers=1,
        cache=True,
        checkpoint_minutes=1e-9,
    )


@pytest.mark.slow
@pytest.mark.timeout(1000)
def test_kill_9_and_go_on_bit_for_bit(
    plan: Recipe, train: Callable[..., Progress], make_faces: Callable[..., Path], tmp_path: Path
) -> None:
    data = make_faces("many", train=60, valid=3, size=32)
    (tmp_path / "plan.yaml").write_text(plan.to_yaml())
    killed = tmp_path / "killed"
    deadline = time.monotonic() + KILLS * PATIENCE
    for kills in range(KILLS + 1):
        before = position(killed)
        with started(tmp_path / "plan.yaml", data, killed) as process:
            # Each life must get further than the last, and die within an epoch.
            while kills < KILLS:
                assert process.poll() is None, killed.with_suffix(".txt").read_text()
                now = position(killed)
                if now > before and now[1] > 0:
                    process.send_signal(signal.SIGKILL)
                    break
                assert time.monotonic() < deadline, "no checkpoint appears"
                time.sleep(0.005)
            code = process.wait(timeout=PATIENCE)
        assert code == (-signal.SIGKILL if kills < KILLS else 0), killed.with_suffix(".txt").read_text()
        assert position(killed) > before
    # Without a kill, in this process, without workers, cache or checkpoints within the epoch.
    torch.set_num_threads(1)
    calm = plan.model_copy(update={"workers": 0, "cache": False, "checkpoint_minutes": 60.0})
    done = train(calm, "calm", data=data)
    assert (done.epoch, done.steps_done, done.images) == (2, 60, 240)
    assert_same(killed, tmp_path / "calm")
    assert not [p.name for p in killed.iterdir() if p.name.startswith(".")], "half-written files are left"


class _StopError(Exception):
    """Stands for a kill at one exact place, where a real one cannot be aimed."""


@pytest.mark.parametrize("place", ["save_best", "write_curves", "save_last"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_stop_between_the_files_of_an_epoch(
    plan: Recipe,
    train: Callable[..., Progress],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    when: str,
) -> None:
    from fauxface.training import checkpoint, run_folder

    plan = plan.model_copy(
        update={
            "workers": 0,
            "cache": False,
            "checkpoint_minutes": 60.0,
            "degrade_resized": type(plan.degrade_resized)(),
        }
    )
    train(plan, "whole")
    room = run_folder if place == "write_curves" else checkpoint
    real = getattr(room, place)

    def stops(*arguments: Any) -> None:
        if when == "after":
            real(*arguments)
        raise _StopError

    with monkeypatch.context() as patch:
        patch.setattr(room, place, stops)
        with pytest.raises(_StopError):
            train(plan, "stopped")
    train(plan, "stopped")
    assert_same(tmp_path / "stopped", tmp_path / "whole")
    assert {p.name for p in (tmp_path / "stopped").iterdir()} == {p.name for p in (tmp_path / "whole").iterdir()}


_WRITER = """
import sys, torch
from pathlib import Path
from fauxface.training.checkpoint import save_atomically
tensors = {"a": torch.zeros(2_000_000), "b": torch.zeros(2_000_000)}
number = 0
while True:
    number += 1
    save_atomically({k: v + number for k, v in tensors.items()}, Path(sys.argv[1]), {"number": str(number)})
    print(number, flush=True)
"""


def test_a_kill_while_writing_leaves_a_whole_file(tmp_path: Path) -> None:
    """Sixteen megabytes over and over; killed at five odd moments, what lies there is whole each time."""
    file = tmp_path / LAST
    process = subprocess.Popen([sys.executable, "-c", _WRITER, str(file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for moment in range(5):
        for _ in range(2):
            assert process.stdout.readline()
        time.sleep(0.004 * moment)
        process.send_signal(signal.SIGSTOP)  # frozen in the middle of something, as a kill would find it
        tensors, metadata = contents(file)
        number = float(metadata["number"])
        assert all(bool((v == number).all()) for v in tensors.values())
        process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    tensors, metadata = contents(file)
    assert all(bool((v == float(metadata["number"])).all()) for v in tensors.values())


def test_half_written_files_are_swept_up(train: Callable[..., Progress], plan: Recipe, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    left = [".last.0123456789ab.part.safetensors", ".curves.0123456789ab.part.csv", ".data.0123456789ab.part.parquet"]
    others = ["notes.part.txt", ".hidden"]
    for name in left + others:
        (run / name).write_bytes(b"half")
    train(
        plan.model_copy(
            update={"workers": 0, "degrade_resized": type(plan.degrade_resized)(), "checkpoint_minutes": 60.0}
        )
    )
    names = {p.name for p in run.iterdir()}
    assert not names & set(left)
    assert set(others) <= names


_TWO = """
import os
import sys
from fauxface.data import dataset
seen = dataset.PictureDataset.__getitem__
log = open(f"{os.environ['SEEN']}.{os.environ.get('LOCAL_RANK', '0')}", "w", buffering=1)
def noted(self, position):
    log.write(f"{self.table.samples[position[1]].path}\\n")
    return seen(self, position)
dataset.PictureDataset.__getitem__ = noted
from fauxface.cli.main import main
main()
"""


@pytest.mark.slow
@pytest.mark.timeout(1000)
@pytest.mark.parametrize("removed", [0, 1])
def test_two_processes_share_the_pictures(
    plan: Recipe, make_faces: Callable[..., Path], tmp_path: Path, removed: int
) -> None:
    """10 pictures: 5 a process. 9: one process would have nothing for the last step, and the other wait for ever."""
    data = make_faces("few", train=5, valid=3, size=64)
    for i in range(removed):
        (data / "train" / "real" / f"{i:03}.png").unlink()
    plan = plan.model_copy(update={"size": 64, "phases": plan.phases[1:] * 2, "workers": 0, "cache": False})
    (tmp_path / "plan.yaml").write_text(plan.to_yaml())
    (tmp_path / "two.py").write_text(_TWO)
    out = tmp_path / "out"
    command = [sys.executable, str(tmp_path / "two.py"), "train", "--devices", "2"]
    command += ["--recipe", str(tmp_path / "plan.yaml"), "--data", str(data), "--out", str(out)]
    command += ["--accelerator", "cpu"]
    words = os.environ | {"OMP_NUM_THREADS": "1", "SEEN": str(tmp_path / "seen")}
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=PATIENCE * 2, env=words)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("trained 2 epochs") == 1, "one process speaks"
    assert done.stderr.count("error") == 0, done.stderr
    shares = [(tmp_path / f"seen.{rank}").read_text().split() for rank in (0, 1)]
    assert len(shares[0]) == len(shares[1]) == 2 * (5 + 3)
    for split in ("train", "valid"):
        there = {p.relative_to(data).as_posix() for p in (data / split).rglob("*.png")}
        first, second = ([p for p in share if p.startswith(split)] for share in shares)
        half = len(first) // 2  # an epoch
        for epoch in (slice(0, half), slice(half, None)):
            assert set(first[epoch]) | set(second[epoch]) == there, "every picture in every epoch"
            # Where it does not divide evenly, a picture is seen twice, so that nobody waits.
            twice = len(first[epoch]) + len(second[epoch]) - len(there)
            assert twice == (removed if split == "train" else 0)
    rows = curves(out)
    assert [row["epoch"] for row in rows] == ["1", "2"]
    tensors, metadata = contents(out / LAST)
    assert all(v.isfinite().all() for v in tensors.values())
    assert json.loads(metadata["progress"])["images"] == 20
    assert all(0 <= float(row["train_accuracy"]) <= 1 for row in rows)
    assert not [p.name for p in out.iterdir() if p.name.startswith(".")]
