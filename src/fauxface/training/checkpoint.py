"""Checkpoints: one safetensors file that holds everything a run needs to go on, replaced in one step."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from fauxface.errors import CheckpointError
from fauxface.files import replacing
from fauxface.training.averaging import WeightAverage

LAST, BEST = "last.safetensors", "best.safetensors"
CONTENT = "content_sha256"


@dataclass
class Progress:
    """Where a run stands; with the recipe's seed this is also the state of every random generator.

    Order, augmentation and dropout of a step are drawn from (seed, epoch, step), so the position says it all.

    Attributes:
        epoch, step: the next optimiser step, both counted from 0.
        steps_done: optimiser steps since the start, over all epochs.
        loss_sum, correct, seen: running totals of the epoch under way.
        best: best validation metric so far (larger is better), None before the first.
        history: one row a finished epoch, as in curves.csv.
        seconds: time spent training, over all sessions.
        images: pictures trained on, over all epochs.
    """

    epoch: int = 0
    step: int = 0
    steps_done: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    best: float | None = None
    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    images: int = 0

    def add_step(self, loss_sum: float, correct: int, images: int) -> None:
        """Count an optimiser step: summed loss, pictures judged rightly, and pictures."""
        self.step, self.steps_done = self.step + 1, self.steps_done + 1
        self.loss_sum += loss_sum
        self.correct += correct
        self.seen += images
        self.images += images

    def end_epoch(self, row: dict[str, float], score: float) -> bool:
        """Count an epoch: its row of the curves, and what decides which is the best; says whether this one is."""
        self.history.append(row)
        is_best = self.best is None or score > self.best
        self.best = score if is_best else self.best
        self.epoch, self.step = self.epoch + 1, 0
        self.loss_sum, self.correct, self.seen = 0.0, 0, 0
        return is_best


def save_atomically(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write a safetensors file so that at every moment either the old or the new one is whole on disk.

    A digest of all tensors goes with it: the format itself notices a file that was cut, but no bytes that changed.
    """
    kept = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    with replacing(path) as file:
        save_file(kept, file, {**metadata, CONTENT: content_digest(kept)})


def content_digest(tensors: dict[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of tensors in memory, in the order of their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().view(-1).view(torch.uint8).numpy().data if tensor.numel() else b"")
    return digest.hexdigest()


def save_last(
    run: Path,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    progress: Progress,
    digest: str,
    average: WeightAverage | None = None,
) -> None:
    """Write ``last.safetensors``: weights, their average, optimiser state and `Progress`; ``digest`` names recipe and
    data."""
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    if average is not None:
        tensors |= {f"average.{k}": v for k, v in average.tensors.items()}
    for index, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{k}": v for k, v in state.items()}
    save_atomically(tensors, run / LAST, {"progress": json.dumps(asdict(progress)), "digest": digest})


def load_last(
    run: Path,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    digest: str,
    average: WeightAverage | None = None,
) -> Progress | None:
    """Restore a run in place; None if it has no checkpoint yet.

    Raises:
        CheckpointError: the file is damaged, or belongs to another recipe or other data.
    """
    path = run / LAST
    if not path.exists():
        return None
    tensors, metadata = _read(path)
    if metadata.get("digest") != digest:
        raise CheckpointError(
            f"{path}: this run was started with another recipe or other data; take a new --out, or delete {run}",
            code="another_run",
        )
    try:
        progress = Progress(**json.loads(metadata["progress"]))
        model.load_state_dict({k[6:]: v for k, v in tensors.items() if k.startswith("model.")})
        if average is not None:
            average.load({k[8:]: v for k, v in tensors.items() if k.startswith("average.")})
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimiser."):
                _, index, name = key.split(".", 2)
                state.setdefault(int(index), {})[name] = value
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
        _lay_out(optimiser)
    except (KeyError, TypeError, ValueError, RuntimeError) as e:
        raise CheckpointError(f"{path}: does not fit this network: {_first_line(e)}") from e
    return progress


def _lay_out(optimiser: torch.optim.Optimizer) -> None:
    """Give the averages of each weight the weight's own layout in memory.

    A file holds them row by row. A fused optimiser goes through weight and averages side by side in memory, and
    would pair a channels-last weight with another one's averages.
    """
    for weight, kept in optimiser.state.items():
        for name, value in kept.items():
            if isinstance(value, Tensor) and value.shape == weight.shape:
                kept[name] = torch.empty_like(weight).copy_(value)


def save_best(run: Path, model: nn.Module, facts: dict[str, Any]) -> None:
    """Write ``best.safetensors``: the weights alone, with facts (epoch, metrics) as JSON."""
    save_atomically(model.state_dict(), run / BEST, {"facts": json.dumps(facts)})


def load_best(run: Path, model: nn.Module) -> dict[str, Any]:
    """Load ``best.safetensors`` into a network; gives the facts stored with it.

    Raises:
        CheckpointError: no such file, damaged, or it does not fit the network.
    """
    path = run / BEST
    tensors, metadata = _read(path)
    try:
        model.load_state_dict(tensors)
        return json.loads(metadata["facts"])
    except (KeyError, ValueError, RuntimeError) as e:
        raise CheckpointError(f"{path}: does not fit this network: {_first_line(e)}") from e


def best_weights(run: Path) -> dict[str, Tensor]:
    """The state dict in a run's ``best.safetensors``.

    Raises:
        CheckpointError: missing or damaged.
    """
    return _read(run / BEST)[0]


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as f:
            tensors = {k: f.get_tensor(k) for k in f.keys()}  # noqa: SIM118 (not a dict)
            metadata = f.metadata() or {}
    except (OSError, SafetensorError) as e:
        raise CheckpointError(f"{path}: missing or damaged: {_first_line(e)}") from e
    if metadata.get(CONTENT, content := content_digest(tensors)) != content:
        raise CheckpointError(f"{path}: damaged: its content is not what was written")
    return tensors, metadata


def _first_line(error: Exception) -> str:
    """What went wrong, on one line; PyTorch's own headline alone says nothing."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return " ".join(lines[:2] if lines[0].startswith("Error(s) in loading") else lines[:1])
