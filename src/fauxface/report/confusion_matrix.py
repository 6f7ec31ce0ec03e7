"""The confusion matrix, laid out as the paper's Tables III and IV: rows are predicted, columns actual."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from fauxface.evaluation.metrics import Metrics, from_probabilities
from fauxface.report.style import BLUE, INK, RED, Display, frame


@dataclass
class ConfusionMatrix(Display):
    """Counts of pictures; ``metrics`` may come from `from_counts`."""

    metrics: Metrics
    title: str = ""
    size = (5.3, 4.9)

    @classmethod
    def from_predictions(
        cls, labels: ArrayLike, probability_fake: ArrayLike, threshold: float = 0.5, *, title: str = ""
    ) -> ConfusionMatrix:
        """From (N,) labels (1 real, 0 fake) and (N,) probabilities of fake.

        Raises:
            DataError: see `fauxface.evaluation.metrics.from_probabilities`.
        """
        return cls(from_probabilities(labels, probability_fake, threshold, resamples=1), title)

    def plot(self, ax: Axes) -> Axes:
        """Draw into ``ax`` and give it back."""
        m = self.metrics
        frame(ax, title=self.title or "Confusion matrix", x="The picture is", y="The detector says")
        reals, fakes = m.tp + m.fn, m.fp + m.tn
        cells = (
            (0, 1, m.tp, reals, BLUE, "of the real pictures"),
            (1, 1, m.fp, fakes, RED, "of the fakes\n(the costly error)"),
            (0, 0, m.fn, reals, RED, "of the real pictures"),
            (1, 0, m.tn, fakes, BLUE, "of the fakes"),
        )
        for x, y, count, of, colour, meaning in cells:
            share = count / of if of else 0.0
            # From a tint to a middle tone, so that dark text stays readable on every cell.
            strength = 0.16 + 0.34 * share
            tint = tuple(1 - strength * (1 - c) for c in to_rgb(colour))
            ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=tint, edgecolor="white", linewidth=4))
            ax.text(x, y + 0.09, f"{count:,}", ha="center", va="center", fontsize=19, color=INK)
            text = f"{100 * share:.2f}% {meaning}" if of else f"none {meaning}".split("\n")[0]
            ax.text(x, y - 0.05, text, ha="center", va="top", fontsize=9, color=INK, linespacing=1.5)
        ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), aspect="equal")
        ax.set_xticks((0, 1), ("real", "fake"), fontsize=11)
        ax.set_yticks((1, 0), ("real", "fake"), fontsize=11, rotation=90, va="center")
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.grid(visible=False)
        return ax
