"""`fauxface predict --resume`: what a table holds already, so that nothing is judged twice."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fauxface.cli.predict_inputs import STDIN
from fauxface.cli.predict_out import COLUMNS, Row, no_formula, rows_of_parquet, utf8
from fauxface.errors import DataError

if TYPE_CHECKING:
    from fauxface.cli.predict_inputs import Input


@dataclass(slots=True)
class Before:
    """What was judged before.

    Attributes:
        rows: as they will stand in the new table.
        judged: how often each name is among them, see `_key`.
        left_out: how many inputs were left out so far, because they are among them.
    """

    rows: list[Row] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)
    left_out: int = 0

    def without(self, inputs: Iterable[Input]) -> Iterator[Input]:
        """The inputs that are still to be judged; one that was named twice is left out as often as it was judged.

        Standard input is always judged: nobody knows whether it is the same.
        """
        left = self.judged.copy()
        for one in inputs:
            key = _key(one.name)
            if one.name != STDIN and left[key] > 0:
                left[key] -= 1
                self.left_out += 1
            else:
                yield one


def read(path: Path, model: str) -> Before:
    """What a table of `fauxface predict` holds; nothing if there is none yet.

    Rows of what could not be judged are left out: it is tried again.

    Args:
        path: the table, by its ending.
        model: what judges now.

    Raises:
        DataError: unknown_format (an Excel table), bad_table, another_run (other weights judged).
    """
    if path.suffix.lower() == ".xlsx":
        raise DataError(
            f"{path}: --resume goes on with .csv, .jsonl and .parquet, not with .xlsx", code="unknown_format"
        )
    if not path.exists():
        return Before()
    try:
        rows = list(_rows(path))
    except (ValueError, KeyError, TypeError, csv.Error, OSError, RecursionError) as e:
        raise DataError(
            f"{path}: is no table that  fauxface predict --out  wrote ({e}): name another file, or leave out --resume",
            code="bad_table",
        ) from e
    before = Before()
    for name, by, failed, row in rows:
        if by != model:
            raise DataError(
                f"{path}: was judged by {by}, and this is {model}: name the same --weights, or another table",
                code="another_run",
            )
        if not failed:
            before.rows.append(row)
            before.judged[_key(name)] += 1
    return before


def how_to_go_on(path: Path, rows: int) -> str:
    """What whoever stopped the work is told."""
    said = f"{path}: has the {rows} row{'' if rows == 1 else 's'} finished by now"
    return said if path.suffix.lower() == ".xlsx" else f"{said}; the same command with  --resume  goes on"


def nothing_left(path: Path, left_out: int) -> str:
    """What whoever goes on with a finished table is told."""
    them = "the one that was named is" if left_out == 1 else f"all {left_out:,} are"
    return f"nothing left to judge: {them} in {path} already"


def _rows(path: Path) -> Iterator[tuple[str, str, Any, Row]]:
    """Name, model, error if any, and the row itself."""
    if path.suffix.lower() == ".jsonl":
        with path.open(encoding="ascii") as file:
            for line in file:
                found = json.loads(line)
                yield str(found["path"]), str(found["model"]), found["error"], line.rstrip("\n")
        return
    if path.suffix.lower() == ".parquet":
        rows = rows_of_parquet(path)
    else:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file, strict=True)
            if tuple(table.fieldnames or ()) != COLUMNS:
                raise ValueError("other columns")
            rows = list(table)
        if any(None in row or None in row.values() for row in rows):
            raise ValueError("a row with more or fewer columns")
    for row in rows:
        assert isinstance(row, dict)
        yield row["path"], str(row["model"]), row["error_code"], row


def _key(name: str) -> str:
    """A name as any table writes it."""
    return utf8(no_formula(name) or "")
