"""Former names of fields: answers hold them beside those of today until version 0.2, which needs no such file."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

from pydantic import computed_field

from fauxface.former_names import GONE_IN

UNTIL: Final = f"until version {GONE_IN}"
DEPRECATED: Final[dict[str, Any]] = {"deprecated": True}
"""What the API's description says of such a field."""


def former(of: str, kind: Any) -> Any:
    """A field with the value of another one, to stand in the class of an answer under its former name.

    Args:
        of: the field's name of today. kind: its type.
    """
    field = computed_field(
        return_type=kind, description=f"the former name of `{of}`, {UNTIL}", json_schema_extra=DEPRECATED
    )
    return field(property(attrgetter(of)))
