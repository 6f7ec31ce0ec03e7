"""What the frames of a clip, or of a picture that moves, say together."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fauxface.clip_verdict import ClipVerdict, JudgedFrame, conclude
from fauxface.verdict import FaceVerdict, Reason, Verdict
from fauxface.weights.card import ModelCard

Card = Callable[..., ModelCard]


def frame(probability: float, *, face: bool | None = None, reasons: tuple[Reason, ...] = ()) -> JudgedFrame:
    label = "uncertain" if reasons else "fake" if probability >= 0.5 else "real"
    faces = None if face is None else ()
    if face:
        faces = (FaceVerdict((0, 0, 9, 9), (0, 0, 9, 9), 0.9, label, probability),)
    verdict = Verdict("a @ 0.0 s", label, probability, "tiny@1", faces=faces, reasons=reasons)
    return JudgedFrame(0.0, False, verdict)


def concluded(card: ModelCard, *frames: JudgedFrame) -> ClipVerdict:
    return conclude("a", frames, card, duration_s=1.0, notes=["n"], elapsed_ms=3)


def test_frames_with_a_face_count_before_others(build_tiny_card: Card) -> None:
    card = build_tiny_card(b"")
    clip = concluded(card, frame(0.9, face=True), frame(0.1, face=False), frame(0.1, face=False))
    assert (clip.label, clip.probability_fake, clip.counted) == ("fake", 0.9, 1)
    assert clip.notes == ("n", "2 of 3 frames show no face and do not count")
    clip = concluded(card, frame(0.1, face=False), frame(0.2, face=False))
    assert (clip.label, clip.counted) == ("real", 2)
    assert clip.notes == ("n", "no face found in any frame: whole frames were judged")
    assert concluded(card, frame(0.1)).notes == ("n",)


def test_frames_that_could_not_be_judged_do_not_count(build_tiny_card: Card) -> None:
    error = {"code": "no_face", "message": "a: no face found in it"}
    none = JudgedFrame(0.0, False, Verdict("a", None, None, "tiny@1", error=error))
    clip = concluded(build_tiny_card(b""), none, frame(0.9, face=True))
    assert (clip.label, clip.error, clip.counted, len(clip.frames)) == ("fake", None, 1, 2)
    assert concluded(build_tiny_card(b""), none, none).error == error
    assert (concluded(build_tiny_card(b"")).error or {})["code"] == "broken_video"


@pytest.mark.parametrize(
    ("fakes", "label", "reasons"),
    [
        (0, "real", []),
        (1, "real", []),
        (2, "uncertain", ["frames_disagree"]),
        (6, "uncertain", ["frames_disagree"]),
        (7, "fake", []),
        (8, "fake", []),
    ],
)
def test_when_frames_disagree(fakes: int, label: str, reasons: list[str], build_tiny_card: Card) -> None:
    clip = concluded(build_tiny_card(b""), *[frame(0.9)] * fakes, *[frame(0.1)] * (8 - fakes))
    assert (clip.label, [reason.code for reason in clip.reasons]) == (label, reasons)
    assert clip.share_fake == fakes / 8


def test_other_reasons(build_tiny_card: Card) -> None:
    card = build_tiny_card(b"", threshold=0.3)
    assert [r.code for r in concluded(card, frame(0.5)).reasons] == ["in_abstention_region"]
    few = (Reason("too_few_pixels", "too few"),)
    assert concluded(card, frame(0.9, reasons=few), frame(0.9)).label == "fake"
    clip = concluded(card, *[frame(0.9, reasons=few)] * 2, frame(0.9))
    assert (clip.label, clip.reasons[0].code) == ("uncertain", "too_few_pixels")
    assert clip.reasons[0].message == "too few (so it is with 2 of 3 frames)"


def test_a_verdict_says_what_it_is_about_and_no_row_changes_for_it() -> None:
    clip, picture = ClipVerdict("a.mp4", "real", 0.1, "m@1"), Verdict("a.jpg", "real", 0.1, "m@1")
    assert (clip.kind, picture.kind) == ("clip", "picture")
    assert "kind" not in clip.to_dict()
    assert "kind" not in picture.to_dict()
    assert list(clip.to_dict()) == [
        *("path", "label", "probability_fake", "model", "error", "elapsed_ms", "notes", "reasons", "share_fake"),
        *("duration_s", "frames", "counted", "provenance"),
    ]
