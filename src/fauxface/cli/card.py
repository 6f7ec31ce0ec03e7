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
    examples: Annotated[list[Path] | None, typer.Option(help="A picture to show as an example; may repeat.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Markdown file; default: print it.")] = None,
) -> None:
    """Write the model card of weights in Markdown, from card.json and the stored predictions beside it."""
    terminal.need("report", "pyarrow", "matplotlib", "jinja2")
    from fauxface.detector import Detector
    from fauxface.evaluation.predictions import read
    from fauxface.evaluation.robustness import rows
    from fauxface.report.model_card import model_card
    from fauxface.weights import store

    loaded = store.resolve(weights)
    stored = loaded.path.parent / "predictions.parquet"
    verdicts = list(Detector.load(weights).predict_many(examples)) if examples else []
    text = model_card(
        loaded.card,
        read(stored) if stored.is_file() else None,
        worn=rows(robustness) if robustness else (),
        worn_by=read(robustness / "clean.parquet").model if robustness else None,
        examples=verdicts,
    )
    if out is None:
        typer.echo(text)
    else:
        write_text(out, text)
        terminal.say(f"wrote {out}")
