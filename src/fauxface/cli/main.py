"""The command line: one table of commands, one place where errors become one line and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fauxface.cli import data, feedback, keys, terminal
from fauxface.cli.calibrate import calibrate
from fauxface.cli.card import card
from fauxface.cli.compare import compare
from fauxface.cli.evaluate import evaluate
from fauxface.cli.explain import explain
from fauxface.cli.export import export
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
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(predict)
app.command()(explain)
app.command()(serve)
app.command()(train)
app.command()(recipes)
app.command()(reproduce)
app.command()(evaluate)
app.command()(export)
app.command()(calibrate)
app.command()(card)
app.command()(models)
app.command()(compare)
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
    """Entry point of `fauxface`. Exit codes: 0 done, 2 an error the user can act on, 130 interrupted."""
    try:
        app()
    except FauxfaceError as error:
        terminal.print_error(error)
        sys.exit(2)


if __name__ == "__main__":
    main()
