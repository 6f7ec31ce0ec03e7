"""JPEG files that a decoder would fill up or patch in silence."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fauxface.errors import ImageError
from fauxface.images import decode
from fauxface.images.jpeg import segments
from fauxface.images.jpeg_pixels import damage
from fauxface.images.pixels import NO_END

END = b"\xff\xd9"


def jpeg(mode: str = "RGB", seed: int = 5, **options: Any) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    file = io.BytesIO()
    whole = Image.fromarray(pixels).resize((240, 160), Image.Resampling.BICUBIC).convert(mode)
    whole.save(file, "JPEG", **{"quality": 85, **options})
    return file.getvalue()


WRITTEN = {
    "baseline": jpeg(),
    "progressive": jpeg(progressive=True),
    "grey": jpeg("L"),
    "CMYK": jpeg("CMYK"),
    "restarts": jpeg(restart_marker_blocks=4),
    "optimised": jpeg(optimize=True),
    "without subsampling": jpeg(subsampling=0),
    "with metadata": jpeg(
        comment=b"hello" * 100, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", icc_profile=b"no profile"
    ),
}
each = pytest.mark.parametrize("data", WRITTEN.values(), ids=WRITTEN.keys())


def code_of(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        decode(data, name="face.jpg")
    assert "face.jpg" in str(caught.value)
    return caught.value.code


@each
def test_whole_files_are_whole(data: bytes) -> None:
    assert damage(data) is None
    assert not [note for note in decode(data).notes if "CMYK" not in note]


@each
def test_an_end_set_behind_a_cut_does_not_hide_it(data: bytes) -> None:
    for kept in (0.7, 0.9):
        cut = data[: int(len(data) * kept)] + END
        assert damage(cut) == "missing"
        assert code_of(cut) == "truncated_image"


@each
def test_a_height_that_the_pixels_do_not_fill(data: bytes) -> None:
    at = next(found for marker in (b"\xff\xc0", b"\xff\xc2") if (found := data.find(marker)) > 0) + 5
    taller = data[:at] + (240).to_bytes(2, "big") + data[at + 2 :]
    assert code_of(taller) == "truncated_image"


def test_most_holes_are_found() -> None:
    """Some are not: by chance the blocks behind the hole fall into step again."""
    found = []
    for seed in range(20):
        data = jpeg(seed=seed)
        middle = len(data) * 3 // 4
        with_hole = data[:middle] + bytes(200) + data[middle + 200 :]
        found.append(damage(with_hole) is not None)
        if found[-1]:
            assert code_of(with_hole) in ("truncated_image", "broken_image")
    assert sum(found) >= 12


def test_a_hole_is_not_mended_as_if_only_the_end_were_missing() -> None:
    codes = {damage(data[:at] + data[at + 60 :]) for data in (WRITTEN["baseline"],) for at in range(900, 2500, 40)}
    assert "damaged" in codes
    for at in range(900, 2500, 40):
        holed = WRITTEN["baseline"][:at] + WRITTEN["baseline"][at + 60 :]
        if damage(holed):
            assert code_of(holed) in ("truncated_image", "broken_image")


def test_a_missing_restart_interval() -> None:
    data = WRITTEN["restarts"]
    start = data.find(b"\xff\xd2")
    assert damage(data[:start] + data[data.find(b"\xff\xd4") :]) is not None


@pytest.mark.parametrize("more", [b"\0", b"\0\0", b"\x55" * 16, bytes(3000), b"\xaa" * 500])
def test_filling_before_the_end_does_no_harm(more: bytes) -> None:
    data = WRITTEN["baseline"]
    filled = data[:-2] + more + END
    assert damage(filled) is None
    assert np.array_equal(decode(filled).rgb, decode(data).rgb)


def test_zeros_up_to_the_end_are_no_filling_where_pixels_should_be() -> None:
    data = WRITTEN["baseline"]
    kept = len(data) // 2
    assert damage(data[:kept] + bytes(len(data) - kept) + END) is not None


def test_what_libjpeg_warns_of_beside_the_pixels_is_nothing_to_us() -> None:
    """And it does not keep us from hearing of the pixels: libjpeg-turbo stops at its first warning."""
    data = WRITTEN["baseline"]
    at = data.find(b"JFIF\0") + 5
    scan = data.find(b"\xff\xda")
    numbers = scan + 5 + 2 * data[scan + 4]
    odd = {
        "revision": data[:at] + b"\x03" + data[at + 1 :],
        "scan": data[:numbers] + b"\0\0\0" + data[numbers + 3 :],
        "profile": data[:2] + b"\xff\xe2\x00\x12ICC_PROFILE\0\x05\x01ab" + data[2:],
    }
    for name, file in odd.items():
        assert damage(file) is None, name
        assert damage(file[: len(file) * 3 // 4] + END) == "missing", name


def test_the_end_alone_may_still_be_missing() -> None:
    picture = decode(WRITTEN["baseline"][:-2])
    assert picture.notes == (NO_END,)
    assert np.array_equal(picture.rgb, decode(WRITTEN["baseline"]).rgb)


def test_bytes_that_are_no_jpeg() -> None:
    """The decoder proper says what is wrong with them."""
    for data in (b"", b"\xff\xd8\xff", WRITTEN["baseline"][:300], b"\xff\xd8" + b"\xff\xe0\x00\x04ab" * 500):
        assert damage(data) is None or damage(data) == "missing"


def test_an_empty_restart_interval_is_no_missing_end() -> None:
    data = WRITTEN["restarts"]
    start, end = data.find(b"\xff\xd2") + 2, data.find(b"\xff\xd3")
    assert code_of(data[:start] + data[end:]) == "truncated_image"
    assert code_of(data[:start] + bytes(end - start) + data[end:]) in ("truncated_image", "broken_image")


def test_every_pass_of_a_progressive_file_is_needed() -> None:
    data = WRITTEN["progressive"]
    passes = [s.at for s in segments(data) if s.marker == 0xDA]
    assert len(passes) > 5
    for number in range(1, len(passes)):
        cut = data[: passes[number]]
        assert code_of(cut[: cut.rfind(b"\xff\xc4")] + END if number > 1 else cut + END) == "truncated_image", number


def test_a_file_without_its_end_may_have_a_hole_as_well() -> None:
    data = WRITTEN["restarts"][:-2]
    start, end = data.find(b"\xff\xd2") + 2, data.find(b"\xff\xd3")
    assert code_of(data[:start] + data[end:]) == "truncated_image"


@pytest.mark.parametrize(
    ("marker", "first", "said"),
    [
        (0xC3, 8, "a lossless JPEG"),
        (0xF7, 8, "a JPEG-LS picture"),
        (0xC1, 12, "a JPEG of 12 bits"),
        (0xC0, None, "a JPEG without its height"),
    ],
)
def test_kinds_that_are_not_read_are_named(marker: int, first: int | None, said: str) -> None:
    data = bytearray(WRITTEN["baseline"])
    at = data.find(b"\xff\xc0")
    data[at + 1] = marker
    if first is None:
        data[at + 5 : at + 7] = b"\0\0"
    else:
        data[at + 4] = first
    with pytest.raises(ImageError, match=f"this is {said}, which is not read: save it as") as caught:
        decode(bytes(data))
    assert caught.value.code == "unsupported_format"
