"""From a folder or a CSV to one table of labelled pictures, each of which was truly decoded."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fauxface.data.class_folders import FakeIs
from fauxface.data.csv_listing import cross_check, scan_csv
from fauxface.data.layouts import scan_tree
from fauxface.data.listing import KAGGLE_TREE, Candidate, Listing, printable_path
from fauxface.data.samples import SPLITS, Rejected, Sample, SampleTable
from fauxface.data.splitting import DEFAULT_RATIOS, check_ratios, split_samples
from fauxface.data.table import read_table, write_table
from fauxface.errors import DataError, ImageError, not_fetched
from fauxface.images import inspect, read
from fauxface.images.files import printable
from fauxface.preprocess import DECODE_AT_LEAST

__all__ = ["index", "measure", "open_samples", "read_table", "scan", "write_table"]

# Pillow and hashlib let go of the interpreter's lock; more threads than this only wait for the disk.
MAX_THREADS = 8


def scan(source: Path, *, fake_is: FakeIs | None = None) -> Listing:
    """Find the labelled pictures of a folder or a CSV by their names alone; opens no picture.

    Args:
        source: the folder or CSV.
        fake_is: which of the labels (or class folders) 0 and 1 is fake, where nothing else says so.

    Raises:
        DataError: there is nothing there, or no known layout (see `scan_tree` and `scan_csv`).
    """
    if source.is_dir():
        listing = scan_tree(source, fake_is)
        if (source / KAGGLE_TREE).is_dir():
            tables = [source / f"{split}.csv" for split in SPLITS]
            listing = cross_check(listing, [table for table in tables if table.is_file()])
        return listing
    if not source.exists():
        said = not_fetched(str(source)) or "there is no such folder or table"
        raise DataError(f"{source}: {said}", code="not_found")
    if source.suffix.lower() == ".parquet":
        raise DataError(f"{source}: is an index already; it can be used as it is", code="no_layout")
    if source.suffix.lower() != ".csv":
        raise DataError(
            f"{source}: is neither a folder nor a CSV table (.csv) nor an index (.parquet)", code="no_layout"
        )
    return scan_csv(source, fake_is)


def measure(
    listing: Listing,
    *,
    ratios: Sequence[float] = DEFAULT_RATIOS,
    seed: int = 0,
    advance: Callable[[int], object] | None = None,
    has_face: Callable[[NDArray[np.uint8]], bool] | None = None,
) -> SampleTable:
    """Read, hash and decode every candidate; those that fail are listed as rejected. Order as in the listing.

    A picture that is there as real and as fake (by sha256) is rejected with all its copies. Candidates
    without a split are split by ``ratios`` and ``seed``, see `split_samples`. ``advance(1)`` is called once a
    candidate. ``has_face`` gets each picture (H, W, 3), from several threads; those for which it says no are rejected
    (code ``no_face``). The table may be empty.

    Raises:
        DataError: the ratios are no shares.
    """
    check_ratios(ratios)
    samples: list[Sample] = []
    rejected = list(listing.rejected)
    candidates = iter(listing.candidates)
    threads = min(MAX_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(candidates, 64 * threads)):
            for result in pool.map(lambda c: _measure_one(listing.root, c, has_face), batch):
                if isinstance(result, Sample):
                    samples.append(result)
                else:
                    rejected.append(result)
                if advance is not None:
                    advance(1)
    kept, contradicted = _part_contradictions(samples)
    rejected += contradicted
    if any(c.split is None for c in listing.candidates):
        kept = split_samples(kept, ratios, seed)
    counted = listing.count_passed()
    notes = listing.notes if counted is None else (*listing.notes, counted)
    return SampleTable(listing.root, tuple(kept), tuple(rejected), notes)


def index(
    source: Path,
    *,
    ratios: Sequence[float] = DEFAULT_RATIOS,
    seed: int = 0,
    advance: Callable[[int], object] | None = None,
    fake_is: FakeIs | None = None,
) -> SampleTable:
    """Index a folder or CSV of labelled pictures: `scan`, then `measure`.

    Understood are the Kaggle tree of the paper's data set, any tree with class folders (`scan_tree`), with or without
    splits above or below them, and a CSV with the columns path, label[, split][, source]. ``ratios`` and ``seed``
    matter only where nothing names a split; ``fake_is`` as for `scan`. What cannot be used is in ``rejected``; the
    table may be empty.

    Raises:
        DataError: nothing there, no known layout, a CSV that is no such table, or ratios that are no shares.
    """
    check_ratios(ratios)
    return measure(scan(source, fake_is=fake_is), ratios=ratios, seed=seed, advance=advance)


def open_samples(
    source: Path,
    *,
    ratios: Sequence[float] = DEFAULT_RATIOS,
    seed: int = 0,
    advance: Callable[[int], object] | None = None,
) -> SampleTable:
    """The table behind ``source``: an index (.parquet) is read, a folder or CSV is indexed. Never empty.

    Raises:
        DataError: as `index` and `read_table`, and when no picture can be used (code ``no_pictures``).
    """
    if source.suffix.lower() == ".parquet" and not source.is_dir():
        table = read_table(source)
    else:
        table = index(source, ratios=ratios, seed=seed, advance=advance)
    if not table.samples:
        raise no_pictures(source, table)
    return table


def no_pictures(source: Path, table: SampleTable) -> DataError:
    """The error for a table without a single usable picture, naming the first reason."""
    why = "there are no files in it"
    if table.rejected:
        first = table.rejected[0]
        why = f"{len(table.rejected)} were left out, the first one: {first.path}: {first.message}"
    return DataError(f"{source}: no picture can be used: {why}", code="no_pictures")


def _measure_one(
    root: Path, candidate: Candidate, has_face: Callable[[NDArray[np.uint8]], bool] | None
) -> Sample | Rejected:
    file = root / candidate.path
    try:
        facts = inspect(file)
        if has_face is not None and not has_face(read(file, at_least=DECODE_AT_LEAST).rgb):
            return Rejected(candidate.path, "no_face", "no face found in it")
    except ImageError as error:
        # The row already says which file; the message need not say it again.
        message = error.message.removeprefix(f"{printable(str(file))}: ")
        return Rejected(candidate.path, error.code, printable_path(message, 500))
    return Sample(
        path=candidate.path,
        label=candidate.label,
        split=candidate.split or "train",  # a placeholder where the split is drawn later
        width=facts.width,
        height=facts.height,
        bytes=facts.bytes,
        sha256=facts.sha256,
        source=candidate.source,
        family=candidate.family,
        fold=candidate.fold,
        group=candidate.group,
    )


def _part_contradictions(samples: Sequence[Sample]) -> tuple[Sequence[Sample], list[Rejected]]:
    """Samples whose file has one label, and the rest as rejected, each naming a copy with the other label."""
    copies: dict[str, dict[str, str]] = defaultdict(dict)
    for sample in samples:
        copies[sample.sha256].setdefault(sample.label, sample.path)
    kept = [s for s in samples if len(copies[s.sha256]) == 1]
    rejected = []
    for s in samples:
        if len(copies[s.sha256]) > 1:
            other = "fake" if s.label == "real" else "real"
            message = f"labelled {s.label}, but the same file is labelled {other} at {copies[s.sha256][other]}"
            rejected.append(Rejected(s.path, "contradictory_label", message))
    return kept, rejected
