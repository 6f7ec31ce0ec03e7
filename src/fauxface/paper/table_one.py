"""Table I of the paper, for any table of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fauxface.data.samples import SPLITS, Split
from fauxface.labels import ClassName

# Pictures of each class, real and fake alike (Table I; the Kaggle set has the same counts).
PAPER: Final[dict[Split, int]] = {"train": 50_000, "valid": 10_000, "test": 10_000}
PAPER_COUNTS: Final[dict[tuple[Split, ClassName], int]] = {
    (split, label): n for split, n in PAPER.items() for label in ("real", "fake")
}


def table_one(counts: Mapping[tuple[Split, ClassName], int], *, paper: bool = True) -> str:
    """Pictures by split and class as plain text, with totals; ``paper`` adds the paper's total a split.

    ``counts`` is what `SampleTable.counts` returns.
    """
    head = ("", "real", "fake", "total", "paper")
    body = [
        _row(split, counts.get((split, "real"), 0), counts.get((split, "fake"), 0), 2 * PAPER[split])
        for split in SPLITS
    ]
    real, fake = (sum(n for (_, label), n in counts.items() if label == name) for name in ("real", "fake"))
    rows = [head, *body, _row("total", real, fake, 2 * sum(PAPER.values()))]
    cut = len(head) if paper else len(head) - 1
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:cut]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:cut], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _row(name: str, real: int, fake: int, paper: int) -> tuple[str, str, str, str, str]:
    return (name, f"{real:,}", f"{fake:,}", f"{real + fake:,}", f"{paper:,}")
