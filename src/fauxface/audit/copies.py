"""Pictures that a table holds more than once: the same file, the same picture saved again, near copies."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fauxface.data.leaks import Duplicate, exact_duplicates
from fauxface.data.near_duplicates import Hashes, NearDuplicate, pairs_among
from fauxface.data.samples import Sample, SampleTable

Kind = Literal["file", "saved_again", "near"]
KINDS: Final[tuple[Kind, Kind, Kind]] = ("file", "saved_again", "near")
LISTED: Final = 1000
"""At most so many pairs are kept; all are counted."""


@dataclass(frozen=True)
class Copies:
    """What is there more than once.

    Attributes:
        counts: (kind, across splits, labels) → number; of the kind "file" files with copies, of the others pairs of
            different files. Labels are "real", "fake" or "real and fake".
        files: the same file under several paths, those in two splits first.
        pairs: the others, those across splits first, then the nearest; at most `LISTED`.
        groups: (N,) the same number for pictures that are copies of each other, over any number of steps.
    """

    counts: dict[tuple[Kind, bool, str], int]
    files: tuple[Duplicate, ...]
    pairs: tuple[NearDuplicate, ...]
    groups: NDArray[np.int64]

    def number(self, *, across: bool) -> int:
        """How many were found within a split, or across splits."""
        return sum(n for (_, where, _), n in self.counts.items() if where is across)

    def sentences(self, *, across: bool) -> list[str]:
        """One a finding, with paths as they are."""
        files = [f"{d}: {_labels(d.samples)}" for d in self.files if d.leaks is across]
        return files + [
            f"{pair}: {_labels((pair.first, pair.second))}" for pair in self.pairs if _is_across(pair) is across
        ]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: ``counts``, and ``files`` and ``pairs`` by path (at most `LISTED` of each)."""
        return {
            "counts": [
                {"kind": kind, "across_splits": across, "labels": labels, "number": number}
                for (kind, across, labels), number in sorted(self.counts.items())
            ],
            "files": [[_place(s) for s in d.samples] for d in self.files[:LISTED]],
            "pairs": [
                {"first": _place(p.first), "second": _place(p.second), "bits_of_256": p.distance} for p in self.pairs
            ],
        }


def find_copies(table: SampleTable, bits: Hashes) -> Copies:
    """Find them by SHA-256 and by (N, 256) perceptual hashes, within the splits and across.

    Every picture is compared with every other one: seconds for ten thousand, minutes for 140,000.
    """
    files = exact_duplicates(table)
    counts: Counter[tuple[Kind, bool, str]] = Counter(("file", d.leaks, _labels(d.samples)) for d in files)
    leader = list(range(len(table)))

    def pairs() -> Iterator[NearDuplicate]:
        """Counts and groups on the way, so that a set of a million pairs never lies in memory at once."""
        for i, j, distance in pairs_among(bits):
            _join(leader, i, j)
            pair = NearDuplicate(table.samples[i], table.samples[j], distance)
            if pair.first.sha256 != pair.second.sha256:
                kind: Kind = "saved_again" if pair.same else "near"
                counts[kind, _is_across(pair), _labels((pair.first, pair.second))] += 1
                yield pair

    kept = heapq.nsmallest(LISTED, pairs(), key=lambda pair: (not _is_across(pair), pair.distance))
    groups = np.array([_leader(leader, i) for i in range(len(leader))], dtype=np.int64)
    return Copies(dict(counts), files, tuple(kept), groups)


def _leader(leader: list[int], i: int) -> int:
    while leader[i] != i:
        leader[i] = leader[leader[i]]
        i = leader[i]
    return i


def _join(leader: list[int], i: int, j: int) -> None:
    first, second = sorted((_leader(leader, i), _leader(leader, j)))
    leader[second] = first


def _is_across(pair: NearDuplicate) -> bool:
    return pair.first.split != pair.second.split


def _labels(samples: Sequence[Sample]) -> str:
    return " and ".join(label for label in ("real", "fake") if any(s.label == label for s in samples))


def _place(sample: Sample) -> dict[str, str]:
    return {"path": sample.path, "split": sample.split, "label": sample.label}
