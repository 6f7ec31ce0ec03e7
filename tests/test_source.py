"""Whatever holds a picture may be handed over, and is read once, whole, and only as far as the limits go."""

from __future__ import annotations

import io
import lzma
import os
import pickle
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from PIL import Image

from fauxface.detector import Detector
from fauxface.errors import ImageError, VideoError, WeightsError, not_fetched
from fauxface.explain import class_activation
from fauxface.images.files import read_stream
from fauxface.images.limits import Limits
from fauxface.source import at_hand, name_of, read
from fauxface.video.file import name_of as clip_name_of
from fauxface.video.file import open_clip
from fauxface.video.limits import VideoLimits


def png(level: int = 10) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((64, 64, 3), level, dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


DARK = png()


class Slow(io.RawIOBase):
    """A pipe without a buffer: a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._left = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._left.read(min(7, len(buffer)))
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.fixture
def detector(tiny_weights: Path) -> Detector:
    return Detector.load(tiny_weights, threads=1, faces="off")


HOLDERS: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "a view of every second byte": lambda data: memoryview(bytes(b for one in data for b in (one, 0)))[::2],
    "BytesIO": io.BytesIO,
    "a pipe": lambda data: Slow(data),
    "a buffered pipe": lambda data: io.BufferedReader(Slow(data)),
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_whatever_holds_bytes_is_judged_like_them(detector: Detector, holder: Callable[[bytes], Any]) -> None:
    expected = detector.predict(DARK)
    assert detector.predict(holder(DARK)).probability_fake == expected.probability_fake
    (verdict,) = detector.predict_many([holder(DARK)])
    assert verdict.label == "fake"
    assert class_activation(detector, holder(DARK)).verdict.label == "fake", "which reads it more than once"


@pytest.mark.parametrize("buffering", [0, -1])
def test_an_open_file_is_called_by_its_name_and_stays_open(detector: Detector, tmp_path: Path, buffering: int) -> None:
    path = tmp_path / "dark.png"
    path.write_bytes(DARK)
    with path.open("rb", buffering=buffering) as file:
        assert detector.predict(file).path == str(path)
        assert not file.closed
    with os.fdopen(os.open(path, os.O_RDONLY), "rb") as file:
        assert detector.predict(file).path == "<file>"


def test_an_open_file_is_read_from_where_it_stands(detector: Detector) -> None:
    file = io.BytesIO(b"a header" + DARK)
    file.seek(8)
    assert detector.predict(file).label == "fake"


def unreadable(tmp_path: Path) -> dict[str, Any]:
    closed = io.BytesIO(DARK)
    closed.close()
    (tmp_path / "dark.png").write_bytes(DARK)
    return {
        "closed": closed,
        "text": io.StringIO("text"),
        "opened as text": (tmp_path / "dark.png").open(encoding="utf-8"),
        "for writing": (tmp_path / "new").open("wb"),
    }


def test_a_file_that_cannot_be_read_is_one_error_and_the_rest_go_on(detector: Detector, tmp_path: Path) -> None:
    wrong = unreadable(tmp_path)
    *verdicts, last = detector.predict_many([*wrong.values(), DARK])
    assert [(v.error or {}).get("code") for v in verdicts] == ["unreadable_file"] * len(wrong)
    assert last.label == "fake"
    once = unreadable(tmp_path)
    for file in once.values():
        with pytest.raises(ImageError) as caught:
            detector.predict(file)
        assert caught.value.code == "unreadable_file"
    again = unreadable(tmp_path)
    for file in again.values():
        with pytest.raises(VideoError) as told:
            open_clip(file, "<file>", VideoLimits())
        assert told.value.code == "unreadable_file"
    for file in (*wrong.values(), *once.values(), *again.values()):
        file.close()


class Endless(io.RawIOBase):
    """Gives bytes for ever, and counts them."""

    given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.given += len(buffer)
        return len(buffer)


def test_an_endless_file_is_read_no_further_than_the_limit() -> None:
    endless = Endless()
    with pytest.raises(ImageError) as caught:
        read_stream(endless, Limits(max_bytes=1000), name="endless")  # type: ignore[arg-type]
    assert caught.value.code == "file_too_large"
    assert endless.given == 1001
    endless = Endless()
    with pytest.raises(VideoError) as told:
        open_clip(endless, "endless", VideoLimits(max_bytes=1000))  # type: ignore[arg-type]
    assert told.value.code == "file_too_large"
    assert endless.given <= 2 << 20


def test_what_is_no_picture_at_all() -> None:
    for wrong in (3, None, ["a.png"], {"a": 1}):
        with pytest.raises(ImageError) as caught:
            read(wrong, "it")  # type: ignore[arg-type]
        assert caught.value.code == "bad_array"
        assert at_hand(wrong) is wrong  # type: ignore[arg-type]
    assert name_of(bytearray(b"x")) == clip_name_of(memoryview(b"x")) == "<bytes>"
    assert clip_name_of(io.BytesIO()) == "<file>"


def one_by_mistake(tmp_path: Path) -> list[Any]:
    (tmp_path / "dark.png").write_bytes(DARK)
    array = np.zeros((64, 64, 3), np.uint8)
    file: BinaryIO = io.BytesIO(DARK)
    return [
        "dark.png",
        tmp_path / "dark.png",
        DARK,
        bytearray(DARK),
        memoryview(DARK),
        file,
        array,
        Image.fromarray(array),
    ]


def test_one_picture_is_not_taken_for_several(detector: Detector, tmp_path: Path) -> None:
    for one in one_by_mistake(tmp_path):
        with pytest.raises(TypeError, match="for one there is predict"):
            detector.predict_many(one)
    several = np.full((2, 64, 64, 3), 10, np.uint8)
    assert [v.label for v in detector.predict_many(several)] == ["fake", "fake"]
    assert list(detector.predict_many(())) == []


def test_a_detector_is_pickled_by_its_weights_name(detector: Detector, tmp_path: Path) -> None:
    data = pickle.dumps(detector)
    assert len(data) < 20_000, "no weights in it"
    code = "import pickle, sys; print(pickle.loads(sys.stdin.buffer.read()).predict(sys.argv[1]).label)"
    (tmp_path / "dark.png").write_bytes(DARK)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "dark.png")], input=data, capture_output=True, check=False, cwd="/"
    )
    assert done.stdout.strip() == b"fake", done.stderr.decode()


def test_a_pickled_detector_keeps_its_manner(tiny_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_weights.parent)
    detector = Detector.load(tiny_weights.name, threads=1, faces="required", stability=False)
    monkeypatch.chdir("/")
    again = pickle.loads(pickle.dumps(detector))
    assert again.card == detector.card
    with pytest.raises(ImageError) as caught:
        again.predict(DARK)
    assert caught.value.code == "no_face"
    assert pickle.loads(pickle.dumps(detector.using(faces="off"))).predict(DARK).label == "fake"


def test_other_weights_in_the_same_place_are_refused(
    make_tiny_weights: Callable[..., Path], build_tiny_onnx: Callable[..., bytes], build_tiny_card: Callable[..., Any]
) -> None:
    folder = make_tiny_weights()
    data = pickle.dumps(Detector.load(folder, threads=1, faces="off"))
    other = build_tiny_onnx(scale=2.0)
    (folder / "model.onnx").write_bytes(other)
    (folder / "card.json").write_text(build_tiny_card(other).to_json())
    with pytest.raises(WeightsError, match="other weights lie here") as caught:
        pickle.loads(data)
    assert caught.value.code == "weights_damaged"


def test_a_detector_from_parts_says_that_it_has_no_name(detector: Detector) -> None:
    parts = Detector(detector.card, detector._network.session, faces="off")
    with pytest.raises(TypeError, match="weights' name"):
        pickle.dumps(parts)


ADDRESSES = [
    "https://a.example/face.jpg",
    "http://a.example/f?x=*",
    "HTTPS://A/B",
    "s3://bucket/f.png",
    "ftp://a/b.jpg",
    "www.example.org/face.jpg",
]


@pytest.mark.parametrize("address", [*ADDRESSES, "https:/a/b.jpg"])
def test_an_address_is_not_fetched_and_says_so(detector: Detector, address: str) -> None:
    threads = threading.active_count()
    with pytest.raises(ImageError, match="addresses are not fetched: download it first") as caught:
        detector.predict(address)
    assert caught.value.code == "is_an_address"
    assert len(caught.value.message) < 400
    with pytest.raises(VideoError, match="addresses are not fetched: download it first"):
        open_clip(address, address, VideoLimits())
    assert threading.active_count() == threads


@pytest.mark.parametrize("text", ["data:image/png;base64," + "A" * 9000, "data:;base64,AAAA", "DATA:,abc"])
def test_a_picture_written_out_as_text_belongs_into_a_file(detector: Detector, text: str) -> None:
    with pytest.raises(ImageError, match="written out as text: save it to a file") as caught:
        detector.predict(text)
    assert caught.value.code == "is_an_address"
    assert len(caught.value.message) < 400


def test_the_address_of_a_file_leads_to_its_path(detector: Detector) -> None:
    with pytest.raises(ImageError, match="name the file by its path"):
        detector.predict("file:///tmp/none.jpg")


def test_a_file_that_is_called_like_an_address_is_a_file(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("https:").mkdir()
    Path("https:/dark.png").write_bytes(DARK)
    assert detector.predict("https://dark.png").label == "fake"


@pytest.mark.parametrize(
    "name", ["face.jpg", "C:/face.jpg", "c:\\x", "a:b.jpg", "./https.jpg", "a/b://c", "data: x.jpg", ""]
)
def test_a_path_is_no_address(name: str) -> None:
    assert not_fetched(name) is None


class Broken(io.RawIOBase):
    """An open file that fails while it is read, as a damaged member of an archive does."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    "error", [zipfile.BadZipFile("Bad CRC-32"), EOFError(), lzma.LZMAError("corrupt"), RuntimeError("no")]
)
def test_an_open_file_that_fails_is_one_verdict_and_the_rest_go_on(detector: Detector, error: Exception) -> None:
    with pytest.raises(ImageError, match="cannot be read") as caught:
        detector.predict(Broken(error))  # pyright: ignore[reportArgumentType]
    assert caught.value.code == "unreadable_file"
    verdicts = list(detector.predict_many([Broken(error), np.full((40, 40, 3), 240, np.uint8)]))  # pyright: ignore
    assert [v.error["code"] if v.error else v.label for v in verdicts] == ["unreadable_file", "real"]


def test_a_path_of_bytes(detector: Detector, tmp_path: Path) -> None:
    folder = tmp_path / "bytes"
    folder.mkdir()
    Image.new("RGB", (40, 40), (240, 240, 240)).save(folder / "a.png")
    with os.scandir(os.fsencode(folder)) as entries:
        (entry,) = entries
    verdict = detector.predict(entry)  # pyright: ignore[reportArgumentType]
    assert verdict.label is not None
    assert verdict.path.endswith("a.png")


def test_memory_that_was_given_back(detector: Detector) -> None:
    view = memoryview(b"\xff\xd8\xff")
    view.release()
    with pytest.raises(ImageError) as caught:
        detector.predict(view)
    assert caught.value.code == "unreadable_file"
