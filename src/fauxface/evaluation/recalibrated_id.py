"""The name of a card that was fitted anew."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import Final

from fauxface.weights.card import ModelCard
from fauxface.weights.typed_json import plain

_CALIBRATED: Final = re.compile(r"-calibrated-[0-9a-f]{8}$")
_WRITTEN_OF: Final = "What is said below of calibration, promises and metrics was written of"


def under_another_id(
    card: ModelCard, before: ModelCard, name: str | None = None, version: str | None = None
) -> ModelCard:
    """A recalibrated card that cannot be taken for the one that it came from.

    Args:
        before: that one.
        name: default: as before.
        version: default: as before with "-calibrated-" and 8 hex digits, a digest of all that the new verdicts
            depend on. So two calibrations have two names, unless every verdict is the same.

    Returns:
        The card under that name; where it knows failures, with a first sentence on which card they were written of.
    """
    if version is None:
        decides = [card.provenance.sha256, *(plain(group) for group in (card.input, card.calibration, card.decision))]
        digest = hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:8]
        version = f"{_CALIBRATED.sub('', before.version)}-calibrated-{digest}"
    failures = card.known_failures
    if failures and not failures[0].startswith(_WRITTEN_OF):
        failures = (f"{_WRITTEN_OF} {before.id}, before `fauxface calibrate` changed its card.", *failures)
    return replace(card, name=name or before.name, version=version, known_failures=failures)
