"""The card for people says what the stored tables say, and nothing from outside can break its Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.evaluation.metrics import from_counts
from fauxface.evaluation.predictions import Prediction, PredictionTable
from fauxface.evaluation.robustness import Row
from fauxface.report.model_card import model_card
from fauxface.verdict import Reason, Verdict
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import CardDecision, CardInput, CardProvenance, ErrorRates
from fauxface.weights.store import SHIPPED, resolve

SHA = "b" * 64
CARD = ModelCard(
    name="made",
    version="3",
    architecture="resnet68",
    input=CardInput(256, (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
    decision=CardDecision(0.2, (0.2, 0.7), ErrorRates(missed_fakes=0.01, accused_photographs=0.05)),
    provenance=CardProvenance(
        weights_file="model.onnx",
        sha256=SHA,
        size_bytes=3 << 20,
        parameters=1234567,
        licence="Mine | and <b>yours</b>.",
        data={"pictures": {"train": {"real: ffhq": 17, "fake: odd|source": 9}}},
        training={
            "recipe": {"name": "r"},
            "seed": 1,
            "epoch": 2,
            "images": 3000,
            "hours": 0.5,
            "initial_weights": "random",
        },
    ),
    known_failures=("It fails at night.",),
)
ROWS = tuple(
    Prediction(f"{label}{i}", SHA, label, p, source, verdict=word)  # pyright: ignore[reportArgumentType]
    for label, source, p, word, n in (
        ("real", "ffhq", 0.1, "real", 8),
        ("real", "ffhq", 0.4, "uncertain", 2),
        ("fake", "stylegan1", 0.9, "fake", 7),
        ("fake", "stylegan1", 0.1, "real", 1),
        ("fake", "odd|source", 0.5, "uncertain", 2),
    )
    for i in range(n)
)


def test_numbers_are_those_of_the_table() -> None:
    text = model_card(CARD, PredictionTable(ROWS, "made@3", 0.2))
    assert "| fakes called real, of all fakes | 12.50%" in text  # in its domain: 1 of 8
    assert "| fakes called real, of all fakes | 10.00%" in text  # of all: 1 of 10
    assert "| called uncertain | 20.00%" in text
    assert "| fakes that are not called real | 99.0% | 90.00%" in text
    assert "| photographs that are not called fake | 95.0% | 100.00%" in text
    assert "1,234,567 parameters" in text
    assert "3.0 MiB" in text
    assert "recipe `r`, seed 1: 2 epoch(s), 3,000 pictures seen, 30 minutes" in text
    assert "It fails at night" in text


def test_names_cannot_break_tables() -> None:
    verdict = Verdict("a|b\n.jpg", "uncertain", 0.5, "made@3", reasons=(Reason("in_abstention_region", ""),))
    text = model_card(CARD, PredictionTable(ROWS, "made@3", 0.2), examples=[verdict])
    assert "odd\\|source" in text
    assert "<b>" not in text
    line = next(line for line in text.splitlines() if "in_abstention_region" in line)
    assert line.count(" | ") == 3


def test_the_shipped_card_can_be_written(tmp_path: Path) -> None:
    out = tmp_path / "card.md"
    done = CliRunner().invoke(app, ["card", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "efficientnet" in out.read_text()
    assert "left out of training" in out.read_text()
    assert "stylegan2\\_ada" in out.read_text()


def test_the_public_weights_that_training_began_with_are_named() -> None:
    weights = {"trained_on": "imagenet", "file": "w.pth", "url": "https://pypi.org/project/w/", "licence": "Apache-2.0"}
    training = CARD.provenance.training | {"initial_weights": weights}
    card = replace(CARD, provenance=replace(CARD.provenance, training=training))
    text = model_card(card, PredictionTable(ROWS, "made@3", 0.2))

    assert "started from public imagenet weights, [`w.pth`](https://pypi.org/project/w/), Apache-2.0" in text
    assert "{'trained_on'" not in text


def test_whose_degraded_pictures_they_are_is_said() -> None:
    rows = [Row("clean", from_counts(8, 1, 1, 8), None, None)]
    own = model_card(CARD, None, degraded=rows, degraded_by=CARD.id)
    other = model_card(CARD, None, degraded=rows, degraded_by="an_other@1")
    assert "Measured with" not in own
    assert "| clean |" in own
    assert "Measured with an\\_other@1, not with these weights" in other


def test_what_was_not_measured_leaves_no_empty_table() -> None:
    text = model_card(CARD, PredictionTable(ROWS, "made@3", 0.2))
    assert "Degraded pictures" not in text
    assert "| corruption |" not in text
    assert "– before" not in text, "no calibration error was kept in the card"
    assert re.search(r"expected calibration error 0\.\d+ on the test pictures", text)


def test_unseen_sources_come_before_what_it_learned_from() -> None:
    text = model_card(resolve("default").card, None)
    assert text.index("left out of training") < text.index("## What it learned from") < text.index("## Calibration")
    first = next(line for line in text.splitlines() if line.startswith("|"))
    assert first.startswith("| over sources that nobody trained on")


def test_a_network_with_a_second_opinion_says_so() -> None:
    ours = "the public one, frozen as it was published, with\nthree logistic regressions"
    default = resolve("default").card
    assert ours in model_card(default, None)
    assert ours not in model_card(resolve("resnet68").card, None)
    alone = replace(default, decision=replace(default.decision, familiar_within=0.0))
    assert ours not in model_card(alone, None), "a trained network, exported by itself"


def test_what_flatters_and_what_was_not_measured_is_said_of_the_packages_weights() -> None:
    shipped = {name: resolve(name).card for name in SHIPPED}
    for card in shipped.values():
        text = model_card(card, None, shipped=shipped)
        assert "It flatters: the design" in text
        assert "no pictures of them are here: StyleGAN3, inverted StyleGAN2, FLUX" in text
    assert "fake-avatars" not in model_card(shipped["resnet68"], None, shipped=shipped)
    assert "It flatters" not in model_card(shipped["default"], None, shipped={})


def test_the_packages_weights_stand_beside_each_other() -> None:
    shipped = {name: resolve(name).card for name in SHIPPED}
    default = next(iter(shipped.values()))
    text = model_card(default, None, shipped=shipped)
    for name, each in shipped.items():
        unseen = each.metrics.unseen_sources
        assert unseen
        counted = f"{len(unseen.cameras)} | {len(unseen.generators)} | {100 * unseen.accused_photographs.value:.2f}%"
        assert re.search(rf"^\| `{name}` \| .* \| {re.escape(counted)}", text, flags=re.M)
    assert "`default` is used unless `--weights` names another: on left-out sources it ranks pictures best" in text

    behind = dict(reversed(shipped.items()))
    assert "`resnet68` is used unless `--weights` names another.\n" in model_card(default, None, shipped=behind)
    assert "is used unless" not in model_card(CARD, None, shipped=shipped), "other weights than the package's"
