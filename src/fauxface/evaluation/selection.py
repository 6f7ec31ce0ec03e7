"""Which labelled pictures an evaluation judges, and the sentence that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Literal

from fauxface.data.class_folders import FakeIs
from fauxface.data.folder_names import split_word
from fauxface.data.index import measure, no_pictures, read_table, scan
from fauxface.data.listing import Listing
from fauxface.data.samples import SPLITS, Rejected, SampleTable
from fauxface.errors import DataError

Choice = Literal["train", "valid", "test", "all"]


def look(source: Path, *, fake_is: FakeIs | None = None) -> Listing | SampleTable:
    """What lies at ``source``, before any picture is opened: an index (.parquet) is read, a folder or CSV
    scanned. ``fake_is`` as for `scan`.

    Raises:
        DataError: nothing there, or no known layout.
    """
    if source.suffix.lower() == ".parquet" and not source.is_dir():
        return read_table(source)
    return scan(source, fake_is=fake_is)


def select(
    found: Listing | SampleTable, choice: Choice | None, *, advance: Callable[[int], object] | None = None
) -> tuple[SampleTable, str]:
    """The pictures to judge and a sentence that names them.

    Without a choice: the test split, if the data names splits; else all pictures. A choice among data that
    names none takes the split that `fauxface data index` would draw with its defaults. Only the chosen
    pictures are opened; ``advance(1)`` is called after each.

    Raises:
        DataError: the split is not there (code ``no_such_split``), or not one of its pictures can be used.
    """
    if isinstance(found, SampleTable):
        wanted = choice or "test"
        _require(wanted, (s.split for s in found.samples), found.root)
        return _of(found, wanted), _sentence(wanted)
    names_splits = any(c.split is not None for c in found.candidates)
    wanted = choice or ("test" if names_splits else "all")
    if wanted != "all" and all(c.split is not None for c in found.candidates):
        _require(wanted, (str(c.split) for c in found.candidates), found.root)
        chosen = tuple(c for c in found.candidates if c.split == wanted)
        found = replace(found, candidates=chosen, rejected=_of_split(found.rejected, wanted))
    table = measure(found, advance=advance)
    if not table.samples:
        raise no_pictures(found.root, table)
    if wanted == "all" or names_splits:
        why = "" if names_splits or choice else " (the data names no splits)"
        return _of(table, wanted), _sentence(wanted) + why
    _require(wanted, (s.split for s in table.samples), table.root)
    return _of(table, wanted), f"{_sentence(wanted)} (drawn at random with seed 0, the data names none)"


def _of(table: SampleTable, wanted: Choice) -> SampleTable:
    if wanted == "all":
        return table
    return SampleTable(table.root, table.split(wanted).samples, _of_split(table.rejected, wanted))


def _of_split(rejected: Iterable[Rejected], wanted: Choice) -> tuple[Rejected, ...]:
    """Rejected files of the split, going by their folders; those in no split's folder stay, to be seen."""

    def fits(path: str) -> bool:
        named = {split for part in PurePosixPath(path).parts[:-1] if (split := split_word(part))}
        return wanted in named or not named

    return tuple(r for r in rejected if fits(r.path))


def _require(wanted: Choice, splits: Iterable[str], root: Path) -> None:
    counts = Counter(splits)
    if wanted != "all" and not counts[wanted]:
        there = ", ".join(f"{name} ({counts[name]:,})" for name in SPLITS if counts[name]) or "none"
        raise DataError(
            f"{root}: no pictures in the split '{wanted}'; there are: {there}; choose with --split",
            code="no_such_split",
        )


def _sentence(wanted: Choice) -> str:
    return "all pictures" if wanted == "all" else f"the split '{wanted}'"
