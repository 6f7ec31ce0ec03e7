"""Reads CSV tables of labelled pictures: ``path,label[,split][,source][,family][,fold][,group]``, or the Kaggle set's.

Paths are relative to the CSV's folder. Column names and labels are compared without case; what 0 and 1 mean must be
said (see `label_reading`). Nothing in a CSV is trusted: a row that cannot be used is listed with its line and the
reason.

Where no column names the split, the folders of the path do (``train/…``), if they do for all of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from fauxface.data.class_folders import FakeIs
from fauxface.data.folder_names import split_word
from fauxface.data.label_reading import LabelReader
from fauxface.data.listing import (
    KAGGLE_SOURCES,
    KAGGLE_TREE,
    Candidate,
    Fence,
    Listing,
    printable_path,
)
from fauxface.data.path_splits import Parts, named_splits
from fauxface.data.samples import Rejected
from fauxface.errors import DataError
from fauxface.labels import ClassName

_ABOUT: Final = ("source", "family", "fold", "group")
MAX_BYTES: Final = 512 << 20


class _BadRow(Exception):
    """This row cannot be used: (code, message)."""


def scan_csv(file: Path, fake_is: FakeIs | None = None) -> Listing:
    """Read the rows of one CSV, in its order.

    Args:
        file: the table.
        fake_is: which of the labels 0 and 1 is fake, where the table itself does not say so.

    Raises:
        DataError: the file as a whole is no such table, or can be read in two ways (codes ``not_found``,
            ``too_large``, ``bad_csv``, ``missing_column``, ``ambiguous_labels``, ``ambiguous_layout``).
    """
    root = file.parent
    reader = csv.reader(io.StringIO(_text(file), newline=""), strict=True)
    rows = _rows(file, reader)
    _, header = next(rows, (1, []))
    columns = _columns(file, header)
    prefix = ""
    if "label_str" in columns and (root / KAGGLE_TREE).is_dir():
        prefix = KAGGLE_TREE + "/"
    # In the Kaggle set 1 is real; its words say so too, and a row in which they differ is damaged.
    means: FakeIs | None = 0 if prefix and fake_is is None else fake_is
    fence, reader_of_labels = Fence(root), LabelReader(file, columns, means)
    first: dict[str, tuple[int, Candidate]] = {}
    contradicted: set[str] = set()
    rejected: list[Rejected] = []
    for line, row in rows:
        shown = row[columns["path"]] if columns["path"] < len(row) else ""
        try:
            label = _label(row, len(header), reader_of_labels, line)
            candidate = _candidate(row, label, columns, prefix, fence)
            if candidate.path in first:
                if first[candidate.path][1].label != candidate.label:
                    contradicted.add(candidate.path)
                before, earlier = first[candidate.path]
                other = f" (in the split {earlier.split})" if earlier.split != candidate.split else ""
                raise _BadRow("duplicate_row", f"the same picture is already listed in line {before}{other}")
            first[candidate.path] = (line, candidate)
        except _BadRow as bad:
            code, message = bad.args
            rejected.append(Rejected(printable_path(shown), code, f"{file.name}, line {line}: {message}"))
    for path in sorted(contradicted):
        line, _ = first.pop(path)
        message = f"{file.name}, line {line}: the same picture is listed as real and as fake"
        rejected.append(Rejected(path, "contradictory_label", message))
    candidates = [candidate for _, candidate in first.values()]
    notes = [reader_of_labels.note()] if candidates else []
    if "split" not in columns:
        candidates, note = _with_splits(file, candidates)
        notes += note
    return Listing(root, tuple(candidates), tuple(rejected), notes=tuple(notes))


def _with_splits(file: Path, candidates: list[Candidate]) -> tuple[list[Candidate], list[str]]:
    """The splits that the folders name, if all name one; else none, and a sentence if some do."""
    folders: dict[Parts, None] = dict.fromkeys(tuple(c.path.split("/")[:-1]) for c in candidates)
    named = named_splits(folders, str(file))
    missing = next((parts for parts in folders if named[parts].split is None), None)
    if missing is None:
        return [replace(c, split=named[tuple(c.path.split("/")[:-1])].split) for c in candidates], []
    some = next((parts for parts in folders if named[parts].split is not None), None)
    if some is None:
        return candidates, []
    note = (
        f"{file.name}: '{'/'.join(some)}' names a split, but not every picture lies in such a folder "
        f"('{'/'.join(missing) or '.'}'), so none of them counts: write a column split if they should"
    )
    return candidates, [note]


def cross_check(listing: Listing, files: Iterable[Path]) -> Listing:
    """Compare a folder's pictures with the tables that came with it (same root), as in the Kaggle set.

    A picture that a table labels otherwise is rejected, a listed one that is not there is listed as rejected,
    and so is a table that cannot be read. Pictures that no table lists stay.
    """
    labels: dict[str, tuple[str, ClassName]] = {}
    rejected = list(listing.rejected)
    for file in files:
        try:
            table = scan_csv(file)
        except DataError as error:
            rejected.append(Rejected(file.name, error.code, error.message))
            continue
        rejected += table.rejected
        labels.update({c.path: (file.name, c.label) for c in table.candidates})
    kept = []
    for candidate in listing.candidates:
        name, label = labels.pop(candidate.path, ("", candidate.label))
        if label == candidate.label:
            kept.append(candidate)
        else:
            message = f"lies in a folder of {candidate.label} pictures, but {name} says {label}"
            rejected.append(Rejected(candidate.path, "contradictory_label", message))
    known = {r.path for r in listing.rejected}
    for path, (name, _) in labels.items():
        if path not in known:
            rejected.append(Rejected(path, "missing_file", f"listed in {name}, but there is no such file"))
    return replace(listing, candidates=tuple(kept), rejected=tuple(rejected))


def _text(file: Path) -> str:
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            limit = f"{size >> 20} MiB, but at most {MAX_BYTES >> 20} MiB are read"
            raise DataError(f"{file}: the table has {limit}: cut it into parts", code="too_large")
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}", code="not_found") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{file}, line {line}: not UTF-8: save the table as UTF-8", code="bad_csv") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{file}, line {line}: a NUL byte; this is no text table", code="bad_csv")
    return text


def _rows(file: Path, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """(line number where the row ends, its fields), without empty lines."""
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line = getattr(reader, "line_num", 0)
            raise DataError(
                f"{file}, line {line}: {error}: check the quotes and commas of that line", code="bad_csv"
            ) from error
        if row:
            yield getattr(reader, "line_num", 0), row


def _columns(file: Path, header: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, name in enumerate(header):
        columns.setdefault(name.strip().lower(), index)
    for name in ("path", "label"):
        if name not in columns and not (name == "label" and LabelReader.has_labels(columns)):
            found = ", ".join(printable_path(h, 40) for h in header[:12]) or "nothing"
            raise DataError(
                f"{file}, line 1: no column '{name}'; the first line must name the columns "
                f"path,label[,split], parted by commas, but it names: {found}",
                code="missing_column",
            )
    return columns


def _candidate(row: list[str], label: ClassName, columns: Mapping[str, int], prefix: str, fence: Fence) -> Candidate:
    split = None
    path = row[columns["path"]].strip().replace("\\", "/")
    if "split" in columns:
        word = row[columns["split"]].strip()
        split = split_word(word)
        if split is None:
            raise _BadRow("bad_split", f"the split is train, valid or test, not {printable_path(word, 40)!r}")
    if path.startswith("/"):
        path = _from_absolute(path, fence)
    path = "/".join(part for part in (prefix + path).split("/") if part != ".")
    objection = fence.objection(path)
    if objection is not None:
        raise _BadRow(*objection)
    about = {name: row[columns[name]].strip()[:200] for name in _ABOUT if name in columns}
    if prefix:
        about["source"] = KAGGLE_SOURCES[label]
    return Candidate(path, label, split, **about)


def _label(row: list[str], width: int, reader: LabelReader, line: int) -> ClassName:
    if len(row) != width:
        raise _BadRow("bad_row", f"{len(row)} fields where the first line names {width}")
    try:
        return reader.read(row, line)
    except ValueError as error:
        raise _BadRow("bad_label", str(error)) from None


def _from_absolute(path: str, fence: Fence) -> str:
    try:
        return Path(path).relative_to(fence.root).as_posix()
    except ValueError:
        raise _BadRow("outside_root", f"the path leads out of the table's folder {fence.root}") from None
