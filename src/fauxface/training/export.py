"""From a run folder to a detector: in memory for evaluation, or as ``model.onnx`` + ``card.json`` for everyone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from fauxface.data.samples import SampleTable
from fauxface.data.table import read_table
from fauxface.detector import Detector
from fauxface.errors import CheckpointError
from fauxface.evaluation import calibration
from fauxface.files import replacing, write_text
from fauxface.labels import probability_fake
from fauxface.models import registry
from fauxface.runtime.torch import TorchSession
from fauxface.training import checkpoint, run_folder
from fauxface.training.onnx_file import to_onnx
from fauxface.training.recipe import Recipe, load_recipe
from fauxface.weights.card import CARD_NAME, ModelCard

WEIGHTS_NAME = "model.onnx"
LICENCE = (
    "Research and non-commercial use only: trained on FFHQ photographs (CC BY-NC-SA 4.0 and each photograph's own "
    "terms), StyleGAN pictures (NVIDIA, non-commercial) and other research-only pictures. The code is Apache-2.0."
)


def load_run(run: Path) -> tuple[Recipe, nn.Module, dict[str, Any]]:
    """A run's recipe, its network with the best weights in evaluation mode, and the facts stored with them.

    Raises:
        CheckpointError: ``run`` is no run folder, or its checkpoint is damaged.
        RecipeError: its recipe cannot be read.
    """
    if not (run / run_folder.RECIPE).is_file():
        raise CheckpointError(f"{run}: no run folder, there is no {run_folder.RECIPE} in it")
    recipe = load_recipe(run / run_folder.RECIPE)
    network = registry.create(recipe.model, **recipe.model_options)
    facts = checkpoint.load_best(run, network)
    return recipe, network.eval(), facts


def run_detector(run: Path) -> Detector:
    """A detector that judges with a run's best weights in PyTorch, uncalibrated, with threshold 0.5.

    Raises:
        CheckpointError, RecipeError: as `load_run`.
    """
    recipe, network, _ = load_run(run)
    return Detector.from_parts(_card(recipe, network, f"{recipe.name}-run"), TorchSession(network))


def _card(recipe: Recipe, network: nn.Module, name: str, **more: Any) -> ModelCard:
    entry = registry.entry(recipe.model)
    facts: dict[str, Any] = {"version": "0", "sha256": "0" * 64, "size_bytes": 1, "licence": LICENCE, **more}
    return ModelCard(
        name=name,
        architecture=recipe.model,
        input_size=recipe.size,
        mean=entry.mean,
        std=entry.std,
        weights_file=WEIGHTS_NAME,
        parameters=registry.count_parameters(network),
        **facts,
    )


def export(
    run: Path,
    out: Path,
    *,
    name: str,
    version: str = "1",
    half: bool = False,
    data: SampleTable | None = None,
    limits: tuple[str, ...] = (),
) -> ModelCard:
    """Write ``model.onnx`` and ``card.json``, calibrated on the validation pictures of the run.

    Args:
        run: a run folder.
        out: folder for both files; made if missing, files of these names are replaced.
        name, version: how verdicts will call the weights.
        half: store weights in half precision (half the size; the runtime computes in float32 all the same).
        data: the pictures to calibrate on (split "valid"); default: those the run was validated on.
        limits: sentences for the card about where the detector fails.

    Raises:
        CheckpointError, RecipeError, DataError: what is there cannot be used.
    """
    recipe, network, facts = load_run(run)
    valid = (read_table(run / run_folder.DATA) if data is None else data).split("valid")
    weights = to_onnx(network, recipe.size, half=half)
    digest = hashlib.sha256(weights).hexdigest()

    from fauxface.runtime.onnx import OnnxSession

    # Calibrated through the very file that is shipped, half precision and all.
    plain = Detector.from_parts(_card(recipe, network, name), OnnxSession(weights))
    rows = [v for v in plain.predict_many(valid.file(s) for s in valid.samples)]
    broken = [v for v in rows if v.error is not None]
    if broken:
        raise CheckpointError(f"cannot calibrate: {broken[0].path}: {(broken[0].error or {}).get('message')}")
    p = np.array([v.probability_fake for v in rows]).clip(1e-12, 1 - 1e-12)
    logits = np.log1p(-p) - np.log(p)
    fitted = calibration.fit(logits, valid.targets)
    calibrated = probability_fake(fitted.apply(logits))
    band = calibration.uncertain_band(calibrated, valid.targets, max_abstained=0.1)
    card = _card(
        recipe,
        network,
        name,
        version=version,
        sha256=digest,
        size_bytes=len(weights),
        temperature=round(fitted.temperature, 6),
        bias=round(fitted.bias, 6),
        uncertain_band=(round(band.low, 4), round(band.high, 4)),
        data=_data(read_table(run / run_folder.DATA)),
        training={"recipe": recipe.model_dump(mode="json"), "best_epoch": facts, **_about(run)},
        metrics={
            "calibration": {
                "pictures": len(valid),
                "expected_calibration_error_before": calibration.expected_calibration_error(valid.targets, p),
                "expected_calibration_error_after": calibration.expected_calibration_error(valid.targets, calibrated),
                "abstained": band.abstained,
                "accuracy": band.accuracy,
                "accuracy_outside_band": band.accuracy_outside,
            }
        },
        limits=limits,
    )
    out.mkdir(parents=True, exist_ok=True)
    with replacing(out / WEIGHTS_NAME) as file:
        file.write_bytes(weights)
    write_text(out / CARD_NAME, card.to_json())
    return card


def _data(table: SampleTable) -> dict[str, Any]:
    """Pictures for each split, source and label."""
    counts: dict[str, dict[str, int]] = {}
    for sample in table.samples:
        group = counts.setdefault(sample.split, {})
        key = f"{sample.label}: {sample.source or 'unnamed'}"
        group[key] = group.get(key, 0) + 1
    return {"pictures": counts}


def _about(run: Path) -> dict[str, Any]:
    try:
        return json.loads((run / run_folder.ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise CheckpointError(f"{run / run_folder.ABOUT}: missing or damaged ({e})") from e
