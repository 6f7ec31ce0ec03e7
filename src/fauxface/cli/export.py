"""`fauxface export`: from a training run to weights that judge without PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fauxface.cli import terminal


def export(
    run: Annotated[Path, typer.Argument(help="Run folder of `fauxface train`.")],
    out: Annotated[Path | None, typer.Option(help="Folder for model.onnx and card.json; default: RUN/export.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the weights; default: the recipe's.")] = None,
    version: Annotated[str, typer.Option(help="Version of the weights.")] = "1",
    half: Annotated[bool, typer.Option("--half", help="Store weights in half precision: half the size.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Calibrate on this data's validation split, measure on its test split.")
    ] = None,
    limit: Annotated[
        list[str] | None, typer.Option(help="A sentence for the card on where it fails; may repeat.")
    ] = None,
) -> None:
    """Write model.onnx (logit and class-activation map) and card.json, calibrated on the validation pictures."""
    terminal.need("train", "torch", "onnx", "onnxscript", "safetensors", "yaml", "pydantic", "pyarrow", "matplotlib")
    from fauxface.data.index import open_samples
    from fauxface.report.tables import per_cent, plain
    from fauxface.training.export import export as write

    table = None if data is None else open_samples(data)
    out = out or run / "export"
    card = write(run, out, name=name, version=version, half=half, data=table, limits=tuple(limit or ()))
    terminal.say(
        f"wrote {out / card.weights_file} ({card.size_bytes / 2**20:.1f} MiB) and {out / 'card.json'}; "
        f"temperature {card.temperature:.3f}, bias {card.bias:+.3f}, "
        f"uncertain between {card.uncertain_band[0]:.3f} and {card.uncertain_band[1]:.3f}"
    )
    if test := card.metrics.get("test"):
        terminal.say(
            f"on {test['n']:,} test pictures: AUC {plain(test['auc'])}, accuracy {per_cent(test['accuracy'])}, "
            f"fakes called real {per_cent(test['false_positive_rate'])}"
        )
    terminal.say(f"next:  fauxface predict --weights {out} face.jpg")
