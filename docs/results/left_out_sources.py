"""What left-out sources say, section by section; for `draw.py`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from folds import by_kind, within_one_fold
from stored import NETWORKS, SWAPS, TABLE, UNSEEN, outside_table
from targets import STYLEGANS

from fauxface.evaluation.intervals import wilson
from fauxface.evaluation.predictions import Prediction, read
from fauxface.evaluation.unseen_sources import Unseen, calibrated, said
from fauxface.report import people
from fauxface.report.markdown import escaped
from fauxface.report.novelty import KEPT, by_novelty, by_probability
from fauxface.report.tables import per_cent, plain


def side_by_side(found: dict[str, Unseen]) -> list[str]:
    """The metrics that count, a column a network."""
    lines = ["| over left-out sources, mean (95%) | " + " | ".join(found) + " |", "|:--|" + "--:|" * len(found)]
    more = {"missed_fakes": by_kind, "mean_auc": within_one_fold}
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
        lines += more[key](found) if key in more else []
    return lines


def by_each(found: dict[str, Unseen], group: Literal["cameras", "generators"], wrong: str) -> list[str]:
    """One line a camera or generator, the columns of each network beside each other; ``wrong`` heads the errors."""
    counted = {name: getattr(each.by_source, group) for name, each in found.items()}
    head = [f"{name}: {wrong} | uncertain | AUC" for name in found]
    lines = [f"| source | pictures | {' | '.join(head)} |", "|:--|--:|" + "--:|" * (3 * len(found))]
    for rows in zip(*counted.values(), strict=True):
        cells = [f"{per_cent(r.wrong, r.interval)} | {per_cent(r.uncertain)} | {plain(r.auc)}" for r in rows]
        lines.append(f"| {escaped(rows[0].source)} | {rows[0].pictures:,} | {' | '.join(cells)} |")
    return lines


def swaps(found: dict[str, Unseen]) -> list[str]:
    """Face swaps, which the detectors are not for: what they say of them all the same."""
    lines = ["| frames with **face swaps**, left out of training | fake | uncertain | real |", "|:--|--:|--:|--:|"]
    for name, each in found.items():
        rows = [r for r in read(UNSEEN / name / TABLE).rows if r.family == SWAPS and r.split != "test"]
        lines.append(
            f"| {name}, {len(rows):,} frames | {_shares(said(calibrated(rows, each.fitted), each.thresholds))} |"
        )
    return [*lines, "", "A swapped face is another problem than a generated one: none of these networks detects it."]


def outside(found: Unseen) -> list[str]:
    """What is said of a source from outside of the pack, from what `outside.py` has stored, beside left-out ones."""
    tables = {name: read(outside_table(name)).rows for name in NETWORKS}
    lines = ["| 263 StyleGAN2 faces of the npm package `fake-avatars` | fake | uncertain | real |", "|:--|--:|--:|--:|"]
    lines += [f"| {name} | {_shares(rows)} |" for name, rows in tables.items()]
    passed = {row.source: row.wrong for row in found.by_source.generators if row.source in STYLEGANS}
    answers = [row.verdict for row in tables["default"]]
    above = sum(answers.count("real") / len(answers) > share for share in passed.values())
    return [
        *lines,
        "",
        f"More of them pass the default than of {above} of the {len(passed)} left-out generators of the StyleGAN family.",
        "They took no part in training or thresholds, and in one choice of the design only: how many steps' weights of the default",
        "are averaged ([experiment 29](../experiments/29-a-second-opinion.md)). On one fold of left-out sources averaging ranked best,",
        "too, but by no more than chance makes: each was trained once ([experiment 37](../experiments/37-one-fold-otherwise.md)).",
    ]


def _shares(rows: Sequence[Prediction]) -> str:
    counts = [sum(r.verdict == answer for r in rows) for answer in ("fake", "uncertain", "real")]
    return " | ".join(per_cent(n / len(rows), wilson(n, len(rows))) for n in counts)


def groups() -> tuple[people.Group, ...]:
    """Errors by age, sex and origin, from counts that `attributes.py` has stored."""
    return people.read(UNSEEN / "attributes.json")


def novelty(found: Unseen) -> list[str]:
    """What a distance threshold costs, beside a higher probability threshold."""
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
        f"A higher probability threshold that accuses {per_cent(best.accused_photographs)} of photographs catches "
        f"{per_cent(best.caught)} of fakes.",
        "",
        "![accuse less, by probability or by novelty](unseen-sources/novelty.png)",
        "",
    ]


def inputs() -> list[str]:
    """Inputs, depths and trunks tried with frozen features, from what `inputs.py` and `larger.py` have stored."""
    rows = [row for name in ("inputs", "larger") for row in json.loads((UNSEEN / f"{name}.json").read_text("utf-8"))]
    lines = ["| input and depths | AUC, mean of generators | caught at 5% accused |", "|:--|--:|--:|"]
    lines += [
        f"| {r['trial']} | {plain(r['auc'], tuple(r['auc_interval']))} "
        f"| {per_cent(r['caught'], tuple(r['caught_interval']))} |"
        for r in rows
    ]
    return lines
