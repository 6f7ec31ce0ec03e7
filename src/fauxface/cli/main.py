"""The command line: one table of commands, one place where errors become one line and an exit code."""

from __future__ import annotations

import sys

import click
import typer

from fauxface.cli import terminal
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


def main() -> None:
    """Entry point of `fauxface`. Exit codes: 0 done, 1 interrupted, 2 an error the user can act on."""
    try:
        code = app(standalone_mode=False)
    except FauxfaceError as error:
        terminal.print_error(error)
        code = 2
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("interrupted\n")
        code = 1
    except BrokenPipeError:
        # `fauxface predict … | head` is no error; keep Python from complaining again while it closes stdout.
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
