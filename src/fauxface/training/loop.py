"""The training loop, top to bottom."""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from pathlib import Path

import torch

from fauxface.data.dataset import Batches, PictureDataset, loader, worker_deaths_told
from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import SampleTable
from fauxface.data.views import ViewDataset
from fauxface.errors import RecipeError
from fauxface.models import registry
from fauxface.runtime.allocator import keeping
from fauxface.training import checkpoint, run_folder
from fauxface.training.checkpoint import Progress
from fauxface.training.devices import open_fabric, settled, share_batch
from fauxface.training.epoch import Awaited, Share
from fauxface.training.frozen import start_head
from fauxface.training.initial import Initial
from fauxface.training.keeper import Keeper
from fauxface.training.learner import Learner, not_finite
from fauxface.training.net2net import start_from
from fauxface.training.pace import learning_rate, step_seed
from fauxface.training.progress import ShowProgress
from fauxface.training.recipe import Recipe, check_size
from fauxface.training.validation import validate


@worker_deaths_told()
@keeping()
def fit(
    recipe: Recipe,
    table: SampleTable,
    run: Path,
    *,
    show: ShowProgress,
    start: Path | None = None,
    initial: Initial | None = None,
    crops: FaceCrops | None = None,
    accelerator: str = "auto",
    devices: int = 1,
) -> Progress:
    """Train a network by a recipe, or go on where a killed run stopped.

    Args:
        recipe: what to do.
        table: labelled pictures with the splits "train" and "valid".
        run: folder for checkpoints, curves and plots; made if missing.
        show: gives a progress bar for (title, number of pictures).
        start: a finished run whose best weights this one starts from; its network may be narrower (see `net2net`).
        initial: the public weights that the recipe names (`initial.find`); None if it starts from random ones.
        crops: the faces of all pictures, where the recipe says how to frame them (`fauxface.data.face_crops.build`).
        accelerator, devices: as Lightning Fabric takes them.

    Returns:
        Where the run stands at its end.

    Raises:
        DataError: a split or a class is missing.
        RecipeError: the batch cannot be shared out evenly among micro-batches and processes, or the recipe names
            public weights and none are handed over.
        WeightsError: the public weights do not fit the network.
        CheckpointError: ``run`` holds another recipe's or other data's run, or a damaged one.
        TrainingError: the loss is no longer a finite number, no such device is here, or a worker process was killed.
    """
    _check_start(recipe, initial, crops)
    check_size(recipe)
    train_table, valid_table = run_folder.splits(table, recipe)
    recipe = settled(recipe, accelerator, run / run_folder.RECIPE)
    fabric = open_fabric(accelerator, devices, recipe.precision)
    micro, passes = share_batch(recipe, fabric.world_size)
    fabric.launch()
    share = Share(len(train_table) * recipe.passes, micro, passes, fabric.global_rank, fabric.world_size)
    digest = run_folder.prepare(
        run, recipe, train_table, valid_table, start, initial, share.world, write=fabric.is_global_zero
    )

    torch.manual_seed(recipe.seed)
    network = registry.create(recipe.model, **recipe.model_options)
    if initial is not None:
        initial.load(network)
    if recipe.linear_probe and crops is not None and not (run / checkpoint.LAST).exists():
        start_head(network, recipe, train_table, crops, show)
    if start is not None:
        generator = torch.Generator().manual_seed(recipe.seed)
        start_from(network, checkpoint.best_weights(start), noise=recipe.start_noise, generator=generator)
    learner = Learner(network, recipe, fabric)
    progress = checkpoint.load_last(run, network, learner.optimiser, digest, learner.average) or Progress()
    if progress.epoch >= recipe.epochs:
        return progress

    train_set, valid_set = _data_sets(recipe, train_table, valid_table, crops)
    keeper = Keeper(run, digest, learner, progress)
    clock = time.monotonic()

    for epoch in range(progress.epoch, recipe.epochs):
        crop = recipe.crop_in(epoch)
        order, rounds = share.order(train_table.samples, recipe, epoch)
        picked = Batches(order, micro, rounds, start=progress.step * passes)
        batches = Awaited(loader(train_set, picked, recipe.workers))
        learner.model.train()
        began, images_before = time.monotonic(), progress.images
        title = f"epoch {epoch + 1}/{recipe.epochs}"
        with show(title, share.images * share.world) if fabric.is_global_zero else nullcontext(_silent) as advance:
            advance(progress.seen)
            for step in range(progress.step, share.steps):
                where = f"epoch {epoch + 1}, step {step + 1}"
                rate = learning_rate(recipe, progress.steps_done, recipe.epochs * share.steps)
                # Position is state: a step draws the same numbers whether or not the run was killed before it.
                learner.begin_step(rate, step_seed(recipe.seed, epoch, step, share.rank))
                loss_sum, correct = learner.gradients(batches, share.of_step(step), micro, crop=crop, where=where)
                learner.update(progress.steps_done + 1, where=where)

                done = share.seen_after(step) - progress.seen
                progress.add_step(loss_sum, correct, done)
                now = time.monotonic()
                progress.seconds, clock = progress.seconds + now - clock, now
                idle = batches.seconds / max(now - began, 1e-9)
                advance(done, f"loss {progress.loss_sum / progress.seen:.4f}, waiting for data {idle:.1%}")
                keeper.step_done(is_last=step + 1 == share.steps)

        elapsed = time.monotonic() - began
        with learner.averaged():
            validated = validate(fabric, learner.model, valid_set, learner.mean, learner.std, micro, recipe.workers)
        row = {
            "epoch": epoch + 1,
            "train_loss": progress.loss_sum / progress.seen,
            "train_accuracy": progress.correct / progress.seen,
            **validated,
            "learning_rate": learner.optimiser.param_groups[0]["lr"],
            "crop": crop or recipe.size,
            "images_per_second": (progress.images - images_before) / elapsed,
            "waiting_share": batches.seconds / elapsed,
        }
        if not math.isfinite(row["valid_loss"]):
            raise not_finite("the validation loss is", f"epoch {epoch + 1}, step {share.steps}")
        is_best = progress.end_epoch(row, recipe.score(row))
        now = time.monotonic()
        progress.seconds, clock = progress.seconds + now - clock, now
        keeper.epoch_done(row, is_best=is_best)
    return progress


def _check_start(recipe: Recipe, initial: Initial | None, crops: FaceCrops | None) -> None:
    """Whether what was handed over is what the recipe asks for."""
    if (recipe.pretrained is None) != (initial is None):
        raise RecipeError(f"recipe '{recipe.name}' and the public weights handed over do not fit each other")
    if (recipe.framing is None) != (crops is None):
        raise RecipeError(f"recipe '{recipe.name}' and the faces handed over do not fit each other")


def _data_sets(
    recipe: Recipe, train: SampleTable, valid: SampleTable, crops: FaceCrops | None
) -> tuple[PictureDataset | ViewDataset, PictureDataset | ViewDataset]:
    """The training pictures as the recipe degrades them, and the validation pictures as judging sees them."""
    size, seed = recipe.size, recipe.seed
    if crops is not None:
        views = ViewDataset(train, crops, size, framing=recipe.framing, settings=recipe.degrade, seed=seed)
        return views, ViewDataset(valid, crops, size)
    cache, jpeg = recipe.cache, registry.entry(recipe.model).input_jpeg
    pictures = PictureDataset(train, size, degrade=recipe.degrade_resized, seed=seed, cache=cache, jpeg=jpeg)
    return pictures, PictureDataset(valid, size, cache=cache, jpeg=jpeg)


def _silent(n: int = 1, status: str = "") -> None:
    """Progress of the other processes, which the first one shows."""
