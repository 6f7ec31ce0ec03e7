"""`fauxface train`: from labelled pictures to a trained network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from fauxface.cli import terminal


def train(
    recipe: Annotated[str, typer.Option(help="Name of a recipe that fauxface brings, or a .yaml file.")],
    data: Annotated[Path, typer.Option(help="Folder, CSV or index (.parquet) of labelled pictures.")],
    out: Annotated[Path, typer.Option(help="Run folder: checkpoints, curves, the recipe as run.")],
    start_from: Annotated[
        Path | None,
        typer.Option(help="Run folder whose best weights to start from; may be a narrower network."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the recipe's seed.")] = None,
    data_fraction: Annotated[float | None, typer.Option(help="Train on this share of each class.")] = None,
    accelerator: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    devices: Annotated[int, typer.Option(help="Processes, one a device.", min=1)] = 1,
    threads: Annotated[int | None, typer.Option(help="CPU threads a process.", min=1)] = None,
) -> None:
    """Train a network by a recipe; the same command goes on after a stop, to the bit.

    Writes best.safetensors, last.safetensors, curves.csv, curves.png, recipe.yaml and run.json into --out.
    """
    terminal.need("train", "torch", "lightning", "safetensors", "yaml", "pydantic", "pyarrow", "matplotlib")
    import torch

    from fauxface.data.index import open_samples
    from fauxface.training.loop import fit
    from fauxface.training.recipe import Recipe, load_recipe

    if threads is not None:
        torch.set_num_threads(threads)
    changes = {k: v for k, v in {"seed": seed, "data_fraction": data_fraction}.items() if v is not None}
    plan = load_recipe(recipe)
    if changes:
        plan = Recipe.from_yaml(plan.model_copy(update=changes).to_yaml(), source="--seed/--data-fraction")
    with terminal.progress("reading pictures", None) as advance:
        table = open_samples(data, advance=advance)
    # With several devices each process runs this command; the first one speaks.
    first = os.environ.get("LOCAL_RANK", "0") == "0"
    for left_out in table.rejected[: 20 if first else 0]:
        terminal.say(f"left out: {left_out.path}: {left_out.message}")
    if len(table.rejected) > 20 and first:
        terminal.say(f"left out: … and {len(table.rejected) - 20} more")
    done = fit(plan, table, out, show=terminal.progress, start=start_from, accelerator=accelerator, devices=devices)
    if not first:
        return
    last = done.history[-1]
    best = max(
        done.history,
        key=lambda row: -row["valid_loss"] if plan.best_by == "valid_loss" else row[plan.best_by],
    )
    terminal.say(
        f"trained {done.epoch} epochs on {done.images:,} pictures in {done.seconds / 60:.1f} min; "
        f"best epoch {best['epoch']:.0f} by {plan.best_by}: accuracy {best['valid_accuracy']:.4f}, "
        f"AUC {best['valid_auc']:.4f}; waiting for data {last['waiting_share']:.1%} of the last epoch"
    )
    terminal.say(f"next:  fauxface evaluate --weights {out} --data {data} --out {out}/evaluation")
