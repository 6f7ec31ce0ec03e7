"""The paper's comparison from pictures to page: train what is not trained, judge the test pictures, write it down.

Everything lies in one folder: ``runs/NAME`` (a run folder with its ``evaluation``), ``figures``, ``report.md`` and
``report.html``. What is there and still right is kept, so the same command goes on after a stop.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from PIL.Image import Image

from fauxface.data.preview import preview
from fauxface.data.samples import SampleTable
from fauxface.errors import CheckpointError, DataError, RecipeError
from fauxface.evaluation import predictions
from fauxface.evaluation.judging import predict_table
from fauxface.evaluation.predictions import PredictionTable
from fauxface.files import replacing, write_text
from fauxface.images import read
from fauxface.paper.page import Reproduction, Run
from fauxface.paper.results import RESULTS
from fauxface.paper.table_two import SETTINGS, SMALL, columns, whole
from fauxface.preprocess import square
from fauxface.report.evaluation_report import write_report
from fauxface.report.example_verdicts import ExampleVerdicts, typical
from fauxface.report.learning_curves import LearningCurves
from fauxface.report.markdown import to_html
from fauxface.training import run_folder
from fauxface.training.checkpoint import BEST
from fauxface.training.export import run_detector
from fauxface.training.initial import Initial
from fauxface.training.loop import fit
from fauxface.training.preflight import check_leaks
from fauxface.training.progress import Advance
from fauxface.training.recipe import Recipe, adjusted, load_recipe

PAGE, TWIN, FIGURES, FOUND = "report.html", "report.md", "figures", "data.json"
TITLE: Final = "fauxface: the paper's comparison, made again"
Show = Callable[[str, int], AbstractContextManager[Advance]]


def chosen(only: Sequence[str] = (), *, small: bool = False, scratch: bool = False) -> list[Recipe]:
    """The recipes of Table II to run, those without cutout first.

    Args:
        only: names of some of them; default: all six.
        small: their scaled-down twins.
        scratch: from random weights.

    Raises:
        RecipeError: no such run in the paper.
    """
    names = [r.model for r in RESULTS]
    for name in only:
        if whole(name) not in names:
            raise RecipeError(f"'{name}' is no run of the paper; there are {', '.join(names)}")
    wanted = {whole(name) for name in only} or set(names)
    return [adjusted(load_recipe(SMALL[n] if small else n), scratch=scratch) for n in names if n in wanted]


def check(table: SampleTable, out: Path, recipes: Sequence[Recipe], *, allow_leak: bool, show: Show) -> list[str]:
    """Look at the pictures before an hour is spent; gives what must be told of them.

    What was found is kept in ``out``, so that going on after a stop does not look again.

    Raises:
        DataError: a split or a class is missing, or a picture lies in two splits and that is not allowed.
    """
    for recipe in recipes:
        run_folder.splits(table, recipe)
    run_folder.split_of(table, "test")
    digest = hashlib.sha256("".join(f"{s.split} {s.label} {s.sha256}\n" for s in table.samples).encode()).hexdigest()
    kept = out / FOUND
    if kept.is_file():
        try:
            found = json.loads(kept.read_text(encoding="utf-8"))
            if found["digest"] == digest:
                return [str(note) for note in found["notes"]]
        except (OSError, ValueError, RecursionError, KeyError, TypeError) as e:
            raise DataError(f"{kept}: damaged ({e}); delete it", code="bad_data") from e
    with show("looking for copies", len(table)) as advance:
        notes = check_leaks(table, allow=allow_leak, advance=advance)
    write_text(kept, json.dumps({"digest": digest, "notes": notes}, indent=2) + "\n")
    return notes


def reproduce(
    table: SampleTable,
    out: Path,
    recipes: Sequence[Recipe],
    initial: Mapping[str, Initial | None],
    *,
    show: Show,
    say: Callable[[str], None],
    accelerator: str = "auto",
) -> None:
    """Train and judge each run that is not finished yet.

    Args:
        table: all labelled pictures, with a test split.
        out: the report's folder.
        recipes: what to train (`chosen`).
        initial: for each recipe's name the public weights it starts from.
        show: gives a progress bar for (title, number of pictures); say: tells a sentence.
        accelerator: as Lightning Fabric takes it.

    Raises:
        DataError: a split or a class is missing.
        CheckpointError, TrainingError: as `fit`.
    """
    test = run_folder.split_of(table, "test")
    for number, recipe in enumerate(recipes, 1):
        run = out / "runs" / recipe.name
        say(f"run {number} of {len(recipes)}: {recipe.name}")
        fit(recipe, table, run, show=show, initial=initial[recipe.name], accelerator=accelerator)
        judge(run, test, show=show)


def judge(run: Path, test: SampleTable, *, show: Show) -> None:
    """Judge the test pictures with a run's best weights, unless exactly that is stored already.

    Raises:
        CheckpointError: the run's checkpoint is missing or damaged.
    """
    folder = run / "evaluation"
    stored = folder / "predictions.parquet"
    weights = _digest(run / BEST)
    model = f"{run.name}@{weights[:12]}"
    if stored.is_file():
        found = predictions.read(stored)
        if found.model == model and [r.sha256 for r in found.rows] == [s.sha256 for s in test.samples]:
            return
    with show(f"judging, {run.name}", len(test)) as advance:
        rows = tuple(predict_table(run_detector(run), test, advance, batch_size=16))
    predictions.write(rows, stored, model=model)
    write_report(PredictionTable(rows, model), folder)


def write_page(out: Path, table: SampleTable, source: Path, recipes: Sequence[Recipe], notes: Sequence[str]) -> None:
    """Write ``report.md`` and ``report.html`` from what the finished runs have stored.

    Args:
        out: the report's folder.
        table: all labelled pictures; source: where they come from, for Fig. 3.
        recipes: the runs to show.
        notes: what was found in the data.

    Raises:
        CheckpointError: a run is not finished.
    """
    figures = {}
    for recipe in recipes:
        figures[recipe.name] = f"{FIGURES}/curves-{recipe.name}.png"
        LearningCurves.from_csv(out / "runs" / recipe.name / run_folder.CURVES).save(out / figures[recipe.name])
    if (sheet := _cutout_sheet(recipes, source)) is not None:
        figures["cutout"] = f"{FIGURES}/cutout.png"
        with replacing(out / figures["cutout"]) as file:
            sheet.save(file, format="PNG")
    runs = [_finished(out / "runs" / recipe.name, recipe) for recipe in recipes]
    figures["examples"] = f"{FIGURES}/examples.png"
    _draw_examples(runs[-1], table, recipes[-1].size).save(out / figures["examples"])
    counts: dict[tuple[str, str], int] = {(split, label): n for (split, label), n in table.counts().items()}
    page = Reproduction(runs, counts, len(table.rejected), notes, figures, runs[-1].title).markdown()
    write_text(out / TWIN, page)
    write_text(out / PAGE, to_html(page, TITLE, out))


def _cutout_sheet(recipes: Sequence[Recipe], source: Path) -> Image | None:
    """Fig. 3 as the last recipe with cutout does it, every picture cut."""
    for recipe in reversed(recipes):
        if recipe.augment.cutout is not None:
            always = recipe.augment.cutout.model_copy(update={"probability": 1.0})
            return preview(source, recipe.augment.model_copy(update={"cutout": always}), count=6, size=recipe.size)
    return None


def _finished(run: Path, recipe: Recipe) -> Run:
    table = predictions.read(run / "evaluation" / "predictions.parquet")
    try:
        about = json.loads((run / run_folder.ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as e:
        raise CheckpointError(f"{run / run_folder.ABOUT}: missing or damaged ({e})") from e
    found = columns([recipe])[0]
    return Run(recipe.name, {title: getattr(found, key) for key, title in SETTINGS.items()}, table, about)


def _draw_examples(run: Run, table: SampleTable, size: int) -> ExampleVerdicts:
    rows = typical(run.table)
    pictures = [square(read(table.root / row.path).rgb, size) for row in rows]
    return ExampleVerdicts(pictures, rows, run.table.threshold)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as e:
        raise CheckpointError(f"{path}: cannot be read ({e.strerror})") from e
