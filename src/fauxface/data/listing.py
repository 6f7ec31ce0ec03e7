"""What was found before any picture is opened: candidates with a label, and what was turned away, and why."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from fauxface.data.samples import Rejected, Split
from fauxface.labels import ClassName

SPLIT_NAMES: Final[dict[str, Split]] = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "test": "test",
    "testing": "test",
}
KAGGLE_TREE: Final = "real_vs_fake/real-vs-fake"
# By the authors of the Kaggle set: its photographs are FFHQ, its fakes StyleGAN (the first one).
KAGGLE_SOURCES: Final[dict[ClassName, str]] = {"real": "ffhq", "fake": "stylegan1"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may become a `Sample`: path relative to the root, with /; the split may be unknown."""

    path: str
    label: ClassName
    split: Split | None
    source: str = ""
    family: str = ""
    fold: str = ""
    group: str = ""


@dataclass(frozen=True)
class Listing:
    """Candidates under one root, in a fixed order, and the files or rows that were turned away."""

    root: Path
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...] = field(default=())


class Fence:
    """Keeps paths of strangers inside one folder, by their text and through symbolic links.

    Resolved parent folders are remembered: 140,000 pictures lie in six folders.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self._inside: dict[str, bool] = {}

    def objection(self, path: str) -> tuple[str, str] | None:
        """Why ``path`` (relative, with /) may not be opened, as (code, message); None if it may."""
        textual = lexical_objection(path)
        if textual is not None:
            return textual
        full = self.root / path
        parent = str(full.parent)
        if parent not in self._inside:
            self._inside[parent] = self._holds(parent)
        inside = self._holds(str(full)) if full.is_symlink() else self._inside[parent]
        return None if inside else ("outside_root", "a symbolic link leads out of the root folder")

    def _holds(self, path: str) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.root)


def lexical_objection(path: str) -> tuple[str, str] | None:
    """Why the text of ``path`` is no path inside a root folder, as (code, message); None if it is one.

    Backslashes are refused because the same table must mean the same files on Windows.
    """
    if not path or "\0" in path or "\\" in path or not _is_unicode(path):
        return (
            "bad_name",
            "the name is empty, has a backslash or a NUL, or is no valid Unicode: rename it",
        )
    if path.startswith("/") or PureWindowsPath(path).drive or ".." in path.split("/"):
        return "outside_root", "the path leads out of the root folder"
    if str(PurePosixPath(path)) != path or path == ".":
        return "bad_name", "the path is not in its shortest form (no '.', no '//')"
    return None


def printable_path(path: str, limit: int = 300) -> str:
    """The path as text that can be stored and shown: valid Unicode, at most ``limit`` characters."""
    text = path.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
