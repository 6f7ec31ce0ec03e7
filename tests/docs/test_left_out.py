"""The pages say how far sources were left out, and what was not measured."""

from __future__ import annotations

from types import ModuleType
from typing import Literal

import numpy as np
import pytest

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.unseen_sources import Unseen, unseen

PLACES = (
    ("cam_a", "photograph", "real", "A", 0.10),
    ("cam_b", "photograph", "real", "B", 0.50),
    ("sites", "photograph", "real", "A", 0.10),
    ("sites", "photograph", "real", "B", 0.50),
    ("gan", "stylegan", "fake", "A", 0.40),
    ("sd", "diffusion", "fake", "B", 0.80),
)
"""Source, family, label, fold and where probabilities lie: each fold is ranked without an error, both are not."""


def pictures(source: str, family: str, label: Literal["real", "fake"], fold: str, centre: float) -> list[Prediction]:
    spread = np.linspace(-0.08, 0.08, 30)
    return [
        Prediction(f"{fold}/{source}/{i}", "0" * 64, label, float(centre + x), source, family=family, fold=fold)
        for i, x in enumerate(spread)
    ]


@pytest.fixture(scope="module")
def found() -> Unseen:
    return unseen([row for place in PLACES for row in pictures(*place)])  # pyright: ignore[reportArgumentType]


def test_pairs_within_one_fold_have_a_mean_of_their_own(folds: ModuleType, found: Unseen) -> None:
    assert found.by_source.mean_auc.value < 0.9
    assert folds.within_one_fold({"default": found}) == ["| – mean of pairs within one fold | 1.0000 |"]


def test_gans_and_diffusion_models_stand_apart(folds: ModuleType, found: Unseen) -> None:
    wrong = {row.source: f"{100 * row.wrong:.2f}%" for row in found.by_source.generators}
    gans, diffusion = folds.by_kind({"default": found})
    assert gans == f"| – mean of 1 GANs | {wrong['gan']} |"
    assert diffusion == f"| – mean of 1 diffusion models | {wrong['sd']} |"


def test_the_table_of_folds_names_what_is_left_out_together(folds: ModuleType, found: Unseen) -> None:
    text = "\n".join(folds.left_out_together(found))
    assert "| A | cam\\_a, sites | gan |\n| B | cam\\_b, sites | sd |" in text
    said = " ".join(text.split())
    assert "`sites` lie in several folds" in said
    assert "the mean AUC is over 6 pairs" in said
    assert "over the 4 pairs within one fold" in said


def test_what_has_no_pictures_is_neither_reached_nor_missed(targets: ModuleType) -> None:
    line = targets.Target("StyleGAN3", "10%", "≤ 8%", (None, ("5%", True))).line()
    assert line == "| StyleGAN3 | 10% | ≤ 8% | not measured: no pictures | – | 5% | yes |"


def test_every_share_of_people_has_its_interval(left_out_sources: ModuleType) -> None:
    rows = [
        line
        for line in left_out_sources.people.tables(left_out_sources.groups(), ("default", "resnet68")).splitlines()
        if line.startswith(("| age: ", "| origin: ", "| sex: "))
    ]
    assert len(rows) > 10
    assert all(cell.count("%") == cell.count("(") == 1 for row in rows for cell in row.strip("| ").split(" | ")[2:])
