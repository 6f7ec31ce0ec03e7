"""Learning curves as in the paper's Figs. 5 to 7, from a run's ``curves.csv``."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fauxface.errors import DataError
from fauxface.report.style import BLUE, GREEN, ORANGE, RED, Display, frame, per_cent

COLUMNS = ("epoch", "train_loss", "train_accuracy", "valid_loss", "valid_accuracy")


@dataclass
class LearningCurves(Display):
    """One value an epoch for each name in `COLUMNS`; accuracies are fractions.

    The colours are the paper's (section IV: loss blue and green, accuracy orange and red, for training and
    validation); validation is dashed too, for those who cannot tell the colours.
    """

    columns: dict[str, list[float]]
    title: str = ""
    size = (9.0, 4.0)

    @classmethod
    def from_csv(cls, path: Path, *, title: str = "") -> LearningCurves:
        """Read ``epoch,train_loss,train_accuracy,valid_loss,valid_accuracy``; further columns are left alone.

        Raises:
            DataError: missing, not text, a column missing, a value that is no number, or no epoch at all.
        """
        columns: dict[str, list[float]] = {name: [] for name in COLUMNS}
        try:
            with path.open(encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file)
                for name in COLUMNS:
                    if name not in (reader.fieldnames or ()):
                        raise DataError(f"{path}: the column '{name}' is missing", code="bad_curves")
                for row in reader:
                    for name, values in columns.items():
                        values.append(float(row[name]))
        except (OSError, csv.Error, ValueError, TypeError) as e:
            raise DataError(f"{path}: cannot read the learning curves ({e})", code="bad_curves") from e
        if not columns["epoch"]:
            raise DataError(f"{path}: no epoch is finished yet", code="bad_curves")
        return cls(columns, title)

    def draw(self, figure: Figure) -> None:
        """Loss at the left, accuracy at the right."""
        left, right = figure.subplots(1, 2)
        self.plot(left)
        self.plot_accuracy(right)

    def plot(self, ax: Axes) -> Axes:
        """Draw the losses into ``ax`` and give it back."""
        frame(ax, title=self.title or "Loss", x="Epoch", y="Loss (binary cross-entropy)")
        self._lines(ax, "loss", BLUE, GREEN)
        ax.set_ylim(bottom=0)
        ax.legend(frameon=False, fontsize=9, loc="upper right")
        return ax

    def plot_accuracy(self, ax: Axes) -> Axes:
        """Draw the accuracies into ``ax`` and give it back."""
        frame(ax, title="Accuracy", x="Epoch", y="Pictures judged rightly")
        self._lines(ax, "accuracy", ORANGE, RED)
        low, high = ax.get_ylim()
        ax.set_ylim(low, min(high, 1.005))
        # Whole per cents only where they differ from tick to tick.
        ax.yaxis.set_major_formatter(per_cent(0 if high - low > 0.05 else 1))
        ax.legend(frameon=False, fontsize=9, loc="lower right")
        return ax

    def _lines(self, ax: Axes, what: str, train: str, valid: str) -> None:
        epochs = self.columns["epoch"]
        # A single epoch is a point; many are a line without dots.
        marker = "o" if len(epochs) <= 12 else ""
        for side, colour, style in (("train", train, "-"), ("valid", valid, (0, (5, 2)))):
            values = [v if math.isfinite(v) else math.nan for v in self.columns[f"{side}_{what}"]]
            name = {"train": "training", "valid": "validation"}[side]
            ax.plot(
                epochs,
                values,
                color=colour,
                linestyle=style,
                marker=marker,
                markersize=4,
                linewidth=1.8,
                label=name,
            )
        margin = 0.02 * (epochs[-1] - epochs[0]) or 0.5
        ax.set_xlim(epochs[0] - margin, epochs[-1] + margin)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
