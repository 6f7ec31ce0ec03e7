"""How well a small classifier tells real from fake that sees features of the files and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold

from fauxface.data.file_features import FileFeatures
from fauxface.errors import DataError
from fauxface.evaluation.intervals import Interval, percentile
from fauxface.evaluation.ranking import Ranking
from fauxface.labels import FAKE, REAL

FOLDS: Final = 5
LEAST: Final = 20
"""Different pictures of each class; with fewer an AUC of 0.7 is nothing to wonder at."""
MOST: Final = 10_000
"""Pictures of each class that are asked; more would narrow the interval (± 0.008) and little else."""
_WORDS: Final = 100
_TREES: Final[dict[str, Any]] = {
    "max_iter": 50,
    "learning_rate": 0.2,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 5,
    "l2_regularization": 1.0,
    "early_stopping": False,
    # Otherwise a fold with more reals than others would be told apart by its share alone.
    "class_weight": "balanced",
}


@dataclass(frozen=True, slots=True)
class Shortcut:
    """How well some features tell the label.

    Attributes:
        auc: of pictures that the classifier was not trained on; 0.5 is guessing, 1 is reading the label off.
        interval: 95%, bootstrap over pictures; None if all resamples are alike (as at 1, and for a feature
            that is the same everywhere).
    """

    auc: float
    interval: Interval | None


def shortcuts(
    features: Sequence[FileFeatures],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    questions: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
    advance: Callable[[int], object] | None = None,
) -> dict[str, Shortcut]:
    """One cross-validated AUC for each question, which is some names of features.

    Boosted trees of at most 8 leaves, 5 folds, copies in one fold, both classes of equal weight. Trees also find
    "fakes have between 50 and 60 kB". The same seed gives the same numbers.

    Args:
        features, labels, groups: of each picture (N); labels 1 real, 0 fake; copies share a group.
        questions: name → fields of `FileFeatures`.
        seed: draws the pictures (if there are more than `MOST` a class), the folds and the bootstrap.
        advance: ``advance(1)`` is called after each question.

    Raises:
        DataError: one class only, or fewer than `LEAST` different pictures of one (codes ``one_class``,
            ``too_few_pictures``).
    """
    _check(labels, groups)
    rows = _drawn(labels, seed)
    labels, groups = labels[rows], groups[rows]
    chosen = [features[i] for i in rows]
    folds = list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(chosen, labels, groups))
    found = {}
    for name, fields in questions.items():
        columns = [_column([getattr(f, field) for f in chosen]) for field in fields]
        ranking = Ranking.of(labels, _out_of_fold(columns, labels, folds, seed))
        auc = ranking.auc()
        assert auc is not None  # both classes are there
        found[name] = Shortcut(auc, percentile(ranking.bootstrap(seed)[0], auc))
        if advance is not None:
            advance(1)
    return found


def _check(labels: NDArray[np.int64], groups: NDArray[np.int64]) -> None:
    real, fake = (len(set(groups[labels == side].tolist())) for side in (REAL, FAKE))
    if not (real and fake):
        missing = "fake" if real else "real"
        raise DataError(f"not enough pictures: there are no {missing} ones to compare with", code="one_class")
    if min(real, fake) < LEAST:
        raise DataError(
            f"not enough pictures: {real:,} real and {fake:,} fake ones that are no copies of each other, and it takes "
            f"{LEAST} of each to say anything",
            code="too_few_pictures",
        )


def _drawn(labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Rows of at most `MOST` pictures of each class, in order."""
    rng = np.random.default_rng(seed)
    return np.sort(np.concatenate([rng.permutation(np.flatnonzero(labels == side))[:MOST] for side in (REAL, FAKE)]))


@dataclass(frozen=True)
class _Column:
    """(N,) numbers, NaN where there is none; or codes of words."""

    numbers: NDArray[np.float64]
    textual: bool


def _column(values: Sequence[object]) -> _Column:
    if not isinstance(values[0], str):
        return _Column(np.array([np.nan if v is None else v for v in values], dtype=np.float64), textual=False)
    # The rarest words share one code: a word that is nearly alone says nothing about other pictures.
    ranked = sorted(Counter(values).items(), key=lambda item: (-item[1], str(item[0])))
    codes = {word: min(code, _WORDS) for code, (word, _) in enumerate(ranked)}
    return _Column(np.array([codes[v] for v in values], dtype=np.float64), textual=True)


def _out_of_fold(
    columns: Sequence[_Column],
    labels: NDArray[np.int64],
    folds: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    seed: int,
) -> NDArray[np.float64]:
    """(N,) probability of fake, each by trees that were grown without that picture's fold."""
    told = np.full(len(labels), 0.5)
    varied = [c for c in columns if len(np.unique(c.numbers)) > 1]
    if not varied:
        return told
    inputs = np.stack([c.numbers for c in varied], axis=1)
    for train, test in folds:
        if not len(test) or len(set(labels[train].tolist())) < 2:
            continue  # nearly all pictures are copies of each other; those say nothing
        trees = HistGradientBoostingClassifier(
            **_TREES,
            categorical_features=[c.textual for c in varied],  # pyright: ignore[reportArgumentType]
            random_state=seed,
        ).fit(inputs[train], labels[train])
        told[test] = trees.predict_proba(inputs[test])[:, FAKE]
    # Balanced weights give 0.5 up to the last digits, which differ from fold to fold and mean nothing.
    return told.round(9)
