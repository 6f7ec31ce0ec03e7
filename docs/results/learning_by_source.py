"""Plots that only the results page shows: what more sources, and more pictures, would bring; for `draw.py`."""

from __future__ import annotations

import json
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from stored import UNSEEN

from fauxface.report import style
from fauxface.report.tables import plain


class LearningBySource(style.Display):
    """Mean AUC on left-out sources by how many cameras, generators and pictures were learned from."""

    size = (9.6, 3.4)

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def plot(self, ax: Axes) -> Axes:
        raise NotImplementedError("three pairs of axes: see draw")

    def draw(self, figure: Figure) -> None:
        """One pair of axes a question, the same scale of AUC."""
        axes = figure.subplots(1, 3, sharey=True)
        for ax, (kind, title) in zip(axes, LEARNED.items(), strict=True):
            mine = [r for r in self.rows if r["kind"] == kind]
            places, areas = range(len(mine)), [r["auc"] for r in mine]
            spread = [r["deviation"] for r in mine]
            style.frame(ax, title=title, y="AUC, left-out sources" if kind == "cameras" else "")
            ax.errorbar(places, areas, yerr=spread, color=style.BLUE, marker="o", capsize=3, linewidth=1.5)
            ax.set_xticks(places, [level_name(kind, r["level"]) for r in mine])
            ax.axhline(0.5, color=style.FAINT, linewidth=0.8, linestyle=":")


LEARNED = {"cameras": "Cameras", "generators": "Generators", "pictures": "Share of the pictures"}


def level_name(kind: str, level: float | None) -> str:
    if level is None:
        return "all"
    return f"{100 * level:g}%" if kind == "pictures" else f"{level:g}"


def learning() -> list[str]:
    """What more cameras, generators and pictures would bring, from trials that `learning.py` has stored."""
    rows = learned()
    lines = ["| learned from | trials | mean AUC on left-out sources | deviation of the trials |", "|:--|--:|--:|--:|"]
    lines += [
        f"| {kind}: {level_name(kind, r['level'])} | {r['trials']} | {plain(r['auc'])} | {plain(r['deviation'])} |"
        for kind in LEARNED
        for r in rows
        if r["kind"] == kind
    ]
    return [*lines, "", *last_steps(rows), "", "![what more sources would bring](unseen-sources/learning.png)", ""]


def last_steps(rows: list[dict[str, Any]]) -> list[str]:
    """Which of the three still brings most, read from the last step of each."""
    gained: dict[str, tuple[float, str]] = {}
    for kind in LEARNED:
        before, last = [r for r in rows if r["kind"] == kind][-2:]
        gained[kind] = last["auc"] - before["auc"], f"{kind} from {level_name(kind, before['level'])} to all"
    steps = [f"{text}: {gain:+.4f}" for gain, text in gained.values()]
    most = max(gained, key=lambda kind: gained[kind][0])
    spread = [r["deviation"] for r in rows]
    return wrap(
        f"The last step of each brought: {'; '.join(steps)}. That of {most} is the largest, but trials of one level deviate by "
        f"{min(spread):.2f} to {max(spread):.2f}: a hint at what would bring most, and no proof. How many would reach the aims "
        "cannot be read from it, as the fast form ranks far worse than a trained network.",
        120,
    )


def learned() -> list[dict[str, Any]]:
    """The stored trials."""
    return json.loads((UNSEEN / "learning.json").read_text(encoding="utf-8"))
