"""From frames to one verdict for the clip."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.video.clips import BRIGHT, DARK, write_clip, write_sound

from fauxface.detector import Detector
from fauxface.video import FrameVerdict, judge_frames, predict_clip, sample
from fauxface.weights.card_groups import ErrorRates


@pytest.fixture
def detector(tiny_weights: Path) -> Detector:
    return Detector.load(tiny_weights, threads=1, faces="off")


def test_a_dark_clip_is_fake_and_a_bright_one_real(detector: Detector, tmp_path: Path) -> None:
    dark = predict_clip(detector, write_clip(tmp_path / "dark.mp4"), frames=4)
    assert (dark.label, dark.share_fake, dark.counted, dark.error, dark.model) == ("fake", 1.0, 4, None, "tiny@1")
    assert dark.probability_fake == pytest.approx(0.976, abs=0.01)
    assert dark.duration_s == pytest.approx(2, abs=0.11)
    assert dark.frames[0].verdict.path == f"{tmp_path / 'dark.mp4'} @ {dark.frames[0].seconds:.1f} s"
    bright = predict_clip(detector, write_clip(tmp_path / "b.mp4", level=lambda t: BRIGHT).read_bytes(), name="b")
    assert (bright.path, bright.label, bright.share_fake) == ("b", "real", 0.0)


def test_a_mixed_clip_is_uncertain(detector: Detector, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", seconds=4, level=lambda t: DARK if t < 2.5 else BRIGHT)
    clip = predict_clip(detector, path, frames=9)
    assert clip.label == "uncertain"
    assert [reason.code for reason in clip.reasons] == ["frames_disagree"]
    assert 0.25 < (clip.share_fake or 0) < 0.75
    assert clip.probability_fake is not None
    assert clip.probability_fake > 0.9


def test_a_clip_that_is_fake_below_even_odds_says_so_once(
    make_tiny_weights: Callable[..., Path], tmp_path: Path
) -> None:
    weights = make_tiny_weights(threshold=0.1, abstention_region=(0.1, 0.3), guaranteed=ErrorRates(0.02, 0.04))
    path = write_clip(tmp_path / "a.mp4", level=lambda t: 131)
    clip = predict_clip(Detector.load(weights, threads=1, faces="off"), path, frames=3)
    assert clip.label == "fake"
    assert [frame.verdict.label for frame in clip.frames] == ["fake"] * 3
    aim = "so that it is said of about 4.0% of photographs"
    assert clip.notes == (f"at less than even odds: the threshold of 'fake', 30.0%, was chosen {aim}",)


def test_uncertain_frames_do_not_count_as_fake(make_tiny_weights: Callable[..., Path], tmp_path: Path) -> None:
    weights = make_tiny_weights(threshold=0.1, abstention_region=(0.1, 0.6))
    path = write_clip(tmp_path / "a.mp4", level=lambda t: 131)
    clip = predict_clip(Detector.load(weights, threads=1, faces="off"), path, frames=3)
    assert (clip.label, clip.share_fake, [r.code for r in clip.reasons]) == ("uncertain", 0.0, ["in_abstention_region"])


def test_json_says_it_all(detector: Detector, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", seconds=4, level=lambda t: DARK if t < 2 else BRIGHT)
    row = json.loads(json.dumps(predict_clip(detector, path, frames=4, batch_size=3).to_dict()))
    keys = ["path", "label", "probability_fake", "model", "error", "elapsed_ms", "notes", "reasons", "share_fake"]
    assert list(row) == [*keys, "duration_s", "frames", "counted", "provenance"]
    assert [claim["kind"] for claim in row["provenance"]] == ["software"], "FFmpeg names itself"
    assert [list(frame) for frame in row["frames"]] == [["seconds", "scene_change", "verdict"]] * 4
    assert [frame["seconds"] for frame in row["frames"] if frame["scene_change"]] == [2.0]
    assert row["frames"][0]["verdict"]["label"] == "fake"


def test_frames_come_with_their_pixels(detector: Detector, tmp_path: Path) -> None:
    found = list(judge_frames(detector, sample(write_clip(tmp_path / "a.mp4"), most=5, name="n"), batch_size=2))
    assert [one.verdict.path for one in found] == [f"n @ {one.frame.seconds:.1f} s" for one in found]
    assert all(isinstance(one, FrameVerdict) and one.frame.rgb.shape == (48, 64, 3) for one in found)


def test_what_cannot_be_judged_is_one_error(detector: Detector, tmp_path: Path) -> None:
    gone = predict_clip(detector, tmp_path / "gone.mp4")
    assert (gone.label, gone.probability_fake, gone.frames) == (None, None, ())
    assert gone.error is not None
    assert gone.error["code"] == "file_not_found"
    assert (predict_clip(detector, write_sound(tmp_path / "s.mp4")).error or {})["code"] == "no_video_stream"
    small = predict_clip(detector, write_clip(tmp_path / "a.mp4", size=(32, 16)))
    assert (small.error or {})["code"] == "too_small"
    assert len(small.frames) == 20


def test_stopping(detector: Detector, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4")
    assert (predict_clip(detector, path, should_stop=lambda: True).error or {})["code"] == "stopped"
    answers = iter([False, False, False, True])
    clip = predict_clip(detector, path, batch_size=1, should_stop=lambda: next(answers))
    assert (clip.label, len(clip.frames), clip.notes) == ("fake", 3, ("stopped after 3 frames",))


def test_progress(detector: Detector, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    predict_clip(detector, write_clip(tmp_path / "a.mp4"), frames=5, advance=lambda *now: told.append(now))
    assert told == [(i, 5) for i in range(1, 6)]
