"""`fauxface keys`: who may use the API."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fauxface.cli import terminal
from fauxface.cli.feedback import Database, DataDir, opened

app = typer.Typer(help="Keys of the page's API: add, list, revoke.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Whose key it is.")]


@app.command()
def add(
    name: Name,
    per_minute: Annotated[int | None, typer.Option(min=1, help="Requests a minute; default: as everybody.")] = None,
    reviewer: Annotated[bool, typer.Option("--reviewer", help="It also opens the review page, /review.")] = False,
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    """Make a key and show it, this once: only its hash is kept."""
    with opened(data_dir, database, make=True) as store:
        sys.stdout.write(store.add_key(name, per_minute, may_review=reviewer) + "\n")


@app.command("list")
def list_(data_dir: DataDir = None, database: Database = None) -> None:
    """Show whose keys there are."""
    with opened(data_dir, database) as store:
        for key in store.api_keys():
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "in use"
            limit = f"{key.per_minute} a minute" if key.per_minute else ""
            more = ", ".join(word for word in ("reviewer" if key.may_review else "", limit) if word)
            sys.stdout.write(f"{terminal.escaped(key.name):<30} {state:<20} {more}".rstrip() + "\n")


@app.command()
def revoke(name: Name, data_dir: DataDir = None, database: Database = None) -> None:
    """Make a key useless."""
    with opened(data_dir, database) as store:
        store.revoke_key(name)
        sys.stdout.write(f"{terminal.escaped(name)}: revoked\n")
