"""`fauxface evaluate --robustness`: the same pictures under the corruptions of `fauxface.evaluation.corruptions`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fauxface.cli import terminal

if TYPE_CHECKING:
    from fauxface.data.samples import SampleTable
    from fauxface.detector import Detector
    from fauxface.evaluation.predictions import PredictionTable

FOLDER = "robustness"


def judge_corrupted_pictures(
    detector: Detector, table: SampleTable, clean: PredictionTable, out: Path, batch_size: int
) -> Path:
    """Judge corrupted pictures into ``out/robustness``; the clean ones are judged, and stored tables are kept."""
    from fauxface.evaluation.predictions import write
    from fauxface.evaluation.robustness import CLEAN, judge_corrupted

    card, threshold = detector.card, clean.threshold
    write(clean.rows, out / FOLDER / f"{CLEAN}.parquet", model=card.id, threshold=threshold)
    judge_corrupted(
        detector,
        table,
        out / FOLDER,
        show=terminal.progress,
        model=card.id,
        threshold=threshold,
        batch_size=batch_size,
    )
    return out / FOLDER


def report(folder: Path, out: Path, threshold: float | None, title: str) -> None:
    """Print the table and write it, the plot and robustness.json."""
    from fauxface.evaluation.robustness import rows
    from fauxface.report.robustness import lines, write_robustness

    found = rows(folder, threshold)
    typer.echo("\n".join(lines(found)))
    written = write_robustness(found, out, title=title)
    typer.echo("\nwritten: " + terminal.escaped(", ".join(str(p) for p in written)))
