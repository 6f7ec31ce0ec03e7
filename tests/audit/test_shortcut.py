"""The small classifier: it finds what a file gives away, and nothing where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fauxface.audit import shortcut
from fauxface.audit.shortcut import LEAST, Shortcut, shortcuts
from fauxface.data.file_features import FileFeatures
from fauxface.errors import DataError

PLAIN = FileFeatures(
    format="JPEG",
    mode="RGB",
    bytes=9000,
    width=64,
    height=64,
    bits_per_pixel=1.0,
    jpeg_quality=90,
    tables="aaaaaaaa",
    subsampling="4:2:0",
    progressive=False,
    exif=False,
    icc=False,
    comment=False,
    markers="JFIF",
    red=1.0,
    green=1.0,
    blue=1.0,
    deviation=1.0,
)
N = 400


def halves(n: int = N) -> NDArray[np.int64]:
    """(n,) labels: reals and fakes in turn."""
    return np.arange(n, dtype=np.int64) % 2


def ask(
    features: Sequence[FileFeatures],
    labels: NDArray[np.int64],
    *fields: str,
    groups: NDArray[np.int64] | None = None,
    seed: int = 0,
) -> Shortcut:
    groups = np.arange(len(labels)) if groups is None else groups
    return shortcuts(features, labels, groups, {"it": fields}, seed=seed)["it"]


def test_what_only_one_class_has_is_read_off() -> None:
    labels = halves()
    words = [replace(PLAIN, tables="bbbbbbbb" if y else "aaaaaaaa") for y in labels]
    assert ask(words, labels, "tables") == Shortcut(1.0, None)
    truths = [replace(PLAIN, exif=bool(y)) for y in labels]
    assert ask(truths, labels, "exif").auc == 1
    missing = [replace(PLAIN, jpeg_quality=None if y else 80) for y in labels]
    assert ask(missing, labels, "jpeg_quality").auc == 1
    assert ask(missing, labels, "exif", "jpeg_quality").auc == 1


def test_a_range_in_the_middle_is_found() -> None:
    labels, rng = halves(), np.random.default_rng(0)
    sizes = [
        rng.integers(50, 60) if y == 0 else rng.choice([rng.integers(20, 50), rng.integers(60, 90)]) for y in labels
    ]
    found = ask([replace(PLAIN, bytes=int(size)) for size in sizes], labels, "bytes")
    assert found.auc > 0.95


def test_two_features_that_tell_only_together_are_found() -> None:
    rng = np.random.default_rng(0)
    signs = rng.integers(0, 2, (N, 2))
    labels = (signs[:, 0] ^ signs[:, 1]).astype(np.int64)
    features = [replace(PLAIN, red=float(a + rng.random() / 2), exif=bool(b)) for a, b in signs]
    assert ask(features, labels, "red", "exif").auc > 0.95
    assert ask(features, labels, "red").auc < 0.6
    assert ask(features, labels, "exif").auc < 0.6


@pytest.mark.parametrize("seed", range(3))
def test_chance_is_called_chance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = [replace(PLAIN, bytes=int(rng.integers(1000, 9000)), tables=f"{rng.integers(5)}") for _ in range(N)]
    found = ask(features, halves(), "bytes", "tables", seed=seed)
    assert found.interval is not None
    assert found.interval[0] < 0.53
    assert found.interval[1] > 0.47


def test_a_word_of_its_own_for_each_picture_tells_nothing() -> None:
    features = [replace(PLAIN, tables=f"{i:08x}") for i in range(N)]
    assert ask(features, halves(), "tables").auc == pytest.approx(0.5, abs=0.08)


def test_a_feature_that_is_the_same_everywhere_is_exactly_chance() -> None:
    # Unequal classes and folds: the share of reals in a fold must not become a score.
    labels = (np.arange(203) % 3 == 0).astype(np.int64)
    assert ask([PLAIN] * 203, labels, "bytes", "tables") == Shortcut(0.5, None)


def test_the_share_of_a_class_in_a_fold_is_no_score() -> None:
    # Groups of one class and all sizes make unequal folds; one odd picture is too little to grow a tree from.
    sizes = np.array([*range(1, 25), *range(11, 35)])
    labels = np.repeat(np.repeat([1, 0], 24), sizes)
    groups = np.repeat(np.arange(48), sizes)
    features = [replace(PLAIN, exif=i == 0) for i in range(len(labels))]
    assert ask(features, labels, "exif", groups=groups) == Shortcut(0.5, None)


def test_copies_are_not_asked_about_each_other() -> None:
    # 80 different pictures, each five times: whoever knows one copy knows the label of the others.
    rng = np.random.default_rng(1)
    sizes, labels, groups = (np.repeat(a, 5) for a in (rng.permutation(80), halves(80), np.arange(80)))
    features = [replace(PLAIN, bytes=1000 * int(size)) for size in sizes]
    assert ask(features, labels, "bytes").auc > 0.9
    assert ask(features, labels, "bytes", groups=groups).auc < 0.7


def test_the_seed_decides_all() -> None:
    rng = np.random.default_rng(0)
    features = [replace(PLAIN, bytes=int(rng.integers(1000, 9000))) for _ in range(N)]
    assert ask(features, halves(), "bytes") == ask(features, halves(), "bytes")
    assert ask(features, halves(), "bytes") != ask(features, halves(), "bytes", seed=1)


def test_of_many_pictures_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcut, "MOST", 50)
    labels = halves()
    rows = shortcut._drawn(labels, 0)
    assert np.bincount(labels[rows]).tolist() == [50, 50]
    assert len(set(rows.tolist())) == 100
    assert ask([replace(PLAIN, exif=bool(y)) for y in labels], labels, "exif").auc == 1


def test_too_few_pictures_are_an_error_that_counts_copies_once() -> None:
    with pytest.raises(DataError, match="no fake ones") as caught:
        ask([PLAIN] * 50, np.ones(50, dtype=np.int64), "bytes")
    assert caught.value.code == "one_class"
    n = 2 * LEAST
    assert ask([PLAIN] * n, halves(n), "bytes").auc == 0.5
    groups = np.arange(n)
    groups[2] = groups[0]
    with pytest.raises(DataError, match=f"20 real and {LEAST - 1} fake") as caught:
        ask([PLAIN] * n, halves(n), "bytes", groups=groups)
    assert caught.value.code == "too_few_pictures"


def test_progress_is_told_after_each_question() -> None:
    ticks: list[int] = []
    labels = halves()
    asked = {"a": ("bytes",), "b": ("tables",)}
    found = shortcuts([PLAIN] * N, labels, np.arange(N), asked, advance=ticks.append)
    assert list(found) == ["a", "b"]
    assert ticks == [1, 1]
