"""An evaluation's metrics as lines of text that people understand."""

from __future__ import annotations

from collections.abc import Mapping

from fauxface.weights.metrics import Abstention, Interval, Metrics, OfOneSource


def metric_lines(metrics: Metrics) -> list[str]:
    """One aligned line a metric with its 95% interval; fakes called real, the costly error, come first."""
    m, given = metrics, metrics.intervals
    sensitivity = given.get("sensitivity")
    accused = None if m.sensitivity is None else 1 - m.sensitivity
    accused_interval = None if sensitivity is None else (1 - sensitivity[1], 1 - sensitivity[0])
    rows = [
        ("fakes called real", per_cent(m.missed_fakes, given.get("missed_fakes")),
         f"{m.fp:,} of {m.fp + m.tn:,}"),
        ("real pictures called fake", per_cent(accused, accused_interval), f"{m.fn:,} of {m.tp + m.fn:,}"),
        ("accuracy", per_cent(m.accuracy, given.get("accuracy")), f"{m.tp + m.tn:,} of {m.n:,}"),
        ("balanced accuracy", per_cent(m.balanced_accuracy, given.get("balanced_accuracy")), ""),
        ("F1", per_cent(m.f1, given.get("f1")), ""),
        ("precision", per_cent(m.precision, given.get("precision")), "of those called real, are real"),
        ("sensitivity", per_cent(m.sensitivity, sensitivity), "of the real ones, called real"),
        ("specificity", per_cent(m.specificity, given.get("specificity")), "of the fakes, called fake"),
        ("area under the ROC curve", plain(m.auc, given.get("auc")), "1 is perfect, 0.5 is guessing"),
        ("average precision", plain(m.average_precision, given.get("average_precision")), ""),
        ("expected calibration error", plain(m.expected_calibration_error), "0 is perfect"),
        ("Brier score", plain(m.brier), "0 is perfect, 0.25 is guessing"),
    ]  # fmt: skip
    return aligned(rows)


def answer_lines(said: Abstention) -> list[str]:
    """One aligned line for each way of being right, wrong or silent, and how often each reason was given."""
    named = (
        ("uncertain", said.abstained, "of all"),
        ("fakes called real", said.missed_fakes, "of all fakes"),
        ("photographs called fake", said.accused_photographs, "of all photographs"),
        ("right", said.right, "of those called real or fake"),
    )
    rows = [(name, per_cent(s.value, s.interval), f"{s.count:,} {of}, {s.n:,}") for name, s, of in named]
    rows.append(("balanced accuracy", per_cent(said.balanced_accuracy), "of those called real or fake"))
    rows += [(f"  because {code}", f"{n:,}", "") for code, n in said.reasons.items()]
    return aligned(rows)


def source_lines(by_source: Mapping[str, OfOneSource]) -> list[str]:
    """One aligned line a source: the share judged rightly, see `fauxface.evaluation.by_source`."""
    rows = [("source", "judged rightly", "pictures; AUC against all of the other class")]
    for name, row in by_source.items():
        counts = " + ".join(f"{n:,} {label}" for n, label in ((row.real, "real"), (row.fake, "fake")) if n)
        area = "" if row.auc is None else f"; {plain(row.auc, row.auc_interval)}"
        silent = "" if row.wrong is None else f"; {per_cent(row.abstained)} uncertain, {per_cent(row.wrong)} wrong"
        rows.append((name or "(none named)", per_cent(row.accuracy, row.interval), counts + area + silent))
    return aligned(rows)


def per_cent(value: float | None, interval: Interval | None = None) -> str:
    """ "0.43% (0.32–0.58)" from fractions; "–" where it is unknown."""
    if value is None:
        return "–"
    text = f"{100 * value:.2f}%"
    return text if interval is None else f"{text} ({100 * interval[0]:.2f}–{100 * interval[1]:.2f})"


def plain(value: float | None, interval: Interval | None = None) -> str:
    """ "0.9941 (0.9927–0.9953)"; "–" where it is unknown."""
    if value is None:
        return "–"
    return f"{value:.4f}" if interval is None else f"{value:.4f} ({interval[0]:.4f}–{interval[1]:.4f})"


def aligned(rows: list[tuple[str, str, str]]) -> list[str]:
    """Rows of three texts as lines with straight columns."""
    first, second = (max(len(row[i]) for row in rows) for i in (0, 1))
    return [f"{a:<{first}}  {b:<{second}}  {c}".rstrip() for a, b, c in rows]
