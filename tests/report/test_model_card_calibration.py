"""The model card says on what calibration was fitted, as the card's metrics know it, and what is guaranteed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fauxface.report.model_card import model_card
from fauxface.weights import store
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import ErrorRates
from fauxface.weights.metrics import CardMetrics, Fitting

FEW = Fitting({"real": 30, "fake": 1200}, 0.2, 0.1, offset=-0.4)
LEFT_OUT = "fitted on pictures of sources that were left out of training (`fauxface crossval`)"


def calibration_of(card: ModelCard) -> str:
    _, _, after = model_card(card, None).partition("## Calibration and error rates")
    return after.partition("## Where it fails")[0]


def test_left_out_sources() -> None:
    assert LEFT_OUT in calibration_of(store.resolve().card)


def test_a_moved_bias(build_tiny_card: Callable[..., ModelCard]) -> None:
    said = calibration_of(build_tiny_card(b"", calibration=FEW))
    assert "only the bias was moved, by -0.400, on 30 photographs and 1,200 fakes" in said
    assert "expected calibration error 0.2000 before, 0.1000 after" in said
    assert "No share of errors is guaranteed." in said
    both = replace(store.resolve().card, metrics=replace(store.resolve().card.metrics, calibration=FEW))
    assert "left out of training" not in calibration_of(both), "a later fitting counts"


def test_everything_fitted(build_tiny_card: Callable[..., ModelCard]) -> None:
    card = build_tiny_card(b"", calibration=replace(FEW, offset=None), guaranteed=ErrorRates(0.01, 0.05))
    said = calibration_of(card)
    assert "fitted on 30 photographs and 1,200 fakes:" in said
    assert "No share" not in said


def test_nothing_is_known(build_tiny_card: Callable[..., ModelCard]) -> None:
    said = calibration_of(replace(build_tiny_card(b""), metrics=CardMetrics()))
    assert "on which pictures they were fitted is not recorded" in said
    assert "left out" not in said
