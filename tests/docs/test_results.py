"""Every number that is drawn or marked is what the stored files say, of the weights that are shipped."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tests.docs.pages import PAGES, ROOT, name
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.evaluation.abstention import abstention
from fauxface.evaluation.by_source import by_source
from fauxface.evaluation.predictions import read
from fauxface.evaluation.real_threshold import WHOLE_SIDE
from fauxface.evaluation.sources import by_source as over_sources
from fauxface.report.degraded import FEWEST
from fauxface.report.stability import PERTURBED, stability
from fauxface.training.degraded import SAVED, SIDES, degradations
from fauxface.web.services.explanation import TELLING
from fauxface.weights.store import resolve

RESULTS = ROOT / "docs" / "results"
EXAMPLES = ROOT / "examples"
PEOPLE = ("--people", str(RESULTS / "unseen-sources" / "attributes.json"))
MARKS = "●○◐"
MARKED = [ROOT, ROOT / "docs", ROOT / "benchmarks", ROOT / "examples"]


@pytest.fixture(scope="module")
def stored(draw: ModuleType) -> object:
    return draw.Stored()


def test_the_results_page_is_what_the_tables_say(draw: ModuleType, stored: object) -> None:
    assert draw.results_page(stored) == (RESULTS / "README.md").read_text(encoding="utf-8"), "run: make results"


@pytest.fixture(scope="module")
def quoted(draw: ModuleType, stored: object) -> dict[str, str]:
    return draw.quoted(stored)


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent in MARKED], ids=name)
def test_a_page_says_what_its_marks_stand_for(page: Path, draw: ModuleType, quoted: dict[str, str]) -> None:
    text = page.read_text(encoding="utf-8")
    assert draw.filled(text, quoted) == text, "run: make results"


def test_the_pages_that_are_compared_are_those_that_are_drawn(draw: ModuleType) -> None:
    assert set(draw.PAGES) == {page for page in PAGES if page.parent in MARKED}


def test_another_number_makes_a_page_stale(draw: ModuleType, quoted: dict[str, str]) -> None:
    text = (ROOT / "docs" / "faces.md").read_text(encoding="utf-8")
    by_hand = text.replace("<!-- faces.found -->", "9<!-- faces.found -->", 1)
    assert by_hand != text
    assert draw.filled(by_hand, quoted) == text


def test_every_quoted_number_stands_in_a_page(marks: ModuleType, quoted: dict[str, str]) -> None:
    said = {each for page in marks.PAGES for each in marks.names(page.read_text(encoding="utf-8"))}
    numbers = [each for each in said if "." in each]
    assert len(numbers) > 80
    assert [each for each in numbers if not re.fullmatch(marks.NUMBER, quoted[each])] == []
    assert sorted(set(quoted) - said) == [], "take it out of docs/results/quoted.py"


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

    unseen = card.metrics.unseen_sources
    assert unseen
    assert unseen.accused_photographs.value == pytest.approx(found.by_source.accused_photographs.value)
    assert card.decision.abstention_region == pytest.approx((found.thresholds.low, found.thresholds.high), abs=1e-6)


@pytest.mark.parametrize("name", ["default", "resnet68"])
def test_the_cards_answers_on_test_pictures_are_those_of_the_stored_table(name: str) -> None:
    found = resolve(name)
    table, metrics = read(found.path.parent / "predictions.parquet"), found.card.metrics.test
    assert metrics
    assert metrics.said == abstention(table), "judge the test pictures again, and write what they say into the card"
    assert metrics.by_source == by_source(table, found.card.decision.threshold)


@pytest.mark.parametrize("network", ["default", "resnet68"])
def test_limits_on_size_and_compression_follow_from_stored_tables(network: str, stored: object) -> None:
    sees = resolve(network).card.input
    assert sees.smallest_side == min(SIDES)
    changed = stored.changed[network]  # pyright: ignore[reportAttributeAccessIssue]
    passed = {name: over_sources(rows, fewest=FEWEST).missed_fakes.value for name, rows in changed.items()}
    qualities = sorted(way[1] for way in SAVED.values() if way and way[0] == "JPEG")
    fits = [passed[f"{WHOLE_SIDE} px, jpeg-{quality}"] <= 1.5 * passed["as it is"] for quality in qualities]
    assert sees.lowest_jpeg_quality == qualities[fits.index(True)]
    assert all(fits[fits.index(True) :])


@pytest.mark.parametrize("network", ["default", "resnet68"])
def test_a_cards_thresholds_follow_from_stored_tables(network: str, stored: object) -> None:
    decision = resolve(network).card.decision
    thresholds = stored.found[network].thresholds  # pyright: ignore[reportAttributeAccessIssue]
    assert (thresholds.low, thresholds.high) == pytest.approx(decision.abstention_region, abs=1e-6)
    assert thresholds.familiar == pytest.approx(decision.familiar_within, abs=1e-6)
    assert np.allclose(thresholds.rules.small, decision.small_real_to, atol=1e-6)
    assert thresholds.rules.colourless == pytest.approx(decision.colourless_real_to, abs=1e-6)


def test_the_page_shows_the_perturbations_under_which_wrong_answers_stay_less_often(stored: object) -> None:
    rows = stored.changed_without_rules["default"]  # pyright: ignore[reportAttributeAccessIssue]
    perturbed = {name.removeprefix(PERTURBED): each for name, each in rows.items() if name.startswith(PERTURBED)}
    found = stability(rows["as it is"], perturbed)
    by = {(each.outcome, each.perturbation): each for each in found}
    pairs = (
        ("fakes called fake", "photographs called fake (wrong)"),
        ("photographs called real", "fakes called real (wrong)"),
    )

    def tells(name: str) -> bool:
        counted = [(by[right, name], by[wrong, name]) for right, wrong in pairs]
        apart = [right.interval[1] < wrong.interval[0] for right, wrong in counted if right.interval and wrong.interval]
        return all(right.share < wrong.share for right, wrong in counted) and any(apart)

    telling = [name for name in perturbed if tells(name)]
    assert sorted(telling) == sorted(TELLING)


def test_the_demo_says_what_the_readme_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, ["predict", EXAMPLES.name])
    assert result.exit_code == 0, result.output

    def lines(said: str) -> list[str]:
        """Without times, which differ; percentages without their last digit, as a processor's rounding may."""
        return [re.sub(r"\d+ ms|in [\d.]+ s|\.\d(?=%  examples)", "", line).rstrip() for line in said.splitlines()]

    shown = re.search(rf"```text\n([{MARKS}].*?)```", text, flags=re.S)
    assert shown
    assert sorted(lines(shown[1])) == sorted(lines(result.output))
    assert sum(line[0] in MARKS for line in lines(shown[1])) == len(list(EXAMPLES.glob("*.jpg")))


def test_the_model_card_is_what_the_command_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    examples = [word for path in sorted(Path("examples").glob("*.jpg")) for word in ("--examples", str(path))]
    result = CliRunner().invoke(app, ["card", "--out", str(tmp_path / "model-card.md"), *PEOPLE, *examples])
    assert result.exit_code == 0, result.output
    written = (tmp_path / "model-card.md").read_text(encoding="utf-8")
    assert written == (ROOT / "docs" / "model-card.md").read_text(encoding="utf-8"), "run: make results"


def test_the_other_networks_model_card_is_what_the_command_writes(tmp_path: Path) -> None:
    out = tmp_path / "card.md"
    result = CliRunner().invoke(app, ["card", "--weights", "resnet68", "--out", str(out), *PEOPLE])
    assert result.exit_code == 0, result.output
    page = ROOT / "docs" / "model-card-resnet68.md"
    assert out.read_text(encoding="utf-8") == page.read_text(encoding="utf-8"), "run: make results"


def test_the_learning_curves_are_read(learning_by_source: ModuleType) -> None:
    def row(kind: str, level: int | None, auc: float, trials: int, deviation: float) -> dict[str, object]:
        both = {"auc": auc, "auc_deviation": deviation, "caught": auc / 2, "caught_deviation": deviation}
        return {"kind": kind, "level": level, "trials": trials, **both}

    levels = {"cameras": 8, "generators": 4, "pictures": 300}
    gains = {"cameras": 0.05, "generators": 0.01, "pictures": -0.02}
    rows = [row(kind, level, 0.7, 16, 0.04) for kind, level in levels.items()]
    rows += [row(kind, None, 0.7 + gain, 1, 0.0) for kind, gain in gains.items()]
    said = " ".join(learning_by_source.last_steps(rows))
    assert "cameras from 8 to all: +0.050 (95%: +0.030 to +0.070) AUC, +0.025 (95%: +0.005 to +0.045)" in said
    assert "generators from 4 to all: +0.010 (95%: -0.010 to +0.030) AUC" in said
    assert "pictures from 300 to all: -0.020" in said


@pytest.mark.parametrize("network", ["default", "resnet68"])
def test_every_degradation_has_its_stored_table(network: str, stored: object) -> None:
    found = stored.changed[network]  # pyright: ignore[reportAttributeAccessIssue]
    assert set(found) == set(degradations()), "a table by another name would be missing on the page without a word"
