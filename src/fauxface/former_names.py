"""Former names of options, fields, settings and codes: read until version 0.2, and told of once, in one line."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from fauxface.errors import WeightsError

GONE_IN: Final = "0.2"
"""The version that reads no former name any more."""
REASONS: Final[Mapping[str, str]] = {"in_band": "in_abstention_region"}
"""Former code of a reason for "uncertain" → its code of today."""
_SIDES: Final = ("smallest_real_side", "small_side")
"""Former numbers of a card, in pixels."""

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

    Each of those that the file has is told of. Below ``smallest_real_side`` pixels nothing was called real, below
    ``small_side`` only what was at most ``small_real_to``.

    Args:
        where: the file, for notes and errors.

    Raises:
        WeightsError: bad_card: a number is of another kind or out of its range; it is named as the file names it.
    """
    found = dict(decision)
    former = [name for name in _SIDES if name in found]
    if not former:
        return found
    for name in former:
        tell(where, note(name, "small_real_to"))
    never, side = (_pixels(found.pop(name, 0), name, where) for name in _SIDES)
    up_to = found.pop("small_real_to", 0.0)
    if not isinstance(up_to, (int, float)) or isinstance(up_to, bool) or not 0 <= up_to <= 1:
        said = f"'decision.small_real_to' beside '{former[0]}' must be a number from 0 to 1"
        raise WeightsError(f"{where}: {said}", code="bad_card")
    pairs: list[list[float]] = [[never, 0.0]] if never else []
    if side > never:
        pairs.append([side, up_to])
    return {**found, "small_real_to": pairs}


def _pixels(value: object, name: str, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 4096:
        raise WeightsError(f"{where}: 'decision.{name}' must be a whole number from 0 to 4096", code="bad_card")
    return value
