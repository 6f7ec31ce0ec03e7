"""What lies in a run folder besides checkpoints: the recipe, the data it saw, the curves and the circumstances."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fauxface.data.samples import Sample, SampleTable, Split
from fauxface.data.table import write_table
from fauxface.errors import CheckpointError, DataError
from fauxface.files import replacing, write_text
from fauxface.report.learning_curves import LearningCurves
from fauxface.training.checkpoint import BEST, LAST, Progress
from fauxface.training.recipe import Recipe

RECIPE, DATA, CURVES, FIGURE, ABOUT = "recipe.yaml", "data.parquet", "curves.csv", "curves.png", "run.json"
START = "started_from.json"

# Settings that change how fast a run goes but not what it computes.
_SPEED_ONLY = {"workers", "cache", "checkpoint_minutes", "description"}


def splits(table: SampleTable, recipe: Recipe) -> tuple[SampleTable, SampleTable]:
    """The training pictures (the recipe's share of them) and the validation pictures.

    Raises:
        DataError: a split lacks a class.
    """
    names: tuple[Split, Split] = ("train", "valid")
    train, valid = (table.split(name) for name in names)
    for name, part in zip(names, (train, valid), strict=True):
        missing = {"real", "fake"} - {s.label for s in part.samples}
        if missing:
            raise DataError(
                f"{table.root}: no {' and no '.join(sorted(missing))} pictures in the split '{name}'; "
                f"training needs both classes in 'train' and in 'valid'",
                code="class_missing",
            )
    return share_of(train, recipe.data_fraction, recipe.seed), valid


def share_of(table: SampleTable, fraction: float, seed: int) -> SampleTable:
    """A seeded share of each class and source; a smaller share is part of every larger one."""
    if fraction >= 1:
        return table
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in table.samples:
        groups.setdefault((sample.label, sample.source), []).append(sample)
    kept: set[str] = set()
    for number, (_, members) in enumerate(sorted(groups.items())):
        order = np.random.default_rng((seed, number)).permutation(len(members))
        kept |= {members[i].path for i in order[: max(1, round(fraction * len(members)))]}
    return SampleTable(table.root, tuple(s for s in table.samples if s.path in kept))


def prepare(
    run: Path, recipe: Recipe, train: SampleTable, valid: SampleTable, start: Path | None, world: int, *, write: bool
) -> str:
    """Lay out a run folder; gives one digest of the recipe, the data, the weights it starts from, and the
    number of processes, which share out each batch.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    plan = {k: v for k, v in recipe.model_dump(mode="json").items() if k not in _SPEED_ONLY}
    digest = hashlib.sha256(json.dumps(plan, sort_keys=True).encode())
    for sample in (*train.samples, *valid.samples):
        digest.update(f"{sample.split} {sample.label} {sample.sha256}\n".encode())
    if world > 1:
        digest.update(f"processes {world}".encode())
    earlier = None
    if start is not None:
        try:
            digest.update((start / BEST).read_bytes())
            earlier = (start / ABOUT).read_text(encoding="utf-8")
        except OSError as e:
            raise CheckpointError(f"{e.filename}: cannot be read; --start-from takes a finished run folder") from e
    if write:
        try:
            run.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise CheckpointError(f"{run}: cannot make the run folder ({e.strerror})") from e
        _tidy(run)
        # Once there is a checkpoint, a run's own words stay: it decides whether this is the same run (load_last).
        started = (run / LAST).exists()
        if not (started and (run / RECIPE).exists()):
            write_text(run / RECIPE, recipe.to_yaml())
        if not (started and (run / DATA).exists()):
            both = SampleTable(train.root, (*train.samples, *valid.samples))
            write_table(both, run / DATA)
        if earlier is not None:
            write_text(run / START, earlier)
    return digest.hexdigest()


def _tidy(run: Path) -> None:
    """Throw away what a kill in the middle of writing has left; a large network's would soon fill the disk."""
    for name in (LAST, BEST, RECIPE, DATA, CURVES, FIGURE, ABOUT, START):
        stem, suffix = Path(name).stem, Path(name).suffix
        for left in run.glob(f".{stem}.*.part{suffix}"):
            left.unlink(missing_ok=True)


def write_curves(run: Path, recipe: Recipe, progress: Progress) -> None:
    """Write the learning curves as CSV and PNG, and the run's circumstances as JSON."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(progress.history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(progress.history)
    write_text(run / CURVES, text.getvalue())
    with replacing(run / FIGURE) as file:
        LearningCurves.from_csv(run / CURVES).save(file)
    about = circumstances(progress, recipe)
    if (run / START).exists():
        about["started_from"] = json.loads((run / START).read_text(encoding="utf-8"))
    write_text(run / ABOUT, json.dumps(about, indent=2) + "\n")


def circumstances(progress: Progress, recipe: Recipe) -> dict[str, Any]:
    """What a model card says about a run: length, machine, versions, seed."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    position = {k: v for k, v in asdict(progress).items() if k in ("epoch", "steps_done", "images", "best")}
    return {
        "recipe": recipe.name,
        "model": recipe.model,
        **position,
        "epochs_planned": recipe.epochs,
        "hours": round(progress.seconds / 3600, 3),
        "seed": recipe.seed,
        "device": gpu or f"{os.cpu_count()} CPU cores ({platform.machine()})",
        "python": platform.python_version(),
        **{name: version(name) for name in ("fauxface", "torch", "lightning", "numpy", "pillow")},
    }
