"""Which frames come out of a clip, and that they are upright."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.video.clips import BRIGHT, DARK, write_clip

from fauxface.video import Frame, VideoLimits, sample, wire, worker
from fauxface.video.choice import Seen, choose, scene_changes
from fauxface.video.sampling import Sampled


def levels(frames: list[Frame]) -> list[int]:
    return [round(float(frame.rgb.mean())) for frame in frames]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx264"),
        ("a.mov", "mjpeg"),
        ("a.m4v", "mpeg4"),
        ("a.mkv", "libx265"),
        ("a.webm", "libvpx-vp9"),
        ("a.avi", "mpeg4"),
        ("a.ts", "libx264"),
    ],
)
def test_every_container_is_sampled_evenly(name: str, codec: str, tmp_path: Path) -> None:
    path = write_clip(tmp_path / name, seconds=4, codec=codec, level=lambda t: round(40 + 40 * t))
    sampled = sample(path, most=4)
    frames = list(sampled.frames)
    assert [f.seconds for f in frames] == pytest.approx([0.5, 1.5, 2.4, 3.4], abs=0.11)
    assert np.allclose(levels(frames), [40 + 40 * f.seconds for f in frames], atol=6)
    assert sampled.duration_s == pytest.approx(4, abs=0.11)
    assert sampled.notes == ()
    assert all(f.rgb.shape == (48, 64, 3) and f.rgb.dtype == np.uint8 and not f.scene_change for f in frames)


def test_scene_changes_are_taken_at_their_first_frame(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", seconds=5, level=lambda t: DARK if t < 1.3 else BRIGHT if t < 3.9 else 120)
    frames = list(sample(path, most=6).frames)
    assert len(frames) == 6
    assert [f.seconds for f in frames] == sorted(f.seconds for f in frames)
    changes = [f for f in frames if f.scene_change]
    assert [f.seconds for f in changes] == pytest.approx([1.3, 3.9])
    assert np.allclose(levels(changes), [BRIGHT, 120], atol=6)


def test_fewer_frames_than_wanted_gives_all(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", seconds=0.5)
    assert len(list(sample(path.read_bytes()).frames)) == 5
    assert len(list(sample(path, most=1).frames)) == 1


LONG = "a long clip, of which only key frames were looked at"


def sent(path: Path, most: int, max_frames: int = 60_000) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the decoding process sends, without the process: the clip's facts and those of its frames."""
    pipe = io.BytesIO()
    with path.open("rb") as file:
        order = worker.Order("mov", most, max_seconds=600, max_pixels=10**7, max_frames=max_frames, cpu_seconds=60)
        worker.Sender(pipe, file, order).run()
    pipe.seek(0)
    _, clip = wire.read(pipe)
    frames = []
    while (message := wire.read(pipe))[0] == "frame":
        frames.append(message[1])
        wire.pixels(pipe, message[1]["width"], message[1]["height"])
    return clip | {"late": message[1]["notes"]}, frames


def test_of_a_long_clip_key_frames_are_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(worker, "SMALL_CLIP", 0)
    path = write_clip(tmp_path / "a.mp4", seconds=40, g=10, level=lambda t: DARK if t < 23 else BRIGHT)
    clip, frames = sent(path, 8)
    assert clip["notes"] == ["a long clip, of which only key frames were looked at"]
    assert clip["seconds"] == pytest.approx(40)
    times = [f["seconds"] for f in frames]
    assert len(times) == 8
    assert all(t == pytest.approx(round(t)) for t in times)
    assert [f["seconds"] for f in frames if f["scene_change"]] == pytest.approx([23])
    assert max(np.diff(times)) < 7


def test_a_long_clip_with_few_key_frames_is_still_sampled_evenly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(worker, "SMALL_CLIP", 0)
    path = write_clip(tmp_path / "a.mp4", seconds=40, g=9999)
    assert np.allclose(np.diff([f["seconds"] for f in sent(path, 8)[1]]), 5, atol=0.11)
    monkeypatch.setattr(worker, "LARGE_CLIP", 10**6)  # too long even for that: its one key frame it is
    clip, frames = sent(path, 8)
    assert [f["seconds"] for f in frames] == [0]
    assert clip["notes"] == ["a long clip, of which only key frames were looked at"]


def test_of_more_frames_than_may_be_decoded_key_frames_are_taken_or_the_beginning(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", seconds=40, g=1)
    clip, frames = sent(path, 8, max_frames=100)
    assert (clip["notes"], clip["late"]) == ([LONG], [])
    assert frames[-1]["seconds"] > 35
    few_keys = write_clip(tmp_path / "b.mp4", seconds=40, g=9999)
    clip, frames = sent(few_keys, 8, max_frames=100)
    assert clip["late"] == ["only its first 10 s were looked at"]
    assert frames[-1]["seconds"] < 10 < clip["seconds"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_starts_no_threads(tmp_path: Path) -> None:
    """It may not, but root may, whom the limit does not bind: so for root this would pass, for others fail."""
    path = write_clip(tmp_path / "a.mkv", codec="libx265", size=(1280, 720), seconds=1)
    sampled = sample(path)
    next(sampled.frames)
    assert "\nThreads:\t1\n" in Path(f"/proc/{ended(sampled).pid}/status").read_text()


CORNERS = np.full((48, 64, 3), 128, np.uint8)
CORNERS[:24, :32] = (255, 0, 0)  # red at the top left
QUARTERS = {
    "as it is": ([1, 0, 0, 1], CORNERS),
    "clockwise": ([0, 1, -1, 0], np.rot90(CORNERS, -1)),
    "half": ([-1, 0, 0, -1], np.rot90(CORNERS, 2)),
    "counterclockwise": ([0, -1, 1, 0], np.rot90(CORNERS)),
    "mirrored": ([-1, 0, 0, 1], CORNERS[:, ::-1]),
    "upside down": ([1, 0, 0, -1], CORNERS[::-1]),
    "transposed": ([0, 1, 1, 0], CORNERS.transpose(1, 0, 2)),
}


@pytest.mark.parametrize("how", QUARTERS)
def test_frames_are_upright(how: str, tmp_path: Path) -> None:
    matrix, expected = QUARTERS[how]
    path = write_clip(tmp_path / "a.mp4", seconds=0.3, picture=CORNERS, matrix=matrix)
    rgb = next(sample(path).frames).rgb
    assert rgb.shape == expected.shape
    assert np.abs(rgb.astype(int) - expected).mean() < 12
    assert rgb.flags.c_contiguous


def test_large_frames_are_scaled_down(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", seconds=0.3, size=(1920, 1080))
    sampled = sample(path)
    assert next(sampled.frames).rgb.shape == (720, 1280, 3)
    assert sampled.notes == ("frames of 1920 × 1080 pixels, scaled down to 1280",)


def test_colours_survive(tmp_path: Path) -> None:
    for colour in ((200, 30, 30), (30, 200, 30), (30, 30, 200)):
        path = write_clip(tmp_path / "a.mp4", seconds=0.2, picture=np.full((48, 64, 3), colour, np.uint8))
        assert np.allclose(next(sample(path).frames).rgb[20, 20], colour, atol=8)


def test_the_file_may_go_at_once_and_the_name_is_the_callers(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4")
    sampled = sample(path, name="holiday.mp4")
    path.unlink()
    assert sampled.name == "holiday.mp4"
    assert len(list(sampled.frames)) == 20


def ended(sampled: Sampled) -> subprocess.Popen[bytes]:
    return sampled._decoder._process


def test_the_process_ends_whoever_forgets_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", size=(1280, 720))
    sampled = sample(path)
    process = ended(sampled)
    next(sampled.frames)
    assert process.poll() is None
    del sampled
    gc.collect()
    assert process.poll() is not None
    with sample(path) as other:
        process = ended(other)
    assert process.poll() is not None


@pytest.mark.parametrize("most", [0, 257])
def test_most_has_bounds(most: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="most must be from 1 to 256"):
        sample(tmp_path / "a.mp4", most=most)


def test_the_clock_stands_while_frames_are_judged(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", size=(1280, 720), seconds=1)
    frames = sample(path, limits=VideoLimits(max_decode_seconds=20)).frames
    next(frames)
    before = time.monotonic()
    time.sleep(0.3)
    assert len(list(frames)) == 9
    assert time.monotonic() - before < 20


def test_choice_by_hand() -> None:
    still = [Seen(float(i), 1.0) for i in range(100)]
    assert [t.seconds for t in choose(still, 4)] == [12, 37, 62, 87]
    assert len(choose(still, 100)) == 100
    assert len(choose([Seen(0.0, 0.0)] * 50, 10)) == 1
    cut = [*still[:30], Seen(30.0, 90.0), *still[31:]]
    assert [s.seconds for s in scene_changes(cut)] == [30]
    assert [(t.seconds, t.scene_change) for t in choose(cut, 2)] == [(30, True), (49, False)]
    restless = [Seen(i / 10, 60.0) for i in range(100)]
    assert scene_changes(restless) == []


def test_the_decoding_process_needs_no_numpy() -> None:
    code = "import sys, fauxface.video.worker; print(sorted({'numpy', 'PIL', 'onnxruntime'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
