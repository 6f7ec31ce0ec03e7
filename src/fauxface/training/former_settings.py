"""Settings of recipes under the names that they had before: read until version 0.2, and told so once a file."""

from __future__ import annotations

from typing import Any, Final

from fauxface.errors import RecipeError
from fauxface.former_names import note, tell

FORMER: Final = {"web": "degrade_resized"}
"""A name of before, and the one of today."""


def of_today(raw: dict[Any, Any], source: str) -> dict[Any, Any]:
    """A recipe's settings under today's names.

    Raises:
        RecipeError: a setting is there under both.
    """
    for old, new in FORMER.items():
        if old in raw and new in raw:
            raise RecipeError(f"{source}: '{old}' is the former name of '{new}': keep one of them")
        if old in raw:
            tell(source, note(old, new))
    return {FORMER.get(key, key): value for key, value in raw.items()}
