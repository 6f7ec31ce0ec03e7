"""Are wrong verdicts less stable under perturbation than right ones? Left-out pictures, by outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fauxface.evaluation.intervals import Interval, wilson
from fauxface.evaluation.predictions import Prediction
from fauxface.report.markdown import table
from fauxface.report.tables import per_cent

OUTCOMES: Final[Mapping[tuple[str, str], str]] = {
    ("fake", "fake"): "fakes called fake",
    ("real", "fake"): "photographs called fake (wrong)",
    ("real", "real"): "photographs called real",
    ("fake", "real"): "fakes called real (wrong)",
}
"""(label, first answer) → the row's name: right answers beside wrong ones."""
PERTURBED: Final = "perturbed, "
"""What the names of tables begin with whose pictures were changed as `fauxface.stability` changes them."""
_OPPOSITE: Final = {"real": "fake", "fake": "real"}


@dataclass(frozen=True, slots=True)
class Stability:
    """Verdicts of one outcome: how many there are, how many change under a perturbation, and how many change sides.

    ``left`` counts those that become another answer or *uncertain*, ``unstable`` only those that become the opposite.
    """

    outcome: str
    perturbation: str
    verdicts: int
    left: int
    unstable: int

    @property
    def share(self) -> float:
        """Share that does not stay."""
        return self.left / max(self.verdicts, 1)

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95% interval of `share`."""
        return wilson(self.left, self.verdicts) if self.verdicts else None


def stability(first: Sequence[Prediction], perturbed: Mapping[str, Sequence[Prediction]]) -> list[Stability]:
    """Count how answers hold.

    Args:
        first: pictures with labels and answers.
        perturbed: name of a perturbation → the same pictures, in the same order, with their answers after it.

    Raises:
        ValueError: one is about other pictures.
    """
    found: list[Stability] = []
    for (label, answer), outcome in OUTCOMES.items():
        mine = [i for i, r in enumerate(first) if (r.label, r.verdict) == (label, answer)]
        for name, rows in perturbed.items():
            if [r.sha256 for r in rows] != [r.sha256 for r in first]:
                raise ValueError(f"'{name}' is about other pictures")
            after = [rows[i].verdict for i in mine]
            left, unstable = sum(w != answer for w in after), sum(w == _OPPOSITE[answer] for w in after)
            found.append(Stability(outcome, name, len(mine), left, unstable))
    return found


def lines(found: Sequence[Stability]) -> str:
    """A Markdown table: a line an outcome and perturbation."""
    rows = [
        (w.outcome, w.perturbation, f"{w.verdicts:,}", per_cent(w.share, w.interval), f"{w.unstable:,}")
        for w in found
        if w.verdicts
    ]
    return table(("first verdict", "changed how", "verdicts", "does not stay", "changes sides"), rows)
