"""Each plot is drawn from ordinary and awkward predictions, says what it must, and is one PNG."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from fauxface.errors import DataError
from fauxface.evaluation.metrics import from_counts
from fauxface.evaluation.predictions import Prediction, PredictionTable
from fauxface.report.confusion_matrix import ConfusionMatrix
from fauxface.report.data_size_curve import DataSizeCurve
from fauxface.report.learning_curves import LearningCurves
from fauxface.report.reliability_diagram import ReliabilityDiagram
from fauxface.report.roc_curve import RocCurve
from fauxface.report.style import DPI, Display

CSV = "epoch,train_loss,train_accuracy,valid_loss,valid_accuracy,learning_rate\n"


def pictures(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities with some skill."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    return labels, 1 / (1 + np.exp(3 * labels - 1.5 + rng.normal(size=n)))


def table(n: int, seed: int) -> PredictionTable:
    """The same as predictions."""
    rows = zip(*pictures(n, seed), strict=True)
    return PredictionTable(
        tuple(Prediction(f"{i}", "", "real" if y else "fake", float(p)) for i, (y, p) in enumerate(rows))
    )


def words(figure: Figure) -> str:
    """All visible text of a plot."""
    return "\n".join(t.get_text() for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible())


def saved(display: Display, path: Path) -> None:
    """Save, and check that a PNG of the right size with something on it is all that is there."""
    display.save(path)
    assert list(path.parent.iterdir()) == [path]
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.size == tuple(round(inches * DPI) for inches in display.size)
        dark = np.asarray(picture.convert("L")) < 200
    assert 0.001 < dark.mean() < 0.5


def test_confusion_matrix_stands_as_in_the_paper(tmp_path: Path) -> None:
    display = ConfusionMatrix(from_counts(9452, 43, 548, 9957), "ResNet-68 + cutout")
    saved(display, tmp_path / "confusion.png")
    figure = display.figure()
    at = {t.get_text(): t.get_position() for t in figure.axes[0].texts}
    # Rows are what is said (real above), columns what is true (real at the left).
    assert at["9,452"][0] == at["548"][0] < at["43"][0] == at["9,957"][0]
    assert at["9,452"][1] == at["43"][1] > at["548"][1] == at["9,957"][1]
    text = words(figure)
    assert "0.43% of the fakes\n(the costly error)" in text
    assert "The picture is" in text
    assert "ResNet-68 + cutout" in text


def test_confusion_matrix_of_one_class() -> None:
    assert "none of the fakes" in words(ConfusionMatrix.from_predictions([1, 1], [0.1, 0.9]).figure())


def test_roc_says_its_area_with_the_interval_and_the_costly_error(tmp_path: Path) -> None:
    display = RocCurve.from_predictions(*pictures(), 0.5)
    saved(display, tmp_path / "roc.png")
    m = display.metrics
    low, high = m.intervals["auc"] or (0, 0)
    text = words(display.figure())
    assert f"{m.auc:.4f} ({low:.4f}–{high:.4f})" in text
    assert f"{100 * (m.missed_fakes or 0):.2f}%" in text
    assert "Fakes called real" in text
    assert (display.missed_fakes[0], display.photographs_called_real[0]) == (0, 0)
    assert (display.missed_fakes[-1], display.photographs_called_real[-1]) == (1, 1)
    area = np.trapezoid(display.photographs_called_real, display.missed_fakes)
    assert area == pytest.approx(m.auc)


def test_roc_needs_both_classes() -> None:
    with pytest.raises(DataError, match="real and fake") as caught:
        RocCurve.from_predictions([1, 1], [0.1, 0.9])
    assert caught.value.code == "one_class"


@pytest.mark.parametrize("p", [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.02, 0.97]])
def test_two_pictures_are_enough_for_every_figure(p: list[float], tmp_path: Path) -> None:
    for number, display in enumerate((RocCurve, ReliabilityDiagram, ConfusionMatrix)):
        folder = tmp_path / str(number)
        saved(display.from_predictions([1, 0], p), folder / "plot.png")


def test_reliability_counts_every_picture(tmp_path: Path) -> None:
    labels, p = pictures()
    display = ReliabilityDiagram.from_predictions(labels, p)
    saved(display, tmp_path / "reliability.png")
    assert display.reals.sum() == display.fakes.sum() == 200
    assert [b.count for b in display.bins] == (display.reals + display.fakes).tolist()
    text = words(display.figure())
    assert f"on average off by {100 * (display.error or 0):.2f} points" in text
    assert "Share that is fake" in text


def test_learning_curves_keep_the_paper_s_colours(tmp_path: Path) -> None:
    path = tmp_path / "in" / "curves.csv"
    path.parent.mkdir()
    path.write_text(CSV + "".join(f"{e},{1 / e},{1 - 0.5 / e},{1.2 / e},{1 - 0.6 / e},0.001\n" for e in range(1, 21)))
    display = LearningCurves.from_csv(path)
    saved(display, tmp_path / "out" / "curves.png")
    loss, accuracy = display.figure().axes
    assert [line.get_color() for line in loss.lines] == ["#0072B2", "#009E73"]
    assert [line.get_color() for line in accuracy.lines] == ["#E69F00", "#D55E00"]
    assert loss.lines[0].get_linestyle() != loss.lines[1].get_linestyle()
    assert len(np.asarray(loss.lines[0].get_xdata())) == 20


@pytest.mark.parametrize("row", ["1,0.7,0.5,0.7,0.5,0.1\n", "1,nan,0.5,inf,0.5,0.1\n"])
def test_learning_curves_of_one_epoch(row: str, tmp_path: Path) -> None:
    path = tmp_path / "in" / "curves.csv"
    path.parent.mkdir()
    path.write_text(CSV + row)
    saved(LearningCurves.from_csv(path), tmp_path / "out" / "curves.png")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "missing"),
        (b"epoch,train_loss\n1,2\n", "train_accuracy"),
        (CSV.encode(), "no epoch"),
        (CSV.encode() + b"1,x,0,0,0,0\n", "cannot read"),
        (CSV.encode() + b"1,2\n", "cannot read"),
        (b"\xff\xfe\x00", "cannot read"),
    ],
)
def test_what_are_no_curves_is_an_error(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "curves.csv").write_bytes(content)
    with pytest.raises(DataError, match=says):
        LearningCurves.from_csv(tmp_path / "curves.csv")
    with pytest.raises(DataError, match="cannot read"):
        LearningCurves.from_csv(tmp_path / "missing.csv")


def test_data_size_curve_rises_with_the_number_of_pictures(tmp_path: Path) -> None:
    display = DataSizeCurve.from_predictions([(10_000, table(200, 1)), (1_000, table(200, 2))])
    assert [n for n, _ in display.points] == [1_000, 10_000]
    saved(display, tmp_path / "size.png")
    figure = display.figure()
    figure.canvas.draw()
    text = words(figure)
    assert "1,000" in text
    assert "10,000" in text
    assert "Training pictures" in text


def test_data_size_curve_leaves_out_what_a_table_cannot_tell(tmp_path: Path) -> None:
    one_class = PredictionTable((Prediction("a", "", "real", 0.2),))
    saved(DataSizeCurve.from_predictions([(5, one_class), (10, table(40, 0))]), tmp_path / "size.png")
    for bad in ([], [(0, one_class)]):
        with pytest.raises(DataError, match="at least one table"):
            DataSizeCurve.from_predictions(bad)


def test_plots_can_be_drawn_in_threads(tmp_path: Path) -> None:
    display = RocCurve.from_predictions(*pictures(60))
    paths = [tmp_path / f"{i}" / "roc.png" for i in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(display.save, paths))
    assert len({path.read_bytes() for path in paths}) == 1


def test_no_figure_touches_pyplot() -> None:
    code = (
        "import sys; from fauxface.report import confusion_matrix as c, data_size_curve, learning_curves,"
        " roc_curve, reliability_diagram; c.ConfusionMatrix.from_predictions([1, 0], [0.1, 0.9]).figure();"
        " sys.exit('matplotlib.pyplot' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
