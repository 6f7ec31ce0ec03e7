"""Test pictures with their verdicts, as the paper's Figs. 8 and 9 show its page's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fauxface.evaluation.predictions import Prediction, PredictionTable
from fauxface.report.style import FAKE_COLOUR, INK, REAL_COLOUR, Display


def typical(table: PredictionTable) -> list[Prediction]:
    """For each outcome (fake called fake, real called real, fake called real, real called fake) the picture of median
    probability; outcomes that never happened are left out."""
    found = []
    for truth, called in (("fake", "fake"), ("real", "real"), ("fake", "real"), ("real", "fake")):
        fitting = [
            r
            for r in table.judged
            if r.label == truth and ((r.probability_fake or 0.0) >= table.threshold) == (called == "fake")
        ]
        fitting.sort(key=lambda r: (r.probability_fake or 0.0, r.path))
        if fitting:
            found.append(fitting[len(fitting) // 2])
    return found


@dataclass
class ExampleVerdicts(Display):
    """Pictures in one row, each with what was said and what is true.

    ``pictures``: (S, S, 3) uint8 each; ``predictions``: theirs, in the same order.
    """

    pictures: Sequence[NDArray[np.uint8]]
    predictions: Sequence[Prediction]
    threshold: float = 0.5
    size = (10.4, 3.4)

    def draw(self, figure: Figure) -> None:
        """One pair of axes a picture."""
        for i in range(len(self.pictures)):
            self._show(figure.add_subplot(1, len(self.pictures), i + 1), i)

    def plot(self, ax: Axes) -> Axes:
        """Draw the first picture into ``ax`` and give it back."""
        self._show(ax, 0)
        return ax

    def _show(self, ax: Axes, i: int) -> None:
        row = self.predictions[i]
        p = row.probability_fake or 0.0
        called = "fake" if p >= self.threshold else "real"
        colour = FAKE_COLOUR if called == "fake" else REAL_COLOUR
        ax.imshow(self.pictures[i])
        ax.set_xticks(())
        ax.set_yticks(())
        for spine in ax.spines.values():
            spine.set(color=colour, linewidth=3)
        said = f"says {called}, {100 * (p if called == 'fake' else 1 - p):.1f}%"
        ax.set_title(said, fontsize=11, fontweight="bold", color=colour, pad=8)
        verdict = "right" if called == row.label else "wrong"
        ax.set_xlabel(f"{verdict}: it is {row.label}", fontsize=10, color=INK, labelpad=6)
