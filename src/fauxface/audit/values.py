"""How one feature's values look over one class, for people and for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Numbers:
    """Median and quartiles of those pictures that have the feature; None if none has it; ``share``: that have it."""

    median: float | None
    low: float | None
    high: float | None
    share: float

    def __str__(self) -> str:
        if self.median is None or self.low is None or self.high is None:
            return "–"
        text = short(self.median)
        if self.low != self.high:
            text += f" ({short(self.low)}–{short(self.high)})"
        return text if self.share == 1 else f"{text}, {self.share:.0%} have it"

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Texts:
    """The most frequent values and the share of pictures with each, at most ten; ``different``: of how many."""

    shares: tuple[tuple[str, float], ...]
    different: int

    def __str__(self) -> str:
        shown = self.shares[:2]
        text = ", ".join(word or "none" if share == 1 else f"{word or 'none'} {share:.0%}" for word, share in shown)
        return text if self.different <= len(shown) else f"{text}, {self.different - len(shown):,} more"

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"shares": dict(self.shares), "different": self.different}


Values = Numbers | Texts


def values(of: Sequence[object]) -> Values:
    """Sum up at least one value: texts and truths become shares, numbers (or None) a median."""
    if isinstance(of[0], (str, bool)):
        texts = [("yes" if v else "no") if isinstance(v, bool) else str(v) for v in of]
        ranked = sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0]))
        return Texts(tuple((word, n / len(texts)) for word, n in ranked[:10]), len(ranked))
    numbers = np.array([v for v in of if v is not None], dtype=np.float64)
    if not len(numbers):
        return Numbers(None, None, None, 0.0)
    low, median, high = (float(q) for q in np.quantile(numbers, (0.25, 0.5, 0.75)))
    return Numbers(median, low, high, len(numbers) / len(of))


def short(number: float) -> str:
    """Three digits or a little more, and no decimals where there are none: 52,104, 256, 71.6, 3.05."""
    decimals = 0 if abs(number) >= 1000 or number == round(number) else 1 if abs(number) >= 10 else 2
    return f"{number:,.{decimals}f}"
