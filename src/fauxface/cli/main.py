"""The command line: one table of commands, one place where errors become one line and an exit code."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from fauxface.cli import data, feedback, keys, stopping, streams, terminal
from fauxface.cli.calibrate import calibrate
from fauxface.cli.card import card
from fauxface.cli.compare import compare
from fauxface.cli.crossval import crossval
from fauxface.cli.evaluate import evaluate
from fauxface.cli.explain import explain
from fauxface.cli.export import export
from fauxface.cli.former_options import CommandOfFormerNames
from fauxface.cli.inspect import inspect
from fauxface.cli.models import models
from fauxface.cli.predict import predict
from fauxface.cli.recipes import recipes
from fauxface.cli.reproduce import reproduce
from fauxface.cli.serve import serve
from fauxface.cli.train import train
from fauxface.errors import FauxfaceError

app = typer.Typer(
    name="fauxface",
    help="Is this face a photograph, or was it made by a generator? And how sure can one be?",
    epilog="Start with:  fauxface predict face.jpg",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: importing what draws boxes takes longer than all the rest of --help
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(short_help="Is it a photograph, or was it made by a generator?")(predict)
app.command(short_help="What does a picture's file say about where it comes from?")(inspect)
app.command(short_help="Draw where the network looked; it is no proof.")(explain)
app.command(short_help="Open the page and its API on this machine.")(serve)
app.command(short_help="Train a network by a recipe; goes on after a stop.")(train)
app.command(short_help="Train without some cameras and generators, judge those.")(crossval)
app.command(short_help="The recipes, and the paper's Table II from them.")(recipes)
app.command(short_help="Make the paper's whole comparison again, as one page.")(reproduce)
app.command(short_help="Judge labelled pictures: metrics with 95% intervals.")(evaluate)
app.command(cls=CommandOfFormerNames, short_help="From a run folder to weights that judge without PyTorch.")(export)
app.command(cls=CommandOfFormerNames, short_help="Fit thresholds to labelled pictures of your own.")(calibrate)
app.command(short_help="Write the model card of weights.")(card)
app.command(short_help="List the networks by name.")(models)
app.command(short_help="How far apart are two faces?")(compare)
app.add_typer(data.app, name="data")
app.add_typer(feedback.app, name="feedback")
app.add_typer(keys.app, name="keys")


def _version(wanted: bool) -> None:
    if wanted:
        from fauxface import __version__

        typer.echo(f"fauxface {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="And exit.")] = False,
) -> None:
    """Is this face a photograph, or was it made by a generator? And how sure can one be?"""


def main() -> None:
    """Entry point of `fauxface`. Exit codes: 0 done, 2 an error the user can act on, 130 interrupted.

    1 if nobody reads standard output any more; whoever is stopped by a signal ends by it.
    """
    streams.prepare()
    stopping.listen()
    try:
        try:
            app()
        finally:
            streams.finish()
    except FauxfaceError as error:
        terminal.print_error(error)
        sys.exit(2)
    except stopping.StoppedError as stopped:
        terminal.say(f"stopped ({signal.Signals(stopped.number).name})")
        sys.stderr.flush()
        stopping.die(stopped.number)


if __name__ == "__main__":
    main()
