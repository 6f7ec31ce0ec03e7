"""The table of labelled pictures: one `Sample` a row, kept as one Parquet file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fauxface.labels import ClassName, class_index

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, Split, Split] = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture: path relative to the table's root (with /), size in pixels, digest of the file.

    ``source`` is the camera or generator; ``family`` the kind of generator ("face_swap"), ``fold`` names the sources
    that are left out together, and ``group`` what must not be parted (a web site, a clip). "" where nothing is known.
    """

    path: str
    label: ClassName
    split: Split
    width: int
    height: int
    bytes: int
    sha256: str
    source: str = ""
    family: str = ""
    fold: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file that was left out, and why (code and message of the error)."""

    path: str
    code: str
    message: str


@dataclass(frozen=True)
class SampleTable:
    """Labelled pictures under one root folder; ``notes`` (how labels and splits were read) are not stored."""

    root: Path
    samples: tuple[Sample, ...]
    rejected: tuple[Rejected, ...] = field(default=())
    notes: tuple[str, ...] = field(default=(), compare=False)

    def split(self, name: Split) -> SampleTable:
        """Only the pictures of one split, in the table's order."""
        return SampleTable(self.root, tuple(s for s in self.samples if s.split == name))

    def counts(self) -> dict[tuple[Split, ClassName], int]:
        """Pictures for each (split, label): the paper's Table I."""
        return dict(Counter((s.split, s.label) for s in self.samples))

    def file(self, sample: Sample) -> Path:
        """Where the picture lies."""
        return self.root / sample.path

    @property
    def targets(self) -> list[int]:
        """1 for real, 0 for fake, in order."""
        return [class_index(s.label) for s in self.samples]

    def __len__(self) -> int:
        return len(self.samples)
