"""Put a network of traces beside one that sees the face: statistics, regression, shares, top to bottom.

The statistics are fixed, so they are computed once for a few worn views of every picture; the regression on them is
solved in closed form. How much each network's word counts is fitted on validation pictures, which neither was trained
on, clean and worn. What both would have said of the training pictures is written down for calibration
(`fauxface.training.unseen`).
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from fauxface.data.dataset import worker_deaths_told
from fauxface.data.samples import SampleTable
from fauxface.data.table import write_table
from fauxface.errors import CheckpointError, DataError, RecipeError
from fauxface.files import check_folder, write_text
from fauxface.models import registry
from fauxface.models.beside import Beside
from fauxface.models.trace_statistics import SMALLEST
from fauxface.models.traces import TraceNetwork
from fauxface.training import checkpoint, run_folder
from fauxface.training.checkpoint import Progress
from fauxface.training.devices import one_device
from fauxface.training.export import load_run
from fauxface.training.loop import ShowProgress
from fauxface.training.read_back import read_back
from fauxface.training.recipe import Recipe
from fauxface.training.trace_regression import SOLVED, solve
from fauxface.training.trace_views import CLAIM, Looks, TraceSettings, claim, statistics_of
from fauxface.training.trace_words import words_of
from fauxface.training.unseen import write_unseen
from fauxface.weights.card import CARD_NAME

SECONDS: Final = "seconds.txt"


@worker_deaths_told()
def add_traces(
    face: Path,
    table: SampleTable,
    run: Path,
    settings: TraceSettings,
    *,
    show: ShowProgress,
    accelerator: str = "auto",
) -> dict[str, Any]:
    """Train a network of traces and write a run folder in which it stands beside the face network.

    What takes long, the statistics, is kept in ``run`` view by view: the same command goes on after a stop.

    Args:
        face: a finished run of a network that has a partner in the registry (NAME-traces), or exported weights of a
            ResNet ("default", a folder), which are read back; traces that are in them already are replaced.
        table: labelled pictures with the splits "train" and "valid".
        run: folder to write; the result can be evaluated and exported like any run.
        show: gives a progress bar for (title, number of steps).
        accelerator: see `fauxface.training.devices.one_device`.

    Returns:
        share_of_face; share_of_traces on pictures as they are, and shares_of_traces worn each way; bias; valid_loss of
        both together and valid_loss_of_face alone.

    Raises:
        DataError: a source, a split or a class is missing.
        CheckpointError: ``face`` is no finished run, or ``run`` holds another one.
        WeightsError: ``face`` is neither a run nor weights that can be read back.
        RecipeError: the face network has no partner, or its pictures are too small.
        TrainingError: there is no such accelerator.
    """
    began = time.monotonic()
    device = one_device(accelerator)
    face_recipe, face_network, facts, started_from = _face(face)
    if face_recipe.size < SMALLEST:
        raise RecipeError(f"{face}: its pictures have {face_recipe.size} pixels a side, traces need {SMALLEST}")
    # All pictures, also where a last step of the face network saw but a share of them.
    train, valid = run_folder.splits(table, face_recipe.model_copy(update={"data_fraction": 1.0}))
    learned = _only(train, settings.sources)
    learned = run_folder.share_of(learned, settings.rows / (settings.views * len(learned)), settings.seed)
    points = settings.views * len(learned)
    recipe = Recipe.model_validate(
        {
            **face_recipe.model_dump(),
            "name": f"{face_recipe.name}-traces",
            "description": "",
            "model": f"{face_recipe.model}-traces",
            "model_options": {
                "face": face_recipe.model_options,
                "traces": {
                    "directions": min(settings.directions, points),
                    "points": points,
                    "kinds": settings.kinds,
                },
            },
            "pretrained": None,
            "data_fraction": 1.0,
            "seed": settings.seed,
        }
    )
    both = registry.create(recipe.model, **recipe.model_options)
    assert isinstance(both, Beside)
    both.face.load_state_dict(face_network.state_dict())
    both.to(device)
    check_folder(run)
    run.mkdir(parents=True, exist_ok=True)
    if (run / run_folder.RECIPE).exists() and not (run / CLAIM).exists():
        raise CheckpointError(f"{run}: holds another run; take a new --out", code="another_run")
    traces = both.traces
    assert isinstance(traces, TraceNetwork)
    claim(run, settings, recipe.size, learned, traces.statistics)

    looks = Looks(recipe.size, recipe.workers, settings)
    earlier = _seconds(run)
    views = statistics_of(run, learned, looks, traces.statistics, show)
    write_text(run / SECONDS, f"{earlier + time.monotonic() - began}\n")
    unseen = solve(traces.head, run / SOLVED, views, learned, settings, show)
    write_text(run / SECONDS, f"{earlier + time.monotonic() - began}\n")
    shares = _fit_shares(run, both.eval(), valid, looks, show)
    write_unseen(run, both, unseen[0], views[0], learned, valid, looks, show)

    write_text(run / run_folder.RECIPE, recipe.to_yaml())
    write_table(SampleTable(train.root, (*train.samples, *valid.samples)), run / run_folder.DATA)
    seen = Progress(epoch=1, images=points, seconds=earlier + time.monotonic() - began)
    about = {
        **run_folder.circumstances(seen, recipe),
        "epochs_planned": 1,
        "traces": {**asdict(settings), "pictures": len(learned), **shares},
        "started_from": started_from,
    }
    write_text(run / run_folder.ABOUT, json.dumps(about, indent=2, default=_plain) + "\n")
    checkpoint.save_best(run, both, {**facts, **shares})
    return shares


def _seconds(run: Path) -> float:
    """What earlier calls took whose steps are used again."""
    try:
        return float((run / SECONDS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0.0


def _face(face: Path) -> tuple[Recipe, nn.Module, dict[str, Any], dict[str, Any]]:
    """Recipe, network, facts stored with it, and how it came about."""
    if face.is_dir() and not (face / CARD_NAME).exists():
        recipe, network, facts = load_run(face)
        return recipe, network, facts, json.loads((face / run_folder.ABOUT).read_text(encoding="utf-8"))
    recipe, network, about = read_back(str(face))
    return recipe, network, {}, about


def _only(train: SampleTable, sources: tuple[str, ...]) -> SampleTable:
    if not sources:
        return train
    there = {s.source for s in train.samples}
    others = run_folder.without(train, there - set(sources))
    if missing := sorted(set(sources) - there):
        raise DataError(f"{train.root}: no training pictures of the source '{missing[0]}'", code="unknown_source")
    return run_folder.split_of(others, "train")


def _fit_shares(run: Path, both: Beside, valid: SampleTable, looks: Looks, show: ShowProgress) -> dict[str, Any]:
    """How much each network counts, traces by wear: logistic regression on validation pictures, clean and worn."""
    views = 1 + len(looks.settings.worn)
    with show("weighing both networks", views * len(valid)) as advance:
        said = [words_of(run, both, valid, looks, view, advance) for view in range(views)]
    logits = torch.cat([both.believed(each.face, each.traces, each.worn) for each in said]).double()
    truth = torch.tensor(valid.targets, dtype=torch.float64).repeat(views)
    weights = torch.zeros(logits.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        # Neither network's word may count backwards.
        return binary_cross_entropy_with_logits(logits @ softplus(weights[:-1]) + weights[-1], truth)

    def step() -> float:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value.item()

    optimiser.step(step)
    with torch.no_grad():
        shares, bias = softplus(weights[:-1]), weights[-1]
        both.shares.copy_(shares)
        both.bias.copy_(bias)
        return {
            "share_of_face": float(shares[0]),
            "share_of_traces": float(shares[1]),
            "shares_of_traces": shares[1:].tolist(),
            "bias": float(bias),
            "valid_loss": float(loss()),
            "valid_loss_of_face": float(binary_cross_entropy_with_logits(logits[:, 0], truth)),
        }


def _plain(value: object) -> object:
    """Settings as JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)
