"""All that one predictions table tells: metrics.json and the plots, drawn without the model."""

from __future__ import annotations

from pathlib import Path

from fauxface.errors import DataError
from fauxface.evaluation.abstention import abstention
from fauxface.evaluation.by_source import by_source
from fauxface.evaluation.metrics import Metrics, from_probabilities, write_json
from fauxface.evaluation.predictions import PredictionTable
from fauxface.report.confusion_matrix import ConfusionMatrix
from fauxface.report.reliability_diagram import ReliabilityDiagram
from fauxface.report.roc_curve import RocCurve
from fauxface.weights.typed_json import plain

METRICS, CONFUSION, ROC, RELIABILITY = "metrics.json", "confusion_matrix.png", "roc.png", "reliability.png"


def write_report(table: PredictionTable, out: Path, *, threshold: float | None = None) -> tuple[Metrics, list[Path]]:
    """Write ``metrics.json`` and the plots into ``out``, replacing older ones in one piece each.

    ``metrics.json`` also names the model, the splits, the pictures left out, what was right for each source, and under
    ``said`` what `fauxface.evaluation.abstention` counts. A plot that the pictures cannot give (ROC with one class
    only) is not written, and an older one
    is removed.

    Args:
        threshold: instead of the table's.

    Returns:
        The metrics and the files written.

    Raises:
        DataError: ``out`` cannot be written, or the threshold is not between 0 and 1.
    """
    said = abstention(table) if threshold in (None, table.threshold) else None
    threshold = table.threshold if threshold is None else threshold
    labels, p = table.arrays()
    metrics = from_probabilities(labels, p, threshold)
    splits = sorted({r.split for r in table.judged if r.split})
    facts = {"model": table.model, "splits": splits}
    facts |= {"by_source": plain(by_source(table, threshold)), "said": plain(said)}
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


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as e:
        raise DataError(f"{path}: an outdated plot cannot be removed ({e.strerror})", code="cannot_write") from e
