"""The model card: everything that weights need to be used rightly, travelling with them as ``card.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fauxface import former_names
from fauxface.errors import WeightsError
from fauxface.weights import card_checks, card_v1
from fauxface.weights.card_groups import CardCalibration, CardDecision, CardInput, CardProvenance
from fauxface.weights.metrics import CardMetrics
from fauxface.weights.typed_json import plain, read, refused

CARD_NAME: Final = "card.json"
FORMAT: Final = 2
_MAX_CARD_BYTES: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """How to feed a network, how to read its logit, and where it comes from.

    Attributes:
        name: short name of the weights, for example "resnet68-cutout".
        version: version of these weights, "1".
        architecture: kind of network, by its name in the model registry, for example "resnet68".
        input, calibration, decision, provenance: see `fauxface.weights.card_groups`.
        metrics: how good they are; see `fauxface.weights.metrics`.
        known_failures: sentences on where they fail.
    """

    name: str
    version: str
    architecture: str
    input: CardInput
    calibration: CardCalibration = field(default_factory=CardCalibration)
    decision: CardDecision = field(default_factory=CardDecision)
    provenance: CardProvenance
    metrics: CardMetrics = field(default_factory=CardMetrics)
    known_failures: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """ "name@version", which every verdict carries."""
        return f"{self.name}@{self.version}"

    def to_json(self) -> str:
        """The card as indented JSON with a closing newline."""
        return json.dumps({"format": FORMAT, **plain(self)}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, *, source: str = "card.json") -> ModelCard:
        """Read and check a card that may come from anywhere; one of format 1 too, with a note in the log.

        Raises:
            WeightsError: not JSON, a key missing or unknown, a value of the wrong kind or out of its range.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as e:
            raise refused(source, f"the card is not JSON ({e})") from e
        if not isinstance(raw, dict):
            raise refused(source, "the card must be a JSON object")
        found = raw.get("format", 1)
        if found == 1 and not isinstance(found, bool):
            raw = card_v1.translated({key: value for key, value in raw.items() if key != "format"}, source)
        elif found != FORMAT or isinstance(found, float):
            raise refused(source, f"a card of format {found!r}, this fauxface reads {FORMAT}: install the newest")
        if isinstance(decision := raw.get("decision"), dict):
            raw = {**raw, "decision": former_names.small_faces(decision, source)}
        card = read(cls, {key: value for key, value in raw.items() if key != "format"}, "", source)
        _check(card, source)
        if card.metrics.test and card.metrics.test.said:
            counts = card.metrics.test.said.reasons
            of_today = {former_names.reason(code, source): n for code, n in counts.items()}
            counts.clear()
            counts.update(of_today)
        return card

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """Read a card from a file.

        Raises:
            WeightsError: as `from_json`, or the file is missing, unreadable or larger than 1 MiB.
        """
        try:
            if not path.is_file():  # a pipe with this name would make us wait forever
                raise WeightsError(f"{path}: no such model card", code="weights_not_found")
            if path.stat().st_size > _MAX_CARD_BYTES:
                raise refused(str(path), "larger than 1 MiB, this is no model card")
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as e:  # ValueError: not UTF-8, or a NUL in the path
            raise refused(str(path), f"cannot read the card ({e})") from e
        return cls.from_json(text, source=str(path))


def _check(card: ModelCard, source: str) -> None:
    if not (card.name and card.version and card.architecture):
        raise refused(source, "name, version and architecture may not be empty")
    card_checks.check_input(card.input, source)
    card_checks.check_calibration(card.calibration, source)
    card_checks.check_decision(card.decision, source)
    card_checks.check_provenance(card.provenance, source)
    card_checks.check_metrics(card.metrics, source)
