"""Find a `KernelHead` in closed form: no steps, no learning rate, the same answer each time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fauxface.models.kernel_head import KernelHead

RIDGE = 0.02
SURE = 4.0  # the logit that the regression aims at
_ROUNDS = 6
ACROSS = 0.2  # what a kernel of two rows that were worn in different ways is multiplied by
_WEAR_RIDGE, _WEAR_SURE, _WEAR_ROWS = 0.1, 10.0, 6144


def teachers(pictures: int, views: int) -> NDArray[np.bool_]:
    """Which pictures teach how worn ones look, (pictures,): of half of them at most some thousand rows of all views.

    Drawn, as every second one of a table may be a fake; always the same.
    """
    wanted = min(pictures // 2, _WEAR_ROWS // views)
    few = np.zeros(pictures, dtype=bool)
    few[np.random.default_rng(0).permutation(pictures)[: max(wanted, 1)]] = True
    return few


def tell_wear(head: KernelHead, views: Sequence[Tensor | NDArray[np.float16]], *, across: float = ACROSS) -> None:
    """Teach a head to tell in which way rows were worn, and set how much that keeps them apart.

    A ridge regression of each kind, on some thousand rows; what it says is sharpened by a softmax.

    Args:
        head: its scale is measured already. Where it is, all is computed.
        views: statistics (pictures, numbers), a view each: as they are, worn each way, and then worn each way again.
        across: see `ACROSS`; 1: nothing is kept apart.
    """
    device, kinds = head.emphasis.device, len(head.wear.weight)
    if kinds == 1:
        return
    few = teachers(len(views[0]), len(views))
    with torch.inference_mode():
        z = torch.cat(
            [head.scaled(torch.from_numpy(np.asarray(view)[few].astype(np.float32)).to(device)) for view in views]
        )
        turns = [0, *(1 + turn % (kinds - 1) for turn in range(len(views) - 1))]
        kind = torch.tensor(turns, device=device).repeat_interleave(len(z) // len(views))
        truth = torch.nn.functional.one_hot(kind, kinds).float()
        gram = z @ z.T
        gram.diagonal().add_(_WEAR_RIDGE)
        values = torch.cholesky_solve(truth - truth.mean(dim=0), torch.linalg.cholesky(gram))
        head.wear.weight.copy_(_WEAR_SURE * (values.T @ z))
        head.apart.fill_(math.sqrt(-math.log(across) / (2 * head.gamma)))


def fit(
    head: KernelHead, statistics: Tensor, real: Tensor, *, ridge: float | Tensor = RIDGE, views: int = 1, seed: int = 0
) -> Tensor:
    """Kernel ridge regression of ±4 on rows of statistics, and its few directions.

    Time grows with the cube of the rows and memory with their square: 35,560 rows took some 18 minutes on two
    slow cores and some 15 GB.

    Args:
        head: with as many points as there are rows; its scale is measured already, and it tells wear where there is
            any. Where it is, all is computed.
        statistics: (N, numbers).
        real: (N,), 1 for a photograph, 0 for a fake.
        ridge: added to the kernel's diagonal, which is one; the same for all rows, or (N,): the larger, the less a row
            must be met (a noisier observation of a Gaussian process).
        views: how many rows are of one picture: N / views rows are the pictures' first views, then come their second
            ones in the same order, and so on.
        seed: where the search for directions starts.

    Returns:
        (views, N / views), what the regression (with all its directions) would say of each row had it never seen that
        picture, in any view; on the processor.
    """
    device = head.emphasis.device
    with torch.inference_mode():
        z = torch.cat([head.placed(rows.to(device).float()) for rows in statistics.split(1024)])
        targets = SURE * (2 * real.to(device).float() - 1)
        ridge = ridge.to(device) if isinstance(ridge, Tensor) else ridge
        middle = targets.mean()
        squares = torch.linalg.vecdot(z, z)
        kernel = (z @ z.T).mul_(2).sub_(squares).sub_(squares[:, None]).mul_(head.gamma).exp_()
        kernel.diagonal().add_(ridge)
        factor = torch.linalg.cholesky(kernel)
        del kernel
        values = torch.cholesky_solve((targets - middle)[:, None], factor)[:, 0]
        unseen = (targets.view(views, -1) - _missed(factor, values, views)).cpu()
        del factor
        values *= torch.exp(-head.gamma * squares)

        directions = _leading(z, values, len(head.directions.weight), seed)
        head.bias.copy_(middle)
        head.linear.weight.copy_(2 * head.gamma * (values @ z)[None])
        head.linear.bias.copy_(values.sum()[None])
        head.directions.weight.copy_(directions.T)
        head.points.weight.copy_(2 * head.gamma * (z @ directions))
        head.values.weight.copy_(values[None])
    return unseen


def _missed(factor: Tensor, values: Tensor, views: int) -> Tensor:
    """How far off each row is met by the regression without its picture's rows, (views, pictures).

    Of the kernel's inverse only the block of a picture's own rows matters: B⁻¹ a, where a is the values of those rows
    (leave-one-out in closed form; S. An, W. Liu, S. Venkatesh, "Fast cross-validation algorithms for least squares
    support vector machine and kernel ridge regression", Pattern Recognition 40 (2007)).
    """
    inverse = torch.cholesky_inverse(factor)
    rows = torch.arange(len(values), device=values.device).view(views, -1).T  # of each picture
    blocks = inverse[rows[:, :, None], rows[:, None, :]]
    return torch.linalg.solve(blocks, values[rows]).T


def _leading(z: Tensor, values: Tensor, wanted: int, seed: int) -> Tensor:
    """The leading eigenvectors of the quadratic form zᵀ diag(values) z by subspace iteration; (numbers, wanted)."""
    start = torch.randn(z.shape[1], 2 * wanted, generator=torch.Generator().manual_seed(seed)).to(z)

    def applied(vectors: Tensor) -> Tensor:
        return z.T @ (values[:, None] * (z @ vectors))

    basis = torch.linalg.qr(start)[0]
    for _ in range(_ROUNDS):
        basis = torch.linalg.qr(applied(basis))[0]
    small = basis.T @ applied(basis)
    eigenvalues, vectors = torch.linalg.eigh((small + small.T) / 2)
    order = eigenvalues.abs().argsort(descending=True)[:wanted]
    return basis @ vectors[:, order]
