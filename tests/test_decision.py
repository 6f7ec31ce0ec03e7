"""From a probability to an answer: abstention, what the network was not made for, and verdicts that will not hold."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.conftest import tiny_card

from fauxface import Detector
from fauxface.decision import decide, label_for, unstable_under
from fauxface.errors import WeightsError
from fauxface.images.jpeg_quality import quality
from fauxface.stability import PERTURBATIONS, hidden, mirrored, resized
from fauxface.verdict import Reason
from fauxface.weights.card import ModelCard
from fauxface.weights.card_groups import ErrorRates


def flat(value: int, side: int = 48) -> np.ndarray:
    return np.full((side, side, 3), value, dtype=np.uint8)


def jpeg(rgb: np.ndarray, strength: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=strength)
    return file.getvalue()


@pytest.mark.parametrize("strength", [*range(1, 100, 7), 100])
def test_quality_of_libjpeg_files(strength: int) -> None:
    table = Image.open(io.BytesIO(jpeg(flat(90), strength))).quantization  # pyright: ignore[reportAttributeAccessIssue]
    assert abs((quality(table) or 0) - strength) <= (1 if strength > 1 else 4)


def test_quality_of_odd_tables() -> None:
    assert quality({}) is None
    assert quality({0: [0] * 64}) is None
    assert quality({0: [1] * 10}) is None
    assert quality({0: [255] * 64}) == 1


def test_a_certain_verdict_has_no_reasons(tiny_weights: Path) -> None:
    verdict = Detector.load(tiny_weights, threads=1).predict(flat(240))
    assert (verdict.label, verdict.reasons) == ("real", ())


def test_inside_the_abstention_region_the_reason_names_it(tiny_weights: Path) -> None:
    verdict = Detector.load(tiny_weights, threads=1).predict(flat(128))
    assert [r.code for r in verdict.reasons] == ["in_abstention_region"]
    assert "40.0%" in verdict.reasons[0].message
    assert verdict.to_dict()["reasons"] == [verdict.reasons[0].to_dict()]


def test_fake_below_even_odds_says_so(make_tiny_weights: Callable[..., Path]) -> None:
    guaranteed = ErrorRates(missed_fakes=0.02, accused_photographs=0.04)
    low = {"threshold": 0.1, "abstention_region": (0.1, 0.3)}  # the threshold is the lower end, as `calibrate` sets it
    verdict = Detector.load(make_tiny_weights(**low, guaranteed=guaranteed), threads=1, faces="off").predict(flat(130))
    assert (verdict.label, verdict.reasons) == ("fake", ())
    assert verdict.probability_fake is not None
    assert verdict.probability_fake < 0.5
    aim = "so that it is said of about 4.0% of photographs"
    assert verdict.notes == (f"at less than even odds: the threshold of 'fake', 30.0%, was chosen {aim}",)
    plain = Detector.load(make_tiny_weights(**low), threads=1, faces="off")
    assert plain.predict(flat(130)).notes == ("at less than even odds: this detector says 'fake' from 30.0% on",)
    assert plain.predict(flat(90)).notes == ()


def test_too_few_pixels(make_tiny_weights: Callable[..., Path]) -> None:
    detector = Detector.load(make_tiny_weights(smallest_side=40), threads=1)
    assert detector.predict(flat(240, 40)).label == "real"
    verdict = detector.predict(flat(240, 39))
    assert (verdict.label, [r.code for r in verdict.reasons]) == ("uncertain", ["too_few_pixels"])
    assert verdict.probability_fake is not None
    assert verdict.probability_fake < 0.1


def test_strong_compression(make_tiny_weights: Callable[..., Path]) -> None:
    detector = Detector.load(make_tiny_weights(lowest_jpeg_quality=30), threads=1)
    assert detector.predict(jpeg(flat(240), 30)).label == "real"
    verdict = detector.predict(jpeg(flat(240), 25))
    assert (verdict.label, [r.code for r in verdict.reasons]) == ("uncertain", ["strong_compression"])
    assert detector.predict(flat(240)).label == "real"


def test_next_to_no_colour(make_tiny_weights: Callable[..., Path]) -> None:
    detector = Detector.load(make_tiny_weights(least_colour=6), threads=1)
    colourful = flat(240)
    colourful[:24, :, 2] = 200
    assert detector.predict(colourful).label == "real"
    tinted = flat(240)
    tinted[..., 2] = 200
    for grey in (flat(240), tinted, jpeg(flat(240), 90)):
        verdict = detector.predict(grey)
        assert (verdict.label, [r.code for r in verdict.reasons]) == ("uncertain", ["no_colour"])
    assert [v.label for v in detector.predict_many([colourful, flat(240)])] == ["real", "uncertain"]


def test_no_face(make_tiny_weights: Callable[..., Path]) -> None:
    weights = make_tiny_weights(needs_face=True)
    assert [r.code for r in Detector.load(weights, threads=1).predict(flat(240, 64)).reasons] == ["no_face"]
    assert Detector.load(weights, threads=1, faces="off").predict(flat(240, 64)).label == "real"


def test_a_verdict_that_changes_sides_is_uncertain(make_tiny_weights: Callable[..., Path]) -> None:
    # Just bright enough to be real; a black patch makes it dark enough to be fake.
    changes = tuple(PERTURBATIONS)
    weights = make_tiny_weights(perturbations=changes, threshold=0.5, abstention_region=(0.5, 0.5))
    picture = flat(131)
    verdict = Detector.load(weights, threads=1).predict(picture)
    assert (verdict.label, [r.code for r in verdict.reasons]) == ("uncertain", ["unstable"])
    assert "mouth hidden" in verdict.reasons[0].message
    assert "mirrored" not in verdict.reasons[0].message
    assert Detector.load(weights, threads=1, stability=False).predict(picture).label == "real"
    assert Detector.load(weights, threads=1).predict(flat(240)).label == "real"


def test_stability_is_checked_in_batches_alike(make_tiny_weights: Callable[..., Path]) -> None:
    detector = Detector.load(
        make_tiny_weights(perturbations=tuple(PERTURBATIONS), abstention_region=(0.5, 0.5)), threads=1
    )
    pictures = [flat(value) for value in (20, 131, 240, 128, 133, 90)]
    alone = [detector.predict(p) for p in pictures]
    for batch_size in (1, 4, 100):
        together = list(detector.predict_many(pictures, batch_size=batch_size))
        assert [(v.label, v.reasons) for v in together] == [(v.label, v.reasons) for v in alone]


def test_a_card_of_the_future_is_refused(make_tiny_weights: Callable[..., Path]) -> None:
    with pytest.raises(WeightsError, match="install a newer one"):
        Detector.load(make_tiny_weights(perturbations=("mirror", "seen through a prism")), threads=1)


def test_of_several_faces_a_sure_fake_speaks_before_an_uncertain_one(
    build_tiny_card: Callable[..., ModelCard],
) -> None:
    card = build_tiny_card(b"x", smallest_side=40)
    sure = decide(0.9, card)
    doubtful = decide(0.97, card, [Reason("too_few_pixels", "")])
    fine = decide(0.1, card)
    assert max([doubtful, fine, sure], key=lambda d: d.weight) is sure
    assert max([fine, doubtful], key=lambda d: d.weight) is doubtful
    assert label_for(0.97, card) == "fake"
    assert doubtful.label == "uncertain"


def test_sides(build_tiny_card: Callable[..., ModelCard]) -> None:
    card = build_tiny_card(b"x", perturbations=("mirror", "jpeg"), threshold=0.3, abstention_region=(0.3, 0.6))
    assert unstable_under(0.2, [0.29, 0.61], card) == ("jpeg",)
    assert unstable_under(0.2, [0.31, 0.59], card) == (), "uncertain is not the opposite"
    assert unstable_under(0.7, [0.29, 0.31], card) == ("mirror",)
    assert unstable_under(0.4, [0.1, 0.9], card) == (), "what is uncertain has no opposite"


def test_changes_do_what_they_say() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    before = rgb.copy()
    for _, change in PERTURBATIONS.values():
        changed = change(rgb)
        assert (changed.shape, changed.dtype) == (rgb.shape, np.uint8)
        assert not np.array_equal(changed, rgb)
    assert np.array_equal(rgb, before)
    assert np.array_equal(mirrored(mirrored(rgb)), rgb)
    assert (hidden(rgb, (0.5, 0, 1, 1)) == 0).all(axis=2).sum() >= 64 * 32
    smooth = np.repeat(np.linspace(20, 230, 64).astype(np.uint8)[None, :, None], 64, axis=0).repeat(3, axis=2)
    for change in (resized, PERTURBATIONS["jpeg"][1]):
        assert np.abs(change(smooth).astype(int) - smooth).mean() < 3


def test_what_is_unfamiliar_is_not_accused() -> None:
    card = tiny_card(b"")
    careful = tiny_card(b"", familiar_within=2.0)
    assert decide(0.99, careful, distance=1.9).label == "fake"
    strange = decide(0.99, careful, distance=2.1)
    assert (strange.label, [r.code for r in strange.reasons]) == ("uncertain", ["unfamiliar"])
    assert decide(0.01, careful, distance=9.0).label == "real"
    assert decide(0.99, card, distance=9.0).label == "fake", "a card without a limit does not care"
    assert decide(0.99, careful).label == "fake", "nothing was measured"


def test_a_card_that_asks_for_distances_needs_a_network_that_measures_them(
    make_tiny_weights: Callable[..., Path],
) -> None:
    with pytest.raises(WeightsError, match="familiar_within") as caught:
        Detector.load(make_tiny_weights(familiar_within=1.0), threads=1)
    assert caught.value.code == "bad_card"


def test_a_small_face_is_called_real_only_up_to_its_own_threshold() -> None:
    card = tiny_card(b"", small_real_to=((100, 0.05), (224, 0.2)))
    assert decide(0.3, card, side=224).label == "real"
    assert decide(0.3, card).label == "real", "its size is not known"
    small = decide(0.3, card, side=223)
    assert (small.label, [r.code for r in small.reasons]) == ("uncertain", ["small_face"])
    assert "223 pixels" in small.reasons[0].message
    assert decide(0.2, card, side=100).label == "real"
    assert [decide(0.1, card, side=side).label for side in (99, 100)] == ["uncertain", "real"]
    assert decide(0.05, card, side=99).label == "real"
    assert decide(0.99, card, side=60).label == "fake"
    assert [r.code for r in decide(0.5, card, side=60).reasons] == ["in_abstention_region"]


def test_a_face_that_may_never_be_called_real_is_not() -> None:
    card = tiny_card(b"", small_real_to=((100, 0.0),))
    assert [decide(1e-6, card, side=side).label for side in (99, 100)] == ["uncertain", "real"]


def test_what_is_too_small_for_any_answer_has_one_reason() -> None:
    card = tiny_card(b"", smallest_side=50, small_real_to=((100, 0.0),))
    assert decide(0.1, card, side=40).reasons == (), "it is a matter of scope"


def test_a_colourless_face_is_called_real_only_up_to_its_own_threshold() -> None:
    card = tiny_card(b"", least_colour=6, colourless_real_to=0.2)
    assert decide(0.3, card, colour=6).label == "real"
    assert decide(0.3, card).label == "real", "its colours are not known"
    grey = decide(0.3, card, colour=5.9)
    assert (grey.label, [r.code for r in grey.reasons]) == ("uncertain", ["no_colour"])
    assert decide(0.2, card, colour=0).label == "real"
    assert decide(0.99, card, colour=0).label == "fake"


def test_colour_reaches_the_decision(make_tiny_weights: Callable[..., Path]) -> None:
    detector = Detector.load(make_tiny_weights(least_colour=6, colourless_real_to=1e-9), threads=1)
    verdict = detector.predict(flat(240))
    assert (verdict.label, [r.code for r in verdict.reasons]) == ("uncertain", ["no_colour"])
    assert detector.predict(flat(10)).label == "fake", "grey is no reason not to call it fake"


def test_the_size_of_each_face_reaches_the_decision(make_tiny_weights: Callable[..., Path]) -> None:
    strict = Detector.load(make_tiny_weights(small_real_to=((100, 0.0),)), threads=1)
    assert [strict.predict(flat(240, side)).label for side in (99, 100)] == ["uncertain", "real"]
