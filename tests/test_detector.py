"""From a picture to a verdict, with a network whose answers can be worked out by hand."""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fauxface import Detector, Verdict, former_names
from fauxface.decision import label_for
from fauxface.errors import ImageError, WeightsError
from fauxface.preprocess import normalise, square
from fauxface.verdict import FaceVerdict
from fauxface.weights.card import ModelCard

Rgb = NDArray[np.uint8]


def flat(value: int, side: int = 48) -> Rgb:
    return np.full((side, side, 3), value, dtype=np.uint8)


def png(rgb: Rgb) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "PNG")
    return out.getvalue()


def expected_fake(value: int, temperature: float = 1.0, bias: float = 0.0) -> float:
    logit = (value - 127.5) / 127.5 * 4
    return 1 / (1 + math.exp(logit / temperature + bias))


def test_every_kind_of_picture(tiny_weights: Path, tmp_path: Path) -> None:
    detector = Detector.load(tiny_weights, threads=1)
    path = tmp_path / "dark.png"
    path.write_bytes(png(flat(20)))
    for picture, name in (
        (path, str(path)),
        (str(path), str(path)),
        (path.read_bytes(), "<bytes>"),
        (flat(20), "<array>"),
        (Image.fromarray(flat(20)), "<array>"),
    ):
        verdict = detector.predict(picture)
        assert verdict.path == name
        assert verdict.label == "fake"
        assert verdict.probability_fake == pytest.approx(expected_fake(20), abs=1e-4)
        assert verdict.model == "tiny@1"
        assert verdict.error is None
        assert verdict.elapsed_ms > 0


def test_bright_is_real_and_grey_is_uncertain(tiny_weights: Path) -> None:
    detector = Detector.load(tiny_weights, threads=1)
    assert detector.predict(flat(240)).label == "real"
    assert detector.predict(flat(128)).label == "uncertain"


def test_calibration_comes_from_the_card(make_tiny_weights: Callable[..., Path]) -> None:
    detector = Detector.load(make_tiny_weights(temperature=2.5, bias=0.75), threads=1)
    probability = detector.predict(flat(200)).probability_fake
    assert probability == pytest.approx(expected_fake(200, 2.5, 0.75), abs=1e-4)


@pytest.mark.parametrize(
    ("probability", "label"),
    [
        (0.0, "real"),
        (0.2, "real"),
        (0.2000001, "uncertain"),
        (0.5, "uncertain"),
        (0.6999999, "uncertain"),
        (0.7, "fake"),
        (1.0, "fake"),
    ],
)
def test_label_inside_and_at_the_ends_of_the_abstention_region(
    probability: float, label: str, build_tiny_card: Callable[..., ModelCard]
) -> None:
    card = build_tiny_card(b"x", threshold=0.5, abstention_region=(0.2, 0.7))
    assert label_for(probability, card) == label


def test_label_without_an_abstention_region(build_tiny_card: Callable[..., ModelCard]) -> None:
    card = build_tiny_card(b"x", threshold=0.3, abstention_region=(0.5, 0.5))
    assert [label_for(p, card) for p in (0.29999, 0.3, 0.5)] == ["real", "fake", "fake"]


def test_scores_and_judge(tiny_weights: Path) -> None:
    detector = Detector.load(tiny_weights, threads=1)
    pictures = [flat(0), flat(128, 100), flat(255, 32)]
    logits, maps = detector.judge(pictures)
    np.testing.assert_allclose(logits, [-4, 4 * 0.5 / 127.5, 4], atol=1e-4)
    assert maps.shape == (3, 4, 4)
    np.testing.assert_allclose(detector.scores(pictures), 1 / (1 + np.exp(logits)))


def test_many_keeps_the_order_and_goes_on_after_broken_ones(tiny_weights: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    pictures = [flat(0), broken, flat(255), b"", str(tmp_path / "gone.png"), flat(10)]
    for batch_size in (1, 2, 4, 100):
        verdicts = list(Detector.load(tiny_weights, threads=1).predict_many(pictures, batch_size=batch_size))
        assert [v.label for v in verdicts] == ["fake", None, "real", None, None, "fake"]
        codes = [v.error["code"] if v.error else None for v in verdicts]
        assert codes == [None, "not_an_image", None, "empty_file", "file_not_found", None]
        assert verdicts[1].probability_fake is None
        assert verdicts[1].path == str(broken)


def test_many_reads_lazily(tiny_weights: Path) -> None:
    taken = 0

    def endless() -> Iterator[Rgb]:
        nonlocal taken
        while True:
            taken += 1
            yield flat(0)

    verdicts = Detector.load(tiny_weights, threads=1).predict_many(endless(), batch_size=3)
    assert taken == 0
    assert isinstance(next(verdicts), Verdict)
    assert taken == 3


def test_batches_and_singles_agree(tiny_weights: Path) -> None:
    detector = Detector.load(tiny_weights, threads=1)
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (40 + i, 60, 3), dtype=np.uint8) for i in range(5)]
    many = [v.probability_fake for v in detector.predict_many(pictures, batch_size=5)]
    assert [detector.predict(p).probability_fake for p in pictures] == pytest.approx(many, abs=1e-6)


def test_none_and_nonsense(tiny_weights: Path) -> None:
    detector = Detector.load(tiny_weights, threads=1)
    assert list(detector.predict_many([])) == []
    with pytest.raises(ValueError, match="batch_size"):
        detector.predict_many([], batch_size=0)
    for wrong in (flat(0).astype(np.float32), flat(0)[..., :1], 42, None):
        with pytest.raises(ImageError) as caught:
            detector.predict(wrong)  # type: ignore[arg-type]
        assert caught.value.code == "bad_array"
    with pytest.raises(ImageError) as caught:
        detector.predict(flat(0, 31))
    assert caught.value.code == "too_small"


def test_notes_reach_the_verdict(tiny_weights: Path) -> None:
    out = io.BytesIO()
    frames = [Image.fromarray(flat(v)) for v in (0, 100, 200)]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    verdict = Detector.load(tiny_weights, threads=1, faces="off").predict(out.getvalue())
    assert verdict.notes == ("judged by frame 1 of 3", "all frames are blank")


class Fixed:
    """A session that gives one logit to every picture."""

    def __init__(self, logit: float) -> None:
        self.logit = logit

    def run(self, batch: NDArray[np.float32]) -> tuple[Any, Any]:
        return np.full(len(batch), self.logit, np.float32), np.zeros((len(batch), 2, 2), np.float32)


class Seen(Fixed):
    """A session that remembers what it saw."""

    def run(self, batch: NDArray[np.float32]) -> tuple[Any, Any]:
        self.batch = batch
        return super().run(batch)


@pytest.mark.parametrize("quality", [0, 30, 90])
def test_the_card_says_through_which_jpeg_file_all_pictures_go(
    quality: int, build_tiny_card: Callable[..., ModelCard]
) -> None:
    session, noise = Seen(0.0), np.random.default_rng(0).integers(0, 256, (40, 32, 3), dtype=np.uint8)
    card = build_tiny_card(b"x", jpeg=quality)
    Detector(card, session, faces="off").predict(png(noise))
    seen = square(noise, card.input.size)
    if quality:
        file = io.BytesIO()
        Image.fromarray(seen).save(file, "JPEG", quality=quality, subsampling=2)
        seen = np.asarray(Image.open(file))
    assert np.array_equal(session.batch, normalise(seen[None], card))


@pytest.mark.parametrize("logit", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_an_error(logit: float, build_tiny_card: Callable[..., ModelCard]) -> None:
    detector = Detector(build_tiny_card(b"x"), Fixed(logit), faces="off")
    with pytest.raises(WeightsError, match="not finite"):
        detector.predict(flat(0))


def test_another_session_with_the_cards_settings(tiny_weights: Path) -> None:
    detector = Detector(tiny_weights, session=Fixed(-100.0))
    assert detector.predict(flat(255)).probability_fake == pytest.approx(1.0)
    assert detector.card == replace(detector.card)


@pytest.mark.parametrize("data", [b"no protobuf at all" * 20, bytes(9)])
def test_a_file_that_is_no_network_is_named(
    data: bytes, tiny_weights: Path, build_tiny_card: Callable[..., ModelCard]
) -> None:
    """Also where size and SHA-256 are those of its card."""
    (tiny_weights / "model.onnx").write_bytes(data)
    (tiny_weights / "card.json").write_text(build_tiny_card(data).to_json())
    with pytest.raises(WeightsError, match="export or copy them again") as caught:
        Detector.load(tiny_weights)
    assert caught.value.code == "bad_weights"
    assert str(tiny_weights / "model.onnx") in str(caught.value)


def test_damaged_weights_do_not_load(tiny_weights: Path) -> None:
    path = tiny_weights / "model.onnx"
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(WeightsError) as caught:
        Detector.load(tiny_weights)
    assert caught.value.code == "weights_damaged"


EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def portrait(name: str, size: int) -> Rgb:
    with Image.open(EXAMPLES / name) as image:
        return np.asarray(image.convert("RGB").resize((size, size)))


def two_faces() -> Rgb:
    """A face made dark, so that the tiny network calls it fake, in a bright picture beside a bright face."""
    canvas = np.full((400, 700, 3), 250, dtype=np.uint8)
    canvas[20:340, 20:340] = 155 + portrait("photo_hopper.jpg", 320) // 3 + 14
    canvas[100:300, 450:650] = portrait("photo_collins.jpg", 200) // 3
    return canvas


def test_the_face_most_likely_fake_counts(tiny_weights: Path) -> None:
    detector, picture = Detector.load(tiny_weights, threads=1), two_faces()
    verdict = detector.predict(picture)
    assert verdict.faces is not None
    bright, dark = verdict.faces
    assert (bright.label, dark.label) == ("real", "fake")
    assert verdict.label == "fake"
    assert verdict.probability_fake == dark.probability_fake == max(f.probability_fake for f in verdict.faces)
    assert verdict.notes == ("the most suspicious of 2 faces",)
    for face, (left, right) in zip(verdict.faces, ((20, 340), (450, 650)), strict=True):
        assert left < face.box[0] < face.box[2] < right
        crop = picture[face.crop[1] : face.crop[3], face.crop[0] : face.crop[2]]
        assert detector.scores([crop])[0] == pytest.approx(face.probability_fake, abs=1e-6)
    off = detector.using(faces="off").predict(picture)
    assert off.faces is None
    assert (off.label, off.notes) == ("real", ())
    assert off.probability_fake == detector.scores([picture])[0]


def test_a_framed_picture_gives_the_same_number_with_and_without_faces(tiny_weights: Path) -> None:
    detector = Detector.load(tiny_weights, threads=1)
    for name in ("photo_hopper.jpg", "photo_collins.jpg", "fake_stylegan2_2.jpg"):
        verdict = detector.predict(EXAMPLES / name)
        assert verdict.faces is not None
        assert [f.crop[:2] for f in verdict.faces] == [(0, 0)]
        assert verdict.notes == ()
        assert verdict.probability_fake == detector.using(faces="off").predict(EXAMPLES / name).probability_fake


def test_no_face(tiny_weights: Path) -> None:
    verdict = Detector.load(tiny_weights, threads=1).predict(flat(20))
    assert (verdict.label, verdict.faces) == ("fake", ())
    assert verdict.notes == ("no face found: the whole picture was judged",)
    detector = Detector.load(tiny_weights, threads=1, faces="required")
    with pytest.raises(ImageError) as caught:
        detector.predict(flat(20))
    assert caught.value.code == "no_face"
    verdicts = list(detector.predict_many([flat(20), EXAMPLES / "photo_hopper.jpg", flat(250)]))
    assert [v.error and v.error["code"] for v in verdicts] == ["no_face", None, "no_face"]
    assert [None if v.faces is None else len(v.faces) for v in verdicts] == [None, 1, None]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7])
def test_batches_of_pictures_with_several_faces(batch_size: int, tiny_weights: Path, tmp_path: Path) -> None:
    pictures = [flat(250), two_faces(), tmp_path / "gone.png", two_faces(), EXAMPLES / "photo_collins.jpg", flat(0)]
    detector = Detector.load(tiny_weights, threads=1)
    alone = [detector.predict(p) if not isinstance(p, Path) or p.exists() else None for p in pictures]
    many = list(detector.predict_many(pictures, batch_size=batch_size))
    assert [len(v.faces or ()) for v in many] == [0, 2, 0, 2, 1, 0]
    for one, other in zip(alone, many, strict=True):
        assert other.probability_fake == (None if one is None else pytest.approx(one.probability_fake, abs=1e-6))


def test_a_small_face_in_a_large_jpeg_is_judged_at_its_full_size(tiny_weights: Path) -> None:
    canvas = np.full((2200, 2400, 3), 90, dtype=np.uint8)
    canvas[1500:1660, 300:460] = portrait("photo_hopper.jpg", 160)
    out = io.BytesIO()
    Image.fromarray(canvas).save(out, "JPEG", quality=95)
    card = Detector.load(tiny_weights, threads=1).card
    card = replace(card, input=replace(card.input, size=256))
    verdict = Detector(card, Undecided(), faces="auto").predict(out.getvalue())
    assert verdict.faces is not None
    (face,) = verdict.faces
    assert verdict.notes == ()  # read at half its size, it would say so
    assert 300 < face.box[0] < face.box[2] < 460
    assert 1500 < face.box[1] < face.box[3] < 1660


class Undecided:
    """A session that gives the logit 0."""

    def run(self, batch: NDArray[np.float32]) -> tuple[Any, Any]:
        return np.zeros(len(batch), np.float32), np.zeros((len(batch), 2, 2), np.float32)


def test_the_same_picture_is_told_the_same_each_time(tiny_weights: Path) -> None:
    detector = Detector.load(tiny_weights, threads=1)
    verdicts = list(detector.predict_many([b"", flat(20), flat(20)]))
    assert [v.notes for v in verdicts] == [(), *[("no face found: the whole picture was judged",)] * 2]
    before = dict(vars(detector))
    detector.predict(EXAMPLES / "photo_hopper.jpg")
    assert vars(detector) == before


def test_a_damaged_face_finder_is_an_error_unless_nobody_looks(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fauxface.faces.networks.FILE", tmp_path / "mtcnn.onnx")
    for faces in ("auto", "required"):
        with pytest.raises(WeightsError, match="install fauxface again"):
            Detector.load(tiny_weights, threads=1, faces=faces)
    assert Detector.load(tiny_weights, threads=1, faces="off").predict(flat(20)).label == "fake"


def test_a_name_in_the_place_of_the_card_works_until_version_0_2(
    tiny_weights: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(former_names, "_told", set())
    by_name, new = Detector(tiny_weights, threads=1), Detector.load(tiny_weights, threads=1)
    picture = EXAMPLES / "photo_hopper.jpg"
    assert by_name.predict(picture).probability_fake == new.predict(picture).probability_fake
    assert pickle.loads(pickle.dumps(by_name)).card == new.card
    assert Detector().card == Detector("default").card == Detector.load().card
    parts = Detector.from_parts(new.card, Fixed(-100.0))
    assert parts.predict(flat(255)).faces is None  # as before, it looks for none unless asked
    assert parts.predict(flat(255)).probability_fake == pytest.approx(1.0)
    of_today = ("Detector.load(name)", "Detector(card, session, faces='off')")
    assert [[name in said for name in of_today] for said in caplog.messages] == [[True, False], [False, True]]


def test_a_card_needs_its_network(build_tiny_card: Callable[..., ModelCard]) -> None:
    with pytest.raises(TypeError, match="give a session"):
        Detector(build_tiny_card(b"x"))


def test_an_unknown_way_with_faces(tiny_weights: Path) -> None:
    with pytest.raises(ValueError, match="auto, off, required"):
        Detector.load(tiny_weights, faces="maybe")  # type: ignore[arg-type]


def test_a_verdict_with_faces_as_a_dict() -> None:
    face = FaceVerdict((1.26, 2.0, 3.0, 4.0), (0, 0, 5, 5), 0.98765, "fake", 0.9)
    row = Verdict("a.jpg", "fake", 0.9, "m@1", faces=(face,)).to_dict()
    assert row["faces"] == [
        {"box": [1.3, 2.0, 3.0, 4.0], "crop": [0, 0, 5, 5], "score": 0.9877, "label": "fake", "probability_fake": 0.9,
         "reasons": []}
    ]  # fmt: skip
    assert Verdict("a.jpg", "fake", 0.9, "m@1").to_dict()["faces"] is None
    assert Verdict("a.jpg", "fake", 0.9, "m@1", faces=()).to_dict()["faces"] == []
