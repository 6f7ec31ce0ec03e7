"""Which folders of a tree are class folders: by their names, and by what the rest of the tree makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from fauxface.data.folder_names import DF40, ClassWord, class_word
from fauxface.data.path_splits import Parts
from fauxface.errors import DataError
from fauxface.labels import ClassName

FakeIs = Literal[0, 1]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The class of a folder's pictures, and the place of the folder that says so on the way to it.

    ``place`` is -1 if the root itself says so (DF40).
    """

    label: ClassName
    place: int


def labelled_folders(
    folders: Collection[Parts], root_name: str, where: str, fake_is: FakeIs | None
) -> dict[Parts, Labelled]:
    """The class of every folder that lies in, or is, a class folder; folders without a class are not in it.

    The words real and fake count everywhere. The other class words (``original``, ``ai``, …) count only if the tree
    then names both classes, and not where both classes have a folder of that name, or above a folder real or fake that
    says otherwise (``deepfake/0_real``). A class name above folders of both classes is none either.

    Args:
        folders: every folder of the tree, as its names from the root on.
        root_name: name of the root folder, for DF40.
        where: the root, for errors.
        fake_is: which of the folders ``0`` and ``1`` is fake, where a tree has only these.

    Raises:
        DataError: a folder lies in folders of both classes (code ``ambiguous_layout``), or the only class folders are
            ``0`` and ``1`` and nobody said which is fake (code ``ambiguous_labels``).
    """
    marks = {parts: word for parts in folders if parts and (word := class_word(parts[-1]))}
    if not marks:
        marks = _numbered(folders, where, fake_is)
    marks = _borne_out(marks)
    found: dict[Parts, Labelled] = {}
    for parts in folders:
        named: dict[int, ClassName] = {
            i: marks[parts[: i + 1]].label for i in range(len(parts)) if parts[: i + 1] in marks
        }
        if len(set(named.values())) > 1:
            raise _two_classes(where, parts, named)
        if named:
            first = min(named)
            found[parts] = Labelled(named[first], first)
        elif (place := _in_df40(parts, root_name)) is not None:
            found[parts] = Labelled("fake", place)
    return found


def _borne_out(marks: dict[Parts, ClassWord]) -> dict[Parts, ClassWord]:
    """The class names that are meant as such."""
    beneath: dict[Parts, set[ClassName]] = defaultdict(set)
    certain: dict[Parts, set[ClassName]] = defaultdict(set)
    under: dict[str, set[ClassName]] = defaultdict(set)
    for parts, word in marks.items():
        for above in _above(parts):
            other = marks.get(above)
            if other is None:
                continue
            if word.certain or not other.certain:
                beneath[above].add(word.label)
            if word.certain and not other.certain:
                certain[above].add(word.label)
            if other.certain and not word.certain:
                under[parts[-1].lower()].add(other.label)
    kept = {
        parts: word
        for parts, word in marks.items()
        if len(beneath[parts]) < 2
        and certain[parts] <= {word.label}
        and not (len(under[parts[-1].lower()]) > 1 and any(a in marks and marks[a].certain for a in _above(parts)))
    }
    both = len({word.label for word in kept.values()}) > 1
    return {parts: word for parts, word in kept.items() if word.certain or both}


def _above(parts: Parts) -> Iterator[Parts]:
    return (parts[:i] for i in range(1, len(parts)))


def _numbered(folders: Collection[Parts], where: str, fake_is: FakeIs | None) -> dict[Parts, ClassWord]:
    """Folders ``0`` and ``1`` that have no other beside them, as class folders."""
    children: dict[Parts, set[str]] = defaultdict(set)
    for parts in folders:
        if parts:
            children[parts[:-1]].add(parts[-1])
    pairs = [parent for parent, names in children.items() if names == {"0", "1"}]
    if not pairs:
        return {}
    if fake_is is None:
        raise DataError(
            f"{where}: its class folders are called 0 and 1, and nothing says which of them is fake: say --fake-is 1 "
            "(as most do) or --fake-is 0, or rename them to real and fake",
            code="ambiguous_labels",
        )
    names = {str(fake_is): ClassWord("fake", certain=True), str(1 - fake_is): ClassWord("real", certain=True)}
    return {(*parent, name): word for parent in pairs for name, word in names.items()}


def _in_df40(parts: Parts, root_name: str) -> int | None:
    """Place of the DF40 folder above a method's; None outside of DF40."""
    place = next((i for i, name in enumerate(parts) if name.lower() in DF40), None)
    if place is None and root_name.lower() in DF40:
        place = -1
    return None if place is None or place + 1 >= len(parts) else place


def _two_classes(where: str, parts: Parts, named: dict[int, ClassName]) -> DataError:
    readings = " or as ".join(f"{label} (by its folder '{parts[i]}')" for i, label in sorted(named.items()))
    return DataError(
        f"{where}: '{'/'.join(parts)}' can be read in two ways, as {readings}: rename one of the folders, index a "
        "folder further in, or write a CSV with the columns path,label",
        code="ambiguous_layout",
    )
