"""What is said of left-out pictures that were made small, saved or changed; for `draw.py`."""

from __future__ import annotations

import json
from dataclasses import replace
from textwrap import wrap

from stored import UNSEEN

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.real_threshold import COLOURLESS, SMALLER
from fauxface.evaluation.sources import BySource, by_source
from fauxface.report import degraded, stability
from fauxface.report.tables import per_cent
from fauxface.weights.card import ModelCard

Changed = dict[str, list[Prediction]]


def degraded_tables(changed: dict[str, Changed]) -> list[str]:
    """By size and compression, and other changes; a table a network."""
    text: list[str] = []
    for network, rows in changed.items():
        counted: dict[str, BySource] = {
            name: by_source(judged, fewest=degraded.FEWEST)
            for name, judged in rows.items()
            if not name.startswith(stability.PERTURBED)
        }
        order = sorted(counted, key=lambda n: (n != "as it is", not n[0].isdigit(), _pixels(n), n))
        text += [f"### {network}", "", degraded.lines({name: counted[name] for name in order}), ""]
    return text[:-1]


def real_thresholds(rows: Changed, card: ModelCard) -> list[str]:
    """What the default's thresholds for small and colourless faces do, and what they cost, as `small.py` has counted."""
    head = "fakes called real: one threshold for all | with its own | uncertain: one threshold for all | with its own"
    lines = [f"| the face | {head} |", "|:--|--:|--:|--:|--:|"]
    for name in (*SMALLER, *COLOURLESS):
        real_to = card.decision.small_real_to if name in SMALLER else card.decision.colourless_real_to
        held = [replace(row, verdict="uncertain") if held_back(row, real_to) else row for row in rows[name]]
        before, after = by_source(rows[name], fewest=degraded.FEWEST), by_source(held, fewest=degraded.FEWEST)
        shares = [
            per_cent(m.value) for m in (before.missed_fakes, after.missed_fakes, before.uncertain, after.uncertain)
        ]
        lines.append(f"| {name} | {' | '.join(shares)} |")
    cost = json.loads((UNSEEN / "small.json").read_text(encoding="utf-8"))
    return [
        *lines,
        "",
        f"So a face narrower than {card.decision.small_side} pixels is called real only up to {card.decision.small_real_to:.3f}, "
        "and one without colour",
        *wrap(
            f"(a spread below {card.input.least_colour:g}) up to {card.decision.colourless_real_to:.3f}. Of the left-out pictures as "
            f"they are, {per_cent(cost['photographs'])} of the photographs (mean of cameras) and {per_cent(cost['fakes'])} of the "
            f"fakes become uncertain by size, which the tables above do not count (`small.py`). {with_sizes()}",
            120,
        ),
    ]


def sized(name: str, rules: str = "with_sizes") -> tuple[float, tuple[float, float]]:
    """A mean over left-out sources with its interval when size counts too, which `small.py` has counted.

    Args:
        name: "uncertain", "accused_photographs", "missed_fakes".
        rules: "with_sizes", or "with_sizes_and_colours": faces without colour have their own threshold, too.
    """
    found = json.loads((UNSEEN / "small.json").read_text(encoding="utf-8"))[rules][name]
    low, high = found["interval"]
    return found["value"], (low, high)


def with_sizes() -> str:
    """What a user meets when size counts too, and then colour."""
    names = ("uncertain", "accused_photographs", "missed_fakes")
    uncertain, accused, missed = (per_cent(*sized(name)) for name in names)
    all_uncertain, all_accused, all_missed = (per_cent(*sized(name, "with_sizes_and_colours")) for name in names)
    return (
        f"With both rules for small faces {uncertain} are uncertain, {accused} of the photographs are called fake and "
        f"{missed} of the fakes real. With that for pictures without colour, too, it is {all_uncertain}, {all_accused} and "
        f"{all_missed}."
    )


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


def held_back(row: Prediction, real_to: float) -> bool:
    """Whether a threshold of its own would make a *real* one uncertain."""
    return row.verdict == "real" and (row.probability_fake or 0.0) > real_to


def _pixels(name: str) -> int:
    head = name.split(" ")[0]
    return int(head) if head.isdigit() else 0
