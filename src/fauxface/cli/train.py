"""`fauxface train`: from labelled pictures to a trained network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fauxface.cli import terminal
from fauxface.files import check_folder

if TYPE_CHECKING:
    from fauxface.data.face_crops import FaceCrops
    from fauxface.data.samples import SampleTable
    from fauxface.training.checkpoint import Progress
    from fauxface.training.recipe import Recipe

SHOWN = 20


def train(
    data: Annotated[Path, typer.Option(help="Folder, CSV or index (.parquet) of labelled pictures.")],
    out: Annotated[Path, typer.Option(help="Run folder: checkpoints, curves, the recipe as run.")],
    recipe: Annotated[str, typer.Option(help="Name of a recipe that fauxface brings, or a .yaml file.")] = "baseline",
    model: Annotated[str | None, typer.Option(help="Instead of the recipe's network; see fauxface models.")] = None,
    pretrained: Annotated[
        Path | None, typer.Option(help="The public weights that the recipe starts from, as a file at hand.")
    ] = None,
    scratch: Annotated[bool, typer.Option("--scratch", help="Start from random weights instead.")] = False,
    start_from: Annotated[
        Path | None,
        typer.Option(help="Run folder whose best weights to start from; may be a narrower network."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the recipe's seed.")] = None,
    data_fraction: Annotated[float | None, typer.Option(help="Train on this share of each class.")] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="A source to keep from it, to test on it later; may repeat.")
    ] = None,
    crops: Annotated[
        Path | None, typer.Option(help="Folder of found faces, shared by runs of recipes that frame.")
    ] = None,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Go on although a picture lies in two splits.")
    ] = False,
    accelerator: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    devices: Annotated[int, typer.Option(help="Processes, one a device.", min=1)] = 1,
    threads: Annotated[int | None, typer.Option(help="CPU threads a process.", min=1)] = None,
) -> None:
    """Train a network by a recipe; the same command goes on after a stop, to the bit.

    Writes best.safetensors, last.safetensors, curves.csv, curves.png, recipe.yaml and run.json into --out.
    """
    terminal.need("train", *terminal.TRAIN)
    import torch

    from fauxface.training import initial
    from fauxface.training.loop import fit
    from fauxface.training.recipe import adjusted, load_recipe

    if threads is not None:
        torch.set_num_threads(threads)
    check_folder(out)
    plan = adjusted(
        load_recipe(recipe),
        model=model,
        scratch=scratch,
        seed=seed,
        data_fraction=data_fraction,
        leave_out=tuple(leave_out) if leave_out else None,
    )
    begin = initial.find(plan, pretrained, show=terminal.progress)
    table = open_checked(data, out, allow_leak=allow_leak)
    done = fit(
        plan,
        table,
        out,
        show=terminal.progress,
        start=start_from,
        initial=begin,
        crops=faces_of(plan, table, crops or out / "crops"),
        accelerator=accelerator,
        devices=devices,
    )
    if speaks():
        say_done(plan, done)
        terminal.say(f"next:  fauxface evaluate --weights {out} --data {data} --out {out}/evaluation")


def faces_of(plan: Recipe, table: SampleTable, folder: Path) -> FaceCrops | None:
    """The faces that a recipe's views are cut out of, found once; None for a recipe that does not frame."""
    if plan.framing is None:
        return None
    from fauxface.data.face_crops import build

    with terminal.progress("finding faces", len(table)) as advance:
        return build(table, folder, advance=advance)


def speaks() -> bool:
    """Whether this process is the one that tells; with several devices each runs the command."""
    return os.environ.get("LOCAL_RANK", "0") == "0"


def open_checked(data: Path, run: Path, *, allow_leak: bool) -> SampleTable:
    """The labelled pictures, with what was left out and what lies in two splits told before anything long begins.

    A run that has already begun was checked then, and of several processes the first one checks for all.

    Raises:
        DataError: not usable, or a picture lies in two splits and that is not allowed.
    """
    from fauxface.data.index import open_samples
    from fauxface.training.checkpoint import LAST
    from fauxface.training.preflight import check_leaks

    with terminal.progress("reading pictures", None) as advance:
        table = open_samples(data, advance=advance)
    found: list[str] = []
    if speaks() and not (run / LAST).exists():
        with terminal.progress("looking for copies", len(table)) as advance:
            found = check_leaks(table, allow=allow_leak, advance=advance)
    if speaks():
        terminal.say_notes(table.notes)
        tell([f"left out: {r.path}: {r.message}" for r in table.rejected])
        tell(found)
    return table


def tell(sentences: list[str]) -> None:
    """The first few of many, and how many more there are."""
    for sentence in sentences[:SHOWN]:
        terminal.say(sentence)
    if len(sentences) > SHOWN:
        terminal.say(f"… and {len(sentences) - SHOWN} more")


def say_done(plan: Recipe, done: Progress) -> None:
    """One line on how a run went."""
    last = done.history[-1]
    best = max(done.history, key=plan.score)
    terminal.say(
        f"trained {done.epoch} epochs on {done.images:,} pictures in {done.seconds / 60:.1f} min; "
        f"best epoch {best['epoch']:.0f} by {plan.best_by}: accuracy {best['valid_accuracy']:.4f}, "
        f"AUC {best['valid_auc']:.4f}; waiting for data {last['waiting_share']:.1%} of the last epoch"
    )
