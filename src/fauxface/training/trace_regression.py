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
from torch import Tensor, nn

from fauxface.data.samples import SampleTable
from fauxface.files import replacing
from fauxface.models.kernel_head import CLIP, KernelHead
from fauxface.training import kernel_ridge
from fauxface.training.loop import ShowProgress
from fauxface.training.trace_views import TraceSettings

SOLVED: Final = "traces.safetensors"
_UNSEEN: Final = "unseen"


def solve(
    head: KernelHead,
    solved: Path,
    views: list[NDArray[np.float16]],
    learned: SampleTable,
    settings: TraceSettings,
    show: ShowProgress,
) -> Tensor:
    """Learn the head of a network of traces, or read it from a file if it was learned there by these settings.

    Args:
        head: with as many points as there are rows in all views.
        solved: file to read or write.
        views: statistics (pictures, numbers), a view each.
        learned: the pictures, as many as each view has rows.
        show: gives a progress bar for (title, number of steps).

    Returns:
        (views, pictures), what it would say of each view of a picture that it had not learned from.
    """
    asked = {
        "settings": repr(settings),
        "kernel": f"{head.gamma} {CLIP}",
        "labels": sha256(bytes(learned.targets)).hexdigest(),
    }
    with show("learning the traces", 1) as advance:
        unseen = _read_solved(head, solved, asked)
        if unseen is None:
            _measure(head.scale, views)
            kernel_ridge.tell_wear(head, views, across=settings.across)
            statistics = torch.from_numpy(np.concatenate(views))
            real = torch.tensor(learned.targets).repeat(len(views))
            ridge = torch.full((len(views), len(learned)), settings.worn_ridge, dtype=torch.float32)
            ridge[0] = settings.ridge
            unseen = kernel_ridge.fit(
                head, statistics, real, ridge=ridge.flatten(), views=len(views), seed=settings.seed
            )
            with replacing(solved) as file:
                tensors = {k: v.cpu() for k, v in head.state_dict().items()}
                save_file({**tensors, _UNSEEN: unseen.contiguous()}, file, metadata=asked)
        advance(1)
    return unseen


def _read_solved(head: KernelHead, solved: Path, asked: dict[str, str]) -> Tensor | None:
    try:
        with safe_open(solved, "pt") as file:
            if file.metadata() != asked:
                return None
        tensors = load_file(solved)
        unseen = tensors.pop(_UNSEEN)
        head.load_state_dict(tensors)
    except (OSError, SafetensorError, RuntimeError, KeyError):
        return None  # not there, cut short, or of another shape: it is solved anew
    return unseen


def _measure(scale: nn.BatchNorm1d, views: list[NDArray[np.float16]]) -> None:
    """Mean over all views, and variance within a view: what wear does to a number must not hide how pictures differ."""
    assert scale.running_mean is not None
    assert scale.running_var is not None
    means = np.stack([view.mean(axis=0, dtype=np.float64) for view in views])
    variances = np.stack([view.var(axis=0, dtype=np.float64) for view in views])
    scale.running_mean.copy_(torch.from_numpy(means.mean(axis=0)))
    scale.running_var.copy_(torch.from_numpy(variances.mean(axis=0)))
