"""A table that Excel and its like open by a double click: names in any script, numbers as numbers, no formulas."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from fauxface.errors import DataError

MOST_ROWS: Final = 1 << 20
"""Rows of a sheet, its head among them; programs that read them know no more."""
MOST_CHARACTERS: Final = 32_767
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDTHS: Final = {"path": 48, "error_message": 48, "notes": 48, "model": 28, "reasons": 24}


@contextmanager
def open_sheet(path: Path, columns: Sequence[str]) -> Iterator[Callable[[Sequence[Any]], None]]:
    """A function that takes the values of one row after another; the file is written when the block ends well.

    Args:
        path: what is written, whatever its ending.
        columns: the head.

    Raises:
        DataError: too_large, more rows than a sheet has.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)  # rows go to a temporary file, not into memory
    sheet = book.create_sheet("fauxface")
    sheet.freeze_panes = "A2"
    for place, name in enumerate(columns):
        sheet.column_dimensions[chr(ord("A") + place)].width = _WIDTHS.get(name, 16)
    head = [WriteOnlyCell(sheet, value=name) for name in columns]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    rows = 1

    def add(values: Sequence[Any]) -> None:
        nonlocal rows
        if rows == MOST_ROWS:
            raise DataError(f"a sheet of Excel ends after {MOST_ROWS:,} rows: write .csv or .parquet", code="too_large")
        cells = [WriteOnlyCell(sheet, value=_shown(value)) for value in values]
        for cell in cells:
            if cell.data_type in ("f", "e"):  # a name that begins with =, or is #N/A
                cell.data_type = "s"
        sheet.append(cells)
        rows += 1

    try:
        yield add
    except BaseException:
        book.save(io.BytesIO())  # which clears the temporary file away
        raise
    book.save(path)


def _shown(value: Any) -> Any:
    """Text without what XML forbids, within what a cell holds."""
    if not isinstance(value, str):
        return value
    return _FORBIDDEN.sub(lambda found: repr(found[0])[1:-1], value)[:MOST_CHARACTERS]
