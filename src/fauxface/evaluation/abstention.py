"""What a detector that may say "cannot tell" is worth: how often it does, and how often it is wrong otherwise."""

from __future__ import annotations

from collections import Counter

from fauxface.evaluation.intervals import wilson
from fauxface.evaluation.predictions import Prediction, PredictionTable
from fauxface.weights.metrics import Abstention, Share


def abstention(table: PredictionTable) -> Abstention | None:
    """Count the answers of a predictions table; None if it does not hold them."""
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
        missed_fakes=_said(fake, "real"),
        accused_photographs=_said(real, "fake"),
        right=_right(rows),
        balanced_accuracy=sum(known) / 2 if len(known) == 2 else None,
        reasons=dict(Counter(code for r in rows for code in r.reasons.split(",") if code).most_common()),
    )


def _said(rows: list[Prediction], answer: str) -> Share:
    return _share(sum(r.verdict == answer for r in rows), len(rows))


def _right(rows: list[Prediction]) -> Share:
    said = [r for r in rows if r.verdict in ("real", "fake")]
    return _share(sum(r.verdict == r.label for r in said), len(said))


def _share(count: int, n: int) -> Share:
    return Share(count, n, count / n if n else None, wilson(count, n))
