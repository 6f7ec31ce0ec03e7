"""Leave-one-source-out: trainings that each miss the cameras and generators of one fold, and what they say of them.

From the one table that comes of it follow all choices: what counts is not how a detector fares on sources that it
learned from but on the next ones. The full form trains the recipe once a fold and goes on after a stop; the fast form
(`fauxface.training.frozen`) fits only the classifier, on features of a trunk that no picture of ours has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import Sample, SampleTable
from fauxface.data.views import judged_view
from fauxface.detector import Detector
from fauxface.errors import DataError
from fauxface.evaluation import predictions
from fauxface.evaluation.predictions import Prediction
from fauxface.preprocess import colour_spread, square
from fauxface.training.completion import added, completed
from fauxface.training.export import average, load_run, plain_card
from fauxface.training.initial import Initial
from fauxface.training.loop import fit
from fauxface.training.novelty import Familiar
from fauxface.training.onnx_file import session_for
from fauxface.training.progress import ShowProgress
from fauxface.training.recipe import Recipe

TABLE: Final = "out_of_source.parquet"
FROZEN_TABLE: Final = "frozen_out_of_source.parquet"
"""What `fauxface.training.frozen` says; no export may rest on it."""
_AT_ONCE: Final = 16
Rgb = NDArray[np.uint8]


def folds_of(table: SampleTable) -> list[str]:
    """Names of the folds, sorted.

    Raises:
        DataError: no_folds: fewer than two; a table names them in a column ``fold``.
    """
    names = sorted({s.fold for s in table.samples} - {""})
    if len(names) < 2:
        there = f"only '{names[0]}'" if names else "none"
        raise DataError(
            f"{table.root.resolve()}: cross-validation needs a column 'fold' with two names or more, and there is "
            f"{there}: sources that are left out together share one",
            code="no_folds",
        )
    return names


def chosen_folds(table: SampleTable, folds: Sequence[str] | None) -> list[str]:
    """Names of folds that are there; None: all of them.

    Raises:
        DataError: no_folds: as `folds_of`, or none of such a name.
    """
    there = folds_of(table)
    if unknown := sorted(set(folds or ()) - set(there)):
        raise DataError(f"no fold is called '{unknown[0]}'; there are {', '.join(there)}", code="no_folds")
    return list(folds or there)


def check_sources(table: SampleTable, folds: Sequence[str] | None, left_out: Sequence[str]) -> None:
    """Look, before hours of training, whether thresholds can be chosen afterwards.

    Args:
        folds: those that will be judged; None: all.
        left_out: sources and families that take no part.

    Raises:
        DataError: no_folds: as `chosen_folds`. one_source: all photographs or all fakes of these folds have one source.
    """
    chosen = chosen_folds(table, folds)
    for label, what in (("real", "photographs"), ("fake", "fakes")):
        names = {
            s.source
            for s in table.samples
            if s.fold in chosen and s.label == label and s.split != "test" and not {s.source, s.family} & {*left_out}
        }
        if len(names) < 2:
            only = f"only {names.pop()!r}" if names else "no source"
            raise DataError(
                f"thresholds are chosen without the source that they are counted on; in fold {' and '.join(chosen)} "
                f"there are {what} of {only}: add another fold (--fold)",
                code="one_source",
            )


def without_fold(table: SampleTable, fold: str) -> SampleTable:
    """The pictures of all other folds."""
    return SampleTable(table.root, tuple(s for s in table.samples if s.fold != fold))


def only_fold(table: SampleTable, fold: str) -> SampleTable:
    """The pictures of one fold, of every split."""
    return SampleTable(table.root, tuple(s for s in table.samples if s.fold == fold))


def crossval(
    recipe: Recipe,
    table: SampleTable,
    crops: FaceCrops,
    out: Path,
    *,
    show: ShowProgress,
    initial: Initial | None = None,
    folds: Sequence[str] | None = None,
    average_with: Sequence[tuple[Recipe, Initial | None]] = (),
) -> tuple[Prediction, ...]:
    """Train once a fold and judge what was left out; a fold that is finished is not done again.

    Args:
        recipe: one that frames faces (``framing``); what it leaves out stays left out of training, and is judged.
        table: labelled pictures with folds.
        crops: their faces.
        out: a run folder a fold (``fold-A``), and at last ``out_of_source.parquet``.
        show: gives a progress bar for (title, number of pictures).
        initial: the public weights that the recipe names.
        folds: do only these; then only their pictures are in the table.
        average_with: other recipes for the same network, with their public weights: each fold is trained by all of
            them, and the mean of the weights judges (`fauxface.training.averaging.soup`).

    Returns:
        Uncalibrated predictions of all pictures of the folds, each by the network that saw none of its fold.

    Raises:
        DataError: no folds, or none of such a name.
        RecipeError, WeightsError, CheckpointError, TrainingError: as `fauxface.training.loop.fit`.
    """
    chosen = chosen_folds(table, folds)
    rows: list[Prediction] = []
    for fold in chosen:
        others = without_fold(table, fold)
        runs = runs_of(out, fold, [plan.name for plan, _ in average_with])
        for run, (plan, begin) in zip(runs, [(recipe, initial), *average_with], strict=True):
            fit(_leaving_out(plan, others), others, run, show=show, initial=begin, crops=crops)
        rows += judged(runs, others, only_fold(table, fold), crops, show)
    predictions.write(rows, out / TABLE, model=f"{recipe.name}, out of source")
    return tuple(rows)


def runs_of(out: Path, fold: str, average_with: Sequence[str] = ()) -> list[Path]:
    """The run folders of a fold: of the recipe, and of those that it is averaged with, by name."""
    return [out / f"fold-{fold}", *(out / f"fold-{fold}-{name}" for name in average_with)]


def _leaving_out(recipe: Recipe, table: SampleTable) -> Recipe:
    """The recipe, which refuses to leave out what is not there: a family may lie in the fold that is left out."""
    there = {name for s in table.samples for name in (s.source, s.family)}
    return recipe.model_copy(update={"leave_out": tuple(name for name in recipe.leave_out if name in there)})


def judged(
    runs: Sequence[Path], learned: SampleTable, table: SampleTable, crops: FaceCrops, show: ShowProgress
) -> list[Prediction]:
    """What finished runs say of pictures; from ``out_of_source.parquet`` in the last one, if that is about the same
    ones, and what is added to a trained network has not changed since.

    Args:
        runs: whose weights are averaged; the first one's recipe counts.
        learned: the pictures that it was trained on.
        table: those to judge.
    """
    path, by = runs[-1] / TABLE, f"{' + '.join(run.name for run in runs)}, {added()}"
    if path.exists():
        stored = predictions.read(path)
        if stored.model == by and [r.sha256 for r in stored.rows] == [s.sha256 for s in table.samples]:
            return list(stored.rows)
    detector = measuring_detector(runs, learned, crops, len(table), show)
    with show(f"judging {runs[0].name}", len(table)) as advance:
        rows = scored(detector, table.samples, crops, advance)
    predictions.write(rows, path, model=by)
    return rows


def measuring_detector(
    runs: Sequence[Path], learned: SampleTable, crops: FaceCrops, pictures: int, show: ShowProgress
) -> Detector:
    """The network of finished runs as a detector, uncalibrated, with all that export adds to it.

    Args:
        runs: whose weights are averaged; the first one's recipe counts.
        learned: the pictures that they were trained on.
        crops: their faces.
        pictures: how many it will judge.
    """
    recipe, network, _ = load_run(runs[0])
    average(network, runs[1:])
    card = plain_card(recipe, network, f"{recipe.name} {runs[0].name}")
    network = completed(network, recipe, learned.samples, crops, show)
    session = session_for(network, recipe.size, pictures, measures=isinstance(network, Familiar))
    return Detector(card, session, faces="off")


def scored(
    detector: Detector,
    samples: Sequence[Sample],
    crops: FaceCrops,
    advance: Callable[[int], object],
    change: Callable[[Rgb], Rgb] | None = None,
) -> list[Prediction]:
    """Probabilities for the faces of pictures, without answers, with their sizes and colours, and distances where the
    network measures them.

    Args:
        change: what happens to each face before it is brought to size: takes and gives an RGB picture, (H, W, 3) uint8.
    """
    rows: list[Prediction] = []
    size = detector.card.input.size
    for part in _parts(samples):
        faces = [crops.get(s.sha256) for s in part]
        views = [judged_view(face, change) for face in faces]
        found, distances = detector.measure(views)
        far = [None] * len(part) if distances is None else distances.tolist()
        colours = [colour_spread(square(view, size)) for view in views]
        for s, p, view, colour, distance in zip(part, found, views, colours, far, strict=True):
            rows.append(replace(_row(s, float(p)), side=min(view.shape[:2]), colour=colour, distance=distance))
        advance(len(part))
    return rows


def _parts(samples: Sequence[Sample]) -> Iterator[list[Sample]]:
    waiting = iter(samples)
    while part := list(islice(waiting, _AT_ONCE)):
        yield part


def _row(s: Sample, p: float) -> Prediction:
    about = {name: getattr(s, name) for name in ("source", "split", "family", "fold", "group")}
    return Prediction(path=s.path, sha256=s.sha256, label=s.label, probability_fake=p, **about)
