"""Which sources were left out together, and how far that leaves them out; for `draw.py`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from textwrap import wrap

import numpy as np
from targets import STYLEGANS

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import by_source
from fauxface.evaluation.unseen_sources import Unseen
from fauxface.report.markdown import escaped
from fauxface.report.tables import per_cent, plain

DIFFUSION = "diffusion"
"""A family of `fauxface.data.samples.Sample`; all others of fakes are GANs."""


def by_kind(found: dict[str, Unseen]) -> list[str]:
    """Fakes called real, GANs and diffusion models apart: lines of the first table. So few sources allow no interval."""
    means = [_means(each) for each in found.values()]
    return [
        f"| – mean of {len(sources)} {kind} | "
        + " | ".join(per_cent(float(np.mean(list(each[kind].values())))) for each in means)
        + " |"
        for kind, sources in means[0].items()
    ]


def _means(found: Unseen) -> dict[str, dict[str, float]]:
    """Kind of generator → generator → its share called real."""
    families = {row.source: row.family for row in found.rows if row.label == "fake"}
    shares = {row.source: row.wrong for row in found.by_source.generators}
    return {
        "GANs": {name: share for name, share in shares.items() if families[name] != DIFFUSION},
        "diffusion models": {name: share for name, share in shares.items() if families[name] == DIFFUSION},
    }


def within_one_fold(found: dict[str, Unseen]) -> list[str]:
    """The mean AUC of pairs that one network has judged: a line of the first table."""
    cells = [plain(float(np.mean(_areas(each.rows)))) for each in found.values()]
    return [f"| – mean of pairs within one fold | {' | '.join(cells)} |"]


@cache
def _areas(rows: tuple[Prediction, ...]) -> tuple[float, ...]:
    """AUC of each camera and generator that were left out together."""
    folds = sorted({row.fold for row in rows})
    return tuple(float(area) for fold in folds for area in by_source([r for r in rows if r.fold == fold]).auc.ravel())


def left_out_together(found: Unseen) -> list[str]:
    """A table of the folds, and what they leave to learn from."""
    folds = sorted({row.fold for row in found.rows})
    sources = {
        label: {fold: sorted({r.source for r in found.rows if (r.fold, r.label) == (fold, label)}) for fold in folds}
        for label in ("real", "fake")
    }
    lines = ["| fold | cameras left out | generators left out |", "|:--|:--|:--|"]
    lines += [
        f"| {fold} | {', '.join(map(escaped, sources['real'][fold]))} | {', '.join(map(escaped, sources['fake'][fold]))} |"
        for fold in folds
    ]
    return [*lines, "", *wrap(_remark(found, sources), 120, break_on_hyphens=False)]


def _remark(found: Unseen, sources: dict[str, dict[str, list[str]]]) -> str:
    cameras = sources["real"]
    names = sorted({name for each in cameras.values() for name in each})
    split = [name for name in names if sum(name in each for each in cameras.values()) > 1]
    pairs, inside = found.by_source.auc.size, len(_areas(found.rows))
    return (
        f"Left out is weaker than it sounds. {_listed(split)} lie in several folds, parted by web site: a network that judges "
        f"one site has learned from others. Of the StyleGAN family ({_listed(STYLEGANS)}) those of other folds always stay. And the "
        f"mean AUC is over {pairs} pairs of a camera and a generator, most of them of different folds: there one network judged the "
        "photographs and another the fakes, and their logits need not mean the same. So the first table has the mean "
        f"over the {inside} pairs within one fold, too (a source in several folds counts in each)."
    )


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
