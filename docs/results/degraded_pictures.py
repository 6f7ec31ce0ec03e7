"""What is said of left-out pictures that were made small, saved or changed; for `draw.py`."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

import numpy as np
from stored import alone

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import COLOURLESS, SMALL_SIDES, WHOLE_SIDE, smaller
from fauxface.evaluation.sources import BySource, Mean, by_source
from fauxface.evaluation.unseen_sources import Unseen
from fauxface.report import degraded, stability
from fauxface.report.tables import per_cent

Changed = dict[str, list[Prediction]]


def degraded_tables(changed: dict[str, Changed]) -> list[str]:
    """By size and compression, and other changes; a table a network."""
    text: list[str] = []
    for network, rows in changed.items():
        shown = [name for name in rows if not name.startswith(stability.PERTURBED)]
        large = [name for name in shown if _pixels(name) > WHOLE_SIDE]
        counted: dict[str, BySource] = {name: by_source(rows[name], fewest=degraded.FEWEST) for name in shown}
        order = sorted(counted, key=lambda n: (n != "as it is", not n[0].isdigit(), _pixels(n), n))
        text += [
            f"### {network}",
            "",
            degraded.lines({name: counted[name] for name in order if name not in large}),
            "",
            *_large(rows, [name for name in order if name in large]),
            "",
            degraded.lines({name: counted[name] for name in order if name in large}),
            "",
        ]
    return text[:-1]


def _large(rows: Changed, names: list[str]) -> list[str]:
    """Which sources have faces as large as that."""
    said = []
    for side in sorted({_pixels(name) for name in names}):
        judged = next(rows[name] for name in names if _pixels(name) == side)
        counted = by_source(judged, fewest=degraded.FEWEST)
        said.append(
            f"of {side} pixels {len(counted.cameras)} cameras and {len(counted.generators)} generators have enough "
            f"({', '.join(s.source for s in (*counted.cameras, *counted.generators))})"
        )
    return wrap(f"Large faces come from few sources, so these are other pictures than above: {'; '.join(said)}.", 120)


def real_thresholds(found: Unseen, with_rules: Changed, without: Changed) -> list[str]:
    """What the default's thresholds for small and colourless faces do, and what they cost.

    Args:
        with_rules, without: left-out pictures after each change, judged with these thresholds and by one for all.
    """
    head = "fakes called real: one threshold for all | with its own | uncertain: one threshold for all | with its own"
    lines = [f"| faces | *real* up to | {head} |", "|:--|--:|--:|--:|--:|--:|"]
    rules = found.thresholds.rules
    groups = [
        (f"{side} to {end - 1} px", up_to, smaller(side))
        for side, (end, up_to) in zip(SMALL_SIDES, rules.small, strict=True)
    ]
    for name, up_to, changes in (*groups, ("without colour", rules.colourless, COLOURLESS)):
        one, own = (
            [by_source(rows[change], fewest=degraded.FEWEST) for change in changes] for rows in (without, with_rules)
        )
        shares = [_mean(each.missed_fakes for each in counted) for counted in (one, own)]
        shares += [_mean(each.uncertain for each in counted) for counted in (one, own)]
        lines.append(f"| {name} | {up_to:.3f} | {' | '.join(per_cent(share) for share in shares)} |")
    counted, by_probability = found.by_source, alone(found)
    uncertain, accused, missed = (
        f"{per_cent(getattr(by_probability, name).value)} instead of {per_cent(getattr(counted, name).value)}"
        for name in ("uncertain", "accused_photographs", "missed_fakes")
    )
    return [
        *lines,
        "",
        *wrap(
            "Shares are means over the ways of saving that the rule rests on, at its smallest size (JPEG of quality 90, 75 and "
            f"50, WebP of 75). Faces of {WHOLE_SIDE} pixels and more have the threshold for all. Of the left-out pictures as they "
            f"are, by probability and familiarity alone {uncertain} would be uncertain, {accused} of the photographs called fake "
            f"and {missed} of the fakes real.",
            120,
        ),
    ]


def _mean(means: Iterable[Mean]) -> float:
    return float(np.mean([each.value for each in means]))


def stability_tables(changed: dict[str, Changed]) -> list[str]:
    """Whether answers that are wrong hold less well than those that are right; a table a network."""
    text: list[str] = []
    for network, rows in changed.items():
        perturbed = {
            name.removeprefix(stability.PERTURBED): judged
            for name, judged in rows.items()
            if name.startswith(stability.PERTURBED)
        }
        text += [f"### {network}", "", stability.lines(stability.stability(rows["as it is"], perturbed)), ""]
    return text[:-1]


def _pixels(name: str) -> int:
    head = name.split(" ")[0]
    return int(head) if head.isdigit() else 0
