"""`fauxface crossval`: what a detector is worth on cameras and generators that were left out of its training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from fauxface.cli import terminal
from fauxface.files import check_folder

if TYPE_CHECKING:
    from fauxface.evaluation.unseen_sources import Unseen

_RULES: Final = (
    "What thresholds for small and colourless faces make uncertain is counted. `fauxface export` lowers them further, "
    "until few known fakes pass, so a card's figures differ a little."
)
_NO_RULES: Final = (
    "Small and colourless faces are judged here by one threshold for all. A card has lower ones for them (--degraded), "
    "so its figures differ: more is uncertain."
)


def crossval(
    data: Annotated[Path, typer.Option(help="Labelled pictures with a column 'fold' (CSV or index).")],
    out: Annotated[Path, typer.Option(help="Folder for the runs, the table, the plots.")],
    recipe: Annotated[str, typer.Option(help="Recipe of each training.")] = "efficientnet-lite0",
    average_with: Annotated[
        list[str] | None,
        typer.Option(help="Train each fold by this recipe, too, and judge by the mean of the weights; may repeat."),
    ] = None,
    fold: Annotated[list[str] | None, typer.Option(help="Only this fold; may repeat.")] = None,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Only a classifier on features of the public weights: minutes, not hours.")
    ] = False,
    views: Annotated[
        int,
        typer.Option(
            help="With --frozen: views of each picture: whole, saved as JPEG 75 and 90, then crops.", min=1, max=64
        ),
    ] = 3,
    degraded: Annotated[
        int, typer.Option(help="Judge so many pictures of each source in many sizes, compressions, states.", min=0)
    ] = 0,
    crops: Annotated[Path | None, typer.Option(help="Folder of found faces; default: in --out.")] = None,
    pretrained: Annotated[Path | None, typer.Option(help="The recipe's public weights, as a file at hand.")] = None,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Go on although a picture lies in two splits.")
    ] = False,
    threads: Annotated[int | None, typer.Option(help="CPU threads.", min=1)] = None,
) -> None:
    """Train once a fold without its cameras and generators, and judge what was left out.

    Goes on after a stop. Writes out_of_source.parquet (one prediction a picture, by the network that saw none of its
    fold; with --frozen it is frozen_out_of_source.parquet), by_source.json, matrix.png and by_source.md. Thresholds are
    chosen without the source that they are counted on, and without test pictures.
    """
    terminal.need("train", *terminal.TRAIN, "onnx", "onnxscript", "sklearn")
    import torch

    from fauxface.cli.train import faces_of, open_checked
    from fauxface.errors import RecipeError
    from fauxface.evaluation import predictions
    from fauxface.evaluation.real_threshold import LEAST_COLOUR, SMALL_SIDES
    from fauxface.evaluation.unseen_sources import unseen
    from fauxface.report.source_matrix import write_by_source
    from fauxface.training import initial
    from fauxface.training.crossval import FROZEN_TABLE, TABLE, check_sources
    from fauxface.training.crossval import crossval as run
    from fauxface.training.degraded import judge_degraded
    from fauxface.training.frozen import run as run_frozen
    from fauxface.training.recipe import load_recipe

    if threads is not None:
        torch.set_num_threads(threads)
    check_folder(out)
    plan = load_recipe(recipe)
    begin = initial.find(plan, pretrained, show=terminal.progress)
    others = [load_recipe(name) for name in average_with or ()]
    if frozen and others:
        raise RecipeError("--frozen trains no weights that could be averaged: leave out --average-with")
    if frozen and (degraded or fold):
        raise RecipeError("--frozen judges all folds, and pictures as they are: leave out --degraded and --fold")
    if unlike := [other.name for other in others if (other.model, other.framing) != (plan.model, plan.framing)]:
        raise RecipeError(f"recipe '{unlike[0]}' is for another network or other views than '{plan.name}'")
    table = open_checked(data, out, allow_leak=allow_leak)
    check_sources(table, fold, plan.leave_out)
    faces = faces_of(plan, table, crops or out / "crops")
    if faces is None:
        raise RecipeError(f"recipe '{plan.name}' frames no faces (framing), which cross-validation needs")
    if frozen:
        rows = run_frozen(plan, table, faces, begin, views=views, show=terminal.progress)
        predictions.write(rows, out / FROZEN_TABLE, model=f"{plan.name}, frozen, out of source")
    else:
        more = [(other, initial.find(other, pretrained, show=terminal.progress)) for other in others]
        rows = run(plan, table, faces, out, show=terminal.progress, initial=begin, folds=fold, average_with=more)
    changed = None
    if degraded:
        changed = judge_degraded(
            table,
            faces,
            out,
            a_source=degraded,
            left_out=plan.leave_out,
            show=terminal.progress,
            folds=fold,
            average_with=[other.name for other in others],
        )
    found = unseen(
        rows, left_out=plan.leave_out, degraded=changed, least_colour=LEAST_COLOUR, smallest_side=SMALL_SIDES[0]
    )
    rules = _RULES if degraded else _NO_RULES
    write_by_source(found, out, rules)
    _tell(found)
    terminal.say(rules)
    written = out / (FROZEN_TABLE if frozen else TABLE)
    after = "the same without --frozen" if frozen else f"fauxface export RUN --out-of-source {written}"
    terminal.say(f"wrote {written}; next:  {after}")


def _tell(found: Unseen) -> None:
    """The metrics that count, for people."""
    from fauxface.report.tables import aligned, per_cent, plain

    f = found.by_source
    accused, missed = f.accused_photographs, f.missed_fakes
    rows = [
        ("photographs called fake", per_cent(accused.value, accused.interval), f"worst: {accused.worst_source}"),
        ("fakes called real", per_cent(missed.value, missed.interval), f"worst: {missed.worst_source}"),
        ("uncertain", per_cent(f.uncertain.value, f.uncertain.interval), f"worst: {f.uncertain.worst_source}"),
        ("AUC", plain(f.mean_auc.value, f.mean_auc.interval), f"worst: {f.mean_auc.worst_source}"),
        ("caught at 5% accused", per_cent(f.caught.value, f.caught.interval), f"worst: {f.caught.worst_source}"),
    ]
    for line in aligned(rows):
        terminal.say(line)
