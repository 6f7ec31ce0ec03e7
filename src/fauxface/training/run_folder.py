"""What lies in a run folder besides checkpoints: the recipe, the data it saw, the curves and the circumstances."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
import time
from collections.abc import Collection
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from fauxface import __version__
from fauxface.data.degrade_native import NativeDegradeSettings
from fauxface.data.degrade_resized import ResizedDegradeSettings
from fauxface.data.samples import Sample, SampleTable, Split
from fauxface.data.table import write_table
from fauxface.errors import CheckpointError, DataError
from fauxface.files import replacing, write_text
from fauxface.report.learning_curves import LearningCurves
from fauxface.training.checkpoint import BEST, LAST, Progress
from fauxface.training.initial import Initial
from fauxface.training.recipe import Recipe, load_recipe

RECIPE, DATA, CURVES, PLOT, ABOUT = "recipe.yaml", "data.parquet", "curves.csv", "curves.png", "run.json"
START = "started_from.json"
INITIAL = "initial_weights.json"
REDRAWN_SECONDS: Final = 30

# Settings that change how fast a run goes but not what it computes.
_SPEED_ONLY = {"workers", "cache", "checkpoint_minutes", "description"}
_CAME_LATER = {"pretrained": None, "leave_out": [], "balance": 0, "average": 0, "passes": 1, "framing": None}
_WEB_AT_FIRST = {"rescale", "smallest", "jpeg", "quality"}


def splits(table: SampleTable, recipe: Recipe) -> tuple[SampleTable, SampleTable]:
    """The training pictures (the recipe's share of them) and the validation pictures.

    Raises:
        DataError: a split lacks a class, or a source that is to be left out is not there (code ``unknown_source``).
    """
    table = without(table, recipe.leave_out)
    train, valid = split_of(table, "train"), split_of(table, "valid")
    return share_of(train, recipe.data_fraction, recipe.seed), valid


def without(table: SampleTable, sources: Collection[str]) -> SampleTable:
    """All pictures but those of some sources, or families of generators.

    Raises:
        DataError: there is no such source (code ``unknown_source``).
    """
    there = {name for s in table.samples for name in (s.source, s.family)}
    if missing := sorted(set(sources) - there):
        named = ", ".join(sorted(there - {""})) or "none"
        raise DataError(
            f"{table.root}: no pictures of the source '{missing[0]}' to leave out; sources here: {named}",
            code="unknown_source",
        )
    return SampleTable(table.root, tuple(s for s in table.samples if not {s.source, s.family} & set(sources)))


def split_of(table: SampleTable, name: Split) -> SampleTable:
    """A split that has both classes.

    Raises:
        DataError: it lacks a class (code ``class_missing``).
    """
    part = table.split(name)
    missing = {"real", "fake"} - {s.label for s in part.samples}
    if missing:
        raise DataError(
            f"{table.root}: no {' and no '.join(sorted(missing))} pictures in the split '{name}', "
            f"where both classes are needed",
            code="class_missing",
        )
    return part


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
    run: Path,
    recipe: Recipe,
    train: SampleTable,
    valid: SampleTable,
    start: Path | None,
    initial: Initial | None,
    world: int,
    *,
    write: bool,
) -> str:
    """Lay out a run folder; gives one digest of the recipe, the data, the weights it starts from, and the
    number of processes, which share out each batch.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    plan = _plan(recipe)
    digest = hashlib.sha256(json.dumps(plan, sort_keys=True).encode())
    for sample in (*train.samples, *valid.samples):
        digest.update(f"{sample.split} {sample.label} {sample.sha256}\n".encode())
    if world > 1:
        digest.update(f"processes {world}".encode())
    if initial is not None:
        digest.update(f"initial weights {initial.sha256}".encode())
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
        if started and (run / RECIPE).exists() and _plan(load_recipe(run / RECIPE)) != plan:
            raise CheckpointError(
                f"{run / RECIPE}: this run was started with another recipe or other data; take a new --out, "
                f"or delete {run}",
                code="another_run",
            )
        if not (started and (run / RECIPE).exists()):
            write_text(run / RECIPE, recipe.to_yaml())
        if not (started and (run / DATA).exists()):
            both = SampleTable(train.root, (*train.samples, *valid.samples))
            write_table(both, run / DATA)
        if earlier is not None:
            write_text(run / START, earlier)
        if initial is not None and not started:
            write_text(run / INITIAL, json.dumps(initial.facts(), indent=2) + "\n")
    return digest.hexdigest()


def _plan(recipe: Recipe) -> dict[str, Any]:
    """The settings that decide what a run computes."""
    plan = {k: v for k, v in recipe.model_dump(mode="json").items() if k not in _SPEED_ONLY}
    # Settings that came later count only where they are used, so that older runs stay the runs that they were.
    # The resized pictures' degradation counts under the name that it had when they began.
    defaults = ResizedDegradeSettings().model_dump(mode="json")
    plan["web"] = {k: v for k, v in plan.pop("degrade_resized").items() if k in _WEB_AT_FIRST or v != defaults[k]}
    later = {
        **_CAME_LATER,
        "degrade": NativeDegradeSettings().model_dump(mode="json"),
        "label_smoothing": 0,
        "linear_probe": 0,
        "mixing": None,
    }
    return {k: v for k, v in plan.items() if k not in later or v != later[k]}


def _tidy(run: Path) -> None:
    """Throw away what a kill in the middle of writing has left; a large network's would soon fill the disk."""
    for name in (LAST, BEST, RECIPE, DATA, CURVES, PLOT, ABOUT, START, INITIAL):
        stem, suffix = Path(name).stem, Path(name).suffix
        for left in run.glob(f".{stem}.*.part{suffix}"):
            left.unlink(missing_ok=True)


def write_curves(run: Path, recipe: Recipe, progress: Progress) -> None:
    """Write the learning curves as CSV and PNG, and the run's circumstances as JSON.

    The PNG may lag by `REDRAWN_SECONDS` until the last epoch: drawing takes longer than a short epoch.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(progress.history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(progress.history)
    write_text(run / CURVES, text.getvalue())
    if len(progress.history) >= recipe.epochs or not _is_new(run / PLOT):
        with replacing(run / PLOT) as file:
            LearningCurves.from_csv(run / CURVES).save(file)
    about = circumstances(progress, recipe)
    about["initial_weights"] = "random"
    if (run / INITIAL).exists():
        about["initial_weights"] = json.loads((run / INITIAL).read_text(encoding="utf-8"))
    if (run / START).exists():
        about["initial_weights"] = "an earlier run's"
        about["started_from"] = json.loads((run / START).read_text(encoding="utf-8"))
    write_text(run / ABOUT, json.dumps(about, indent=2) + "\n")


def _is_new(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime < REDRAWN_SECONDS
    except FileNotFoundError:
        return False


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
        "precision": recipe.precision,
        "device": gpu or f"{os.cpu_count()} CPU cores ({platform.machine()})",
        "python": platform.python_version(),
        "fauxface": __version__,
        "lightning": version("lightning-fabric"),
        **{name: version(name) for name in ("torch", "numpy", "pillow")},
    }
