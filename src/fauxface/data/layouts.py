"""Recognises folders of labelled pictures by the names of their folders.

A picture belongs to the class folder it lies under (``real`` or ``fake``, at any depth), and to the split
whose name is on the way to that folder (``train/real``), if any. What remains of the way is its source:
``train/stylegan2/fake`` is a fake of the source ``stylegan2`` in the split train. Case does not matter.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fauxface.data.listing import (
    KAGGLE_SOURCES,
    SPLIT_NAMES,
    Candidate,
    Fence,
    Listing,
    lexical_objection,
    printable_path,
)
from fauxface.data.samples import Rejected, SampleTable, Split
from fauxface.errors import DataError
from fauxface.labels import ClassName

# Besides the plain words, those of two public sets: CNNDetection and CIPLab's "Real and Fake Face Detection".
CLASS_FOLDERS: Final[dict[str, ClassName]] = {
    "real": "real",
    "0_real": "real",
    "training_real": "real",
    "fake": "fake",
    "1_fake": "fake",
    "training_fake": "fake",
}
# What file managers leave behind; any other file under a class folder is a picture or listed as rejected.
LITTER: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
MAX_DEPTH: Final = 12


@dataclass(frozen=True)
class _ClassFolder:
    """A folder whose pictures all have one label."""

    parts: tuple[str, ...]
    label: ClassName
    split: Split | None
    source: str


@dataclass
class _Walk:
    root: Path
    candidates: list[Candidate] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def reject(self, path: str, code: str, message: str) -> None:
        self.rejected.append(Rejected(printable_path(path), code, message))


def scan_tree(root: Path) -> Listing:
    """Find the pictures under ``root`` by its class folders, sorted by path.

    Raises:
        DataError: no class folder, or some in a split and some not (codes ``no_layout``, ``mixed_splits``).
    """
    walk = _Walk(root)
    fence = Fence(root)
    folders = list(_class_folders(walk, (), fence))
    if not folders:
        raise DataError(_no_layout(root), code="no_layout")
    if len({folder.split is None for folder in folders}) == 2:
        some = next(f for f in folders if f.split is None)
        raise DataError(
            f"{root}: some class folders lie in a split (train, valid, test), but "
            f"'{'/'.join(some.parts)}' does not: index the rest by itself, or name a split for every picture "
            "in a CSV (path,label,split)",
            code="mixed_splits",
        )
    for folder in folders:
        _collect(walk, folder, folder.parts, fence)
    walk.candidates.sort(key=lambda c: c.path)
    walk.rejected.sort(key=lambda r: r.path)
    return Listing(root, tuple(walk.candidates), tuple(walk.rejected))


def _entries(walk: _Walk, parts: tuple[str, ...]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(walk.root.joinpath(*parts)) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        walk.reject("/".join(parts), "unreadable_folder", f"the folder cannot be read: {error.strerror}")
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle; as a picture it will be listed with the reason
        return False


def _may_enter(walk: _Walk, parts: tuple[str, ...], entry: os.DirEntry[str], fence: Fence) -> bool:
    """False, and a line among the rejected, for folders too deep or linked to a place outside the root."""
    path = "/".join(parts)
    if len(parts) > MAX_DEPTH:
        walk.reject(path, "too_deep", f"more than {MAX_DEPTH} folders deep (a link in a circle?)")
        return False
    objection = fence.objection(path) if entry.is_symlink() else lexical_objection(path)
    if objection is not None:
        walk.reject(path, *objection)
    return objection is None


def _class_folders(walk: _Walk, parts: tuple[str, ...], fence: Fence) -> Iterator[_ClassFolder]:
    for entry in _entries(walk, parts):
        if not _is_folder(entry):
            continue
        here = (*parts, entry.name)
        label = CLASS_FOLDERS.get(entry.name.lower())
        if not _may_enter(walk, here, entry, fence):
            continue
        if label is None:
            yield from _class_folders(walk, here, fence)
        else:
            splits: list[Split] = [SPLIT_NAMES[p.lower()] for p in parts if p.lower() in SPLIT_NAMES]
            source = "/".join(p for p in parts if p.lower() not in SPLIT_NAMES)
            if "real-vs-fake" in walk.root.joinpath(*parts).absolute().parts:
                source = KAGGLE_SOURCES[label]
            yield _ClassFolder(here, label, splits[-1] if splits else None, source)


def _collect(walk: _Walk, folder: _ClassFolder, parts: tuple[str, ...], fence: Fence) -> None:
    for entry in _entries(walk, parts):
        here = (*parts, entry.name)
        path = "/".join(here)
        if _is_folder(entry):
            if _may_enter(walk, here, entry, fence):
                _collect(walk, folder, here, fence)
        elif entry.name.lower() not in LITTER:
            objection = fence.objection(path) if entry.is_symlink() else lexical_objection(path)
            if objection is not None:
                walk.reject(path, *objection)
            else:
                walk.candidates.append(Candidate(path, folder.label, folder.split, folder.source))


def _no_layout(root: Path) -> str:
    tables = sorted(p.name for p in root.glob("*.csv"))
    hint = f"; or index one of its tables: {', '.join(tables[:3])}" if tables else ""
    return (
        f"{root}: no folder named 'real' or 'fake' was found in it. Expected  real/ and fake/ ,  "
        f"train/real/, train/fake/, …  or a CSV with the columns path,label[,split]{hint}"
    )


def label_disagreements(table: SampleTable) -> list[str]:
    """Sentences on pictures whose label is not that of the folder that they lie in (real/, fake/, …)."""
    found = []
    for sample in table.samples:
        named = [CLASS_FOLDERS[p.lower()] for p in sample.path.split("/")[:-1] if p.lower() in CLASS_FOLDERS]
        if named and named[-1] != sample.label:
            found.append(f"{sample.path} is labelled {sample.label}")
    return found
