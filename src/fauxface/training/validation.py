"""Loss, accuracy and AUC on clean pictures, at the end of an epoch."""

from __future__ import annotations

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from fauxface.data.dataset import Batches, PictureDataset, loader
from fauxface.data.views import ViewDataset
from fauxface.evaluation.ranking import Ranking
from fauxface.labels import probability_fake


@torch.no_grad()
def validate(
    fabric: Fabric,
    model: nn.Module,
    dataset: PictureDataset | ViewDataset,
    mean: Tensor,
    std: Tensor,
    batch_size: int,
    workers: int,
) -> dict[str, float]:
    """``valid_loss``, ``valid_accuracy`` (logit above 0 is real) and ``valid_auc`` over the whole data set.

    Each process judges its share; unlike in the authors' notebooks nothing is augmented here.
    """
    model.eval()
    n, world = len(dataset), fabric.world_size
    # Every process needs the same number of pictures to gather them: the last ones repeat, and are cut off below.
    padded = np.resize(np.arange(n), -(-n // world) * world)
    logits, targets = [], []
    for pictures, target in loader(dataset, Batches(padded[fabric.global_rank :: world], batch_size, 0), workers):
        x = (fabric.to_device(pictures).permute(0, 3, 1, 2).float() - mean) / std
        logits.append(model(x)[0])
        targets.append(fabric.to_device(target).float())
    logit, target = _gathered(fabric, torch.cat(logits), n), _gathered(fabric, torch.cat(targets), n)
    auc = Ranking.of(target.cpu().numpy().astype(np.int64), probability_fake(logit.cpu().numpy())).auc()
    return {
        "valid_loss": binary_cross_entropy_with_logits(logit, target).item(),
        "valid_accuracy": ((logit > 0) == (target > 0.5)).float().mean().item(),
        "valid_auc": auc if auc is not None else float("nan"),
    }


def _gathered(fabric: Fabric, values: Tensor, n: int) -> Tensor:
    """Undo the interleaved sharing: (n / world,) of each process to (n,)."""
    everyone = fabric.all_gather(values)
    assert isinstance(everyone, Tensor)
    return everyone.reshape(fabric.world_size, -1).T.reshape(-1)[:n]
