"""Settings of recipes under the names that they had before: read for one version more, and told so once a file."""

from __future__ import annotations

import logging
from typing import Any, Final

from fauxface.errors import RecipeError

FORMER: Final = {"web": "degrade_resized"}
"""A name of before, and the one of today."""
_log = logging.getLogger("fauxface")
_told: set[str] = set()


def of_today(raw: dict[Any, Any], source: str) -> dict[Any, Any]:
    """A recipe's settings under today's names.

    Raises:
        RecipeError: a setting is there under both.
    """
    for old, new in FORMER.items():
        if old in raw and new in raw:
            raise RecipeError(f"{source}: '{old}' is the former name of '{new}': keep one of them")
        if old in raw and source not in _told:
            _told.add(source)
            _log.warning("%s: '%s' is called '%s' now; the next version does not read the old name", source, old, new)
    return {FORMER.get(key, key): value for key, value in raw.items()}
