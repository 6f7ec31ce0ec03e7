"""What every plot shares: a quiet frame, colours that colour-blind people can tell apart, saving in one
piece.

Only matplotlib's object interface is used: no pyplot, no global state, so plots can be drawn in any thread
and without a screen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter

from fauxface.files import replacing

# M. Okabe and K. Ito, "Color Universal Design", 2008.
BLUE: Final = "#0072B2"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
RED: Final = "#D55E00"
REAL_COLOUR: Final = BLUE
FAKE_COLOUR: Final = RED
INK: Final = "#222222"
FAINT: Final = "#767676"
GRID: Final = "#E3E3E3"
DPI: Final = 160


class Display(ABC):
    """A plot: `plot` draws it into axes of the caller, `save` writes it as a PNG of its own."""

    size: tuple[float, float] = (6.4, 5.2)
    """Width and height in inches."""

    @abstractmethod
    def plot(self, ax: Axes) -> Axes:
        """Draw into ``ax`` and give it back."""

    def draw(self, figure: Figure) -> None:
        """Lay out the whole plot; one pair of axes unless a plot says otherwise."""
        self.plot(figure.add_subplot())

    def figure(self) -> Figure:
        """The plot on a canvas that needs no screen."""
        figure = Figure(figsize=self.size, layout=ConstrainedLayoutEngine(wspace=0.07), facecolor="white")
        FigureCanvasAgg(figure)
        self.draw(figure)
        return figure

    def save(self, path: Path) -> None:
        """Write a PNG in one piece, whatever the ending of ``path``.

        Raises:
            DataError: the file cannot be written.
        """
        figure = self.figure()
        with replacing(path) as file:
            figure.savefig(file, format="png", dpi=DPI)


def frame(ax: Axes, *, title: str = "", x: str = "", y: str = "") -> None:
    """Axis labels, a title at the left, a faint grid behind, no box."""
    ax.set_title(title, loc="left", fontsize=11, color=INK, fontweight="bold", pad=10)
    ax.set_xlabel(x, fontsize=10, color=INK, labelpad=6)
    ax.set_ylabel(y, fontsize=10, color=INK, labelpad=6)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(FAINT)
    ax.tick_params(colors=FAINT, labelcolor=INK, labelsize=9)
    ax.grid(color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)


def per_cent(decimals: int = 0) -> FuncFormatter:
    """Ticks of a fraction, written as per cent."""
    return FuncFormatter(lambda value, _: f"{100 * value:.{decimals}f}%")
