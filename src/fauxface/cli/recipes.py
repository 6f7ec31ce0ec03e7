"""`fauxface recipes`: what can be trained by name; the paper's Table II first."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from fauxface.cli import terminal


def recipes(
    as_json: Annotated[bool, typer.Option("--json", help="Every recipe whole, one JSON object a line.")] = False,
) -> None:
    """Table II of the paper as recipes that `fauxface train --recipe` takes, and the others that fauxface brings."""
    terminal.need("train", *terminal.TRAIN)
    from fauxface.paper.table_two import SMALL, columns
    from fauxface.training.recipe import load_recipe, recipe_names

    found = {name: load_recipe(name) for name in recipe_names()}
    if as_json:
        for recipe in found.values():
            typer.echo(json.dumps(recipe.model_dump(mode="json")))
        return
    typer.echo("The paper's six runs (Table II)\n")
    typer.echo(_aligned([asdict(c) for c in columns()]))
    typer.echo("\nScaled down, for a processor\n")
    typer.echo(_aligned([asdict(c) for c in columns([found[name] for name in SMALL.values()])]))
    typer.echo("\nOthers\n")
    for name, recipe in found.items():
        if name not in (*SMALL, *SMALL.values()):
            typer.echo(f"{name:<18}{recipe.description}")
    typer.echo("\nnext:  fauxface train --recipe NAME --data DIR --out RUN")


def _aligned(rows: list[dict[str, str]]) -> str:
    """One line a recipe: a table with straight columns, settings that never differ said once below."""
    from fauxface.paper.table_two import SETTINGS

    titles = {"name": "", **SETTINGS}
    shared = {k: rows[0][k] for k in titles if k != "name" and len({row[k] for row in rows}) == 1}
    keys = [k for k in titles if k not in shared]
    table = [[titles[k] for k in keys], *([row[k] for k in keys] for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(keys))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
    if shared:
        lines.append("all: " + ", ".join(f"{titles[k]} {v}" for k, v in shared.items()))
    return "\n".join(lines)
