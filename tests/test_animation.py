"""A picture that moves is judged as a clip is: a few frames, the median, and the verdict says which."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fauxface import Detector
from fauxface.cli.main import app
from fauxface.errors import ImageError
from fauxface.explain import class_activation
from fauxface.images import Limits
from fauxface.verdict import Verdict

DARK, GREY, BRIGHT = 20, 128, 235


def frame(value: int, bar: int = 40) -> Image.Image:
    """Dark is fake and bright is real to the tiny network; the bar keeps it from being blank."""
    pixels = np.full((48, 48, 3), value, dtype=np.uint8)
    pixels[:2, :4] = value + bar if value < 128 else value - bar
    return Image.fromarray(pixels)


def moving(*values: int, kind: str = "PNG", blank: tuple[int, ...] = ()) -> bytes:
    frames = [Image.new("RGB", (48, 48), (v, v, v)) if i in blank else frame(v) for i, v in enumerate(values)]
    file = io.BytesIO()
    options = {"lossless": True} if kind == "WEBP" else {}
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=50, **options)
    return file.getvalue()


@pytest.fixture
def detector(tiny_weights: Path) -> Detector:
    return Detector.load(tiny_weights, threads=1, faces="off")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_the_median_of_a_few_frames_and_which(detector: Detector, kind: str) -> None:
    data = moving(DARK, DARK + 2, DARK + 4, kind=kind)
    verdict = detector.predict(data)
    middle = detector.predict(np.asarray(frame(DARK + 2)))
    assert verdict.label == "fake"
    assert verdict.probability_fake == pytest.approx(middle.probability_fake, abs=1e-3)
    assert verdict.notes == ("judged by frames 1, 2 and 3 of 3",)
    assert (verdict.path, verdict.model, verdict.error, verdict.faces) == ("<bytes>", "tiny@1", None, None)
    assert verdict.elapsed_ms > 0
    many = detector.predict(moving(*[DARK + i for i in range(20)], kind=kind))
    assert many.notes == ("judged by frames 2, 4, 7, 9, 12, 14, 17 and 19 of 20",)


def test_frames_that_contradict_each_other_are_uncertain(detector: Detector) -> None:
    verdict = detector.predict(moving(DARK, BRIGHT, DARK + 1, BRIGHT - 1))
    assert verdict.label == "uncertain"
    assert next(reason.code for reason in verdict.reasons) == "frames_disagree"


def test_a_blank_frame_does_not_decide(detector: Detector) -> None:
    """A fade-in from black says nothing of a bright picture, nor one from white of a dark one."""
    for blank, shown, label in ((0, BRIGHT, "real"), (255, DARK, "fake")):
        one = detector.predict(moving(blank, shown, blank, blank=(0, 2)))
        assert (one.label, one.notes) == (label, ("judged by frame 2 of 3",))
        two = detector.predict(moving(blank, shown, shown + 1, blank=(0,)))
        assert (two.label, two.notes) == (label, ("judged by frames 2 and 3 of 3",))


def test_among_others_each_keeps_its_place(detector: Detector, tmp_path: Path) -> None:
    path = tmp_path / "moves.png"
    path.write_bytes(moving(BRIGHT, BRIGHT - 1))
    still = np.asarray(frame(DARK))
    sources = [still, path, b"no picture", moving(*[DARK + i for i in range(9)]), still]
    for batch_size in (1, 2, 8):
        verdicts = list(detector.predict_many(sources, batch_size=batch_size))
        assert [v.label for v in verdicts] == ["fake", "real", None, "fake", "fake"]
        assert [v.path for v in verdicts] == ["<array>", str(path), "<bytes>", "<bytes>", "<array>"]


def test_frames_that_cannot_be_judged_are_one_error(detector: Detector, tmp_path: Path) -> None:
    path = tmp_path / "small.gif"
    frame(DARK).resize((20, 20)).save(path, save_all=True, append_images=[frame(GREY).resize((20, 20))])
    (verdict,) = detector.predict_many([path])
    assert verdict.error is not None
    assert verdict.error["code"] == "too_small"
    assert str(path) in verdict.error["message"]
    with pytest.raises(ImageError):
        detector.predict(path)


def test_damage_is_said(detector: Detector) -> None:
    data = moving(*[DARK + i for i in range(6)])
    cut = [at for at in range(len(data)) if data[at : at + 4] == b"fdAT"][2] + 6
    verdict = detector.predict(data[:cut])
    assert verdict.label == "fake"
    assert verdict.notes == (
        "judged by frames 1, 2 and 3 of 6",
        "damaged or cut off: frame 4 and what follows are missing",
    )


def test_the_detector_holds_its_limits(tiny_weights: Path) -> None:
    detector = Detector.load(tiny_weights, threads=1, faces="off", limits=Limits(max_pixels=48 * 48 - 1))
    for one in (detector, detector.using()):
        for source in (moving(DARK, GREY), np.asarray(frame(DARK)), frame(DARK)):
            with pytest.raises(ImageError) as caught:
                one.predict(source)
            assert caught.value.code == "too_many_pixels"


def test_faces_are_those_of_the_middle_frame(
    make_tiny_weights: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fauxface.faces.face import Face

    def crops(_: object, rgb: np.ndarray) -> list:
        """A face in frames that are not grey, as far to the right as they are bright."""
        value = int(rgb[20, 20, 0])
        if value in (GREY, GREY + 1):
            return []
        return [(Face((value / 10, 0, 40, 40), np.zeros((5, 2)), 0.9), (0, 0, 48, 48))]

    monkeypatch.setattr("fauxface.faces.crop.crops", crops)
    detector = Detector.load(make_tiny_weights(needs_face=True), threads=1, faces="auto")
    verdict = detector.predict(moving(DARK, GREY, DARK + 10, DARK + 20))
    assert verdict.label == "fake"
    assert verdict.faces is not None
    assert [face.box[0] for face in verdict.faces] == [3.0]
    assert "1 of 4 frames show no face and do not count" in verdict.notes
    assert verdict.reasons == ()
    none = detector.predict(moving(GREY, GREY + 1, GREY))
    assert none.faces == ()
    assert "no_face" in [reason.code for reason in none.reasons]
    required = Detector.load(make_tiny_weights(needs_face=True), threads=1, faces="required")
    (refused,) = required.predict_many([moving(GREY, GREY + 1)])
    assert refused.error is not None
    assert refused.error["code"] == "no_face"
    assert refused.error["message"].startswith("<bytes>: ")
    assert required.predict(moving(GREY, DARK)).label == "fake"


def test_an_explanation_is_of_one_frame(detector: Detector) -> None:
    explanation = class_activation(detector, moving(0, BRIGHT, DARK, blank=(0,)))
    assert explanation.verdict.label == "real"
    assert explanation.verdict.path == "<bytes>"
    assert explanation.verdict.notes == ("frame 2 of 3: the first one is blank",)
    assert explanation.rgb[20, 20, 0] == BRIGHT


def test_the_command_line_says_which(tiny_weights: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    path = tmp_path / "moves.gif"
    path.write_bytes(moving(0, DARK, DARK + 5, kind="GIF", blank=(0,)))
    options = ["predict", "--weights", str(tiny_weights), "--threads", "1", "--faces", "off", str(path)]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0, done.output
    assert "judged by frames 2 and 3 of 3" in done.output


def test_a_row_has_the_same_fields_as_ever(detector: Detector) -> None:
    assert set(detector.predict(moving(DARK, GREY)).to_dict()) == set(Verdict("", None, None, "").to_dict())
