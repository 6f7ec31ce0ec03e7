"""What a run computes on, and how a batch is shared out among processes and passes."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from lightning_fabric import Fabric
from lightning_fabric.utilities.exceptions import MisconfigurationException

from fauxface.errors import RecipeError, TrainingError
from fauxface.training.recipe import Precision, Recipe, load_recipe

BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")
"""What processors call their instructions for bfloat16 (x86, x86, ARM)."""


def settled(recipe: Recipe, accelerator: str, begun: Path) -> Recipe:
    """The recipe with its precision decided, where it says "auto".

    Args:
        accelerator: as Lightning Fabric takes it.
        begun: where the recipe of a run that has begun would lie; its precision stays.
    """
    if recipe.precision != "auto":
        return recipe
    precision = load_recipe(begun).precision if begun.is_file() else "auto"
    if precision == "auto" and torch.cuda.is_available() and accelerator in ("auto", "gpu", "cuda"):
        precision = "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "32-true"
    elif precision == "auto":
        # An older PyTorch cannot tell what the processor has: 32-true works everywhere.
        capabilities = getattr(torch.cpu, "get_capabilities", dict)()
        precision = "bf16-mixed" if any(capabilities.get(name) for name in BFLOAT16) else "32-true"
    return recipe.model_copy(update={"precision": precision})


def open_fabric(accelerator: str, devices: int, precision: Precision) -> Fabric:
    """Fabric on that many devices, not launched yet.

    Raises:
        TrainingError: no_such_device.
    """
    try:
        return Fabric(accelerator=accelerator, devices=devices, precision=precision)  # pyright: ignore[reportArgumentType]
    except (MisconfigurationException, ValueError, RuntimeError, ImportError) as e:
        reason = (str(e).splitlines() or [type(e).__name__])[0]
        raise TrainingError(
            f"cannot train on {devices} × '{accelerator}' with precision {precision}: {reason}", code="no_such_device"
        ) from e


def one_device(accelerator: str) -> torch.device:
    """Where PyTorch computes what needs no training loop.

    Args:
        accelerator: "cpu", "cuda", or "auto": the second where there is one.

    Raises:
        TrainingError: no_such_device.
    """
    there = torch.cuda.is_available()
    if accelerator not in ("auto", "cpu", "cuda") or (accelerator == "cuda" and not there):
        known = "cpu and cuda" if there else "cpu"
        raise TrainingError(f"cannot compute on '{accelerator}'; here is {known}", code="no_such_device")
    return torch.device("cuda" if there and accelerator != "cpu" else "cpu")


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
