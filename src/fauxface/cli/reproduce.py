"""`fauxface reproduce`: the paper's whole comparison, by one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fauxface.cli import terminal
from fauxface.files import check_folder


def reproduce(
    data: Annotated[Path, typer.Option(help="Folder, CSV or index (.parquet) of labelled pictures.")],
    out: Annotated[Path, typer.Option(help="Folder for report.html, report.md, the runs and the figures.")],
    only: Annotated[
        list[str] | None, typer.Option(help="Some of the six runs, such as resnet68-cutout; may be repeated.")
    ] = None,
    small: Annotated[bool, typer.Option("--small", help="Scaled-down twins: an hour on two processor cores.")] = False,
    scratch: Annotated[
        bool, typer.Option("--scratch", help="Start from random weights where the paper starts from public ones.")
    ] = False,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Go on although a picture lies in two splits.")
    ] = False,
    accelerator: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads.", min=1)] = None,
) -> None:
    """Train Inception-ResNet-V2, VGGFace2 and ResNet-68, each with and without cutout, and compare with the paper.

    Finished runs are kept and stopped ones go on, so the same command may be given again. Writes one page,
    report.html (its twin: report.md), with every table and figure beside the paper's.
    """
    terminal.need("train", *terminal.TRAIN, "jinja2", "markdown_it")
    import torch

    from fauxface.cli.train import tell
    from fauxface.data.index import open_samples
    from fauxface.paper import reproduction
    from fauxface.training import initial

    if threads is not None:
        torch.set_num_threads(threads)
    check_folder(out)
    recipes = reproduction.chosen(only or (), small=small, scratch=scratch)
    begin = {recipe.name: initial.find(recipe, show=terminal.progress) for recipe in recipes}
    with terminal.progress("reading pictures", None) as advance:
        table = open_samples(data, advance=advance)
    terminal.say_notes(table.notes)
    tell([f"left out: {r.path}: {r.message}" for r in table.rejected])
    notes = reproduction.check(table, out, recipes, allow_leak=allow_leak, show=terminal.progress)
    tell(notes)
    reproduction.reproduce(
        table, out, recipes, begin, show=terminal.progress, say=terminal.say, accelerator=accelerator
    )
    reproduction.write_page(out, table, data, recipes, notes)
    terminal.say(f"written: {out / reproduction.PAGE} and {out / reproduction.TWIN}")
