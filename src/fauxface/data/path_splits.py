"""Splits that the folders of a data set name, wherever they stand on the way: ``train/real``, ``real/train``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from fauxface.data.folder_names import composed_split, split_word
from fauxface.data.samples import Split
from fauxface.errors import DataError

Parts = tuple[str, ...]

# CNNDetection sorts by what is in the picture, and one of its categories is the train.
_CATEGORIES: Final = frozenset(
    {"airplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog"}
    | {"horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "tvmonitor"}
)


@dataclass(frozen=True, slots=True)
class NamedSplit:
    """The split that a path names, None if none, and the places of the folders that name it."""

    split: Split | None
    places: tuple[int, ...] = ()


def named_splits(folders: Collection[Parts], where: str) -> dict[Parts, NamedSplit]:
    """What the folders of each path say, seen together.

    A folder that is called just like a split counts; one with a longer name (``progan_train``) only if the folders
    name two splits or more, for a lone ``training_real`` holds all there is. A folder ``train`` beside ``airplane``,
    ``bicycle`` and so on is a category.

    Args:
        folders: (folder, …) of each path, relative to the root.
        where: the root or table, for the error.

    Raises:
        DataError: one path names two splits (code ``ambiguous_layout``).
    """
    siblings: dict[Parts, set[str]] = defaultdict(set)
    for parts in folders:
        for i, name in enumerate(parts):
            siblings[parts[:i]].add(name.lower())
    exact: dict[Parts, dict[int, Split]] = {}
    composed: dict[Parts, dict[int, Split]] = {}
    for parts in folders:
        exact[parts] = {
            i: split
            for i, name in enumerate(parts)
            if (split := split_word(name)) and not _is_category(name, siblings[parts[:i]])
        }
        composed[parts] = {i: split for i, name in enumerate(parts) if (split := composed_split(name))}
    different = {split for some in (*exact.values(), *composed.values()) for split in some.values()}
    found = {}
    for parts in folders:
        named = exact[parts] | (composed[parts] if len(different) > 1 else {})
        if len(set(named.values())) > 1:
            raise _ambiguous(where, parts, named)
        found[parts] = NamedSplit(next(iter(named.values()), None), tuple(sorted(named)))
    return found


def _is_category(name: str, siblings: set[str]) -> bool:
    return name.lower() == "train" and len(siblings & _CATEGORIES) >= 3


def _ambiguous(where: str, parts: Parts, named: dict[int, Split]) -> DataError:
    readings = " or as ".join(f"{split} (by its folder '{parts[i]}')" for i, split in sorted(named.items()))
    return DataError(
        f"{where}: '{'/'.join(parts)}' can be read in two ways, as {readings}: rename one of the folders, or write a "
        "CSV with the columns path,label,split",
        code="ambiguous_layout",
    )
