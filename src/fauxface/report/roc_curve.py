"""The ROC curve, with a logarithmic close-up of the corner where few fakes are called real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike, NDArray

from fauxface.errors import DataError
from fauxface.evaluation.inputs import checked
from fauxface.evaluation.metrics import Metrics, from_probabilities
from fauxface.evaluation.ranking import Ranking
from fauxface.report.style import BLUE, FAINT, INK, RED, Display, frame, per_cent
from fauxface.report.tables import per_cent as fraction_text
from fauxface.report.tables import plain

_X, _Y = "Fakes called real", "Photographs called real"


@dataclass
class RocCurve(Display):
    """Shares of fakes and of photographs called real as the threshold moves: (L,) each, from 0 to 1."""

    missed_fakes: NDArray[np.float64]
    photographs_called_real: NDArray[np.float64]
    metrics: Metrics
    title: str = ""
    size = (10.0, 4.9)

    @classmethod
    def from_predictions(
        cls,
        labels: ArrayLike,
        probability_fake: ArrayLike,
        threshold: float = 0.5,
        *,
        metrics: Metrics | None = None,
        title: str = "",
    ) -> RocCurve:
        """From (N,) labels (1 real, 0 fake) and (N,) probabilities of fake.

        ``metrics`` of the same pictures save computing the interval of the area once more.

        Raises:
            DataError: one class is missing (code ``one_class``), or see `from_probabilities`.
        """
        truth, p = checked(labels, probability_fake)
        if len(np.unique(truth)) < 2:
            raise DataError("a ROC curve needs real and fake pictures", code="one_class")
        return cls(*Ranking.of(truth, p).roc(), metrics or from_probabilities(truth, p, threshold), title)

    def draw(self, figure: Figure) -> None:
        """The whole curve at the left, the close-up at the right."""
        left, right = figure.subplots(1, 2, width_ratios=(1, 1))
        self.plot(left)
        self.plot_close_up(right)

    def plot(self, ax: Axes) -> Axes:
        """Draw the whole curve into ``ax`` and give it back."""
        frame(ax, title=self.title or "ROC curve", x=_X, y=_Y)
        ax.plot((0, 1), (0, 1), color=FAINT, linewidth=1, linestyle=(0, (4, 4)))
        turned = {"rotation": 45, "rotation_mode": "anchor", "transform_rotates_text": True}
        ax.text(0.42, 0.37, "guessing", color=FAINT, fontsize=9, **turned)
        ax.plot(self.missed_fakes, self.photographs_called_real, color=BLUE, linewidth=2)
        self._operating_point(ax)
        ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
        ax.xaxis.set_major_formatter(per_cent())
        ax.yaxis.set_major_formatter(per_cent())
        bold = {"fontsize": 10.5, "fontweight": "bold", "linespacing": 1.4}
        ax.text(0.98, 0.06, self._area(), ha="right", color=INK, **bold)
        return ax

    def plot_close_up(self, ax: Axes) -> Axes:
        """Draw the corner where few fakes are called real, on a logarithmic axis, and give ``ax`` back."""
        m = self.metrics
        frame(ax, title="The same, close up", x=f"{_X}, logarithmic", y=_Y)
        # One fake called real is the smallest share that can be seen; none at all is drawn at the left edge.
        left = 0.5 / (m.fp + m.tn)
        ax.plot(np.maximum(self.missed_fakes, left), self.photographs_called_real, color=BLUE, linewidth=2)
        self._operating_point(ax, left)
        at_left = float(np.interp(left, self.missed_fakes, self.photographs_called_real))
        bottom = max(0.0, min(at_left, m.sensitivity or 0.0) - 0.1)
        ax.set(xscale="log", xlim=(left, 1), ylim=(bottom, 1 + 0.02 * (1 - bottom)))
        ax.xaxis.set_major_locator(LogLocator(numticks=6))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.yaxis.set_major_formatter(per_cent())
        if m.threshold is not None:
            error = fraction_text(m.missed_fakes, m.intervals.get("missed_fakes"))
            text = f"● fakes called real at the threshold:\n{error}"
            ax.text(0.98, 0.06, text, ha="right", fontsize=9, color=RED, transform=ax.transAxes, linespacing=1.5)
        return ax

    def _operating_point(self, ax: Axes, left: float = 0.0) -> None:
        m = self.metrics
        if m.threshold is not None and m.missed_fakes is not None and m.sensitivity is not None:
            x = max(m.missed_fakes, left)
            ax.plot([x], [m.sensitivity], "o", color=RED, markersize=6, zorder=3, clip_on=False)

    def _area(self) -> str:
        return f"area under the curve\n{plain(self.metrics.auc, self.metrics.intervals.get('auc'))}"
