"""What a detector that may say "cannot tell" is worth: how often it does, and how often it is wrong otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from fauxface.evaluation.intervals import Interval, wilson
from fauxface.evaluation.predictions import Prediction, PredictionTable


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``n`` pictures, as a fraction with Wilson's 95% interval; None of none."""

    count: int
    n: int
    value: float | None
    interval: Interval | None

    @classmethod
    def of(cls, count: int, n: int) -> Share:
        """From counts."""
        return cls(count, n, count / n if n else None, wilson(count, n))


@dataclass(frozen=True, slots=True)
class Abstention:
    """From the words that were said, not from a threshold.

    Attributes:
        abstained: of all judged pictures, those called uncertain; ``abstained_real``, ``abstained_fake`` of each class.
        fakes_called_real, photographs_called_fake: of all pictures of that class, uncertain ones included. One minus
            these is what `ModelCard.coverage` promises.
        right: of the pictures that were called real or fake, those called rightly.
        balanced_accuracy: mean over both classes of the same share; None if a class was never judged.
        reasons: how often each reason was given.
    """

    abstained: Share
    abstained_real: Share
    abstained_fake: Share
    fakes_called_real: Share
    photographs_called_fake: Share
    right: Share
    balanced_accuracy: float | None
    reasons: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON, and equal to what comes back from it."""
        row = asdict(self)
        for share in row.values():
            if isinstance(share, dict) and share.get("interval") is not None:
                share["interval"] = list(share["interval"])
        return row


def abstention(table: PredictionTable) -> Abstention | None:
    """Count the words of a predictions table; None if it does not hold them."""
    rows = [r for r in table.judged if r.verdict]
    if not rows or len(rows) < len(table.judged):
        return None
    real, fake = ([r for r in rows if r.label == label] for label in ("real", "fake"))
    shares = [_right(group) for group in (real, fake)]
    known = [share.value for share in shares if share.value is not None]
    return Abstention(
        abstained=_said(rows, "uncertain"),
        abstained_real=_said(real, "uncertain"),
        abstained_fake=_said(fake, "uncertain"),
        fakes_called_real=_said(fake, "real"),
        photographs_called_fake=_said(real, "fake"),
        right=_right(rows),
        balanced_accuracy=sum(known) / 2 if len(known) == 2 else None,
        reasons=dict(Counter(code for r in rows for code in r.reasons.split(",") if code).most_common()),
    )


def _said(rows: list[Prediction], word: str) -> Share:
    return Share.of(sum(r.verdict == word for r in rows), len(rows))


def _right(rows: list[Prediction]) -> Share:
    said = [r for r in rows if r.verdict in ("real", "fake")]
    return Share.of(sum(r.verdict == r.label for r in said), len(said))
