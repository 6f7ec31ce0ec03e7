"""The regression is the exact one where it has directions enough, and close to it with few."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from fauxface.models.kernel_head import CLIP, KernelHead
from fauxface.training.kernel_ridge import RIDGE, SURE, fit, tell_wear

PARTS = (5, 25)
ROWS = 40
GAMMA = KernelHead(PARTS, 1, 1).gamma


def rows(seed: int, n: int = ROWS) -> tuple[Tensor, Tensor]:
    """Statistics, and a class that is in a square and in a product: nothing a line could find."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, sum(PARTS), generator=generator)
    return x, (x[:, 0] * x[:, 1] + x[:, 2].square() > 1).long()


def fitted(directions: int, n: int = ROWS, ridge: float | Tensor = RIDGE) -> KernelHead:
    head = KernelHead(PARTS, directions, n).eval()
    x, y = rows(0, n)
    assert head.scale.running_mean is not None
    assert head.scale.running_var is not None
    head.scale.running_mean.copy_(x.mean(0))
    head.scale.running_var.copy_(x.var(0, correction=0))
    fit(head, x, y, ridge=ridge)
    return head


def exact(n: int = ROWS, ridge: float | Tensor = RIDGE) -> NDArray[np.float64]:
    """The textbook's answer for other rows, in double precision."""
    (x, y), (other, _) = ((a.double().numpy(), b.numpy()) for a, b in (rows(0, n), rows(1)))
    weight = np.concatenate([np.full(part, 1 / np.sqrt(part * len(PARTS))) for part in PARTS])
    z, at = (((each - x.mean(0)) / x.std(0)).clip(-CLIP, CLIP) * weight for each in (x, other))
    kernel = np.exp(-GAMMA * ((z[:, None] - z) ** 2).sum(2))
    targets = SURE * (2 * y - 1)
    values = np.linalg.solve(kernel + np.diag(np.broadcast_to(ridge, n)), targets - targets.mean())
    return np.exp(-GAMMA * ((at[:, None] - z) ** 2).sum(2)) @ values + targets.mean()


@pytest.mark.parametrize("ridge", [RIDGE, torch.linspace(0.01, 2, ROWS)])
def test_with_all_directions_it_is_kernel_ridge_regression(ridge: float | Tensor) -> None:
    with torch.inference_mode():
        got = fitted(sum(PARTS), ridge=ridge)(rows(1)[0]).numpy()
    assert np.ptp(exact(ridge=ridge)) > 1
    np.testing.assert_allclose(got, exact(ridge=ridge), atol=2e-3)


@pytest.mark.parametrize(("directions", "correlation"), [(15, 0.97), (5, 0.8)])
def test_with_few_it_is_close(directions: int, correlation: float) -> None:
    with torch.inference_mode():
        got = fitted(directions, 400)(rows(1)[0]).numpy()
    assert np.corrcoef(got, exact(400))[0, 1] > correlation


def test_it_finds_what_no_line_does() -> None:
    head = fitted(16, 400)
    x, y = rows(1, 400)
    with torch.inference_mode():
        right = ((head(x) > 0) == y.bool()).float().mean()
    assert right > 0.75


def test_a_training_mode_leaves_the_scale_as_measured() -> None:
    head = fitted(4)
    before = head.scale.running_mean
    assert before is not None
    kept = before.clone()
    head.train()
    head(rows(1)[0] + 7)
    assert torch.equal(before, kept)


def test_what_it_had_said_without_a_picture_is_what_it_says_without_it() -> None:
    """Of each picture, in two views with ridges of their own, against the textbook's answer with both left out."""
    x, y = rows(0)
    pictures = ROWS // 2
    y[pictures:] = y[:pictures]
    x[pictures:] = x[:pictures] + x[pictures:] / 4
    ridge = torch.cat([torch.full((pictures,), each) for each in (0.05, 0.7)])
    head = KernelHead(PARTS, 4, ROWS).eval()
    unseen = fit(head, x, y, ridge=ridge, views=2)
    assert unseen.shape == (2, pictures)

    with torch.inference_mode():
        z = head.scaled(x).double()
    kernel = torch.exp(-GAMMA * torch.cdist(z, z).square())
    targets = SURE * (2 * y.double() - 1)
    for picture in range(pictures):
        others = [row for row in range(ROWS) if row % pictures != picture]
        system = kernel[others][:, others] + torch.diag(ridge.double()[others])
        values = torch.linalg.solve(system, targets[others] - targets.mean())
        for view in range(2):
            wanted = kernel[picture + view * pictures, others] @ values + targets.mean()
            torch.testing.assert_close(unseen[view, picture].double(), wanted, atol=1e-3, rtol=1e-3)
    assert (unseen - targets.view(2, -1)).abs().mean() > 0.5, "then leaving out would not matter"


def worn_rows(seed: int, n: int) -> list[Tensor]:
    """Rows as they are, and worn in two ways that move them all alike and a little by chance."""
    x, _ = rows(seed, n)
    noise = torch.Generator().manual_seed(seed + 1)
    moves = torch.zeros(2, x.shape[1])
    moves[0, 3:9] = 4
    moves[1, 12:20] = -4
    return [x, *(x + move + 0.3 * torch.randn(x.shape, generator=noise) for move in moves)]


def measured(views: list[Tensor]) -> KernelHead:
    """A head for three kinds of rows, scaled by them."""
    head = KernelHead(PARTS, sum(PARTS) + 3, sum(map(len, views)), kinds=3).eval()
    assert head.scale.running_mean is not None
    assert head.scale.running_var is not None
    head.scale.running_mean.copy_(torch.cat(views).mean(0))
    head.scale.running_var.copy_(torch.stack([view.var(0) for view in views]).mean(0))
    return head


@pytest.mark.parametrize("across", [1.0, 0.5, 0.1])
def test_rows_that_were_worn_otherwise_are_kept_apart(across: float) -> None:
    views = worn_rows(0, 200)
    head = measured(views)
    tell_wear(head, [view.numpy().astype(np.float16) for view in views], across=across)
    new = worn_rows(1, 50)
    with torch.inference_mode():
        before, after = ([place(view) for view in new] for place in (head.scaled, head.placed))
        told = [head.wear(z).argmax(dim=1) for z in before]
    for kind in range(3):
        assert (told[kind] == kind).float().mean() > 0.95
    factors = {
        (one, other): float(
            torch.exp(
                GAMMA * ((before[one] - before[other]).square().sum(1) - (after[one] - after[other]).square().sum(1))
            ).median()
        )
        for one, other in ((0, 1), (0, 2), (1, 2))
    }
    assert factors == pytest.approx(dict.fromkeys(factors, across), abs=0.05)
    # Of one kind, rows are as far from each other as before.
    gaps = [(z[1:] - z[:-1]).square().sum(1) for z in (before[1], after[1])]
    torch.testing.assert_close(gaps[1], gaps[0], atol=0.05, rtol=0.05)


def test_more_views_than_kinds_are_worn_in_turns_again() -> None:
    views = worn_rows(0, 100) + worn_rows(5, 100)[1:]  # as they are only once
    head = measured(views)
    tell_wear(head, views)
    with torch.inference_mode():
        told = [head.wear(head.scaled(view)).argmax(dim=1) for view in worn_rows(1, 50)]
    assert all((each == kind).float().mean() > 0.95 for kind, each in enumerate(told))


def test_it_is_regression_where_rows_lie_when_kept_apart() -> None:
    """With all directions, by the textbook, for new rows of each kind."""
    views = worn_rows(0, 20)
    head = measured(views)
    tell_wear(head, views, across=0.3)
    y = rows(0, 20)[1].repeat(3)
    fit(head, torch.cat(views), y, ridge=0.1, views=3)
    with torch.inference_mode():
        at = torch.cat(worn_rows(1, 20))
        z, new = (head.placed(each).double() for each in (torch.cat(views), at))
        got = head(at)
    targets = SURE * (2 * y.double() - 1)
    kernel = torch.exp(-GAMMA * torch.cdist(z, z).square()) + 0.1 * torch.eye(60, dtype=torch.float64)
    values = torch.linalg.solve(kernel, targets - targets.mean())
    wanted = torch.exp(-GAMMA * torch.cdist(new, z).square()) @ values + targets.mean()
    torch.testing.assert_close(got.double(), wanted, atol=5e-3, rtol=5e-3)
