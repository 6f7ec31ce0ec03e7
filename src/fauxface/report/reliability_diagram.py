"""The reliability diagram: of the pictures said to be fake with 80%, are 80% fake?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from fauxface.evaluation.calibration import Bin, expected_calibration_error, reliability_table
from fauxface.evaluation.inputs import checked
from fauxface.labels import FAKE, REAL
from fauxface.report.style import BLUE, FAINT, FAKE_COLOUR, INK, REAL_COLOUR, Display, frame, per_cent


@dataclass
class ReliabilityDiagram(Display):
    """Bins of probability_fake, and per bin the (B,) real and (B,) fake pictures."""

    bins: list[Bin]
    reals: NDArray[np.int64]
    fakes: NDArray[np.int64]
    error: float | None
    title: str = ""
    size = (6.0, 6.8)

    @classmethod
    def from_predictions(cls, labels: ArrayLike, probability_fake: ArrayLike, *, title: str = "") -> ReliabilityDiagram:
        """From (N,) labels (1 real, 0 fake) and (N,) probabilities of fake.

        Raises:
            DataError: see `fauxface.evaluation.inputs.checked`.
        """
        truth, p = checked(labels, probability_fake)
        table = reliability_table(truth, p)
        # Counting each class by the same table keeps the two panels on the same bins.
        reals, fakes = (
            np.array([b.count for b in reliability_table(truth[truth == k], p[truth == k])]) for k in (REAL, FAKE)
        )
        return cls(table, reals, fakes, expected_calibration_error(truth, p), title)

    def draw(self, figure: Figure) -> None:
        """The diagram above, the number of pictures below, on one axis of probability."""
        axes = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.15))
        self.plot(axes[0])
        self.plot_counts(axes[1])
        axes[0].set_xlabel("")

    def plot(self, ax: Axes) -> Axes:
        """Draw the diagram into ``ax`` and give it back."""
        said = "Said to be fake with a probability of"
        frame(ax, title=self.title or "Reliability", x=said, y="Share that is fake")
        ax.plot((0, 1), (0, 1), color=FAINT, linewidth=1, linestyle=(0, (4, 4)))
        for b in self.bins:
            if b.confidence is not None and b.fraction is not None and b.interval is not None:
                ax.plot((b.confidence, b.confidence), b.interval, color=BLUE, linewidth=1.5, alpha=0.65)
                ax.plot([b.confidence], [b.fraction], "o", color=BLUE, markersize=6, zorder=3)
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        ax.xaxis.set_major_formatter(per_cent())
        ax.yaxis.set_major_formatter(per_cent())
        if self.error is not None:
            error = f"on average off by {100 * self.error:.2f} points"
            ax.text(0.03, 0.94, error, fontsize=10.5, color=INK, fontweight="bold")
            ax.text(0.03, 0.885, "bars: 95% intervals; dashed: exactly as said", fontsize=8.5, color=FAINT)
        return ax

    def plot_counts(self, ax: Axes) -> Axes:
        """Draw how many real and fake pictures lie in each bin into ``ax`` and give it back."""
        frame(ax, x="Said to be fake with a probability of", y="Pictures")
        low = np.array([b.low for b in self.bins])
        width = 1 / len(self.bins)
        half = 0.42 * width
        middle = low + 0.5 * width
        ax.bar(middle - half, self.reals, half, align="edge", color=REAL_COLOUR, label="real")
        hatched = {"hatch": "////", "edgecolor": "white", "linewidth": 0}
        ax.bar(middle, self.fakes, half, align="edge", color=FAKE_COLOUR, label="fake", **hatched)
        ax.set_yscale("log")
        top = max(int(self.reals.max(initial=1)), int(self.fakes.max(initial=1)), 10)
        ax.set_ylim(0.7, top * 1.6)
        ax.yaxis.set_major_locator(LogLocator(numticks=5))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        ax.xaxis.set_major_formatter(per_cent())
        ax.legend(frameon=False, fontsize=9, ncols=2, loc="upper center")
        return ax
