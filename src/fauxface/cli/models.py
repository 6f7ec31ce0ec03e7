"""``fauxface models``: every network that can be trained by name."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fauxface.cli import terminal

if TYPE_CHECKING:
    from fauxface.models.entry import ModelEntry

TITLES = ("name", "parameters", "GFLOP", "input", "public weights", "source")


def models(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with exact numbers.")] = False,
) -> None:
    """List the networks: parameters, arithmetic, input, licence of the public weights, and where each comes from.

    GFLOP are billions of floating-point operations for one picture, a multiply-add being two.
    """
    terminal.need("train", *terminal.TRAIN)
    from fauxface.models import registry

    facts = []
    with terminal.progress("counting", len(registry.REGISTRY), "networks") as advance:
        for entry in registry.REGISTRY.values():
            facts.append(_facts(entry))
            advance()
    if as_json:
        for fact in facts:
            typer.echo(json.dumps(fact))
        return
    _print([_row(fact) for fact in facts])


def _facts(entry: ModelEntry) -> dict[str, Any]:
    from fauxface.models.cost import cost

    counted = cost(entry.name)
    weights = [
        {
            "name": p.name,
            "licence": p.file.licence,
            "url": p.file.url,
            "size_bytes": p.file.size_bytes,
            "sha256": p.file.sha256,
        }
        for p in entry.pretrained
    ]
    return {
        "name": entry.name,
        "parameters": counted.parameters,
        "flops": counted.flops,
        "input_size": entry.input_size,
        "fixed_size": entry.fixed_size,
        "mean": entry.mean,
        "std": entry.std,
        "pretrained": weights,
        "source": entry.source,
    }


def _row(fact: dict[str, Any]) -> tuple[str, ...]:
    weights = ", ".join(f"{w['name']} ({w['licence']})" for w in fact["pretrained"])
    return (
        fact["name"],
        f"{fact['parameters'] / 1e6:,.2f} M",
        f"{fact['flops'] / 1e9:,.2f}",
        str(fact["input_size"]),
        weights or "–",
        fact["source"],
    )


def _print(rows: list[tuple[str, ...]]) -> None:
    """A table on a terminal; in a pipe, tabs between and a line each, for other programs."""
    if not sys.stdout.isatty():
        for row in (TITLES, *rows):
            typer.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in TITLES:
        table.add_column(title, justify="right" if title in TITLES[1:4] else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
