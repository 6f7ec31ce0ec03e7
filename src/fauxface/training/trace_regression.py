"""The regression on statistics of traces: solved once, and kept beside them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from fauxface.data.samples import SampleTable
from fauxface.files import replacing
from fauxface.models.kernel_head import CLIP, KernelHead
from fauxface.training import kernel_ridge
from fauxface.training.loop import ShowProgress
from fauxface.training.trace_views import TraceSettings

SOLVED: Final = "traces.safetensors"


def solve(
    head: KernelHead,
    solved: Path,
    views: list[NDArray[np.float16]],
    learned: SampleTable,
    settings: TraceSettings,
    show: ShowProgress,
) -> None:
    """Learn the head of a network of traces, or read it from a file if it was learned there by these settings.

    Args:
        head: with as many points as there are rows in all views.
        solved: file to read or write.
        views: statistics (pictures, numbers), a view each.
        learned: the pictures, as many as each view has rows.
        show: gives a progress bar for (title, number of steps).
    """
    asked = {
        "settings": repr(settings),
        "kernel": f"{head.gamma} {CLIP}",
        "labels": sha256(bytes(learned.targets)).hexdigest(),
    }
    with show("learning the traces", 1) as advance:
        if not _read_solved(head, solved, asked):
            _measure(head.scale, views)
            statistics = torch.from_numpy(np.concatenate(views))
            real = torch.tensor(learned.targets).repeat(len(views))
            ridge = torch.full((len(views), len(learned)), settings.worn_ridge, dtype=torch.float32)
            ridge[0] = settings.ridge
            kernel_ridge.fit(head, statistics, real, ridge=ridge.flatten(), seed=settings.seed)
            with replacing(solved) as file:
                save_file({k: v.cpu() for k, v in head.state_dict().items()}, file, metadata=asked)
        advance(1)


def _read_solved(head: KernelHead, solved: Path, asked: dict[str, str]) -> bool:
    try:
        with safe_open(solved, "pt") as file:
            if file.metadata() != asked:
                return False
        head.load_state_dict(load_file(solved))
    except (OSError, SafetensorError, RuntimeError):
        return False  # not there, cut short, or of another shape: it is solved anew
    return True


def _measure(scale: nn.BatchNorm1d, views: list[NDArray[np.float16]]) -> None:
    """Mean over all views, and variance within a view: what wear does to a number must not hide how pictures differ."""
    assert scale.running_mean is not None
    assert scale.running_var is not None
    means = np.stack([view.mean(axis=0, dtype=np.float64) for view in views])
    variances = np.stack([view.var(axis=0, dtype=np.float64) for view in views])
    scale.running_mean.copy_(torch.from_numpy(means.mean(axis=0)))
    scale.running_var.copy_(torch.from_numpy(variances.mean(axis=0)))
