"""Every picture of a table, judged: from samples to predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from fauxface.data.samples import Sample, SampleTable
from fauxface.evaluation.predictions import Prediction
from fauxface.source import Source
from fauxface.verdict import Verdict


class Judges(Protocol):
    """As much of `fauxface.detector.Detector` as is needed here."""

    def predict_many(self, pictures: Iterable[Source], /, *, batch_size: int = ...) -> Iterator[Verdict]:
        """One verdict a picture, in order; a picture that cannot be judged carries an error."""
        ...


class Advance(Protocol):
    """See `fauxface.cli.terminal.Advance`."""

    def __call__(self, n: int = 1, status: str = "") -> None: ...


def predict_table(
    detector: Judges,
    table: SampleTable,
    advance: Advance | None = None,
    *,
    batch_size: int = 8,
    change: Callable[[Path, Sample], Source] | None = None,
) -> list[Prediction]:
    """Judge every picture of a table, ``batch_size`` at a time; only verdicts stay in memory.

    Rejected files become rows that carry their error, so that nothing is left out in silence.

    Args:
        change: gives what is judged instead of each file.

    Raises:
        ValueError: the detector gave more or fewer verdicts than there are pictures.
    """
    rows: list[Prediction] = []
    pictures = (change(table.file(s), s) if change else table.file(s) for s in table.samples)
    verdicts = detector.predict_many(pictures, batch_size=batch_size)
    for sample, verdict in zip(table.samples, verdicts, strict=True):
        error = "" if verdict.probability_fake is not None else (verdict.error or {}).get("code", "not_judged")
        rows.append(
            Prediction(
                path=sample.path,
                sha256=sample.sha256,
                label=sample.label,
                probability_fake=verdict.probability_fake,
                source=sample.source,
                split=sample.split,
                error=error,
                verdict=verdict.label or "",
                reasons=",".join(reason.code for reason in verdict.reasons),
                family=sample.family,
                fold=sample.fold,
                group=sample.group,
            )
        )
        if advance is not None:
            advance()
    rows += [Prediction(r.path, "", None, None, error=r.code) for r in table.rejected]
    return rows
