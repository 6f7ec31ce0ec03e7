"""What is said of left-out pictures that were made small, saved or changed; for `draw.py`."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

import numpy as np
from stored import NETWORKS, alone

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import COLOURLESS, SMALL_SIDES, STEP, STEPS, WHOLE_SIDE, smaller
from fauxface.evaluation.sources import BySource, Mean, by_source
from fauxface.evaluation.unseen_sources import Unseen
from fauxface.report import degraded, stability
from fauxface.report.tables import per_cent
from fauxface.weights.store import resolve

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
    """What a network's thresholds for small and colourless faces do, and what they cost.

    Args:
        with_rules, without: left-out pictures after each change, judged with these thresholds and by one for all.
    """
    head = "fakes called real: one threshold for all | with its own | uncertain: one threshold for all | with its own"
    lines = [f"| faces | *real* up to | {head} |", "|:--|--:|--:|--:|--:|--:|"]
    rules = found.thresholds.rules
    own = dict(zip(STEPS, (up_to for _, up_to in rules.small), strict=True))
    groups = [(f"{side} px", own[side], smaller(side)) for side in SMALL_SIDES]
    for name, up_to, changes in (*groups, ("without colour", rules.colourless, COLOURLESS)):
        both = [
            [by_source(rows[change], fewest=degraded.FEWEST) for change in changes] for rows in (without, with_rules)
        ]
        shares = [_mean(each.missed_fakes for each in counted) for counted in both]
        shares += [_mean(each.uncertain for each in counted) for counted in both]
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
            "Shares are means over the ways of saving that the rule rests on (JPEG of quality 90, 75 and 50, WebP of 75). "
            f"Between two sizes the threshold rises every {STEP} pixels, evenly in its log-odds "
            f"([experiment 41](../experiments/41-between-the-sizes.md)); faces of {WHOLE_SIDE} pixels and more have the one "
            f"for all. Of the left-out pictures as they are, by probability and familiarity alone {uncertain} would be "
            f"uncertain, {accused} of the photographs called fake and {missed} of the fakes real.",
            120,
            break_on_hyphens=False,
        ),
    ]


def limits() -> list[str]:
    """From which size and JPEG quality on a network answers."""
    default, resnet = (resolve(name).card.input for name in NETWORKS)
    return wrap(
        f"Faces below {default.smallest_side} pixels, the smallest size here, are *uncertain*. So are JPEGs below quality "
        f"{default.lowest_jpeg_quality} for the default and {resnet.lowest_jpeg_quality} for `resnet68`: from these on, at "
        f"most half as many fakes again are called real at {WHOLE_SIDE} pixels as without compression.",
        120,
    )


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
