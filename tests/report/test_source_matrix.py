"""The matrix and the tables of left-out sources say what the metrics say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import by_source
from fauxface.evaluation.unseen_sources import unseen
from fauxface.report import degraded
from fauxface.report.source_matrix import SourceMatrix, means, sources, write_by_source


def rows() -> list[Prediction]:
    rng = np.random.default_rng(0)
    made = []
    for source, label, centre in (
        ("cam_a", "real", 0.2),
        ("cam_b", "real", 0.3),
        ("gan_a", "fake", 0.8),
        ("gan_b", "fake", 0.6),
    ):
        for i, p in enumerate(rng.normal(centre, 0.15, 40).clip(0.01, 0.99)):
            made.append(Prediction(f"{source}/{i}", "0" * 64, label, float(p), source=source))  # pyright: ignore[reportArgumentType]
    return made


def test_tables_hold_the_metrics() -> None:
    found = unseen(rows())
    f = found.by_source
    assert f"{100 * f.accused_photographs.value:.2f}%" in means(f)
    assert f"{f.mean_auc.value:.4f}" in means(f)
    lines = sources(f.cameras, "called fake").splitlines()
    assert "called fake" in lines[0]
    assert lines[2].startswith("| cam\\_a | 40 |")


def test_the_folder_is_written_whole_and_the_matrix_is_a_picture(tmp_path: Path) -> None:
    found = unseen(rows())
    write_by_source(found, tmp_path)
    facts = json.loads((tmp_path / "by_source.json").read_text())
    assert facts["thresholds"]["high"] == found.thresholds.high
    assert np.allclose(facts["auc"], found.by_source.auc, atol=1e-4)
    with Image.open(tmp_path / "matrix.png") as picture:
        assert min(picture.size) > 200


def test_every_pair_is_named_in_the_matrix() -> None:
    figure = SourceMatrix(unseen(rows()).by_source).figure()
    ax = figure.axes[0]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["gan_a", "gan_b"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["cam_a (40)", "cam_b (40)"]
    assert len(ax.texts) == 4


def test_changes_stand_in_the_order_given() -> None:
    words = list(unseen(rows()).rows)
    table = degraded.lines({"as it is": by_source(words), "64 px, jpeg-50": by_source(words)})
    assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == ["| as it is", "| 64 px, jpeg-50"]
