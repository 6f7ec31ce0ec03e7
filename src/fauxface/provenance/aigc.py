"""China's label for generated content: a small JSON object named AIGC, in XMP, a PNG text or a comment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from fauxface.provenance.text import clean
from fauxface.verdict import Claim, Strength

MOST: Final = 1 << 14
_SAID: Final[dict[str, tuple[str, Strength]]] = {
    "1": ("China’s AIGC label in the file says that it was made by AI", "stated"),
    "2": ("China’s AIGC label in the file says that it was perhaps made by AI", "stated"),
    "3": ("China’s AIGC label in the file says that somebody suspects AI", "hint"),
}


def claim_of(value: str | Mapping[str, Any], source: str) -> Claim | None:
    """What a label says; None if it is none.

    Args:
        value: the JSON object, with or without ``{"AIGC": …}`` around it, or its fields.
        source: where it stands.

    Source: GB 45438-2025, annex E: ``Label`` 1 generated, 2 possibly, 3 suspected; ``ContentProducer``.
    """
    fields: Any = value
    if isinstance(value, str):
        start = value[:MOST].lstrip("\ufeff \r\n\t")
        if len(value) > MOST or not start.startswith("{") or "abel" not in start:
            return None
        try:
            fields = json.loads(start)
        except (ValueError, RecursionError):
            return None
    if isinstance(fields, dict) and "AIGC" in fields:
        fields = fields["AIGC"]
        if isinstance(fields, str):
            return claim_of(fields, source)
    if not isinstance(fields, Mapping):
        return None
    # Programs write the names in several ways.
    by_name = {str(key).lower(): item for key, item in fields.items()}
    label = str(by_name.get("label", "")).strip()
    if label not in _SAID or not {"contentproducer", "produceid", "reservedcode1"} & by_name.keys():
        return None
    said, strength = _SAID[label]
    producer = by_name.get("contentproducer")
    by = f", by the service “{clean(producer)}”" if isinstance(producer, str) and producer.strip() else ""
    return Claim("generated", said + by, source, strength)
