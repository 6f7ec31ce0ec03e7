"""Are a card's values within their ranges? One check a group; `typed_json` has seen to their types."""

from __future__ import annotations

from collections.abc import Iterable

from fauxface.weights.card_groups import CardCalibration, CardDecision, CardInput, CardProvenance
from fauxface.weights.metrics import CardMetrics
from fauxface.weights.typed_json import refused


def check_input(group: CardInput, source: str) -> None:
    """Raises ``WeightsError`` (bad_card) for the first value out of its range; so do all the others."""
    _need(16 <= group.size <= 2048, source, "'input.size' must be 16 to 2048 pixels")
    _need(all(abs(x) <= 1e4 for x in group.mean), source, "'input.mean' must be three numbers")
    _need(all(1e-6 <= x <= 1e6 for x in group.std), source, "'input.std' must be three numbers above 0")
    for key, most in (("smallest_side", 4096), ("lowest_jpeg_quality", 100), ("jpeg", 100)):
        fits = 0 <= getattr(group, key) <= most
        _need(fits, source, f"'input.{key}' must be a whole number from 0 to {most}")
    _need(0 <= group.least_colour <= 255, source, "'input.least_colour' must be between 0 and 255")


def check_calibration(group: CardCalibration, source: str) -> None:
    """See `check_input`."""
    fits = 1e-3 <= group.temperature <= 1e3
    _need(fits, source, "'calibration.temperature' must be between 0.001 and 1000")
    _need(abs(group.bias) <= 1e3, source, "'calibration.bias' must be between -1000 and 1000")


def check_decision(group: CardDecision, source: str) -> None:
    """See `check_input`."""
    _need(_shares([group.threshold]), source, "'decision.threshold' must be between 0 and 1")
    low, high = group.abstention_region
    _need(_shares([low, high]) and low <= high, source, "'decision.abstention_region' must be (low, high), 0 to 1")
    _need(
        low <= group.threshold <= high,
        source,
        f"'decision.threshold' is {group.threshold:g}, outside of 'decision.abstention_region', {low:g} to {high:g}: "
        f"put it between these ends, or both ends to {group.threshold:g} if nothing is to be uncertain",
    )
    for key in ("missed_fakes", "accused_photographs"):
        rate = getattr(group.guaranteed, key)
        _need(_shares([rate]), source, f"'decision.guaranteed.{key}' must be a share between 0 and 1")
    fits = 0 <= group.familiar_within <= 1e9
    _need(fits, source, "'decision.familiar_within' must be a distance of 0 or more")
    sides = [side for side, _ in group.small_real_to]
    fits = all(0 < side <= 4096 for side in sides) and sides == sorted(set(sides))
    _need(fits, source, "'decision.small_real_to' must have rising whole numbers of pixels from 1 to 4096")
    fits = _shares(up_to for _, up_to in group.small_real_to)
    _need(fits, source, "'decision.small_real_to' must have probabilities between 0 and 1")
    rising = [up_to for _, up_to in group.small_real_to]
    fits = rising == sorted(rising)
    _need(fits, source, "'decision.small_real_to' must not have lower probabilities for more pixels")
    _need(_shares([group.colourless_real_to]), source, "'decision.colourless_real_to' must be between 0 and 1")


def check_provenance(group: CardProvenance, source: str) -> None:
    """See `check_input`."""
    file = group.weights_file
    is_name = file not in ("", ".", "..") and not set(file) & set("/\\\0:")
    _need(is_name, source, "'provenance.weights_file' must be the plain name of a file beside the card")
    digits = len(group.sha256) == 64 and set(group.sha256) <= set("0123456789abcdef")
    _need(digits, source, "'provenance.sha256' must be 64 hex digits")
    _need(group.size_bytes > 0, source, "'provenance.size_bytes' must be a whole number above 0")
    _need(group.parameters >= 0, source, "'provenance.parameters' must be a whole number")


def check_metrics(group: CardMetrics, source: str) -> None:
    """See `check_input`: shares that are said to people."""
    if unseen := group.unseen_sources:
        rows = [share for r in (*unseen.cameras, *unseen.generators) for share in (r.wrong, r.uncertain)]
        means = (unseen.accused_photographs, unseen.missed_fakes, unseen.uncertain)
        rows += [share for mean in means for share in (mean.value, mean.worst)]
        _need(_shares(rows), source, "'metrics.unseen_sources' holds a share that is not between 0 and 1")
    if group.test and (said := group.test.said):
        shares = [s.value for s in (said.missed_fakes, said.accused_photographs, said.abstained)]
        _need(_shares(shares), source, "'metrics.test.said' holds a share that is not between 0 and 1")


def _shares(values: Iterable[float | None]) -> bool:
    return all(value is None or 0 <= value <= 1 for value in values)


def _need(ok: bool, source: str, what: str) -> None:
    if not ok:
        raise refused(source, what)
