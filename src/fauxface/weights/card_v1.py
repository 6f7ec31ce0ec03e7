"""Cards of format 1, which were flat: read until version 0.2, and told of once a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fauxface import former_names
from fauxface.errors import WeightsError
from fauxface.weights.metrics import CardMetrics
from fauxface.weights.typed_json import read, refused

_GROUPS: Final = {
    "input": {
        "input_size": "size",
        "mean": "mean",
        "std": "std",
        "input_jpeg": "jpeg",
        "smallest_side": "smallest_side",
        "lowest_jpeg_quality": "lowest_jpeg_quality",
        "least_colour": "least_colour",
        "needs_face": "needs_face",
    },
    "calibration": {"temperature": "temperature", "bias": "bias"},
    "decision": {
        "threshold": "threshold",
        "uncertain_band": "abstention_region",
        "changes": "perturbations",
        "familiar_within": "familiar_within",
    },
    "provenance": {
        name: name for name in ("weights_file", "sha256", "size_bytes", "parameters", "licence", "data", "training")
    },
}
"""Groups of today, and which flat key became which of theirs."""
_SAME: Final = {"name": "name", "version": "version", "architecture": "architecture", "limits": "known_failures"}
_RATES: Final = {"fake": "missed_fakes", "real": "accused_photographs"}


def translated(raw: dict[str, Any], source: str) -> dict[str, Any]:
    """The content of a flat card in today's groups; no value changes, but a share kept becomes the share of errors.

    Raises:
        WeightsError: bad_card: a key is unknown.
    """
    renamed = ", ".join(f"'{old}' is '{new}' now" for old, new in _told_of(raw))
    former_names.tell(
        source,
        f"a card of format 1, which version {former_names.GONE_IN} will not read ({renamed}): write it anew with  "
        f"fauxface card --json --weights {source} --out {source}",
    )
    raw = dict(raw)
    card: dict[str, Any] = {"format": 2}
    card |= {new: raw.pop(old) for old, new in _SAME.items() if old in raw}
    for group, names in _GROUPS.items():
        card[group] = {new: raw.pop(old) for old, new in names.items() if old in raw}
    if "coverage" in raw:
        card["decision"]["guaranteed"] = _guaranteed(raw.pop("coverage"), source)
    if "metrics" in raw:
        card["metrics"] = _metrics(raw.pop("metrics"), source)
    for key in raw:
        raise refused(source, f"unknown key '{key}' in the card")
    return card


def _told_of(raw: dict[str, Any]) -> list[tuple[str, str]]:
    """Each field of a flat card, and what it is called today."""
    moved = {old: f"{group}.{new}" for group, names in _GROUPS.items() for old, new in names.items()}
    moved |= {"coverage": "decision.guaranteed", "limits": "known_failures"}
    return [(old, new) for old, new in moved.items() if old in raw]


def _guaranteed(coverage: object, source: str) -> dict[str, float]:
    """Shares of each class that are not called the other thing, as shares that are."""
    rates: dict[str, float] = {}
    for key, share in coverage.items() if isinstance(coverage, dict) else [("", None)]:
        if key not in _RATES or not isinstance(share, (int, float)) or isinstance(share, bool) or not 0 <= share <= 1:
            raise refused(source, "'coverage' must hold shares between 0 and 1 for 'real' and 'fake'")
        rates[_RATES[key]] = round(1 - share, 15)
    return rates


def _metrics(metrics: object, source: str) -> dict[str, Any]:
    """Rates under today's names; what cannot be read, as only a strange card has it, is kept as "former_…"."""
    if not isinstance(metrics, dict):
        raise refused(source, "'metrics' must be an object")
    done: dict[str, Any] = {}
    for key, value in metrics.items():
        try:
            part = _RENAMED[key](value) if key in _RENAMED and value is not None else value
            read(CardMetrics, {key: part}, "metrics", source)
            done[key] = part
        except (WeightsError, TypeError, ValueError, AttributeError):
            done[f"former_{key}"] = value
    return done


def _test(value: dict[str, Any]) -> dict[str, Any]:
    names = {"false_positive_rate": "missed_fakes"}
    row = _renamed(value, names)
    row["intervals"] = _renamed(row.get("intervals") or {}, names)
    if row.get("said"):
        said = {"fakes_called_real": "missed_fakes", "photographs_called_fake": "accused_photographs"}
        row["said"] = _renamed(row["said"], said)
        row["said"]["reasons"] = _renamed(row["said"]["reasons"], dict(former_names.REASONS))
    return row


def _unseen(value: dict[str, Any]) -> dict[str, Any]:
    names = {"accused": "accused_photographs", "missed": "missed_fakes"}
    row = _renamed(value, names)
    row["aims"] = _renamed(row["aims"], names) if "aims" in row else {}
    return row


def _renamed(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in row.items()}


_RENAMED: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {"test": _test, "unseen_sources": _unseen}
