"""Recognises trees of labelled pictures by the names of their folders.

A picture belongs to the class folder it lies under (``real`` or ``fake``, at any depth), and to the split whose name is
on the way, above or below that (``train/real``, ``real/train``), if any. What remains of the way to the class folder is
its source: ``train/stylegan2/fake`` is a fake of the source ``stylegan2`` in the split train. Case does not matter.
Whatever can be read in two ways is refused.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fauxface.data.class_folders import FakeIs, Labelled, labelled_folders
from fauxface.data.folder_names import CELEB_DF, DF40, FACE_FORENSICS, class_word, without_split
from fauxface.data.listing import KAGGLE_SOURCES, Candidate, Fence, Listing, lexical_objection, printable_path
from fauxface.data.path_splits import NamedSplit, Parts, named_splits
from fauxface.data.samples import Rejected, SampleTable, Split
from fauxface.data.split_lists import split_lists
from fauxface.data.tree_walk import FoundFile, Tree, walk_tree
from fauxface.errors import DataError, ImageError
from fauxface.images.files import EXTENSIONS
from fauxface.images.formats import sniff

NO_CLASS: Final = "no_class_folder"
MASK: Final = "mask"


@dataclass(frozen=True)
class _ClassFolder:
    """A folder whose pictures all have one label, one split and one source."""

    parts: Parts
    labelled: Labelled
    split: Split | None
    source: str


def scan_tree(root: Path, fake_is: FakeIs | None = None) -> Listing:
    """Find the pictures under ``root`` by its class folders, sorted by path.

    Args:
        root: the folder.
        fake_is: which of the class folders ``0`` and ``1`` is fake, where a tree has only these.

    Raises:
        DataError: no class folder, some in a split and some not, a folder that can be read in two ways, or a damaged
            list of splits (codes ``no_layout``, ``mixed_splits``, ``ambiguous_layout``, ``ambiguous_labels``,
            ``bad_split_list``).
    """
    tree = walk_tree(root)
    labelled = labelled_folders(tree.folders, root.absolute().name, str(root), fake_is)
    if not labelled:
        raise DataError(_no_layout(root, tree), code="no_layout")
    filled = {parts: label for parts, label in labelled.items() if tree.folders[parts]}
    named = named_splits(filled, str(root))
    splits, notes = _listed_splits(tree, {parts: found.split for parts, found in named.items()})
    _check_mixed(root, splits)
    fence = Fence(root)
    candidates: list[Candidate] = []
    rejected, passed = list(tree.rejected), list(tree.passed)
    for parts, files in tree.folders.items():
        label = labelled.get(parts)
        if label is None:
            passed += _pictures_without_class(tree, parts, files)
        elif _is_mask(parts):
            passed += [_passed((*parts, file.name), MASK, "a mask, no picture") for file in files]
        elif files:
            folder = _ClassFolder(parts, label, splits[parts], _source(root, parts, label, named[parts]))
            _collect(folder, files, fence, candidates, rejected)
    return Listing(
        root,
        tuple(sorted(candidates, key=lambda c: c.path)),
        tuple(sorted(rejected, key=lambda r: r.path)),
        tuple(passed),
        notes,
    )


def _listed_splits(tree: Tree, splits: dict[Parts, Split | None]) -> tuple[dict[Parts, Split | None], tuple[str, ...]]:
    """Splits from the data set's own lists where no folder names one, and sentences on that."""
    if any(splits.values()) and all(splits.values()):
        return splits, ()
    notes = []
    files = {parts: [file.name for file in found] for parts, found in tree.folders.items()}
    for found in split_lists(tree.root, files):
        names = ", ".join(found.files)
        if not found.knows(splits):
            notes.append(f"{names}: names splits, but no folder bears the name of one of its clips; it is not used")
            continue
        splits = {parts: split or found.split_of(parts) for parts, split in splits.items()}
        notes.append(f"splits by {names}")
    return splits, tuple(notes)


def _check_mixed(root: Path, splits: dict[Parts, Split | None]) -> None:
    without = [parts for parts, split in splits.items() if split is None]
    within = [parts for parts, split in splits.items() if split is not None]
    if without and within:
        raise DataError(
            f"{root}: some pictures lie in a split ('{'/'.join(within[0])}'), but those of "
            f"'{'/'.join(without[0])}' do not: they are all one set, to be split anew, or two: index the rest by "
            "itself, rename the folders, or name a split for every picture in a CSV (path,label,split)",
            code="mixed_splits",
        )


def _source(root: Path, parts: Parts, label: Labelled, named: NamedSplit) -> str:
    if "real-vs-fake" in root.joinpath(*parts[: label.place]).absolute().parts:
        return KAGGLE_SOURCES[label.label]
    place = label.place
    name = parts[place].lower() if place >= 0 else ""
    if name in CELEB_DF:
        return parts[place]
    above = [*range(place)]
    if name in FACE_FORENSICS or name in DF40 or place < 0:
        above = [*range(place + 1, place + 2)] if place + 1 < len(parts) else []
    elif below := [i for i in named.places if i > place]:
        above += range(place + 1, below[-1])
    kept = (without_split(parts[i]) if i in named.places else parts[i] for i in above)
    return "/".join(name for name in kept if name and name.lower() not in DF40)


def _collect(
    folder: _ClassFolder,
    files: list[FoundFile],
    fence: Fence,
    candidates: list[Candidate],
    rejected: list[Rejected],
) -> None:
    for file in files:
        path = "/".join((*folder.parts, file.name))
        objection = fence.objection(path) if file.is_link else lexical_objection(path)
        if objection is not None:
            rejected.append(Rejected(printable_path(path), *objection))
        else:
            candidates.append(Candidate(path, folder.labelled.label, folder.split, folder.source))


def _is_mask(parts: Parts) -> bool:
    """FaceForensics++ and DF40 keep beside the frames where each was changed: black and white."""
    names = [name.lower() for name in parts]
    return "masks" in names and any(name in FACE_FORENSICS | DF40 for name in names[: names.index("masks")])


def _pictures_without_class(tree: Tree, parts: Parts, files: list[FoundFile]) -> list[Rejected]:
    found = [(*parts, file.name) for file in files if _is_picture(tree.root.joinpath(*parts, file.name))]
    return [_passed(path, NO_CLASS, "lies in no class folder") for path in found]


def _passed(path: Parts, code: str, message: str) -> Rejected:
    return Rejected(printable_path("/".join(path)), code, message)


def _is_picture(file: Path) -> bool:
    ending = file.suffix.lower()
    if ending or not file.is_file():
        return ending in EXTENSIONS
    try:
        with file.open("rb") as opened:
            sniff(opened.read(64), "")
    except (OSError, ImageError):  # no picture, or none that anybody can look at: not counted as one
        return False
    return True


def _no_layout(root: Path, tree: Tree) -> str:
    tables = sorted(p.name for p in root.glob("*.csv"))
    hint = f"; or index one of its tables: {', '.join(tables[:3])}" if tables else ""
    closed = [r for r in tree.rejected if class_word(os.path.basename(r.path))]  # noqa: PTH119
    if closed:
        hint = f"; '{closed[0].path}' was not walked into: {closed[0].message}{hint}"
    return (
        f"{root}: no folder named 'real' or 'fake' was found in it. Expected  real/ and fake/ ,  "
        f"train/real/, train/fake/, … ,  real/train/, …  or a CSV with the columns path,label[,split]{hint}"
    )


def label_disagreements(table: SampleTable) -> list[str]:
    """Sentences on pictures whose label is not that of the folder that they lie in (real/, fake/, …)."""
    found = []
    for sample in table.samples:
        words = [word for p in sample.path.split("/")[:-1] if (word := class_word(p)) and word.certain]
        if words and words[-1].label != sample.label:
            found.append(f"{sample.path} is labelled {sample.label}")
    return found
