"""The whole audit of a table: copies, what the files give away, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from fauxface.audit import advice
from fauxface.audit.copies import Copies, find_copies
from fauxface.audit.evidence import Evidence
from fauxface.audit.shortcut import Shortcut, shortcuts
from fauxface.audit.values import Values, values
from fauxface.data.file_features import COLOUR, CONTAINER
from fauxface.data.samples import Rejected
from fauxface.errors import DataError

TITLES: Final[dict[str, str]] = {
    "format": "format",
    "mode": "pixel format",
    "bytes": "file size, bytes",
    "width": "width",
    "height": "height",
    "bits_per_pixel": "bits a pixel",
    "jpeg_quality": "JPEG quality",
    "tables": "quantisation tables",
    "subsampling": "chroma subsampling",
    "progressive": "progressive",
    "exif": "EXIF",
    "icc": "colour profile",
    "comment": "comment",
    "markers": "other markers",
    "red": "mean red",
    "green": "mean green",
    "blue": "mean blue",
    "deviation": "contrast (std)",
}
"""Every feature, in the order of the table, and how people call it."""

TOGETHER: Final = "all together"
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "container only": CONTAINER,
    "colour only": COLOUR,
    TOGETHER: (*CONTAINER, *COLOUR),
}
QUESTIONS: Final = len(TITLES) + len(GROUPS)
"""How often `judge` calls ``advance`` at most."""


@dataclass(frozen=True, slots=True)
class Row:
    """One feature: its values in each class (None: no pictures), what it tells alone (None: too few), advice."""

    feature: str
    real: Values | None
    fake: Values | None
    alone: Shortcut | None
    advice: str


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        root: folder of the pictures; real, fake: pictures of each class that could be read.
        rows: one a feature, in the order of `TITLES`.
        groups: name of `GROUPS` → what these features tell; empty if there are too few pictures, and then
            ``too_few`` says why.
        copies: pictures that are there more than once.
        advice: sentences, the most important first.
        rejected: files that were left out, and why.
    """

    root: Path
    real: int
    fake: int
    rows: tuple[Row, ...]
    groups: dict[str, Shortcut]
    too_few: str
    copies: Copies
    advice: tuple[str, ...]
    rejected: tuple[Rejected, ...]

    @property
    def shortcut(self) -> Shortcut | None:
        """What all features tell together: the shortcut AUC; None if there are too few pictures."""
        return self.groups.get(TOGETHER)

    @property
    def verdict(self) -> advice.Level | None:
        """On the shortcut AUC; None if there are too few pictures."""
        return None if self.shortcut is None else advice.level(self.shortcut.auc)

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "root": str(self.root),
            "pictures": {"real": self.real, "fake": self.fake},
            "verdict": self.verdict,
            "too_few": self.too_few or None,
            "shortcuts": {name: asdict(shortcut) for name, shortcut in self.groups.items()},
            "features": [
                {
                    "feature": row.feature,
                    "real": None if row.real is None else row.real.to_dict(),
                    "fake": None if row.fake is None else row.fake.to_dict(),
                    "alone": None if row.alone is None else asdict(row.alone),
                    "advice": row.advice,
                }
                for row in self.rows
            ],
            "copies": self.copies.to_dict(),
            "advice": list(self.advice),
            "left_out": [asdict(rejected) for rejected in self.rejected],
        }


def judge(evidence: Evidence, *, seed: int = 0, advance: Callable[[int], object] | None = None) -> Audit:
    """Look for copies and ask what the files give away.

    Too few pictures, or one class only, are no error: values and copies are told all the same.

    Args:
        evidence: from `fauxface.audit.evidence.gather`.
        seed: see `fauxface.audit.shortcut.shortcuts`.
        advance: ``advance(1)`` is called after each of `QUESTIONS`.
    """
    table = evidence.table
    copies = find_copies(table, evidence.bits)
    questions = {name: (name,) for name in TITLES} | GROUPS
    told: dict[str, Shortcut] = {}
    too_few = ""
    try:
        labels = np.array(table.targets, dtype=np.int64)
        told = shortcuts(evidence.features, labels, copies.groups, questions, seed=seed, advance=advance)
    except DataError as error:
        too_few = error.message
    alone = {name: told[name] for name in TITLES if name in told}
    rows = tuple(_row(evidence, name, alone) for name in TITLES)
    contradictory = sum(r.code == "contradictory_label" for r in table.rejected)
    lines = advice.in_words(told[TOGETHER], alone, TITLES) if told else []
    numbers = Counter(s.label for s in table.samples)
    return Audit(
        root=table.root,
        real=numbers["real"],
        fake=numbers["fake"],
        rows=rows,
        groups={name: told[name] for name in GROUPS if name in told},
        too_few=too_few,
        copies=copies,
        advice=(*lines, *advice.on_copies(copies, contradictory)),
        rejected=table.rejected,
    )


def _row(evidence: Evidence, name: str, alone: dict[str, Shortcut]) -> Row:
    sides: dict[str, list[object]] = {"real": [], "fake": []}
    for sample, features in zip(evidence.table.samples, evidence.features, strict=True):
        sides[sample.label].append(getattr(features, name))
    real, fake = (values(side) if side else None for side in (sides["real"], sides["fake"]))
    told = alone.get(name)
    return Row(name, real, fake, told, "" if told is None else advice.for_feature(name, alone))
