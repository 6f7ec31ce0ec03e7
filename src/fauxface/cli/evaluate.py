"""`fauxface evaluate`: how good is a detector on labelled pictures, and how sure is that?"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fauxface.cli import terminal
from fauxface.cli.predict import Faces
from fauxface.errors import DataError
from fauxface.files import check_folder

if TYPE_CHECKING:
    from fauxface.data.samples import SampleTable
    from fauxface.detector import Detector
    from fauxface.evaluation.metrics import Metrics
    from fauxface.evaluation.predictions import PredictionTable

PREDICTIONS = "predictions.parquet"
SHOWN = 20


class Split(StrEnum):
    """Which pictures of the data are judged."""

    train = "train"
    valid = "valid"
    test = "test"
    all = "all"


class By(StrEnum):
    """What the second table is grouped by."""

    source = "source"


def evaluate(
    out: Annotated[Path, typer.Option(help="Folder for metrics.json, predictions.parquet and the plots.")],
    data: Annotated[Path | None, typer.Option(help="Folder, CSV or index (.parquet) of labelled pictures.")] = None,
    weights: Annotated[
        str, typer.Option(help="default, resnet68 (the paper's), a folder with card.json, that card, or a run folder.")
    ] = "default",
    predictions: Annotated[
        Path | None, typer.Option(help="Draw everything again from this table, instead of --data.")
    ] = None,
    split: Annotated[
        Split | None, typer.Option(help="Default: test; all pictures where the data names no splits.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Called fake from here; default: the card's.")
    ] = None,
    by: Annotated[By | None, typer.Option(help="Also print the share judged rightly for each source.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, max=4096, help="Pictures judged together.")] = 16,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads; default: all cores.")] = None,
    faces: Annotated[
        Faces, typer.Option(help="As for predict. Off, because the pictures of data sets are framed already.")
    ] = Faces.off,
    stability: Annotated[
        bool,
        typer.Option(help="As for predict; faster without it, if the card names perturbations; shipped ones do not."),
    ] = True,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also judge the pictures under many corruptions; goes on after a stop.")
    ] = False,
    fake_is: Annotated[terminal.FakeIs | None, typer.Option(help=terminal.FAKE_IS_HELP)] = None,
) -> None:
    """Judge labelled pictures; write predictions, metrics with 95% intervals, and plots.

    Existing files in --out are replaced. With --robustness, --predictions takes the folder of tables that it wrote.
    """
    if (data is None) == (predictions is None):
        raise typer.BadParameter("give either --data or --predictions")
    if threshold is not None and not 0 <= threshold <= 1:  # not a number passes min and max
        raise typer.BadParameter("--threshold must be between 0 and 1")
    terminal.need("report", "pyarrow", "matplotlib")
    check_folder(out)
    from fauxface.evaluation.predictions import read
    from fauxface.report.evaluation_report import write_report

    written: list[Path] = []
    if robustness and predictions is not None:
        from fauxface.cli.evaluate_robustness import report

        return report(predictions, out, threshold, f"Robustness, {predictions.name}")
    if data is not None:
        written.append(out / PREDICTIONS)
        # First, so that wrong weights are told before a hundred thousand pictures are read.
        detector = open_detector(weights, threads=threads, faces=faces, stability=stability)
        pictures, which = _select(data, split, fake_is)
        table = _judge(detector, pictures, which, written[0], threshold, batch_size)
        if robustness:
            from fauxface.cli.evaluate_robustness import judge_corrupted_pictures, report

            folder = judge_corrupted_pictures(detector, pictures, table, out, batch_size)
            report(folder, out, None, f"Robustness, {detector.card.id}")
    else:
        assert predictions is not None
        if split is not None:
            raise typer.BadParameter("--split chooses among --data; a predictions table is used as a whole")
        table, which = read(predictions), f"all rows of {predictions}"
    metrics, drawn = write_report(table, out, threshold=threshold)
    _say_left_out(table)
    _print(table, metrics, which, by)
    if hint := turned_round(metrics.auc):
        terminal.say(hint)
    typer.echo("\nwritten: " + terminal.escaped(", ".join(str(p) for p in written + drawn)))
    if not metrics.n:
        raise DataError("not one picture could be judged; metrics.json lists the reasons", code="no_pictures")


def turned_round(auc: float | None) -> str | None:
    """A hint for an AUC below 0.5: labels that mean the opposite are a likelier reason than a detector that does."""
    if auc is None or auc >= 0.5:
        return None
    return (
        f"hint: the AUC is {auc:.4f}, below 0.5: the labels look turned round (is 1 fake or real?), or the detector "
        "knows nothing of such pictures: look at a few of them, and at how the labels were read"
    )


def open_detector(
    weights: str, *, threads: int | None = None, faces: Faces = Faces.off, stability: bool = True
) -> Detector:
    """The detector behind ``--weights``: "default", "resnet68", a folder with card.json, a card, or a
    training run's folder.

    Raises:
        WeightsError: no such weights, or damaged ones.
        CheckpointError: a training run without usable weights.
    """
    folder = Path(weights)
    if (folder / "recipe.yaml").is_file() and not (folder / "card.json").is_file():
        terminal.need("train", *terminal.TRAIN)
        import torch

        from fauxface.training.export import run_detector

        if threads is not None:
            torch.set_num_threads(threads)
        return run_detector(folder).using(faces=faces.value, stability=stability)
    from fauxface.detector import Detector

    return Detector.load(weights, threads=threads, faces=faces.value, stability=stability)


def _select(data: Path, split: Split | None, fake_is: terminal.FakeIs | None) -> tuple[SampleTable, str]:
    """The pictures to judge, and which they are, for people."""
    from fauxface.data.samples import SampleTable
    from fauxface.evaluation.selection import look, select

    found = look(data, fake_is=terminal.fake_is(fake_is))
    choice = None if split is None else split.value
    if isinstance(found, SampleTable):
        table, which = select(found, choice)
    else:
        terminal.say_notes(found.notes)
        if counted := found.count_passed():
            terminal.say(counted)
        with terminal.progress("reading", None) as advance:
            table, which = select(found, choice, advance=advance)
    return table, f"{which} of {data}"


def _judge(
    detector: Detector, pictures: SampleTable, which: str, out: Path, threshold: float | None, batch_size: int
) -> PredictionTable:
    from fauxface.evaluation.judging import predict_table
    from fauxface.evaluation.predictions import PredictionTable, write

    terminal.say(f"judging {which}: {len(pictures):,} pictures")
    with terminal.progress("judging", len(pictures)) as advance:
        rows = tuple(predict_table(detector, pictures, advance, batch_size=batch_size))
    if threshold is not None:  # the answers follow the card's threshold
        rows = tuple(replace(row, verdict="", reasons="") for row in rows)
    threshold = detector.card.decision.threshold if threshold is None else threshold
    write(rows, out, model=detector.card.id, threshold=threshold)
    return PredictionTable(rows, detector.card.id, threshold)


def _say_left_out(table: PredictionTable) -> None:
    left_out = table.unreadable
    for picture in left_out[:SHOWN]:
        terminal.say(f"left out: {picture['path']} [{picture['code']}]")
    if len(left_out) > SHOWN:
        terminal.say(f"… and {len(left_out) - SHOWN:,} more left out; metrics.json lists all")


def _print(table: PredictionTable, metrics: Metrics, which: str, by: By | None) -> None:
    """The metrics on standard output; the error that matters most comes first."""
    from fauxface.evaluation.abstention import abstention
    from fauxface.evaluation.by_source import by_source
    from fauxface.report.tables import answer_lines, metric_lines, source_lines

    threshold = metrics.threshold if metrics.threshold is not None else table.threshold
    head = (
        f"{table.model or 'unnamed detector'} on {metrics.n:,} pictures "
        f"({metrics.tp + metrics.fn:,} real, {metrics.fp + metrics.tn:,} fake): {which}\n"
        f"called fake from a probability of {threshold:g}; in brackets 95% intervals"
    )
    typer.echo("\n".join(terminal.escaped(line) for line in head.split("\n")) + "\n")
    if table.unreadable:
        typer.echo(f"left out, could not be judged: {len(table.unreadable):,} (listed in metrics.json)\n")
    typer.echo("\n".join(metric_lines(metrics)))
    if said := abstention(table) if threshold == table.threshold else None:
        typer.echo('\nWith "uncertain" as an answer:\n' + "\n".join(answer_lines(said)))
    if by is By.source:
        rows = by_source(table, threshold)
        lines = source_lines(rows) if rows else ["no source is named in this data"]
        typer.echo("\n" + "\n".join(terminal.escaped(line) for line in lines))
