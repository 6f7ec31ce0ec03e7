"""What is not read is called by its name, with the advice that fits, whatever it was taken for."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from fauxface.cli.predict_clips import is_clip
from fauxface.cli.predict_inputs import Input
from fauxface.errors import FauxfaceError, ImageError, VideoError
from fauxface.images import decode
from fauxface.video import looks_like_video
from fauxface.video.containers import sniff as sniff_clip

RAW = {
    "orf": b"IIRO\x08\0\0\0",
    "orf-s": b"IIRS\x08\0\0\0",
    "orf-big": b"MMOR\0\0\0\x08",
    "rw2": b"IIU\0\x18\0\0\0",
    "raf": b"FUJIFILMCCD-RAW 0201FF383501",
    "cr3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    "crw": b"II\x1a\0\0\0HEAPCCDR\2\0\1\0",
    "x3f": b"FOVb\0\0\2\0",
    "mrw": b"\0MRM\0\0\1\0",
}
CLIPS = {
    "wmv": b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\0\xaa\0b\xcel",
    "flv": b"FLV\x01\x05\0\0\0\x09",
    "swf": b"CWS\x0a",
    "ogv": b"OggS\0\2",
    "mpg": b"\0\0\1\xba\x44",
    "m2v": b"\0\0\1\xb3\x14",
    "rm": b".RMF\0\0\0\x12",
    "mxf": b"\x06\x0e\x2b\x34\2\5\1\1",
}
PICTURES = {
    "psd": b"8BPS\0\1",
    "jxl": b"\xff\x0a\0",
    "jp2": b"\0\0\0\x0cjP  \r\n",
    "icns": b"icns\0",
    "xcf": b"gimp xcf ",
    "ppm": b"P6\n# made by hand\n64 64\n255\n",
    "pgm": b"P5\n64 64\n255\n",
    "tga": b"\0\0\2\0\0\0\0\0\0\0\0\0\x40\0\x40\0\x18\0",
    "tga-packed": b"\0\0\x0a\0\0\0\0\0\0\0\0\0\x40\0\x40\0\x18\x20",
}
OTHERS = {"zip": b"PK\3\4\x14\0", "rar": b"Rar!\x1a\7\0", "mp3": b"ID3\3\0", "wav": b"RIFF\x24\0\0\0WAVEfmt "}


def both_say(head: bytes) -> str:
    """What a picture's reader and a clip's reader say of it, which is the same."""
    data = head + bytes(2000)
    with pytest.raises(ImageError) as picture:
        decode(data, name="x.bin")
    with pytest.raises(VideoError) as clip:
        sniff_clip(data[:1024], "x.bin")
    assert picture.value.code == clip.value.code == "unsupported_format"
    assert picture.value.message == clip.value.message
    assert picture.value.message.startswith("x.bin: this is ")
    assert picture.value.message.isprintable()
    return clip.value.message


@pytest.mark.parametrize("kind", RAW)
def test_raw_files_of_cameras(kind: str) -> None:
    said = both_say(RAW[kind])
    assert "a camera's raw file (" in said
    assert "export it as JPEG" in said
    assert not looks_like_video(RAW[kind] + bytes(2000))


@pytest.mark.parametrize("kind", CLIPS)
def test_clips_of_other_kinds(kind: str, tmp_path: Path) -> None:
    assert "save it as MP4" in both_say(CLIPS[kind])
    path = tmp_path / f"x.{kind}"
    path.write_bytes(CLIPS[kind] + bytes(2000))
    is_clip(Input(str(path), str(path)))  # either way gives the same message


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_of_other_kinds(kind: str) -> None:
    assert "save the picture as JPEG or PNG" in both_say(PICTURES[kind])


@pytest.mark.parametrize("kind", OTHERS)
def test_neither(kind: str) -> None:
    assert "save it as MP4" not in both_say(OTHERS[kind])


@pytest.mark.parametrize(
    "head",
    [
        b"\0\0\0\x18ftypisom\0\0\2\0isommp42",
        b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
        b"\x1aE\xdf\xa3\x01\0\0\0",
        b"RIFF\0\0\1\0AVI LIST",
        (b"G" + bytes(187)) * 5,
        b"\0\0\0\x08wide\0\0\1\0mdat",
    ],
)
def test_clips_that_are_read_are_not_called_strange(head: bytes) -> None:
    assert looks_like_video(head + bytes(1000))
    with pytest.raises(FauxfaceError, match="judge it as a clip") as caught:
        decode(head + bytes(1000))
    assert caught.value.code == "unsupported_format"


def test_what_is_no_stranger_stays_what_it_was() -> None:
    for data in (b"FW", b"RIFF" + bytes(8), struct.pack(">I", 24) + b"ftypheic" + bytes(12), b"\0\0\0\0"):
        with pytest.raises(ImageError) as caught:
            decode(data)
        assert caught.value.code in ("not_an_image", "needs_heif", "broken_image", "truncated_image")
