"""What a run computes on, and how a batch is shared out among processes and passes."""

from __future__ import annotations

import math

from lightning.fabric import Fabric
from lightning.fabric.utilities.exceptions import MisconfigurationException

from fauxface.errors import RecipeError, TrainingError
from fauxface.training.recipe import Precision, Recipe


def open_fabric(accelerator: str, devices: int, precision: Precision) -> Fabric:
    """Fabric on that many devices, not launched yet.

    Raises:
        TrainingError: no_such_device.
    """
    try:
        return Fabric(accelerator=accelerator, devices=devices, precision=precision)
    except (MisconfigurationException, ValueError, RuntimeError, ImportError) as e:
        reason = (str(e).splitlines() or [type(e).__name__])[0]
        raise TrainingError(
            f"cannot train on {devices} × '{accelerator}' with precision {precision}: {reason}", code="no_such_device"
        ) from e


def share_batch(recipe: Recipe, world: int) -> tuple[int, int]:
    """Pictures of a process in one pass through the network, and passes in one optimiser step.

    Raises:
        RecipeError: the batch cannot be shared out evenly.
    """
    micro = min(recipe.micro_batch, math.ceil(recipe.batch_size / world))
    if recipe.batch_size % (micro * world):
        raise RecipeError(
            f"recipe '{recipe.name}': a batch of {recipe.batch_size} cannot be made of micro-batches of {micro} on "
            f"{world} process(es); choose a micro_batch that divides it"
        )
    return micro, recipe.batch_size // (micro * world)
