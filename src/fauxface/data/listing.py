"""What was found before any picture is opened: candidates with a label, and what was turned away, and why."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from fauxface.data.folder_names import top_class_folder
from fauxface.data.samples import Rejected, Split
from fauxface.labels import ClassName

KAGGLE_TREE: Final = "real_vs_fake/real-vs-fake"
# By the authors of the Kaggle set: its photographs are FFHQ, its fakes StyleGAN (the first one).
KAGGLE_SOURCES: Final[dict[ClassName, str]] = {"real": "ffhq", "fake": "stylegan1"}

_PASSED: Final = {
    "system_name": ("hidden or system name", "hidden or system names"),
    "no_class_folder": ("picture in no class folder", "pictures in no class folder"),
    "mask": ("mask", "masks"),
}


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
    """Candidates under one root, in a fixed order, and the files or rows that were turned away.

    Attributes:
        passed: what was never looked at: system names, and pictures in no class folder.
        notes: sentences on how labels and splits were read, for people.
    """

    root: Path
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...] = field(default=())
    passed: tuple[Rejected, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())

    def count_passed(self) -> str | None:
        """One sentence that counts by kind what was never looked at; None if there is nothing of that."""
        counts = Counter(r.code for r in self.passed)
        parts = [f"{counts[code]:,} {words[counts[code] > 1]}" for code, words in _PASSED.items() if counts[code]]
        return f"left out besides: {', '.join(parts)}" if parts else None


class Fence:
    """Keeps paths of strangers inside one folder, by their text and through symbolic links.

    A class folder (``real``), and what lies above it, may itself be a link that leads out: then nothing below it may
    lead out of where it leads, and that may not be the root again or a folder above it. Resolved parent folders are
    remembered: 140,000 pictures lie in six folders.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self._inside: dict[str, tuple[bool, Path]] = {}
        self._linked: dict[tuple[str, ...], Path] = {}

    def objection(self, path: str) -> tuple[str, str] | None:
        """Why ``path`` (relative, with /) may not be opened, as (code, message); None if it may."""
        textual = lexical_objection(path)
        if textual is not None:
            return textual
        full = self.root / path
        parent = str(full.parent)
        if parent not in self._inside:
            linked = self._class_folder(path)
            self._inside[parent] = self._holds(parent, linked), linked
        inside, linked = self._inside[parent]
        if full.is_symlink():
            inside = self._holds(str(full), linked)
        return None if inside else ("outside_root", "a symbolic link leads out of the root folder")

    def _class_folder(self, path: str) -> Path:
        """Where the first class folder on the way truly lies; the root if there is none."""
        folders = tuple(path.split("/")[:-1])
        place = top_class_folder(folders)
        if place is None:
            return self.root
        top = folders[: place + 1]
        if top not in self._linked:
            real = Path(os.path.realpath(self.root.joinpath(*top)))
            self._linked[top] = self.root if self.root.is_relative_to(real) else real
        return self._linked[top]

    def _holds(self, path: str, linked: Path) -> bool:
        real = Path(os.path.realpath(path))
        return real.is_relative_to(self.root) or real.is_relative_to(linked)


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
