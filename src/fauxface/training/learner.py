"""A network and all that trains it: its optimiser, the running average of its weights, and one step of both."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from fauxface.data.augment import augment
from fauxface.data.mixing import mix
from fauxface.errors import TrainingError
from fauxface.models import registry
from fauxface.training.averaging import WeightAverage
from fauxface.training.recipe import Recipe


class Learner:
    """What an optimiser step needs.

    Args:
        network: as it begins.
        recipe: what it is trained by.
        fabric: launched.

    Attributes:
        network: its weights; model: the same as it is called, perhaps compiled, with the device and precision.
        optimiser: of the weights.
        average: their running average, None where the recipe asks for none.
        mean, std: (1, 3, 1, 1), what pictures are normalised by.
    """

    def __init__(self, network: nn.Module, recipe: Recipe, fabric: Fabric) -> None:
        self.recipe, self.fabric = recipe, fabric
        if recipe.channels_last:
            network = network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        plan = recipe.optimiser
        kind = torch.optim.AdamW if plan.name == "adamw" else torch.optim.Adam
        self.network = network
        self.optimiser = kind(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay, fused=True)
        compiled = torch.compile(network) if recipe.compile else network
        self.model, self._optimiser = fabric.setup(compiled, self.optimiser)  # pyright: ignore[reportArgumentType]
        self.average = WeightAverage(network, recipe.average) if recipe.average else None
        entry = registry.entry(recipe.model)
        self.mean = torch.tensor(entry.mean, device=fabric.device).reshape(1, 3, 1, 1)
        self.std = torch.tensor(entry.std, device=fabric.device).reshape(1, 3, 1, 1)
        self._generator = torch.Generator()  # reseeded at each step

    def averaged(self) -> AbstractContextManager[None]:
        """Within this the network has its averaged weights, if there are any."""
        return nullcontext() if self.average is None else self.average.put_into(self.network)

    def begin_step(self, rate: float, seed: int) -> None:
        """Set the learning rate, and the seed of all that the step draws."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self._generator.manual_seed(seed)
        torch.manual_seed(seed)

    def gradients(
        self, batches: Iterator[tuple[Tensor, Tensor]], images: int, micro: int, *, crop: int | None, where: str
    ) -> tuple[float, int]:
        """Add up the gradients of the mean loss over a step's pictures.

        Args:
            batches: of ((n, S, S, 3) uint8, (n,) targets), n at most ``micro``.
            images: pictures of this process in the step.
            crop: side in pixels of a random crop, None for whole pictures.
            where: epoch and step, as an error names them.

        Returns:
            Summed loss, and pictures judged rightly, of all processes.

        Raises:
            TrainingError: the loss is no longer a finite number.
        """
        loss_sum = torch.zeros((), device=self.fabric.device)
        correct = torch.zeros((), device=self.fabric.device, dtype=torch.int64)
        for part in range(math.ceil(images / micro)):
            pictures, targets = (self.fabric.to_device(tensor) for tensor in next(batches))
            targets = targets.float()
            x = (augment(pictures, self.recipe.augment, self._generator, crop=crop) - self.mean) / self.std
            wanted = targets
            if self.recipe.mixing is not None:
                x, wanted = mix(x, targets, self.recipe.mixing, self._generator)
            is_last = (part + 1) * micro >= images
            with self.fabric.no_backward_sync(self.model, enabled=not is_last):
                logit, _ = self.model(x)
                smooth = wanted + self.recipe.label_smoothing * (1 - 2 * wanted)
                loss = binary_cross_entropy_with_logits(logit, smooth, reduction="sum")
                self.fabric.backward(loss / images)
            loss_sum += loss.detach()
            correct += ((logit > 0) == (targets > 0.5)).sum()
        total, right = self._total(loss_sum), self._total(correct)
        if not math.isfinite(total):
            raise not_finite("the loss is", where)
        return total, int(right)

    def update(self, number: int, *, where: str) -> None:
        """Clip the gradients if need be, step, and take the new weights into the average.

        Args:
            number: optimiser steps with this one, counted from 1.
            where: epoch and step, as an error names them.

        Raises:
            TrainingError: the gradients are no longer finite numbers.
        """
        if (limit := self.recipe.optimiser.clip_norm) is not None:
            self._clip(limit, where)
        self._optimiser.step()
        self._optimiser.zero_grad()
        if self.average is not None:
            self.average.update(self.network, number)

    def is_finite(self) -> bool:
        """Whether all weights are numbers."""
        return all(bool(p.isfinite().all()) for p in self.network.parameters())

    def _clip(self, limit: float, where: str) -> None:
        # With 16-mixed, gradients that overflow are usual: the scaler leaves such a step out.
        strict = self.recipe.precision != "16-mixed"
        try:
            self.fabric.clip_gradients(self.model, self._optimiser, max_norm=limit, error_if_nonfinite=strict)
        except RuntimeError as e:
            if "non-finite" not in str(e):
                raise
            raise not_finite("the gradients are", where) from e

    def _total(self, value: Tensor) -> float:
        """Sum over all processes."""
        summed = self.fabric.all_reduce(value, reduce_op="sum")
        assert isinstance(summed, Tensor)
        return summed.item()


def not_finite(what: str, where: str) -> TrainingError:
    """The error of a training that has blown up."""
    return TrainingError(
        f"{what} no longer a finite number ({where}); "
        f"try a smaller learning rate, clip_norm, or precision 32-true. The last checkpoint, if any, is kept."
    )
