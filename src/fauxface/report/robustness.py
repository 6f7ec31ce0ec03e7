"""A detector under corruptions, from stored tables: plot, JSON, and a table in Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fauxface.evaluation.robustness import Row
from fauxface.files import write_text
from fauxface.report.style import BLUE, FAINT, FAKE_COLOUR, GRID, INK, ORANGE, REAL_COLOUR, Display, frame, per_cent
from fauxface.report.tables import per_cent as share_text
from fauxface.report.tables import plain
from fauxface.weights.metrics import Share

JSON, MARKDOWN, PLOT = "robustness.json", "robustness.md", "robustness.png"


def write_robustness(rows: Sequence[Row], out: Path, *, title: str) -> list[Path]:
    """Write the three files; see `fauxface.evaluation.robustness.rows`.

    Raises:
        DataError: a file cannot be written.
    """
    text = json.dumps([row.to_dict() for row in rows], indent=2, allow_nan=False) + "\n"
    write_text(out / JSON, text)
    write_text(out / MARKDOWN, "\n".join(lines(rows)) + "\n")
    RobustnessPlot(tuple(rows), title).save(out / PLOT)
    return [out / JSON, out / MARKDOWN, out / PLOT]


def lines(rows: Sequence[Row]) -> list[str]:
    """A Markdown table, one line a corruption; shares are of all pictures of their class."""
    table = [
        "| corruption | AUC (95%) | AUC lost | fakes called real | photographs called fake | uncertain |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        m, said = row.metrics, row.said
        shares = (said.missed_fakes, said.accused_photographs, said.abstained) if said else (None,) * 3
        lost = "–" if row.lost is None else f"{row.lost:+.4f}"
        cells = [row.name, plain(m.auc, m.intervals.get("auc")), lost, *map(_share, shares)]
        table.append(f"| {' | '.join(cells)} |")
    return table


def _share(share: Share | None) -> str:
    return "–" if share is None else share_text(share.value, share.interval)


@dataclass
class RobustnessPlot(Display):
    """AUC on the left, what was said on the right, one line a corruption."""

    rows: tuple[Row, ...]
    title: str = ""

    @property
    def size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Taller with more corruptions."""
        return (9.6, 1.6 + 0.27 * len(self.rows))

    def draw(self, figure: Figure) -> None:
        """AUC left, shares right, one shared list of names."""
        has_answers = any(row.said for row in self.rows)
        axes = figure.subplots(1, 2 if has_answers else 1, sharey=True, squeeze=False)[0]
        self.plot(axes[0])
        if has_answers:
            self.plot_answers(axes[1])

    def plot(self, ax: Axes) -> Axes:
        """AUC with its interval; the dashed line is that of the clean pictures."""
        frame(ax, title=self.title or "Robustness", x="area under the ROC curve")
        lowest = 0.9
        for y, row in enumerate(self.rows):
            auc = row.metrics.auc
            if auc is None:
                continue
            low, high = row.metrics.intervals.get("auc") or (auc, auc)
            lowest = min(lowest, low)
            ax.plot((low, high), (y, y), color=BLUE, linewidth=1.6, alpha=0.65)
            ax.plot([auc], [y], "o", color=BLUE, markersize=5.5)
        if self.rows and (clean := self.rows[0].metrics.auc) is not None:
            ax.axvline(clean, color=FAINT, linewidth=1, linestyle=(0, (4, 4)))
        ax.set(xlim=(max(0.0, lowest - 0.02), 1.0), ylim=(len(self.rows) - 0.5, -0.5))
        ax.set_yticks(range(len(self.rows)), [row.name for row in self.rows])
        return ax

    def plot_answers(self, ax: Axes) -> None:
        """Shares of each class that were called the other thing, and of all that were called uncertain."""
        frame(ax, x="share of pictures")
        series: Final = (
            ("uncertain", ORANGE, "d", "abstained"),
            ("photographs called fake", REAL_COLOUR, "s", "accused_photographs"),
            ("fakes called real", FAKE_COLOUR, "o", "missed_fakes"),
        )
        for text, colour, marker, name in series:
            known = [(y, getattr(row.said, name).value) for y, row in enumerate(self.rows) if row.said]
            ys, values = np.array([y for y, _ in known]), [np.nan if v is None else v for _, v in known]
            ax.plot(values, ys, marker, color=colour, markersize=5.5, label=text)
        ax.set_xlim(-0.02, 1.02)
        ax.xaxis.set_major_formatter(per_cent())
        ax.legend(loc="upper right", fontsize=8.5, labelcolor=INK, edgecolor=GRID, framealpha=0.95)
