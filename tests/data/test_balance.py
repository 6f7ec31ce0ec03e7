"""Small sources are shown more often, both classes equally, and every epoch is a pure function of its number."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fauxface.data.balance import balanced_order
from fauxface.data.dataset import epoch_order
from fauxface.data.samples import Sample

SIZES = {("real", "ffhq"): 100, ("real", "other"): 20, ("fake", "gan"): 50, ("fake", "ada"): 5, ("fake", "tpdne"): 25}
SAMPLES = [
    Sample(f"{source}/{i}", label, "train", 8, 8, 1, "", source)  # pyright: ignore[reportArgumentType]
    for (label, source), n in SIZES.items()
    for i in range(n)
]


def counted(balance: float, epoch: int = 0) -> Counter[tuple[str, str]]:
    return Counter((SAMPLES[i].label, SAMPLES[i].source) for i in balanced_order(SAMPLES, balance, 1, epoch))


def test_without_balance_it_is_the_plain_order() -> None:
    assert np.array_equal(balanced_order(SAMPLES, 0, 1, 2), epoch_order(len(SAMPLES), 1, 2))


def test_whole_balance_shows_all_sources_of_a_class_alike() -> None:
    seen = counted(1.0)
    assert sum(seen.values()) == 200
    assert [seen["real", s] for s in ("ffhq", "other")] == [50, 50]
    assert all(abs(seen["fake", s] - 100 / 3) < 1 for s in ("gan", "ada", "tpdne"))


def test_half_balance_lies_between() -> None:
    seen, whole = counted(0.5), counted(1.0)
    assert sum(seen.values()) == 200
    assert 50 < seen["real", "ffhq"] < 84
    assert whole["fake", "ada"] > seen["fake", "ada"] > 5
    assert abs(sum(n for (label, _), n in seen.items() if label == "fake") - 100) <= 1


@pytest.mark.parametrize("balance", [0.3, 1.0])
def test_members_of_a_source_come_equally_often(balance: float) -> None:
    times = Counter(balanced_order(SAMPLES, balance, 1, 0).tolist())
    for key in SIZES:
        own = [times[i] for i, s in enumerate(SAMPLES) if (s.label, s.source) == key]
        assert max(own) - min(own) <= 1


def test_epochs_differ_and_repeat_exactly() -> None:
    first, second = (balanced_order(SAMPLES, 1.0, 1, epoch) for epoch in (0, 1))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, balanced_order(SAMPLES, 1.0, 1, 0))
    large = [set(order.tolist()) & set(range(100)) for order in (first, second)]
    assert large[0] != large[1], "a large source is sampled anew for each epoch"


def test_an_emphasised_source_is_shown_more_often_and_the_classes_stay_even() -> None:
    order = balanced_order(SAMPLES, 1.0, 1, 0, {"ffhq": 3, "nowhere": 9})
    seen = Counter((SAMPLES[i].label, SAMPLES[i].source) for i in order)
    assert [seen["real", s] for s in ("ffhq", "other")] == [75, 25]
    assert sum(n for (label, _), n in seen.items() if label == "fake") == 100
