"""`fauxface calibrate`: fit a detector's card to pictures like those that it is to judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fauxface.cli import terminal
from fauxface.files import check_folder, replacing, write_text

if TYPE_CHECKING:
    from fauxface.weights.card import ModelCard

MaxMissedFakes = Annotated[
    float,
    typer.Option(
        "--max-missed-fakes",
        min=0,
        max=0.5,
        help="Wanted share of fakes called real; sets the threshold.",
    ),
]
MaxAccused = Annotated[
    float,
    typer.Option(
        "--max-accused",
        min=0,
        max=0.5,
        help="Wanted share of photographs called fake; sets the other end of *uncertain*.",
    ),
]


def calibrate(
    data: Annotated[Path, typer.Option(help="Labelled pictures: fits on split 'valid', measures on split 'test'.")],
    out: Annotated[Path, typer.Option(help="Folder for the weights with their new card.")],
    weights: Annotated[
        str, typer.Option(help="default, resnet68 (the paper's), or a folder with card.json.")
    ] = "default",
    name: Annotated[str | None, typer.Option(help="Name of the result; default: as before.")] = None,
    version: Annotated[
        str | None,
        typer.Option(help="Version of the result; default: as before, with -calibrated- and a digest of the new card."),
    ] = None,
    max_missed_fakes: MaxMissedFakes = 0.01,
    max_accused: MaxAccused = 0.05,
    fit_all: Annotated[
        bool,
        typer.Option(
            "--fit-all",
            help="Fit temperature and thresholds too, however few pictures.",
        ),
    ] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads; default: all cores.")] = None,
) -> None:
    """Fit a card to labelled pictures of your own; the network stays.

    With fewer than 100 pictures of a class only the bias moves, one number: all thresholds stay, and no share of errors
    is guaranteed any more. With more, temperature, bias, threshold and abstention region are fitted, thresholds for
    small and colourless faces follow, and the two wanted shares of errors hold for pictures like yours. What was
    measured with the card of before, as on cameras and generators left out of training, is not in the new one.

    The result has an id (name@version) of its own, which it prints; so `fauxface predict --resume` never mixes both.

    Writes the weights, card.json, calibration.parquet and, where there are test pictures, predictions.parquet.
    """
    terminal.need("report", "pyarrow")
    from fauxface.data.index import open_samples
    from fauxface.detector import Detector
    from fauxface.evaluation import predictions
    from fauxface.evaluation.recalibrated_id import under_another_id
    from fauxface.evaluation.recalibration import FEW, Wanted, measured, recalibrated, shifted
    from fauxface.weights import store
    from fauxface.weights.card import CARD_NAME

    check_folder(out)
    loaded = store.resolve(weights)
    detector = Detector.load(weights, threads=threads, faces="off")
    card = before = detector.card
    if version and f"{name or before.name}@{version}" == before.id:
        raise typer.BadParameter(f"--version: {before.id} is what it starts from: name another, or leave it out")
    with terminal.progress("reading pictures", None) as advance:
        table = open_samples(data, advance=advance)
    terminal.say_notes(table.notes)
    valid, test = table.split("valid"), table.split("test")
    with terminal.progress("calibrating", len(valid)) as advance:
        counts = [sum(s.label == label for s in valid.samples) for label in ("real", "fake")]
        if few := min(counts) < FEW and not fit_all:
            card, rows = shifted(detector, valid, advance)
        else:
            sees = card.input  # thresholds are fitted; for which pictures nothing is said stays as it was chosen
            wanted = Wanted(
                max_missed_fakes,
                max_accused,
                perturbations=card.decision.perturbations,
                smallest_side=sees.smallest_side,
                lowest_jpeg_quality=sees.lowest_jpeg_quality,
                needs_face=sees.needs_face,
            )
            card, rows = recalibrated(detector, valid, wanted, advance)
    card = under_another_id(card, before, name, version)
    if few:
        terminal.say(
            f"fewer than {FEW} pictures of a class: only the bias was moved, thresholds stay as they were; "
            "no share of errors is guaranteed any more"
        )
    predictions.write(rows, out / "calibration.parquet", model=card.id, threshold=card.decision.threshold)
    if len(test):
        with terminal.progress("measuring", len(test)) as advance:
            card, rows = measured(detector.using(card), test, advance)
        predictions.write(rows, out / "predictions.parquet", model=card.id, threshold=card.decision.threshold)
    with replacing(out / card.provenance.weights_file) as file:
        file.write_bytes(loaded.read())
    write_text(out / CARD_NAME, card.to_json())
    say_card(card)
    terminal.say(f"its verdicts name {card.id}, those of before {before.id}")
    terminal.say(f"next:  fauxface predict --weights {out} face.jpg")


def say_card(card: ModelCard) -> None:
    """How a card reads its logit, and what that is worth."""
    from fauxface.report.tables import per_cent, plain

    low, high = card.decision.abstention_region
    fitting = card.metrics.calibration
    before = fitting.expected_calibration_error_before if fitting else None
    after = fitting.expected_calibration_error_after if fitting else None
    terminal.say(
        f"temperature {card.calibration.temperature:.3f}, bias {card.calibration.bias:+.3f} (calibration error "
        f"{plain(before)} -> {plain(after)}); uncertain from {low:.4f} to {high:.4f}"
    )
    if test := card.metrics.test:
        terminal.say(f"on {test.n:,} test pictures: AUC {plain(test.auc)}")
        if said := test.said:
            terminal.say(
                f"fakes called real {per_cent(said.missed_fakes.value)}, "
                f"photographs called fake {per_cent(said.accused_photographs.value)}, "
                f"uncertain {per_cent(said.abstained.value)}"
            )
