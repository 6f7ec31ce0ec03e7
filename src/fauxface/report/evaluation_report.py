"""All that one predictions table tells: metrics.json and the figures, drawn without the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fauxface.errors import DataError
from fauxface.evaluation.intervals import wilson
from fauxface.evaluation.metrics import Metrics, from_probabilities, write_json
from fauxface.evaluation.predictions import Prediction, PredictionTable
from fauxface.report.confusion_matrix import ConfusionMatrix
from fauxface.report.reliability_diagram import ReliabilityDiagram
from fauxface.report.roc_curve import RocCurve

METRICS, CONFUSION, ROC, RELIABILITY = "metrics.json", "confusion_matrix.png", "roc.png", "reliability.png"


def write_report(table: PredictionTable, out: Path, *, threshold: float | None = None) -> tuple[Metrics, list[Path]]:
    """Write ``metrics.json`` and the figures into ``out``, replacing older ones in one piece each.

    ``metrics.json`` also names the model, the splits, the pictures left out, and what was right for each
    source. A figure that the pictures cannot give (ROC with one class only) is not written, and an older one
    is removed.

    Args:
        threshold: instead of the table's.

    Returns:
        The metrics and the files written.

    Raises:
        DataError: ``out`` cannot be written, or the threshold is not between 0 and 1.
    """
    threshold = table.threshold if threshold is None else threshold
    labels, p = table.arrays()
    metrics = from_probabilities(labels, p, threshold)
    splits = sorted({r.split for r in table.judged if r.split})
    facts = {"model": table.model, "splits": splits, "by_source": by_source(table, threshold)}
    written = [out / METRICS]
    write_json(out / METRICS, metrics, extra=facts, unreadable=table.unreadable)

    title = f"{table.model or 'Detector'}, {metrics.n:,} pictures"
    has_both = metrics.tp + metrics.fn > 0 and metrics.fp + metrics.tn > 0
    if metrics.n:
        ConfusionMatrix(metrics, title).save(out / CONFUSION)
        ReliabilityDiagram.from_predictions(labels, p, title=title).save(out / RELIABILITY)
    if has_both:
        RocCurve.from_predictions(labels, p, threshold, metrics=metrics, title=title).save(out / ROC)
    for name, there in ((CONFUSION, metrics.n), (ROC, has_both), (RELIABILITY, metrics.n)):
        if there:
            written.append(out / name)
        else:
            _remove(out / name)
    return metrics, written


def by_source(table: PredictionTable, threshold: float) -> dict[str, dict[str, Any]]:
    """For each source: ``n``, ``real``, ``fake`` pictures, ``accuracy`` and its 95 % ``interval``.

    Empty if no picture names a source.
    """
    groups: dict[str, list[Prediction]] = {}
    for row in table.judged:
        groups.setdefault(row.source, []).append(row)
    if set(groups) <= {""}:
        return {}
    return {source: _share_right(rows, threshold) for source, rows in sorted(groups.items())}


def _share_right(rows: list[Prediction], threshold: float) -> dict[str, Any]:
    fake = sum(r.label == "fake" for r in rows)
    called_fake = [r.probability_fake is not None and r.probability_fake >= threshold for r in rows]
    right = sum(said == (r.label == "fake") for r, said in zip(rows, called_fake, strict=True))
    interval = wilson(right, len(rows))
    return {
        "n": len(rows),
        "real": len(rows) - fake,
        "fake": fake,
        "accuracy": right / len(rows),
        "interval": list(interval) if interval else None,
    }


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as e:
        raise DataError(f"{path}: an outdated figure cannot be removed ({e.strerror})", code="cannot_write") from e
