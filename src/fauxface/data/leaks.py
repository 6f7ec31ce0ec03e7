"""Finds identical files in a table: a picture in two splits lets a network pass the test by memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from fauxface.data.samples import SPLITS, Sample, SampleTable, Split


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One file under two or more paths (same sha256), in the table's order."""

    samples: tuple[Sample, ...]

    @property
    def splits(self) -> tuple[Split, ...]:
        """The splits it lies in, in the order train, valid, test."""
        return tuple(s for s in SPLITS if any(sample.split == s for sample in self.samples))

    @property
    def leaks(self) -> bool:
        """Whether it lies in more than one split."""
        return len(self.splits) > 1

    def __str__(self) -> str:
        return "the same file in " + " and ".join(f"{s.split} ({s.path})" for s in self.samples)


def exact_duplicates(table: SampleTable) -> tuple[Duplicate, ...]:
    """Every file that the table holds more than once; those that leak from split to split come first.

    The same file under both labels is not among them: `fauxface.data.index` rejects it.
    """
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in table.samples:
        groups[sample.sha256].append(sample)
    found = [Duplicate(tuple(group)) for group in groups.values() if len(group) > 1]
    return tuple(sorted(found, key=lambda duplicate: not duplicate.leaks))
