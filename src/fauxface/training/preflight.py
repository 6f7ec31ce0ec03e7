"""What must be known of the pictures before an hour is spent: does one of them lie in two splits?"""

from __future__ import annotations

from collections.abc import Callable

from fauxface.data.layouts import label_disagreements
from fauxface.data.leaks import exact_duplicates
from fauxface.data.near_duplicates import NEAR, across_splits
from fauxface.data.samples import SampleTable
from fauxface.errors import DataError

SHOWN = 5


def check_leaks(
    table: SampleTable, *, allow: bool = False, advance: Callable[[int], object] | None = None
) -> list[str]:
    """Look for labels that disagree with folders, and for pictures that lie in more than one split.

    A label that is not its folder's, the same file in two splits (SHA-256), or the same picture saved again (perceptual
    hash) stops everything unless it is allowed: a network learns the opposite, or passes the test by memory. Near
    copies (two draws of a generator that lie close together) are only told.

    Args:
        table: all splits.
        allow: tell only, go on.
        advance: ``advance(1)`` is called after each picture.

    Returns:
        Sentences to be told, one a finding; empty if there is none.

    Raises:
        DataError: there is such a thing and it is not allowed (code ``label_disagrees`` or ``leak``).
        ImageError: a picture can no longer be read.
    """
    odd = label_disagreements(table)
    if odd and not allow:
        raise DataError(
            f"{table.root}: {len(odd)} label(s) disagree with the folders that the pictures lie in: {_first(odd)}. "
            "Mend the table, or go on all the same with --allow-leak",
            code="label_disagrees",
        )
    exact = [duplicate for duplicate in exact_duplicates(table) if duplicate.leaks]
    if exact and not allow:
        raise _leak(table, [str(duplicate) for duplicate in exact])
    pairs = [pair for pair in across_splits(table, advance=advance) if pair.first.sha256 != pair.second.sha256]
    same = [f"the same picture saved again: {pair}" for pair in pairs if pair.same]
    if same and not allow:
        raise _leak(table, same)
    near = [f"near copies (at most {NEAR} of 256 bits): {pair}" for pair in pairs if not pair.same]
    return [*(f"label and folder disagree: {one}" for one in odd), *map(str, exact), *same, *near]


def _leak(table: SampleTable, found: list[str]) -> DataError:
    return DataError(
        f"{table.root}: {len(found)} picture(s) in more than one split, so that a network can pass the test by memory: "
        f"{_first(found)}. Keep each in one split, or go on all the same with --allow-leak",
        code="leak",
    )


def _first(found: list[str]) -> str:
    return "; ".join(found[:SHOWN]) + (f"; … and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
