"""How much does more data help? Metrics on the same test pictures against the number of training pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from fauxface.errors import DataError
from fauxface.evaluation.metrics import Metrics, from_probabilities
from fauxface.evaluation.predictions import PredictionTable
from fauxface.report.style import BLUE, FAINT, RED, Display, frame

_SERIES = (
    ("auc", "area under the ROC curve", BLUE, "o", "-"),
    ("balanced_accuracy", "balanced accuracy", RED, "s", (0, (5, 2))),
)


@dataclass
class DataSizeCurve(Display):
    """(training pictures, metrics) of each detector, rising."""

    points: list[tuple[int, Metrics]]
    title: str = ""
    size = (6.8, 4.6)

    @classmethod
    def from_predictions(cls, tables: Iterable[tuple[int, PredictionTable]], *, title: str = "") -> DataSizeCurve:
        """From (number of training pictures, predictions on the test pictures) of each detector.

        Raises:
            DataError: no table, or a number below 1; see also `from_probabilities`.
        """
        points = [(n, from_probabilities(*t.arrays(), t.threshold)) for n, t in tables]
        if not points or min(n for n, _ in points) < 1:
            raise DataError(
                "the curve needs at least one table, each with 1 or more training pictures", code="no_tables"
            )
        return cls(sorted(points, key=lambda point: point[0]), title)

    def plot(self, ax: Axes) -> Axes:
        """Draw into ``ax`` and give it back. Metrics that a table cannot tell are left out."""
        frame(
            ax,
            title=self.title or "More training pictures",
            x="Training pictures",
            y="1 is perfect, 0.5 is guessing",
        )
        lowest, sizes = 1.0, sorted({n for n, _ in self.points})
        for shift, (name, text, colour, marker, line) in zip((0.985, 1.015), _SERIES, strict=True):
            known = [(n * shift, m, getattr(m, name)) for n, m in self.points if getattr(m, name) is not None]
            for x, m, value in known:
                low, high = m.intervals.get(name) or (value, value)
                lowest = min(lowest, low)
                ax.plot((x, x), (low, high), color=colour, linewidth=1.5, alpha=0.65)
            xs, ys = [k[0] for k in known], [k[2] for k in known]
            ax.plot(
                xs,
                ys,
                color=colour,
                marker=marker,
                linestyle=line,
                markersize=5.5,
                linewidth=1.8,
                label=text,
            )
        ax.set_xscale("log")
        if len(sizes) > 8:
            sizes = sizes[:: -(-len(sizes) // 8)]
        ax.xaxis.set_major_locator(FixedLocator(sizes))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        margin = 0.06 * (1 - lowest) + 1e-3
        ax.set_ylim(lowest - margin, min(1 + margin, 1.02))
        legend = ax.legend(
            frameon=True,
            edgecolor="none",
            framealpha=1,
            fontsize=9,
            loc="lower right",
            title="bars: 95% intervals",
            title_fontsize=8.5,
            alignment="left",
        )
        legend.get_title().set_color(FAINT)
        return ax
