"""From a run folder to a detector: in memory for evaluation, or as ``model.onnx`` + ``card.json`` for everyone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import SampleTable
from fauxface.data.table import read_table
from fauxface.detector import Detector
from fauxface.errors import CheckpointError
from fauxface.evaluation import predictions
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.recalibration import Wanted, abstaining, measured, recalibrated
from fauxface.evaluation.unseen_sources import unseen, with_guarantees
from fauxface.files import replacing, write_text
from fauxface.models import registry
from fauxface.runtime.torch import TorchSession
from fauxface.training import checkpoint, run_folder
from fauxface.training.averaging import soup
from fauxface.training.completion import completed
from fauxface.training.onnx_file import to_onnx
from fauxface.training.progress import ShowProgress, silently
from fauxface.training.recipe import Recipe, load_recipe
from fauxface.weights.card import CARD_NAME, ModelCard
from fauxface.weights.card_groups import CardInput, CardProvenance
from fauxface.weights.metrics import Aims

WEIGHTS_NAME = "model.onnx"
PREDICTIONS_NAME, CALIBRATION_NAME = "predictions.parquet", "calibration.parquet"
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
    return Detector(plain_card(recipe, network, f"{recipe.name}-run"), TorchSession(network), faces="off")


def plain_card(
    recipe: Recipe, network: nn.Module, name: str, weights: bytes | None = None, *, version: str = "0", **more: Any
) -> ModelCard:
    """A card of a run's network, uncalibrated, with threshold 0.5.

    Args:
        weights: the exported file, if there is one.
        more: fields of `fauxface.weights.card_groups.CardProvenance`.
    """
    entry = registry.entry(recipe.model)
    return ModelCard(
        name=name,
        version=version,
        architecture=recipe.model,
        input=CardInput(recipe.size, entry.mean, entry.std, entry.input_jpeg),
        provenance=CardProvenance(
            weights_file=WEIGHTS_NAME,
            sha256="0" * 64 if weights is None else hashlib.sha256(weights).hexdigest(),
            size_bytes=1 if weights is None else len(weights),
            parameters=registry.count_parameters(network),
            **{"licence": LICENCE, **more},
        ),
    )


def export(
    run: Path,
    out: Path,
    *,
    name: str | None = None,
    version: str = "1",
    half: bool = False,
    data: SampleTable | None = None,
    known_failures: tuple[str, ...] = (),
    wanted: Wanted = Wanted(),  # noqa: B008 (frozen)
    out_of_source: Sequence[Prediction] = (),
    aims: Aims = Aims(),  # noqa: B008 (frozen)
    degraded: Mapping[str, Sequence[Prediction]] | None = None,
    known_fakes: Callable[[Detector], Mapping[str, Sequence[Prediction]]] | None = None,
    crops: FaceCrops | None = None,
    average_with: Sequence[Path] = (),
    show: ShowProgress = silently,
) -> ModelCard:
    """Write ``model.onnx`` and ``card.json``, calibrated on validation pictures (``calibration.parquet``).

    With ``data`` that has test pictures the card also tells how good the detector is on them, from
    ``predictions.parquet``, which is then written beside it.

    Args:
        run: a run folder.
        out: folder for the files; made if missing, files of these names are replaced.
        name, version: how verdicts will call the weights; default: the recipe's name.
        half: store weights in half precision (half the size; the runtime computes in float32 all the same).
        data: the pictures to calibrate on (split "valid"), and to measure on (split "test", if there is one);
            default: calibrate on those that the run was validated on.
        known_failures: sentences for the card on where the detector fails.
        wanted: the errors that the thresholds are chosen for, and when to abstain.
        out_of_source: predictions of cross-validation (`fauxface.training.crossval`): calibration and thresholds
            then rest on sources that were left out, and on no validation picture.
        aims: what thresholds are chosen for then.
        degraded: what cross-validation said of degraded pictures (`fauxface.training.degraded.read_degraded`): small
            faces and those without colour then get thresholds of their own.
        known_fakes: what the exported detector says, uncalibrated, of validation fakes that were made small or grey
            (`fauxface.training.degraded.judge_known`): then at most 2 of 100 of those are called real, too, or as many
            as of those that are whole.
        crops: the faces of the run's pictures: then the network gets what is fitted to it after training
            (`fauxface.training.completion`).
        average_with: other runs of the same network, such as those that this one began with: the mean of all their
            weights is exported (`fauxface.training.averaging.soup`).
        show: gives a progress bar for (title, number of pictures).

    Raises:
        CheckpointError, RecipeError, DataError: what is there cannot be used.
    """
    recipe, network, facts = load_run(run)
    average(network, average_with)
    # With other pictures at hand its own are counted only, and may be gone.
    own = read_table(run / run_folder.DATA, root=None if data is None else run)
    valid = (own if data is None else data).split("valid")
    whole = network if crops is None else completed(network, recipe, own.samples, crops, show)
    weights = to_onnx(whole, recipe.size, half=half)

    from fauxface.runtime.onnx import OnnxSession

    # Calibrated and measured through the very file that is shipped, half precision and all.
    session = OnnxSession(weights)
    about = _about(run)
    card = plain_card(
        recipe,
        whole,
        name or recipe.name,
        weights,
        version=version,
        licence=_licence(about),
        data=_data(own),
        training={
            **about,
            "recipe": recipe.model_dump(mode="json"),
            "best_epoch": facts,
            **({"averaged_with": [load_run(other)[0].name for other in average_with]} if average_with else {}),
        },
    )
    detector = Detector(replace(card, known_failures=known_failures), session, faces="off")
    if out_of_source:
        found = unseen(
            # A distance threshold is for a network that measures it.
            out_of_source if session.measures else [replace(r, distance=None) for r in out_of_source],
            aims,
            left_out=recipe.leave_out,
            degraded=degraded,
            known=known_fakes(detector) if known_fakes else None,
            least_colour=wanted.least_colour or 0.0,
            smallest_side=min(wanted.smallest_side, recipe.size),
        )
        card, rows = abstaining(with_guarantees(detector.card, found), wanted), found.rows
    else:
        card, rows = recalibrated(detector, valid, wanted)
    predictions.write(rows, out / CALIBRATION_NAME, model=card.id, threshold=card.decision.threshold)
    if data is not None and len(test := _without(data.split("test"), recipe.leave_out)):
        card, rows = measured(detector.using(card), test)
        predictions.write(rows, out / PREDICTIONS_NAME, model=card.id, threshold=card.decision.threshold)
    with replacing(out / WEIGHTS_NAME) as file:
        file.write_bytes(weights)
    write_text(out / CARD_NAME, card.to_json())
    return card


def average(network: nn.Module, runs: Sequence[Path]) -> None:
    """Put the mean of its weights and those of other runs into a network.

    Raises:
        CheckpointError: one is another network's run, or damaged.
    """
    states = [network.state_dict()]
    for other in runs:
        state = load_run(other)[1].state_dict()
        try:
            soup([states[0], state])
        except ValueError as e:
            raise CheckpointError(f"{other}: another network's run; {e}") from e
        states.append(state)
    network.load_state_dict(soup(states))


def _without(table: SampleTable, left_out: Sequence[str]) -> SampleTable:
    """The pictures but those of sources and families that the recipe leaves out: it is not for them."""
    return SampleTable(table.root, tuple(s for s in table.samples if not {s.source, s.family} & set(left_out)))


def _data(table: SampleTable) -> dict[str, Any]:
    """Pictures for each split, source and label."""
    counts: dict[str, dict[str, int]] = {}
    for sample in table.samples:
        group = counts.setdefault(sample.split, {})
        key = f"{sample.label}: {sample.source or 'unnamed'}"
        group[key] = group.get(key, 0) + 1
    return {"pictures": counts}


def _licence(about: dict[str, Any] | None) -> str:
    """The terms of the pictures, and of the public weights that the run or an earlier one started from."""
    while isinstance(about, dict):
        if isinstance(start := about.get("initial_weights"), dict):
            return f"{LICENCE} It started from {start.get('file')} ({start.get('licence')})."
        about = about.get("started_from")
    return LICENCE


def _about(run: Path) -> dict[str, Any]:
    try:
        about = json.loads((run / run_folder.ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as e:
        raise CheckpointError(f"{run / run_folder.ABOUT}: missing or damaged ({e})") from e
    if not isinstance(about, dict):
        raise CheckpointError(f"{run / run_folder.ABOUT}: damaged, it is no JSON object")
    return about
