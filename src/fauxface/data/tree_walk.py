"""Walks the folders of a data set once: which files lie where, by name alone, and what is not walked into."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fauxface.data.folder_names import class_word, composed_split, split_word, top_class_folder
from fauxface.data.listing import Fence, lexical_objection, printable_path
from fauxface.data.path_splits import Parts
from fauxface.data.samples import Rejected
from fauxface.system_names import is_system_name

MAX_DEPTH: Final = 12
MAX_LINKS: Final = 20_000
SYSTEM: Final = "system_name"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file's name, and whether it is a symbolic link."""

    name: str
    is_link: bool


@dataclass
class Tree:
    """Every folder under a root (the root too, as no parts), with its files, sorted.

    Attributes:
        folders: folder, as the names from the root on → its files.
        rejected: folders that were not walked into, and why.
        passed: hidden and system names, each once (code ``system_name``).
        links: linked folders that were followed. A few folders that all link to each other hold more ways than anybody
            can walk, so this has a limit.
    """

    root: Path
    folders: dict[Parts, list[FoundFile]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    passed: list[Rejected] = field(default_factory=list)
    links: int = 0


def walk_tree(root: Path) -> Tree:
    """Walk ``root``. Hidden and system names are passed over.

    A link to a folder is followed where it stays inside the root, and where it is a class folder (``real``), a split,
    or a folder that holds such: people put data sets together from links, because nobody copies 100,000 pictures.
    Below a class folder no link may lead out of it and the root. Links in a circle are not followed.
    """
    tree = Tree(root)
    fence = Fence(root)
    # A link to the root or to any folder above it would come back to itself.
    above = frozenset(_identity(folder) for folder in (fence.root, *fence.root.parents))
    _walk(tree, (), fence, above)
    return tree


def _walk(tree: Tree, parts: Parts, fence: Fence, above: frozenset[tuple[int, int]]) -> None:
    files = tree.folders.setdefault(parts, [])
    for entry in _entries(tree, parts):
        here = (*parts, entry.name)
        if is_system_name(entry.name):
            tree.passed.append(Rejected(printable_path("/".join(here)), SYSTEM, "hidden, or left there by a program"))
        elif not _is_folder(entry):
            files.append(FoundFile(entry.name, entry.is_symlink()))
        elif (objection := _objection(tree, here, entry, fence, above)) is not None:
            tree.rejected.append(Rejected(printable_path("/".join(here)), *objection))
        else:
            _walk(tree, here, fence, above | {_identity(entry.path)})


def _entries(tree: Tree, parts: Parts) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(tree.root.joinpath(*parts)) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        message = f"the folder cannot be read: {error.strerror}"
        tree.rejected.append(Rejected(printable_path("/".join(parts)), "unreadable_folder", message))
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle; as a picture it will be listed with the reason
        return False


def _objection(
    tree: Tree, parts: Parts, entry: os.DirEntry[str], fence: Fence, above: frozenset[tuple[int, int]]
) -> tuple[str, str] | None:
    """Why a folder is not walked into, as (code, message)."""
    path = "/".join(parts)
    if len(parts) > MAX_DEPTH:
        return "too_deep", f"more than {MAX_DEPTH} folders deep: index a folder further in"
    if not entry.is_symlink():
        return lexical_objection(path)
    tree.links += 1
    if tree.links > MAX_LINKS:
        return "too_many_links", f"more than {MAX_LINKS:,} linked folders: index the folders that they lead to"
    if _identity(entry.path) in above:
        return "link_loop", "a link in a circle: it leads back to a folder above it"
    objection = fence.objection(f"{path}/x")  # of a file in it: a class folder itself may be a link
    if objection is None or objection[0] != "outside_root":
        return objection
    if top_class_folder(parts[:-1]) is None and (_says_something(entry.name) or _holds_classes(entry.path)):
        return lexical_objection(path)
    return objection


def _holds_classes(folder: str) -> bool:
    return any(_says_something(name) for name in _folders_in(folder))


def _says_something(name: str) -> bool:
    return bool(class_word(name) or split_word(name) or composed_split(name))


def _folders_in(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry.name for entry in entries if _is_folder(entry))
    except OSError:  # what cannot be looked into is not followed; that it leads out is said
        return


def _identity(path: str | Path) -> tuple[int, int]:
    """Device and number of a folder, the same by whichever link it is reached; (0, 0) if it is gone meanwhile."""
    try:
        state = os.stat(path)  # noqa: PTH116 - Path.stat is the same, with a longer way
    except OSError:
        return (0, 0)
    return state.st_dev, state.st_ino
