"""Every figure on the results page and in the README is what the stored tables say, of the weights that are shipped."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest
from tests.docs.pages import ROOT
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.evaluation.predictions import read
from fauxface.training.degraded import degradations
from fauxface.weights.store import resolve

RESULTS = ROOT / "docs" / "results"
EXAMPLES = ROOT / "examples"
MARKS = "●○◐"


@pytest.fixture(scope="module")
def draw() -> ModuleType:
    """`docs/results/draw.py`, which finds its sections beside itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(RESULTS))
        return importlib.import_module("draw")


@pytest.fixture(scope="module")
def stored(draw: ModuleType) -> object:
    return draw.Stored()


def test_the_results_page_is_what_the_tables_say(draw: ModuleType, stored: object) -> None:
    assert draw.results_page(stored) == (RESULTS / "README.md").read_text(encoding="utf-8"), "run: make results"


def test_the_readme_is_what_the_tables_say(draw: ModuleType, stored: object) -> None:
    assert draw.readme(stored) == (ROOT / "README.md").read_text(encoding="utf-8"), "run: make results"


@pytest.mark.parametrize("name", ["default", "resnet68"])
def test_tables_of_test_pictures_are_of_the_shipped_weights(name: str) -> None:
    loaded = resolve(name)

    assert read(loaded.path.parent / "predictions.parquet").model == loaded.card.id


@pytest.mark.parametrize("name", ["default", "resnet68"])
@pytest.mark.parametrize("table", ["default-in-domain/jpeg-75", "outside/fake_avatars"])
def test_tables_of_other_pictures_are_of_the_shipped_weights(table: str, name: str) -> None:
    assert read(RESULTS / f"{table}-{name}.parquet").model == resolve(name).card.id


@pytest.mark.parametrize("name", ["default", "resnet68"])
def test_the_card_promises_what_the_stored_table_says(name: str, stored: object) -> None:
    card, found = resolve(name).card, stored.found[name]  # pyright: ignore[reportAttributeAccessIssue]

    promise = card.metrics.unseen_sources
    assert promise
    assert promise.accused_photographs.value == pytest.approx(found.by_source.accused_photographs.value)
    assert card.decision.abstention_region == pytest.approx((found.thresholds.low, found.thresholds.high), abs=1e-6)


def test_the_demo_says_what_the_readme_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, ["predict", EXAMPLES.name])
    assert result.exit_code == 0, result.output

    def lines(said: str) -> list[str]:
        """Without times, which differ; percentages without their last digit, as a processor's rounding may."""
        return [re.sub(r"\d+ ms|in [\d.]+ s|\.\d(?=%  examples)", "", line).rstrip() for line in said.splitlines()]

    shown = re.search(r"```text\n(●.*?)```", text, flags=re.S)
    assert shown
    assert sorted(lines(shown[1])) == sorted(lines(result.output))
    assert sum(line[0] in MARKS for line in lines(shown[1])) == len(list(EXAMPLES.glob("*.jpg")))


def test_the_model_card_is_what_the_command_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    examples = [word for path in sorted(Path("examples").glob("*.jpg")) for word in ("--examples", str(path))]
    result = CliRunner().invoke(app, ["card", "--out", str(tmp_path / "model-card.md"), *examples])
    assert result.exit_code == 0, result.output
    written = (tmp_path / "model-card.md").read_text(encoding="utf-8")
    assert written == (ROOT / "docs" / "model-card.md").read_text(encoding="utf-8"), "run: make results"


@pytest.mark.parametrize("network", ["default", "resnet68-anew"])
def test_every_degradation_has_its_stored_table(network: str, stored: object) -> None:
    found = stored.changed[network]  # pyright: ignore[reportAttributeAccessIssue]
    assert set(found) == set(degradations()), "a table by another name would be missing on the page without a word"
