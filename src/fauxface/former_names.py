"""Former names of options, fields, settings and codes: read until version 0.2, and told of once, in one line."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

GONE_IN: Final = "0.2"
"""The version that reads no former name any more."""
REASONS: Final[Mapping[str, str]] = {"in_band": "in_abstention_region"}
"""Former code of a reason for "uncertain" → its code of today."""

_log = logging.getLogger("fauxface")
_told: set[tuple[str, str]] = set()


def note(former: str, today: str) -> str:
    """What to tell whoever uses a former name."""
    return f"'{former}' is called '{today}' now; version {GONE_IN} will not read the former name"


def tell(where: str, said: str) -> None:
    """One warning, the first time that something is met in a place.

    Args:
        where: the file, or what else holds the former name. said: such as `note` gives.
    """
    if (where, said) not in _told:
        _told.add((where, said))
        _log.warning("%s: %s", where, said)


def reason(code: str, where: str) -> str:
    """The code of today of a reason that a file names.

    Args:
        where: the file, for the note.
    """
    if code not in REASONS:
        return code
    tell(where, note(code, REASONS[code]))
    return REASONS[code]


def small_faces(decision: Mapping[str, object], where: str) -> dict[str, object]:
    """A card's group ``decision`` with today's pairs in ``small_real_to``, if it has the numbers that were before them.

    Args:
        where: the file, for the note.
    """
    found = dict(decision)
    if not {"smallest_real_side", "small_side"} & found.keys():
        return found
    tell(where, note("small_side", "small_real_to"))
    never, side, up_to = (found.pop(name, 0) for name in ("smallest_real_side", "small_side", "small_real_to"))
    return {**found, "small_real_to": [pair for pair in ([never, 0.0], [side, up_to]) if pair[0]]}
