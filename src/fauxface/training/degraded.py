"""Left-out sources after what happens to pictures on their way: by size and compression, other changes, and the
perturbations that a card may ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import Sample, SampleTable
from fauxface.degrade import FileKind, saturated, saved
from fauxface.detector import Detector
from fauxface.evaluation import predictions
from fauxface.evaluation.corruptions import corrupt
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import COLOURLESS, SMALLER, known_up_to
from fauxface.files import write_text
from fauxface.images import decode
from fauxface.preprocess import square
from fauxface.report.stability import PERTURBED
from fauxface.stability import PERTURBATIONS
from fauxface.training.crossval import folds_of, measuring_detector, only_fold, runs_of, scored, without_fold
from fauxface.training.progress import ShowProgress
from fauxface.weights.card import CARD_NAME, ModelCard

FOLDER: Final = "degraded"
SIDES: Final = (64, 96, 128, 192, 256)
"""Sides of a face in pixels, before it is saved and then enlarged to what the network sees."""
SAVED: Final[Mapping[str, tuple[FileKind, int] | None]] = {
    "lossless": None,
    "jpeg-90": ("JPEG", 90),
    "jpeg-75": ("JPEG", 75),
    "jpeg-50": ("JPEG", 50),
    "jpeg-30": ("JPEG", 30),
    "webp-75": ("WEBP", 75),
}
OTHERS: Final = ("blur-2", "noise-5", "brighter-1.3", "darker-0.7", "crop-0.75", "cutout-3", "screenshot")
"""Names in `fauxface.evaluation.corruptions`, done to faces of 256 pixels at most."""
COLOURS: Final[Mapping[str, float]] = {"pale-0.3": 0.3, "grey": 0.0}
"""Share of the saturation that stays."""
Rgb = NDArray[np.uint8]


def degradations(size: int = 256) -> dict[str, Callable[[Rgb], Rgb]]:
    """Name → change of a face, (H, W, 3) uint8, as it was cut out of its picture; looks at what the network sees of it,
    a square of ``size`` pixels."""
    changes: dict[str, Callable[[Rgb], Rgb]] = {"as it is": lambda rgb: rgb}
    for side in SIDES:
        # At full size and without loss a face is as it is.
        ways = {name: how for name, how in SAVED.items() if how is not None or side < SIDES[-1]}
        changes |= {f"{side} px, {name}": _small(side, how) for name, how in ways.items()}
    changes |= {name: _corrupted(name) for name in OTHERS}
    changes |= {name: _coloured(share) for name, share in COLOURS.items()}
    return changes | {PERTURBED + name: _perturbed(how, size) for name, (_, how) in PERTURBATIONS.items()}


def judge_degraded(
    table: SampleTable,
    crops: FaceCrops,
    out: Path,
    *,
    a_source: int,
    left_out: Sequence[str],
    show: ShowProgress,
    average_with: Sequence[str] = (),
) -> dict[str, list[Prediction]]:
    """Judge some pictures of each source by the network of `crossval` that missed their fold, after each change.

    Args:
        table: with folds.
        crops: their faces.
        out: the folder of a finished cross-validation; one table a change comes into its folder ``degraded``.
        a_source: pictures of each source, the first ones that are no test pictures by their digests.
        left_out: families that take no part.
        average_with: names of the other recipes that each fold was trained by.

    Returns:
        Uncalibrated predictions by the name of the change.

    Raises:
        CheckpointError: a fold was not trained.
    """
    rows: dict[str, list[Prediction]] = {name: [] for name in degradations()}
    for fold in folds_of(table):
        chosen = _some(only_fold(table, fold).samples, a_source, left_out)
        views = len(chosen) * len(rows)
        runs = runs_of(out, fold, average_with)
        detector = measuring_detector(runs, without_fold(table, fold), crops, views, show)
        with show(f"degraded, fold {fold}", views) as advance:
            for name, change in degradations(detector.card.input.size).items():
                rows[name] += scored(detector, chosen, crops, advance, change)
    for name, judged in rows.items():
        predictions.write(judged, _table(out / FOLDER, name), model=name)
    return rows


def hold_known_fakes(
    weights: Path, valid: SampleTable, crops: FaceCrops, show: ShowProgress, left_out: Sequence[str] = ()
) -> ModelCard:
    """Lower the threshold for *real* of small faces until at most 2 of 100 known fakes pass that were made small and
    saved, and that of faces without colour likewise.

    Args:
        weights: a folder of exported weights with a threshold for small faces; its card is written anew.
        valid: validation pictures of sources that were trained on.
        crops: their faces.
        left_out: sources and families that were not trained on.

    Returns:
        The card.

    Raises:
        WeightsError: no weights are there, or they are damaged.
    """
    detector = Detector.load(weights, faces="off")
    fakes = [s for s in valid.samples if s.label == "fake" and not {s.source, s.family} & set(left_out)]
    judged = judge_known(detector, fakes, crops, show)
    decision = detector.card.decision
    decision = replace(
        decision,
        small_real_to=min(decision.small_real_to, known_up_to(judged)),
        colourless_real_to=min(decision.colourless_real_to, known_up_to(judged, changes=COLOURLESS)),
    )
    card = replace(detector.card, decision=decision)
    write_text(weights / CARD_NAME, card.to_json())
    return card


def judge_known(
    detector: Detector, fakes: Sequence[Sample], crops: FaceCrops, show: ShowProgress
) -> dict[str, list[Prediction]]:
    """What a detector says of fakes after each change that gets a threshold of its own, by the name of the change."""
    wanted = {*SMALLER, *COLOURLESS}
    changes = {name: change for name, change in degradations(detector.card.input.size).items() if name in wanted}
    with show("known fakes, made small or grey", len(fakes) * len(changes)) as advance:
        return {name: scored(detector, fakes, crops, advance, change) for name, change in changes.items()}


def read_degraded(folder: Path) -> dict[str, list[Prediction]]:
    """What `judge_degraded` wrote, by the name of the change; uncalibrated.

    Args:
        folder: the folder ``degraded`` of a cross-validation.

    Raises:
        DataError: a table is missing or damaged.
    """
    return {name: list(predictions.read(_table(folder, name)).rows) for name in degradations()}


def _table(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '-').replace(',', '')}.parquet"


def _some(samples: Sequence[Sample], a_source: int, left_out: Sequence[str]) -> list[Sample]:
    groups: dict[tuple[str, str], list[Sample]] = {}
    for s in samples:
        if s.split != "test" and s.family not in left_out:
            groups.setdefault((s.source, s.label), []).append(s)
    return [s for members in groups.values() for s in sorted(members, key=lambda s: s.sha256)[:a_source]]


def _small(side: int, how: tuple[FileKind, int] | None) -> Callable[[Rgb], Rgb]:
    def change(rgb: Rgb) -> Rgb:
        small = square(rgb, min(side, *rgb.shape[:2]))
        return small if how is None else np.asarray(saved(Image.fromarray(small), *how))

    return change


def _corrupted(name: str) -> Callable[[Rgb], Rgb]:
    def change(rgb: Rgb) -> Rgb:
        changed = corrupt(square(rgb, min(256, *rgb.shape[:2])), name, str(rgb.shape))
        return decode(changed).rgb if isinstance(changed, bytes) else changed

    return change


def _coloured(share: float) -> Callable[[Rgb], Rgb]:
    return lambda rgb: np.asarray(saturated(Image.fromarray(rgb), share))


def _perturbed(how: Callable[[Rgb], Rgb], size: int) -> Callable[[Rgb], Rgb]:
    return lambda rgb: how(square(rgb, size))
