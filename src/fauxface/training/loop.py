"""The training loop, top to bottom."""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from fauxface.data.augment import augment
from fauxface.data.balance import balanced_order
from fauxface.data.dataset import Batches, PictureDataset, loader, worker_deaths_told
from fauxface.data.face_crops import FaceCrops
from fauxface.data.samples import SampleTable
from fauxface.data.views import ViewDataset
from fauxface.errors import RecipeError, TrainingError
from fauxface.models import registry
from fauxface.runtime.allocator import keeping
from fauxface.training import checkpoint, run_folder
from fauxface.training.averaging import WeightAverage
from fauxface.training.checkpoint import Progress
from fauxface.training.devices import open_fabric, settled, share_batch
from fauxface.training.frozen import start_head
from fauxface.training.initial import Initial
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
        start: a finished run whose best weights this one starts from; its network may be narrower (see `widen`).
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
    if (recipe.pretrained is None) != (initial is None):
        raise RecipeError(f"recipe '{recipe.name}' and the public weights handed over do not fit each other")
    if (recipe.framing is None) != (crops is None):
        raise RecipeError(f"recipe '{recipe.name}' and the faces handed over do not fit each other")
    check_size(recipe)
    train_table, valid_table = run_folder.splits(table, recipe)
    recipe = settled(recipe, accelerator, run / run_folder.RECIPE)
    fabric = open_fabric(accelerator, devices, recipe.precision)
    micro, passes = share_batch(recipe, fabric.world_size)
    fabric.launch()
    world, rank = fabric.world_size, fabric.global_rank
    digest = run_folder.prepare(
        run, recipe, train_table, valid_table, start, initial, world, write=fabric.is_global_zero
    )

    torch.manual_seed(recipe.seed)
    network = registry.create(recipe.model, **recipe.model_options)
    entry = registry.entry(recipe.model)
    if initial is not None:
        initial.load(network)
    if recipe.linear_probe and crops is not None and not (run / checkpoint.LAST).exists():
        start_head(network, recipe, train_table, crops, show)
    if start is not None:
        generator = torch.Generator().manual_seed(recipe.seed)
        start_from(network, checkpoint.best_weights(start), noise=recipe.start_noise, generator=generator)
    if recipe.channels_last:
        network = network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    plan = recipe.optimiser
    kind = torch.optim.AdamW if plan.name == "adamw" else torch.optim.Adam
    optimiser = kind(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay, fused=True)
    compiled = torch.compile(network) if recipe.compile else network
    model, opt = fabric.setup(compiled, optimiser)  # pyright: ignore[reportArgumentType]
    average = WeightAverage(network, recipe.average) if recipe.average else None
    progress = checkpoint.load_last(run, network, optimiser, digest, average) or Progress()
    if progress.epoch >= recipe.epochs:
        return progress

    jpeg, cache = entry.input_jpeg, recipe.cache
    if crops is not None:
        train_set = ViewDataset(
            train_table, crops, recipe.size, framing=recipe.framing, settings=recipe.degrade, seed=recipe.seed
        )
        valid_set = ViewDataset(valid_table, crops, recipe.size)
    else:
        train_set = PictureDataset(
            train_table, recipe.size, degrade=recipe.degrade_resized, seed=recipe.seed, cache=cache, jpeg=jpeg
        )
        valid_set = PictureDataset(valid_table, recipe.size, cache=cache, jpeg=jpeg)
    mean = torch.tensor(entry.mean, device=fabric.device).reshape(1, 3, 1, 1)
    std = torch.tensor(entry.std, device=fabric.device).reshape(1, 3, 1, 1)
    generator = torch.Generator()  # reseeded at each step
    shown = len(train_table) * recipe.passes  # in an epoch
    share = math.ceil(shown / world)  # pictures of one process; of few, the first ones are seen twice
    steps = math.ceil(share / (micro * passes))
    last_saved = clock = time.monotonic()

    for epoch in range(progress.epoch, recipe.epochs):
        crop = recipe.crop_in(epoch)
        # All processes get equally many, or one would wait for ever for the others' gradients.
        rounds = range(epoch * recipe.passes, (epoch + 1) * recipe.passes)
        orders = [balanced_order(train_table.samples, recipe.balance, recipe.seed, r, recipe.emphasis) for r in rounds]
        order = np.resize(np.concatenate(orders), share * world)[rank::world]
        augmented = np.resize(np.repeat(rounds, len(train_table)), share * world)[rank::world]  # anew in each pass
        batches = iter(
            loader(train_set, Batches(order, micro, augmented, start=progress.step * passes), recipe.workers)
        )
        model.train()
        waited, began, images_here = 0.0, time.monotonic(), 0
        title = f"epoch {epoch + 1}/{recipe.epochs}"
        with show(title, share * world) if fabric.is_global_zero else nullcontext(_silent) as advance:
            advance(progress.seen)
            for step in range(progress.step, steps):
                for group in optimiser.param_groups:
                    group["lr"] = learning_rate(recipe, progress.steps_done, recipe.epochs * steps)
                # Position is state: a step draws the same numbers whether or not the run was killed before it.
                drawn = step_seed(recipe.seed, epoch, step, rank)
                generator.manual_seed(drawn)
                torch.manual_seed(drawn)
                step_images = min(micro * passes, len(order) - step * micro * passes)
                loss_sum = torch.zeros((), device=fabric.device)
                correct = torch.zeros((), device=fabric.device, dtype=torch.int64)
                for part in range(math.ceil(step_images / micro)):
                    asked = time.monotonic()
                    pictures, targets = next(batches)
                    waited += time.monotonic() - asked
                    pictures, targets = fabric.to_device(pictures), fabric.to_device(targets).float()
                    x = (augment(pictures, recipe.augment, generator, crop=crop) - mean) / std
                    is_last = (part + 1) * micro >= step_images
                    with fabric.no_backward_sync(model, enabled=not is_last):
                        logit, _ = model(x)
                        smooth = targets + recipe.label_smoothing * (1 - 2 * targets)
                        loss = binary_cross_entropy_with_logits(logit, smooth, reduction="sum")
                        fabric.backward(loss / step_images)
                    loss_sum += loss.detach()
                    correct += ((logit > 0) == (targets > 0.5)).sum()
                loss_sum, correct = _total(fabric, loss_sum), _total(fabric, correct)
                if not math.isfinite(loss_sum.item()):
                    raise _not_finite("the loss is", epoch, step)
                if plan.clip_norm is not None:
                    # With 16-mixed, gradients that overflow are usual: the scaler leaves such a step out.
                    strict = recipe.precision != "16-mixed"
                    try:
                        fabric.clip_gradients(model, opt, max_norm=plan.clip_norm, error_if_nonfinite=strict)
                    except RuntimeError as e:
                        if "non-finite" not in str(e):
                            raise
                        raise _not_finite("the gradients are", epoch, step) from e
                opt.step()
                opt.zero_grad()
                if average is not None:
                    average.update(network, progress.steps_done + 1)

                done = min((step + 1) * micro * passes, share) * world - progress.seen
                progress.step, progress.steps_done = step + 1, progress.steps_done + 1
                progress.loss_sum += loss_sum.item()
                progress.correct += int(correct.item())
                progress.seen += done
                progress.images += done
                images_here += done
                now = time.monotonic()
                progress.seconds, clock = progress.seconds + now - clock, now
                idle = waited / max(now - began, 1e-9)
                advance(done, f"loss {progress.loss_sum / progress.seen:.4f}, waiting for data {idle:.1%}")
                # Processes must agree on when to write, so that decision is made by one clock.
                due = fabric.broadcast(now - last_saved > 60 * recipe.checkpoint_minutes)
                if due and fabric.is_global_zero and step + 1 < steps and _finite(network):
                    checkpoint.save_last(run, network, optimiser, progress, digest, average)
                    last_saved = time.monotonic()

        elapsed = time.monotonic() - began
        with average.put_into(network) if average is not None else nullcontext():
            validated = validate(fabric, model, valid_set, mean, std, micro, recipe.workers)
        row = {
            "epoch": epoch + 1,
            "train_loss": progress.loss_sum / progress.seen,
            "train_accuracy": progress.correct / progress.seen,
            **validated,
            "learning_rate": optimiser.param_groups[0]["lr"],
            "crop": crop or recipe.size,
            "images_per_second": images_here / elapsed,
            "waiting_share": waited / elapsed,
        }
        if not math.isfinite(row["valid_loss"]):
            raise _not_finite("the validation loss is", epoch, steps - 1)
        progress.history.append(row)
        score = recipe.score(row)
        is_best = progress.best is None or score > progress.best
        progress.best = score if is_best else progress.best
        progress.epoch, progress.step = epoch + 1, 0
        progress.loss_sum, progress.correct, progress.seen = 0.0, 0, 0
        now = time.monotonic()
        progress.seconds, clock = progress.seconds + now - clock, now
        if fabric.is_global_zero:
            if is_best:
                with average.put_into(network) if average is not None else nullcontext():
                    checkpoint.save_best(run, network, row)
            # Before the checkpoint, which says that the epoch is done: a kill in between must not lose the curves.
            run_folder.write_curves(run, recipe, progress)
            checkpoint.save_last(run, network, optimiser, progress, digest, average)
            last_saved = time.monotonic()
        fabric.barrier()
    return progress


def _not_finite(what: str, epoch: int, step: int) -> TrainingError:
    return TrainingError(
        f"{what} no longer a finite number (epoch {epoch + 1}, step {step + 1}); "
        f"try a smaller learning rate, clip_norm, or precision 32-true. The last checkpoint, if any, is kept."
    )


def _finite(network: nn.Module) -> bool:
    """Weights that are no numbers must not replace a good checkpoint; the next step will tell of them."""
    return all(bool(p.isfinite().all()) for p in network.parameters())


def _silent(n: int = 1, status: str = "") -> None:
    """Progress of the other processes, which the first one shows."""


def _total(fabric: Fabric, value: Tensor) -> Tensor:
    """Sum over all processes."""
    summed = fabric.all_reduce(value, reduce_op="sum")
    assert isinstance(summed, Tensor)
    return summed
