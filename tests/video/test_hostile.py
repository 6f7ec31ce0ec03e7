"""Files that are no clips, broken ones, and a decoding process that crashes, hangs or lies."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.video.clips import write_clip, write_sound

from fauxface.errors import MissingExtraError, VideoError
from fauxface.video import VideoLimits, decoder, looks_like_video, sample, wire


def code_of(source: str | Path | bytes, limits: VideoLimits | None = None) -> str:
    with pytest.raises(VideoError) as caught:
        list(sample(source, limits=limits or VideoLimits()).frames)
    assert "\n" not in caught.value.message
    assert caught.value.message.isprintable()
    return caught.value.code


NO_CLIPS = {
    "nothing": (b"", "empty_file"),
    "garbage": (random.Random(1).randbytes(4000), "not_a_video"),
    "text": (b"This is no clip.\n" * 100, "not_a_video"),
    "playlist": (b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:9,\nfile:///etc/passwd\n", "not_a_video"),
    "concat": (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "not_a_video"),
    "dash": (b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', "not_a_video"),
    "page": (b"<!doctype html><html></html>", "not_a_video"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "not_a_video"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "not_a_video"),
    "flash": (b"FLV\x01" + bytes(100), "unsupported_format"),
    "windows media": (b"0&\xb2u\x8ef\xcf\x11" + bytes(100), "unsupported_format"),
    "ftyp and garbage": (b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + random.Random(2).randbytes(4000), "broken_video"),
    "matroska and garbage": (b"\x1aE\xdf\xa3" + random.Random(3).randbytes(4000), "broken_video"),
    "avi and garbage": (b"RIFF\0\0\0\0AVI LIST" + random.Random(4).randbytes(4000), "no_video_stream"),
}


@pytest.mark.parametrize("what", NO_CLIPS)
def test_no_clips(what: str, tmp_path: Path) -> None:
    data, code = NO_CLIPS[what]
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    assert code_of(path) == code
    assert code_of(data) == code
    assert looks_like_video(data) == (code in ("broken_video", "no_video_stream"))


def test_no_files(tmp_path: Path) -> None:
    assert code_of(tmp_path / "gone.mp4") == "file_not_found"
    assert code_of("a\0b.mp4") == "file_not_found"
    assert code_of(tmp_path) == "is_a_folder"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.mp4")
        assert code_of(tmp_path / "pipe.mp4") == "not_a_file"


def test_limits(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4")
    assert code_of(path, VideoLimits(max_bytes=100)) == "file_too_large"
    assert code_of(path.read_bytes(), VideoLimits(max_bytes=100)) == "file_too_large"
    assert code_of(path, VideoLimits(max_seconds=1.5)) == "video_too_long"
    assert code_of(path, VideoLimits(max_pixels=64 * 47)) == "too_many_pixels"
    assert code_of(path, VideoLimits(max_decode_seconds=0.001)) == "video_timeout"
    assert len(list(sample(path, limits=VideoLimits(max_pixels=64 * 48, max_seconds=2)).frames)) == 20


def test_a_clip_that_hides_its_length(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.ts", seconds=6)
    data = path.read_bytes()
    assert code_of(data + data, VideoLimits(max_seconds=3)) == "video_too_long"


def test_sound_only(tmp_path: Path) -> None:
    assert code_of(write_sound(tmp_path / "a.mp4")) == "no_video_stream"


def test_a_codec_that_is_not_read(tmp_path: Path) -> None:
    assert code_of(write_clip(tmp_path / "a.mkv", codec="ffv1")) == "unsupported_format"


def test_cut_off(tmp_path: Path) -> None:
    data = write_clip(tmp_path / "a.mp4").read_bytes()
    assert code_of(data[: len(data) // 2]) == "broken_video"  # an MP4 says at its end where its frames are
    data = write_clip(tmp_path / "a.mkv", seconds=8, g=5, size=(320, 240), level=lambda t: int(t * 30)).read_bytes()
    sampled = sample(data[: len(data) // 2])
    frames = list(sampled.frames)
    assert frames[-1].seconds < 7
    assert [note[:35] for note in sampled.notes] == ["the file is damaged or ends early: "]


def test_every_clip_with_wrong_bytes_gives_frames_or_one_error(tmp_path: Path) -> None:
    dice = random.Random(7)
    for name, codec in (("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.avi", "mpeg4"), ("a.ts", "libx264")):
        data = write_clip(tmp_path / name, seconds=1, codec=codec, level=lambda t: int(t * 200)).read_bytes()
        for _ in range(4):
            wrong = bytearray(data)
            for at in dice.choices(range(12, len(wrong)), k=20):
                wrong[at] = dice.randrange(256)
            found: set[str] = set()
            try:
                list(sample(bytes(wrong), limits=VideoLimits(max_decode_seconds=20)).frames)
            except VideoError as e:
                found.add(e.code)
            assert found <= wire.CODES | {"not_a_video"}


def instead(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Another program as the decoding process."""
    monkeypatch.setattr(decoder, "command", lambda: [sys.executable, "-c", textwrap.dedent(code)])


CLIP = """print('{"clip": {"seconds": 1, "frames": 9, "notes": []}}', flush=True)\n"""
LIARS = {
    "crash at once": ("import os; os.abort()", "crashed on this file (signal 6)"),
    "crash after the clip": (CLIP + "import os; os.abort()", "crashed on this file (signal 6)"),
    "end without an end": (CLIP, "crashed on this file (exit code 0)"),
    "no JSON": ("print('hello')", "led astray"),
    "an endless line": ("while True: print('x' * 9999, end='')", "led astray"),
    "a nested line": ("print('[' * 8000)", "led astray"),
    "a wrong message": ("print('{\"clip\": 3}')", "led astray"),
    "an endless clip": ('print(\'{"clip": {"seconds": 1e99, "notes": []}}\')', "a wrong seconds"),
    "no number": ('print(\'{"clip": {"seconds": NaN, "notes": []}}\')', "a wrong seconds"),
    "many frames": (CLIP.replace("9", "999"), "a wrong frames"),
    "many notes": (
        "import json; print(json.dumps({'clip': {'seconds': 1, 'frames': 9, 'notes': ['x'] * 99}}))",
        "wrong notes",
    ),
    "a huge frame": (CLIP + 'print(\'{"frame": {"width": 99999, "height": 99999}}\')', "a wrong width"),
    "half a frame": (
        CLIP + 'print(\'{"frame": {"width": 99, "height": 99}}\'); print(\'x\' * 9)',
        "crashed on this file",
    ),
    "an error of its own": ('print(\'{"error": {"code": "rm -rf", "detail": ""}}\')', "a wrong error"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no signals")
@pytest.mark.parametrize("what", LIARS)
def test_a_process_that_crashes_or_lies(what: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, said = LIARS[what]
    path = write_clip(tmp_path / "a.mp4")
    instead(monkeypatch, code)
    with pytest.raises(VideoError, match=r"a\.mp4: the decoder") as caught:
        list(sample(path).frames)
    assert caught.value.code == "broken_video"
    assert said in caught.value.message


def test_details_cannot_steer_a_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4")
    instead(monkeypatch, r"""print('{"error": {"code": "broken_video", "detail": "\\u001b[31m\\n"}}')""")
    with pytest.raises(VideoError, match=r"\\x1b\[31m\\n"):
        sample(path)


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", CLIP + "import time; time.sleep(60)"])
def test_a_process_that_hangs(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4")
    instead(monkeypatch, code)
    assert code_of(path, VideoLimits(max_decode_seconds=0.5)) == "video_timeout"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_a_process_that_computes_for_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4")
    instead(monkeypatch, "from fauxface.video.worker import confine\nconfine(1)\nwhile True: pass")
    assert code_of(path) == "video_timeout"


@pytest.mark.skipif(sys.platform != "linux", reason="needs all of the limits")
def test_the_process_can_open_write_and_allocate_nothing() -> None:
    code = """
    import os, socket
    from fauxface.video.worker import confine
    confine(9)
    for what in (lambda: open("/etc/hostname"), socket.socket, os.pipe, lambda: bytes(3 << 30)):
        try:
            what()
        except (OSError, MemoryError) as e:
            print(type(e).__name__)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["OSError", "OSError", "OSError", "MemoryError"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs the limit on memory")
def test_a_clip_that_needs_more_memory_than_it_may_have(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", size=(1280, 720), seconds=0.5)
    instead(monkeypatch, "import fauxface.video.worker as w; w.MEMORY = 1 << 20; w.main()")
    assert code_of(path) == "broken_video"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no signals")
def test_a_process_that_is_killed_on_the_way(tmp_path: Path) -> None:
    sampled = sample(write_clip(tmp_path / "a.mp4", size=(1280, 720)))
    next(sampled.frames)
    sampled._decoder._process.kill()
    with pytest.raises(VideoError, match="crashed on this file") as caught:
        list(sampled.frames)
    assert caught.value.code == "broken_video"


def test_the_environment_is_kept_from_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4")
    monkeypatch.setenv("SECRET_KEY", "x")
    instead(monkeypatch, "import os, sys; sys.exit(3 if 'SECRET_KEY' in os.environ else 4)")
    with pytest.raises(VideoError, match="exit code 4"):
        sample(path)


def test_a_process_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4")
    monkeypatch.setattr(decoder, "command", lambda: [str(tmp_path / "no program")])
    assert code_of(path) == "no_decoder"


def test_without_pyav(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from fauxface.video import sampling

    path, empty = write_clip(tmp_path / "a.mp4"), tmp_path / "empty.mp4"
    empty.touch()
    monkeypatch.setattr(sampling.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"fauxface\[video\]"):
        sample(path)
    with pytest.raises(VideoError, match="empty"):
        sample(empty)
