"""The matrix of cameras and generators that nobody trained on: how well each pair is told apart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from fauxface.evaluation.sources import BySource
from fauxface.evaluation.unseen_sources import Unseen
from fauxface.files import write_text
from fauxface.report import style
from fauxface.report.markdown import escaped, table
from fauxface.report.tables import per_cent, plain
from fauxface.weights.metrics import Mean, SourceShare

_COLOURS: Final = LinearSegmentedColormap.from_list("areas", [style.RED, "#F6E6DA", "#FFFFFF", "#D6E6F2", style.BLUE])
_LEAST: Final = 0.4


@dataclass
class SourceMatrix(style.Display):
    """Areas under the ROC curve, cameras down, generators across; 0.5 is guessing, 1 is perfect."""

    found: BySource
    title: str = "Cameras and generators left out of training: AUC"

    def __post_init__(self) -> None:
        columns, rows = len(self.found.generators), len(self.found.cameras)
        self.size = (3.2 + 0.72 * columns, 2.4 + 0.4 * rows)

    def plot(self, ax: Axes) -> Axes:
        """See `fauxface.report.style.Display.plot`."""
        found = self.found
        style.frame(ax, title=self.title)
        ax.grid(visible=False)
        image = ax.imshow(found.auc, cmap=_COLOURS, vmin=_LEAST, vmax=1.0, aspect="auto")
        ax.set_xticks(range(len(found.generators)), [g.source for g in found.generators], rotation=35, ha="right")
        ax.set_yticks(range(len(found.cameras)), [f"{c.source} ({c.pictures:,})" for c in found.cameras])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        for row, line in enumerate(found.auc):
            for column, area in enumerate(line):
                dark = area > 0.93 or area < 0.45
                ax.text(column, row, f"{area:.2f}", ha="center", va="center", fontsize=8,
                        color="white" if dark else style.INK)  # fmt: skip
        bar = ax.figure.colorbar(image, ax=ax, shrink=0.8, pad=0.02)
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
        bar.ax.tick_params(labelsize=8, colors=style.FAINT, labelcolor=style.INK)
        return ax


def write_by_source(found: Unseen, out: Path, note: str = "") -> None:
    """``by_source.json``, ``by_source.md`` and ``matrix.png`` into a folder.

    Args:
        note: a sentence for ``by_source.md`` on what is counted.

    Raises:
        DataError: a file cannot be written.
    """
    counted = found.by_source
    facts = {"aims": asdict(found.aims), "thresholds": asdict(found.thresholds), **counted.to_dict()}
    write_text(out / "by_source.json", json.dumps(facts, indent=1) + "\n")
    parts = (means(counted), sources(counted.cameras, "called fake"), sources(counted.generators, "called real"))
    write_text(out / "by_source.md", "\n\n".join((*parts, *((note,) if note else ()))) + "\n")
    SourceMatrix(counted).save(out / "matrix.png")


def means(found: BySource) -> str:
    """What counts, as a Markdown table: means over sources, intervals from drawing sources again."""
    rows = [
        ("photographs called fake, mean of cameras", *_cells(found.accused_photographs)),
        ("fakes called real, mean of generators", *_cells(found.missed_fakes)),
        ("called uncertain, mean of all sources", *_cells(found.uncertain)),
        ("AUC, mean of generators", *_cells(found.mean_auc, share=False)),
        ("fakes caught where 5% of photographs are accused", *_cells(found.caught)),
    ]
    return table(("over sources that nobody trained on", "mean (95%)", "worst source"), rows)


def sources(rows: tuple[SourceShare, ...], wrong: str) -> str:
    """One line a source, as a Markdown table; ``wrong`` heads the column of those judged the other way."""
    lines = [
        (escaped(r.source), f"{r.pictures:,}", per_cent(r.wrong, r.interval), per_cent(r.uncertain), plain(r.auc))
        for r in rows
    ]
    return table(("source", "pictures", wrong, "uncertain", "AUC"), lines)


def _cells(mean: Mean, *, share: bool = True) -> tuple[str, str]:
    if share:
        return per_cent(mean.value, mean.interval), f"{per_cent(mean.worst)} {escaped(mean.worst_source)}"
    return plain(mean.value, mean.interval), f"{plain(mean.worst)} {escaped(mean.worst_source)}"
