"""The whole comparison on a handful of pictures and tiny networks: real runs, real predictions, a real page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fauxface.data.index import open_samples
from fauxface.errors import CheckpointError, DataError, RecipeError
from fauxface.evaluation.predictions import read
from fauxface.paper import reproduction
from fauxface.paper.reproduction import chosen
from fauxface.paper.table_two import NAMES
from fauxface.training.recipe import Recipe, load_recipe

NAMES_HERE = ("resnet68", "resnet68-cutout")


def plans(**changes: object) -> list[Recipe]:
    """Both ResNet-68 runs with a network of seconds."""
    tiny = load_recipe("tiny").model_copy(update={"size": 48, **changes})
    return [tiny.model_copy(update={"name": name, "augment": load_recipe(name).augment}) for name in NAMES_HERE]


@contextmanager
def quiet(title: str, total: int) -> Iterator[Callable[..., None]]:
    """Progress that nobody sees."""
    yield lambda n=1, status="": None


def run(pictures: Path, out: Path, recipes: list[Recipe], *, allow_leak: bool = False) -> list[str]:
    """What the command does; gives what it says."""
    said: list[str] = []
    table = open_samples(pictures)
    notes = reproduction.check(table, out, recipes, allow_leak=allow_leak, show=quiet)
    begin = {recipe.name: None for recipe in recipes}
    reproduction.reproduce(table, out, recipes, begin, show=quiet, say=said.append, accelerator="cpu")
    reproduction.write_page(out, table, pictures, recipes, notes)
    return said


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, face_writer: Callable[..., Path]) -> tuple[Path, Path]:
    """(pictures, finished report)."""
    folder = tmp_path_factory.mktemp("reproduction")
    pictures = face_writer(folder / "pictures", train=8, valid=4)
    run(pictures, folder / "report", plans())
    return pictures, folder / "report"


def test_the_page_has_every_table_with_the_papers_figures(report: tuple[Path, Path]) -> None:
    text = (report[1] / "report.md").read_text()
    for title in (
        "Table I",
        "Table II",
        "Tables III and IV",
        "Table V",
        "McNemar",
        "Figs. 5 to 7",
        "Fig. 3",
        "Figs. 8",
    ):
        assert title in text, title
    assert "/ 9,452" in text  # true positives of ResNet-68 + cutout in the paper
    assert "97.05%" in text
    assert r"0\.0001 / 100" in text  # Table II as printed
    assert "0.43%" in text  # the corrected false-positive rate
    assert "0.0043%" in text  # as printed
    assert "## Fidelity to the paper" in text
    assert "Traceback" not in text
    assert "None" not in text


def test_its_figures_are_those_of_the_stored_predictions(report: tuple[Path, Path]) -> None:
    text = (report[1] / "report.md").read_text()
    table = read(report[1] / "runs/resnet68-cutout/evaluation/predictions.parquet")
    labels, p = table.arrays()
    tp = int(((labels == 1) & (p < 0.5)).sum())
    fp = int(((labels == 0) & (p < 0.5)).sum())
    row = re.search(r"\| ResNet-68 \+ cutout \| (\d+) / 9,452 \| (\d+) / 43 \|", text)
    assert row is not None
    assert (int(row[1]), int(row[2])) == (tp, fp)


def test_the_html_is_one_file_that_asks_nobody(report: tuple[Path, Path]) -> None:
    page = (report[1] / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 4  # two curves, Fig. 3, examples
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "default-src 'none'" in page


def test_finished_runs_are_kept(report: tuple[Path, Path]) -> None:
    pictures, out = report
    kept = ["resnet68/best.safetensors", "resnet68/evaluation/predictions.parquet", "resnet68-cutout/last.safetensors"]
    before = [(out / "runs" / name).stat().st_mtime_ns for name in kept]
    text = (out / "report.md").read_text()
    (out / "report.md").unlink()
    run(pictures, out, plans())
    assert [(out / "runs" / name).stat().st_mtime_ns for name in kept] == before
    assert (out / "report.md").read_text() == text


def test_predictions_of_other_weights_are_made_again(report: tuple[Path, Path]) -> None:
    pictures, out = report
    stored = out / "runs/resnet68/evaluation/predictions.parquet"
    rows = read(stored)
    reproduction.predictions.write(rows.rows, stored, model="resnet68@000000000000")
    run(pictures, out, plans())
    assert read(stored).model == rows.model


def test_another_recipe_does_not_overwrite_a_run(report: tuple[Path, Path]) -> None:
    with pytest.raises(CheckpointError, match="another recipe"):
        run(*report, plans(seed=5))


def test_a_test_split_with_one_class_is_told_first(make_faces: Callable[..., Path], tmp_path: Path) -> None:
    pictures = make_faces()
    for file in (pictures / "test" / "fake").iterdir():
        file.unlink()
    with pytest.raises(DataError, match="no fake pictures in the split 'test'"):
        run(pictures, tmp_path / "out", plans())
    assert not (tmp_path / "out").exists()


def test_a_leak_stops_it_before_training(make_faces: Callable[..., Path], tmp_path: Path) -> None:
    pictures = make_faces()
    (pictures / "test/real/again.png").write_bytes((pictures / "train/real/000.png").read_bytes())
    with pytest.raises(DataError, match="--allow-leak"):
        run(pictures, tmp_path / "out", plans())
    assert not (tmp_path / "out" / "runs").exists()


def test_the_six_runs_in_the_papers_order() -> None:
    assert [r.name for r in chosen()] == [
        "inception-resnet-v2",
        "vggface2",
        "resnet68",
        "inception-resnet-v2-cutout",
        "vggface2-cutout",
        "resnet68-cutout",
    ]
    assert {r.name for r in chosen(small=True)} == {f"{name}-small" for name in NAMES}
    assert [r.name for r in chosen(["resnet68-cutout"])] == ["resnet68-cutout"]
    assert [r.name for r in chosen(["resnet68-small"], small=True)] == ["resnet68-small"]
    assert all(r.pretrained is None for r in chosen(scratch=True))
    with pytest.raises(RecipeError, match="no run of the paper"):
        chosen(["efficientnet-lite0"])


def test_what_was_found_in_the_data_is_a_list_of_its_own(report: tuple[Path, Path]) -> None:
    pictures, out = report
    reproduction.write_page(out, open_samples(pictures), pictures, plans(), ["one *near* copy", "another"])
    page = (out / "report.html").read_text()
    assert "<p>Found in this data:</p>" in page
    assert "<li>one *near* copy</li>\n<li>another</li>" in page
    assert re.search(r"<h3[^>]*>Cutout \(Fig\. 3\)</h3>", page)
    reproduction.write_page(out, open_samples(pictures), pictures, plans(), [])
    assert "Found in this data" not in (out / "report.md").read_text()
