"""`fauxface card`: what people must know of weights before they trust them, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fauxface.cli import terminal
from fauxface.files import write_text


def card(
    weights: Annotated[
        str, typer.Option(help="default, resnet68 (the paper's), or a folder with card.json.")
    ] = "default",
    robustness: Annotated[
        Path | None, typer.Option(help="Folder of tables that `fauxface evaluate --robustness` wrote.")
    ] = None,
    people: Annotated[
        Path | None,
        typer.Option(help="Errors by age, sex and origin, as docs/results/attributes.py counted them (JSON)."),
    ] = None,
    examples: Annotated[list[Path] | None, typer.Option(help="A picture to show as an example; may repeat.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="card.json itself, in today's format; a card of an older one is translated.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File; default: print it.")] = None,
) -> None:
    """Write the model card of weights in Markdown, from card.json and the stored predictions beside it."""
    if as_json:
        from fauxface.weights import store

        write(store.resolve(weights).card.to_json(), out)
    else:
        write(_page(weights, robustness, people, examples), out)


def write(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file."""
    if out is None:
        typer.echo(text)
    else:
        write_text(out, text)
        terminal.say(f"wrote {out}")


def _page(weights: str, robustness: Path | None, people: Path | None, examples: list[Path] | None) -> str:
    """The card for people."""
    terminal.need("report", "pyarrow", "matplotlib", "jinja2")
    from fauxface.detector import Detector
    from fauxface.evaluation.predictions import read
    from fauxface.evaluation.robustness import rows
    from fauxface.report.model_card import model_card
    from fauxface.report.people import read as read_groups
    from fauxface.report.people import tables
    from fauxface.weights import store

    loaded = store.resolve(weights)
    stored = loaded.path.parent / "predictions.parquet"
    verdicts = list(Detector.load(weights).predict_many(examples)) if examples else []
    return model_card(
        loaded.card,
        read(stored) if stored.is_file() else None,
        degraded=rows(robustness) if robustness else (),
        degraded_by=read(robustness / "clean.parquet").model if robustness else None,
        examples=verdicts,
        shipped={name: store.resolve(name).card for name in store.SHIPPED},
        people=tables(read_groups(people), tuple(store.SHIPPED)) if people else "",
    )
