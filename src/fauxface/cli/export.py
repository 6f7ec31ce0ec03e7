"""`fauxface export`: from a training run to weights that judge without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fauxface.cli import terminal
from fauxface.cli.calibrate import MaxAccused, MaxMissedFakes, say_card
from fauxface.files import check_folder

if TYPE_CHECKING:
    from fauxface.detector import Detector
    from fauxface.evaluation.predictions import Prediction


def export(
    run: Annotated[Path, typer.Argument(help="Run folder of `fauxface train`.")],
    out: Annotated[Path | None, typer.Option(help="Folder for model.onnx and card.json; default: RUN/export.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the weights; default: the recipe's.")] = None,
    version: Annotated[str, typer.Option(help="Version of the weights.")] = "1",
    half: Annotated[bool, typer.Option("--half", help="Store weights in half precision: half the size.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Calibrate on this data's validation split, measure on its test split.")
    ] = None,
    known_failure: Annotated[
        list[str] | None,
        typer.Option(
            "--known-failure",
            help="A sentence for the card on where it fails; may repeat.",
        ),
    ] = None,
    max_missed_fakes: MaxMissedFakes = 0.01,
    max_accused: MaxAccused = 0.05,
    out_of_source: Annotated[
        Path | None,
        typer.Option(help="out_of_source.parquet of `fauxface crossval`: calibration and thresholds rest on it."),
    ] = None,
    degraded: Annotated[
        Path | None,
        typer.Option(
            help="Folder that `fauxface crossval --degraded` wrote: small and grey faces get their own thresholds."
        ),
    ] = None,
    average_with: Annotated[
        list[Path] | None,
        typer.Option(help="Another run of the same network; the mean of all weights is exported. May repeat."),
    ] = None,
    crops: Annotated[
        Path | None,
        typer.Option(
            help="Folder of found faces (`fauxface train --crops`): the network measures how familiar a face is."
        ),
    ] = None,
    least_colour: Annotated[
        float,
        typer.Option(
            help="Pictures whose colours differ by less (0 to 255) have none: uncertain, or with --degraded called "
            "real only on stronger evidence.",
            min=0,
            max=255,
        ),
    ] = 0,
    smallest_side: Annotated[
        int, typer.Option(help="Faces of fewer pixels are uncertain; 0: none is.", min=0, max=2048)
    ] = 96,
    lowest_jpeg_quality: Annotated[
        int, typer.Option(help="JPEGs of a lower quality are uncertain; 0: none is.", min=0, max=100)
    ] = 30,
    no_perturbations: Annotated[
        bool,
        typer.Option(
            "--no-perturbations",
            help="Judge no changed copies: half the time and less.",
        ),
    ] = False,
) -> None:
    """Write model.onnx (logit and class-activation map) and card.json, calibrated on the validation pictures."""
    terminal.need("train", *terminal.TRAIN, "onnx", "onnxscript")
    from fauxface.data.face_crops import FaceCrops
    from fauxface.data.index import open_samples
    from fauxface.evaluation import predictions
    from fauxface.evaluation.recalibration import CHANGED, Wanted
    from fauxface.training.degraded import judge_known, read_degraded
    from fauxface.training.export import export as write
    from fauxface.training.recipe import load_recipe
    from fauxface.training.run_folder import RECIPE
    from fauxface.weights.metrics import Aims

    out = out or run / "export"
    check_folder(out)
    table = None if data is None else open_samples(data)
    terminal.say_notes(table.notes if table else ())
    wanted = Wanted(
        max_missed_fakes,
        max_accused,
        perturbations=() if no_perturbations else CHANGED,
        smallest_side=smallest_side,
        lowest_jpeg_quality=lowest_jpeg_quality,
        least_colour=least_colour,
    )
    faces = None if crops is None else FaceCrops(crops)

    def known_fakes(detector: Detector) -> Mapping[str, Sequence[Prediction]]:
        assert table is not None
        assert faces is not None
        left_out = load_recipe(run / RECIPE).leave_out
        return judge_known(detector, table.split("valid"), faces, terminal.progress, left_out)

    card = write(
        run,
        out,
        name=name,
        version=version,
        half=half,
        data=table,
        known_failures=tuple(known_failure or ()),
        wanted=wanted,
        out_of_source=() if out_of_source is None else predictions.read(out_of_source).rows,
        aims=Aims(max_accused, max_missed_fakes),
        degraded=None if degraded is None else read_degraded(degraded),
        known_fakes=None if table is None or faces is None or degraded is None else known_fakes,
        crops=faces,
        average_with=tuple(average_with or ()),
        show=terminal.progress,
    )
    file, size = out / card.provenance.weights_file, card.provenance.size_bytes / 2**20
    terminal.say(f"wrote {file} ({size:.1f} MiB) and {out / 'card.json'}")
    say_card(card)
    terminal.say(f"next:  fauxface predict --weights {out} face.jpg")
