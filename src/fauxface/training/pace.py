"""What follows from a step's number alone: its learning rate, and the seed of all that it draws."""

from __future__ import annotations

import math

from numpy.random import SeedSequence

from fauxface.training.recipe import Recipe


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Learning rate of an optimiser step counted from 0: linear warm-up, then constant or cosine to zero."""
    peak, plan = recipe.optimiser.learning_rate, recipe.schedule
    warmup = plan.warmup * steps
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    if plan.name == "constant":
        return peak
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def step_seed(seed: int, epoch: int, step: int, rank: int) -> int:
    """One 63-bit seed a step and process, well mixed (NumPy's SeedSequence)."""
    return int(SeedSequence((seed, epoch, step, rank)).generate_state(1, "uint64")[0] >> 1)
