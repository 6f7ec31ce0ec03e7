"""Table V follows from Tables III and IV, but for what the paper got wrong."""

from __future__ import annotations

import numpy as np
import pytest

from fauxface.evaluation.metrics import from_counts
from fauxface.paper.results import RESULTS, PaperResult, result
from fauxface.training.recipe import load_recipe


@pytest.mark.parametrize("paper", RESULTS, ids=lambda r: r.model)
def test_table_v_follows_from_the_paper_s_confusion_matrices(paper: PaperResult) -> None:
    m = from_counts(paper.tp, paper.fp, paper.fn, paper.tn)
    assert (paper.tp + paper.fn, paper.fp + paper.tn) == (10_000, 10_000)
    printed = {k: getattr(paper, k) for k in ("accuracy", "f1", "precision", "specificity", "sensitivity")}
    if paper.model == "inception-resnet-v2-cutout":
        # The paper swaps these two, and computes its F1 from the swapped precision.
        f1_of_swapped = 2 * 0.9817 * 0.9993 / (0.9817 + 0.9993)
        assert printed["f1"] == f"{100 * f1_of_swapped:.2f}" == "99.04"
        printed |= {"precision": "98.20", "specificity": "98.17", "f1": "99.06"}
        assert (paper.precision, paper.specificity) == (printed["specificity"], printed["precision"])
    if paper.model == "resnet68":
        # 18,379 of 20,000 is 91.895; neither rounding nor truncation gives the printed 91.92.
        assert m.accuracy == pytest.approx(0.91895)
        printed["accuracy"] = "91.90"
    for name, text in printed.items():
        value = 100 * getattr(m, name)
        # Rounded half up (98.645 is printed 98.65); 1e-9 lifts binary fractions that fall just below .5.
        assert f"{np.floor(value * 100 + 0.5 + 1e-9) / 100:.2f}" == text, name
    # A fraction in spite of its per-cent sign; three or four decimals.
    digits = len(paper.false_positive_rate) - 2
    assert f"{m.missed_fakes:.{digits}f}" == paper.false_positive_rate


@pytest.mark.parametrize("paper", RESULTS, ids=lambda r: r.model)
def test_what_is_declared_of_a_run_is_what_its_recipe_does(paper: PaperResult) -> None:
    recipe = load_recipe(paper.model)
    assert paper.cutout == (recipe.augment.cutout is not None)
    assert paper.from_scratch == (recipe.pretrained is None)
    assert result(paper.model) is paper
