"""Plots and tables that only the results page shows: what more sources, and more pictures, would bring; for `draw.py`."""

from __future__ import annotations

import json
import math
from textwrap import wrap
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from stored import UNSEEN

from fauxface.report import style
from fauxface.report.tables import per_cent, plain

LEARNED: Final = {"cameras": "Cameras", "generators": "Generators", "pictures": "Pictures of a source, at most"}
_CERTAIN: Final = 1.96
"""Standard errors of a mean to either side that hold it in 95 of 100 cases."""
Row = dict[str, Any]


class LearningBySource(style.Display):
    """AUC and the share of fakes caught on left-out sources, by how many cameras, generators and pictures were learned
    from."""

    size = (9.6, 5.4)

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    def plot(self, ax: Axes) -> Axes:
        raise NotImplementedError("six pairs of axes: see draw")

    def draw(self, figure: Figure) -> None:
        """One column of axes a question, one row a metric."""
        axes = figure.subplots(2, 3, sharey="row")
        for column, (kind, title) in enumerate(LEARNED.items()):
            mine = [r for r in self.rows if r["kind"] == kind]
            for row, (metric, name) in enumerate((("auc", "AUC"), ("caught", "fakes caught at 5% accused"))):
                ax = axes[row][column]
                style.frame(ax, title=title if row == 0 else "", y="" if column else name)
                ax.errorbar(
                    range(len(mine)),
                    [r[metric] for r in mine],
                    yerr=[r[f"{metric}_deviation"] for r in mine],
                    color=style.BLUE,
                    marker="o",
                    capsize=3,
                    linewidth=1.5,
                    label="all generators",
                )
                if metric == "auc":
                    hard = [r["auc_diffusion"] for r in mine]
                    ax.plot(
                        range(len(mine)), hard, color=style.ORANGE, marker="s", linewidth=1.5, label="diffusion models"
                    )
                ax.set_xticks(range(len(mine)), [level_name(r["level"]) for r in mine])
        axes[0][0].legend(loc="lower right", fontsize="small", frameon=False)


def level_name(level: int | None) -> str:
    """How a level is called in a table."""
    if level is None:
        return "all"
    return f"{level:g}"


def learning() -> list[str]:
    """What more cameras, generators and pictures bring, from trials that `learning.py` has stored."""
    rows = learned()
    lines = [
        "| learned from | trials | AUC (deviation of trials) | – of diffusion models | caught at 5% accused | fakes called real "
        "| uncertain |",
        "|:--|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {kind}: {level_name(r['level'])} | {r['trials']} | {_with_deviation(r)} | {plain(r['auc_diffusion'])} "
        f"| {per_cent(r['caught'])} | {per_cent(r['missed'])} | {per_cent(r['uncertain'])} |"
        for kind in LEARNED
        for r in rows
        if r["kind"] == kind
    ]
    return [*lines, "", *last_steps(rows), "", *relatives(_stored()["relatives"]), "",
            "![what more sources bring](unseen-sources/learning.png)", ""]  # fmt: skip


def _with_deviation(row: Row) -> str:
    return plain(row["auc"]) + (f" ({row['auc_deviation']:.3f})" if row["trials"] > 1 else "")


def last_steps(rows: list[Row]) -> list[str]:
    """What the last step of each brought, with an interval over its trials."""
    said: list[str] = []
    for kind in LEARNED:
        before, last = [r for r in rows if r["kind"] == kind][-2:]
        steps = [
            f"{last[metric] - before[metric]:+.3f} (95%: {_interval(before, last, metric)}) {name}"
            for metric, name in (("auc", "AUC"), ("caught", "of the fakes caught"))
        ]
        said.append(f"{kind} from {level_name(before['level'])} to all: {', '.join(steps)}")
    return wrap(
        f"The last step of each brought: {'; '.join(said)}. Intervals come from which sources or pictures were drawn; all that "
        "there are can be drawn in one way only.",
        120,
    )


def _interval(before: Row, last: Row, metric: str) -> str:
    gain = last[metric] - before[metric]
    error = _CERTAIN * before[f"{metric}_deviation"] / math.sqrt(before["trials"])
    return f"{gain - error:+.3f} to {gain + error:+.3f}"


def relatives(rows: list[Row]) -> list[str]:
    """What it is worth to know a relative of a generator: the two diffusion models."""
    lines = ["| diffusion models learned from | judged | AUC | called fake | called real |", "|:--|:--|--:|--:|--:|"]
    names = {
        "no": "none",
        "the other": "only the other one",
        "both": "half of its own pictures, too; the other half is judged",
    }
    areas = {(r["known"], r["generator"]): r["auc"] for r in rows}
    judged = sorted({r["generator"] for r in rows})
    gains = {
        known: " and ".join(f"{areas[known, name] - areas['no', name]:+.2f}" for name in judged)
        for known in ("the other", "both")
    }
    return [
        *wrap(
            f"What would bring the diffusion models: knowing the other one moves the AUC of {' and '.join(judged)} by "
            f"{gains['the other']}, knowing half of their own pictures by {gains['both']}; those that were learned from are not "
            "judged. So it is pictures of the very generator that are missing, more than of relatives; the shipped detector "
            "learned from both.",
            120,
        ),
        "",
        *lines,
        *(
            f"| {names[r['known']]} | {r['generator']} | {plain(r['auc'])} | {per_cent(r['caught_share'])} "
            f"| {per_cent(r['missed'])} |"
            for r in rows
        ),
    ]


def _stored() -> dict[str, Any]:
    return json.loads((UNSEEN / "learning.json").read_text(encoding="utf-8"))


def learned() -> list[Row]:
    """The stored trials."""
    return _stored()["levels"]
