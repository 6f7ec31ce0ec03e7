"""`fauxface add-traces`: beside a network that sees faces, one that sees what a generator leaves in the pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fauxface.cli import terminal
from fauxface.cli.train import open_checked
from fauxface.files import check_folder


def add_traces(
    face: Annotated[
        Path, typer.Argument(help="Run folder of a finished `fauxface train`; or weights: 'default', a folder.")
    ],
    data: Annotated[Path, typer.Option(help="Folder, CSV or index (.parquet) of labelled pictures.")],
    out: Annotated[Path, typer.Option(help="Run folder to write; evaluate and export it like any other.")],
    source: Annotated[
        list[str] | None,
        typer.Option(help="Learn traces from this source only; may repeat. Default: from all."),
    ] = None,
    views: Annotated[int, typer.Option(help="How often each picture is looked at, once as it is.", min=1)] = 7,
    seed: Annotated[int, typer.Option(help="Decides everything that is drawn.", min=0)] = 0,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Go on although a picture lies in two splits.")
    ] = False,
    accelerator: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads.", min=1)] = None,
) -> None:
    """Learn pictures' fine statistics and put what was learned beside FACE's network, which stays as it is.

    The same command goes on after a stop. About an hour for 5,000 pictures on two CPU cores.
    """
    terminal.need("train", *terminal.TRAIN)
    import torch

    from fauxface.training.trace_views import TraceSettings
    from fauxface.training.traces import add_traces as add

    if threads is not None:
        torch.set_num_threads(threads)
    check_folder(out)
    table = open_checked(data, out, allow_leak=allow_leak)
    settings = TraceSettings(sources=tuple(source or ()), views=views, seed=seed)
    facts = add(face, table, out, settings, show=terminal.progress, accelerator=accelerator)
    terminal.say(
        f"the face counts {facts['share_of_face']:.2f} and the traces {facts['share_of_traces']:.2f} where not worn; "
        f"loss on validation pictures {facts['valid_loss']:.4f}, of the face alone {facts['valid_loss_of_face']:.4f}"
    )
    terminal.say(f"next:  fauxface evaluate --weights {out} --data {data} --out {out}/evaluation")
