"""One predictions table gives metrics.json and the plots; what it cannot tell is absent, not wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fauxface.evaluation.by_source import by_source
from fauxface.evaluation.predictions import Prediction, PredictionTable, read, write
from fauxface.report.evaluation_report import CONFUSION, METRICS, RELIABILITY, ROC, write_report
from fauxface.report.tables import metric_lines, source_lines

ROWS = (
    Prediction("a", "", "real", 0.1, "ffhq", "test"),
    Prediction("b", "", "real", 0.7, "ffhq", "test"),
    Prediction("c", "", "fake", 0.9, "sd", "test"),
    Prediction("d", "", "fake", 0.2, "gan", "test"),
    Prediction("e", "", "fake", None, "gan", "test", error="bad_image"),
)


def test_everything_is_written_and_can_be_drawn_again(tmp_path: Path) -> None:
    table = PredictionTable(ROWS, "m@1", 0.5)
    metrics, written = write_report(table, tmp_path / "a")
    assert {p.name for p in written} == {p.name for p in (tmp_path / "a").iterdir()}
    assert {METRICS, CONFUSION, ROC, RELIABILITY} == {p.name for p in written}
    content = json.loads((tmp_path / "a" / METRICS).read_text())
    for key in ("n", "tp", "fp", "fn", "tn", "accuracy", "f1", "precision", "specificity", "sensitivity"):
        assert content[key] == getattr(metrics, key)
    assert (content["n"], content["fp"], content["missed_fakes"]) == (4, 1, 0.5)
    assert content["unreadable"] == [{"path": "e", "code": "bad_image"}]
    assert (content["model"], content["splits"], content["threshold"]) == ("m@1", ["test"], 0.5)
    assert content["by_source"]["ffhq"] == {
        "n": 2, "real": 2, "fake": 0, "accuracy": 0.5, "interval": content["by_source"]["ffhq"]["interval"],
        "auc": 0.75, "auc_interval": [0.0, 1.0], "abstained": None, "wrong": None,
    }  # fmt: skip
    assert content["said"] is None
    write(ROWS, tmp_path / "p.parquet", model="m@1", threshold=0.5)
    write_report(read(tmp_path / "p.parquet"), tmp_path / "b")
    assert (tmp_path / "b" / METRICS).read_text() == (tmp_path / "a" / METRICS).read_text()
    assert (tmp_path / "b" / ROC).read_bytes() == (tmp_path / "a" / ROC).read_bytes()


ROW = st.tuples(
    st.sampled_from(("real", "fake")),
    st.integers(0, 6),
    st.sampled_from(("", "cam", "gan")),
    st.sampled_from(("real", "fake", "uncertain")),
)


def with_intervals(content: dict[str, Any]) -> Iterator[tuple[str, float, list[float]]]:
    """Name, value and interval of everything in metrics.json that has one."""
    yield from ((name, content[name], given) for name, given in content["intervals"].items() if given)
    for source, row in content["by_source"].items():
        yield from ((source, row[a], row[b]) for a, b in (("accuracy", "interval"), ("auc", "auc_interval")) if row[b])
    for name, share in (content["said"] or {}).items():
        if isinstance(share, dict) and share.get("interval"):
            yield name, share["value"], share["interval"]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=12))
def test_every_interval_of_metrics_json_contains_its_figure(
    rows: list[tuple[Any, int, str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for plot in ("ConfusionMatrix.save", "ReliabilityDiagram.save", "RocCurve.save"):  # slow, and not asked here
        monkeypatch.setattr(f"fauxface.report.evaluation_report.{plot}", lambda self, path: None)
    table = PredictionTable(
        tuple(
            Prediction(str(i), "", label, p / 6, source, verdict=word)
            for i, (label, p, source, word) in enumerate(rows)
        )
    )
    write_report(table, tmp_path)
    content = json.loads((tmp_path / METRICS).read_text())
    found = list(with_intervals(content))
    assert found
    for name, value, (low, high) in found:
        assert 0 <= low <= value <= high <= 1, name


def test_a_threshold_of_ones_own(tmp_path: Path) -> None:
    metrics, _ = write_report(PredictionTable(ROWS), tmp_path, threshold=0.15)
    assert (metrics.tp, metrics.fp, metrics.fn, metrics.tn) == (1, 0, 1, 2)


def test_plots_that_cannot_be_drawn_do_not_stay_from_before(tmp_path: Path) -> None:
    write_report(PredictionTable(ROWS), tmp_path)
    _, written = write_report(PredictionTable(ROWS[:2]), tmp_path)
    assert not (tmp_path / ROC).exists()
    assert {p.name for p in written} == {p.name for p in tmp_path.iterdir()} == {METRICS, CONFUSION, RELIABILITY}
    _, written = write_report(PredictionTable(ROWS[4:]), tmp_path)
    assert {p.name for p in written} == {p.name for p in tmp_path.iterdir()} == {METRICS}


def test_sources_only_where_there_are_some() -> None:
    assert by_source(PredictionTable((Prediction("a", "", "real", 0.1),)), 0.5) == {}
    lines = source_lines(by_source(PredictionTable(ROWS), 0.5))
    assert [line.split()[0] for line in lines] == ["source", "ffhq", "gan", "sd"]
    assert "100.00%" in lines[3]
    assert lines[3].endswith("1 fake; 1.0000")


def test_the_costly_error_comes_first_in_words(tmp_path: Path) -> None:
    metrics, _ = write_report(PredictionTable(ROWS), tmp_path)
    lines = metric_lines(metrics)
    assert lines[0].split("  ")[0] == "fakes called real"
    low, high = metrics.intervals["missed_fakes"] or (0, 0)
    assert f"50.00% ({100 * low:.2f}–{100 * high:.2f})" in lines[0]
    assert lines[0].endswith("1 of 2")
    assert "50.00%" in lines[1]
    empty, _ = write_report(PredictionTable(()), tmp_path)
    assert all("–" in line for line in metric_lines(empty))


@pytest.mark.parametrize("errors", [0, 3])
def test_missed_reals_have_the_turned_interval(errors: int) -> None:
    from fauxface.evaluation.metrics import from_counts

    m = from_counts(10 - errors, 0, errors, 10)
    low, high = m.intervals["sensitivity"] or (0, 0)
    assert f"{errors * 10:.2f}% ({100 - 100 * high:.2f}–{100 - 100 * low:.2f})" in metric_lines(m)[1]
