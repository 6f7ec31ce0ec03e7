"""Left-out sources after what happens to pictures on their way: by size and compression, other changes, and the
perturbations that a card may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import Sample, SampleTable
from fauxface.data.views import Saved, saved_small
from fauxface.degrade import saturated, sharpened, tinted
from fauxface.detector import Detector
from fauxface.evaluation import predictions
from fauxface.evaluation.corruptions import corrupt
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import COLOURLESS, SMALL_SIDES, SMALLER, WHOLE, WHOLE_SIDE
from fauxface.images import decode
from fauxface.preprocess import square
from fauxface.report.stability import PERTURBED
from fauxface.stability import PERTURBATIONS
from fauxface.training.crossval import folds_of, measuring_detector, only_fold, runs_of, scored, without_fold
from fauxface.training.progress import ShowProgress

FOLDER: Final = "degraded"
SIDES: Final = (*SMALL_SIDES, WHOLE_SIDE, 384, 512)
"""Sides of a face in pixels, before it is saved and then brought to what the network sees. Those larger than
`fauxface.evaluation.real_threshold.WHOLE_SIDE` are made only from faces that have so many pixels."""
SAVED: Final[Mapping[str, Saved]] = {
    "lossless": None,
    "jpeg-90": ("JPEG", 90),
    "jpeg-75": ("JPEG", 75),
    "jpeg-50": ("JPEG", 50),
    "jpeg-30": ("JPEG", 30),
    "webp-75": ("WEBP", 75),
    "webp-50": ("WEBP", 50),
}
OTHERS: Final = ("blur-2", "noise-5", "brighter-1.3", "darker-0.7", "crop-0.75", "cutout-3", "screenshot")
"""Names in `fauxface.evaluation.corruptions`, done to faces of 256 pixels at most."""
COLOURS: Final[Mapping[str, float]] = {"pale-0.3": 0.3, "grey": 0.0}
"""Share of the saturation that stays."""
FILTERS: Final[Mapping[str, Callable[[Image.Image], Image.Image]]] = {
    "filter-sharp": lambda picture: sharpened(picture, radius=2, percent=150, threshold=2),
    "filter-warm": lambda picture: picture.convert("RGB", (1.1, 0, 0, 6, 0, 1, 0, 2, 0, 0, 0.85, 0)),
    "filter-vivid": lambda picture: tinted(picture, brightness=1.05, contrast=1.25, saturation=1.4),
}
"""As phones and social networks offer them: a mask of sharpness, redder and less blue, more contrast and colour."""
Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Degradation:
    """What happens to a face, (H, W, 3) uint8, as it was cut out of its picture.

    Attributes:
        change: takes and gives a face.
        at_least: pixels that a face must have on its shorter side to take part; 0: any.
    """

    change: Callable[[Rgb], Rgb]
    at_least: int = 0

    def __call__(self, rgb: Rgb) -> Rgb:
        """The changed face."""
        return self.change(rgb)


def degradations(size: int = 256) -> dict[str, Degradation]:
    """Degradations by name; perturbed is what the network sees of a face, a square of ``size`` pixels."""
    changes: dict[str, Callable[[Rgb], Rgb]] = {"as it is": lambda rgb: rgb}
    changes |= {name: _corrupted(name) for name in OTHERS}
    changes |= {name: _coloured(share) for name, share in COLOURS.items()}
    changes |= {name: _filtered(how) for name, how in FILTERS.items()}
    changes |= {PERTURBED + name: _perturbed(how, size) for name, (_, how) in PERTURBATIONS.items()}
    found = {name: Degradation(change) for name, change in changes.items()}
    for side in SIDES:
        # At 256 pixels and without loss a face is as it is.
        ways = {name: how for name, how in SAVED.items() if how is not None or side != WHOLE_SIDE}
        at_least = side if side > WHOLE_SIDE else 0
        found |= {f"{side} px, {name}": Degradation(_small(side, how), at_least) for name, how in ways.items()}
    return found


def judge_degraded(
    table: SampleTable,
    crops: FaceCrops,
    out: Path,
    *,
    a_source: int,
    left_out: Sequence[str],
    show: ShowProgress,
    folds: Sequence[str] | None = None,
    average_with: Sequence[str] = (),
) -> dict[str, list[Prediction]]:
    """Judge some pictures of each source by the network of `crossval` that missed their fold, after each change.

    Args:
        table: with folds.
        crops: their faces.
        out: the folder of a finished cross-validation; one table a change comes into its folder ``degraded``.
        a_source: pictures of each source, the first ones that are no test pictures by their digests; for the largest
            sides the first of those whose faces are as large.
        left_out: families that take no part.
        folds: only these.
        average_with: names of the other recipes that each fold was trained by.

    Returns:
        Uncalibrated predictions by the name of the change.

    Raises:
        CheckpointError: a fold was not trained.
    """
    rows: dict[str, list[Prediction]] = {name: [] for name in degradations()}
    for fold in folds or folds_of(table):
        judged = [s for s in only_fold(table, fold).samples if s.split != "test" and s.family not in left_out]
        chosen = {name: some_of_each(judged, crops, a_source, each.at_least) for name, each in degradations().items()}
        views = sum(len(samples) for samples in chosen.values())
        runs = runs_of(out, fold, average_with)
        detector = measuring_detector(runs, without_fold(table, fold), crops, views, show)
        with show(f"degraded, fold {fold}", views) as advance:
            for name, change in degradations(detector.card.input.size).items():
                rows[name] += scored(detector, chosen[name], crops, advance, change)
    for name, judged in rows.items():
        predictions.write(judged, _table(out / FOLDER, name), model=name)
    return rows


def judge_known(
    detector: Detector, valid: SampleTable, crops: FaceCrops, show: ShowProgress, left_out: Sequence[str] = ()
) -> dict[str, list[Prediction]]:
    """What a detector says of fakes that it knows, as they are and after each change that gets a threshold of its own.

    Args:
        valid: validation pictures of sources that were trained on.
        crops: their faces.
        left_out: sources and families that were not trained on.

    Returns:
        Predictions by the name of the change.
    """
    fakes = [s for s in valid.samples if s.label == "fake" and not {s.source, s.family} & set(left_out)]
    wanted = {WHOLE, *SMALLER, *COLOURLESS}
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


def some_of_each(samples: Iterable[Sample], crops: FaceCrops, a_source: int, at_least: int = 0) -> list[Sample]:
    """The first pictures of each source by their digests.

    Args:
        crops: their faces.
        a_source: how many of each source.
        at_least: only those whose face has so many pixels on its shorter side.
    """
    groups: dict[tuple[str, str], list[Sample]] = {}
    for s in samples:
        if not at_least or crops.get(s.sha256).side >= at_least:
            groups.setdefault((s.source, s.label), []).append(s)
    return [s for members in groups.values() for s in sorted(members, key=lambda s: s.sha256)[:a_source]]


def _small(side: int, how: Saved) -> Callable[[Rgb], Rgb]:
    return lambda rgb: saved_small(rgb, side, how)


def _corrupted(name: str) -> Callable[[Rgb], Rgb]:
    def change(rgb: Rgb) -> Rgb:
        changed = corrupt(square(rgb, min(256, *rgb.shape[:2])), name, str(rgb.shape))
        return decode(changed).rgb if isinstance(changed, bytes) else changed

    return change


def _coloured(share: float) -> Callable[[Rgb], Rgb]:
    return lambda rgb: np.asarray(saturated(Image.fromarray(rgb), share))


def _filtered(how: Callable[[Image.Image], Image.Image]) -> Callable[[Rgb], Rgb]:
    return lambda rgb: np.asarray(how(Image.fromarray(rgb)))


def _perturbed(how: Callable[[Rgb], Rgb], size: int) -> Callable[[Rgb], Rgb]:
    return lambda rgb: how(square(rgb, size))
