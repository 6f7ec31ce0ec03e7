"""JPEG, marker by marker: endless metadata, a missing end, passes that are missing, and what decoding costs."""

from __future__ import annotations

import io
import time
from itertools import product
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fauxface.errors import ImageError
from fauxface.images import check, decode, inspect
from fauxface.images.jpeg import (
    coefficient_bytes,
    has_end,
    has_every_pass,
    has_more_segments,
    jpeg_exif_bytes,
    jpeg_scans,
    scan_pixels,
    with_less_exif,
)
from fauxface.images.limits import DEFAULT_LIMITS, Limits
from fauxface.images.pixels import NO_END


def jpeg(width: int = 100, height: int = 75, **options: Any) -> bytes:
    pixels = np.random.default_rng(5).integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC).save(file, "JPEG", **options)
    return file.getvalue()


def flat(width: int, height: int, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 150)).save(file, "JPEG", quality=30, **options)
    return file.getvalue()


def code_of(data: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(ImageError) as caught:
        decode(data, name="x.jpg", limits=limits)
    assert "x.jpg" in caught.value.message
    return caught.value.code


KINDS = [
    {"subsampling": sub, "progressive": progressive, "quality": quality, **more}
    for sub, progressive, quality, more in product(
        (0, 2), (False, True), (50, 95), ({}, {"restart_marker_blocks": 5}, {"optimize": True})
    )
]


def jpeg_with_exif(segments: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "JPEG")
    plain = file.getvalue()
    segment = b"\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(0xFFFF - 8)
    return plain[:2] + segments * segment + plain[2:]


def test_exif_is_summed_over_its_segments() -> None:
    assert jpeg_exif_bytes(jpeg_with_exif(0)) == 0
    assert jpeg_exif_bytes(jpeg_with_exif(3)) == 3 * 0xFFFF


def test_of_endless_exif_one_segment_is_read_and_said() -> None:
    assert decode(jpeg_with_exif(1)).notes == ()
    endless = decode(jpeg_with_exif(17))
    assert endless.rgb.shape == (64, 64, 3)
    assert endless.notes == ("endless EXIF data was left out",)
    assert jpeg_exif_bytes(with_less_exif(jpeg_with_exif(17))) == 0xFFFF
    assert with_less_exif(jpeg_with_exif(17)) == jpeg_with_exif(1)


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_a_missing_end_is_said_and_costs_nothing(options: dict[str, Any]) -> None:
    data = jpeg(**options)
    whole = decode(data)
    assert has_every_pass(data)
    for tail in (b"", b"\xff", bytes(512), b"\xff" + bytes(3)):
        picture = decode(data[:-2] + tail)
        np.testing.assert_array_equal(picture.rgb, whole.rgb)
        assert picture.notes == (NO_END,)
        assert picture.jpeg_quality == whole.jpeg_quality
    assert decode(jpeg(1200, 800, **options)[:-2], at_least=200).scale == 4


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_missing_pixels_stay_an_error(options: dict[str, Any]) -> None:
    data = jpeg(**options)
    for cut in (4, 6, 10, 30, 100, 300, len(data) // 2):
        for padding in (b"", bytes(4096)):
            assert code_of(data[:-cut] + padding) in ("truncated_image", "broken_image"), (cut, len(padding))


def test_a_progressive_file_that_ends_between_two_passes_lacks_pixels() -> None:
    data = jpeg(progressive=True)
    assert jpeg_scans(data) > 5
    at = len(data)
    while (at := data.rfind(b"\xff\xda", 0, at)) > 0:
        start = data.rfind(b"\xff\xc4", 0, at)  # the tables of a pass stand before it
        for end in (at, start):
            assert not has_every_pass(data[:end])
            assert code_of(data[:end]) in ("truncated_image", "broken_image")


def test_an_end_behind_nonsense_is_one() -> None:
    """A marker that is none may claim to be long, and would hide the end from who believes it."""
    data = jpeg()
    at = data.index(b"\xff\xda") + 400
    hidden = data[:at] + b"\xff\x5a\xff\xff" + data[at:]
    assert has_end(hidden)
    assert has_end(data + b"a video")
    assert not has_end(data[:-2])
    assert not has_end(b"\xff\xd8\xff\xd9")


def test_grey_and_cmyk_without_an_end() -> None:
    for mode in ("L", "CMYK"):
        file = io.BytesIO()
        Image.open(io.BytesIO(jpeg())).convert(mode).save(file, "JPEG")
        np.testing.assert_array_equal(decode(file.getvalue()[:-2]).rgb, decode(file.getvalue()).rgb)
        assert code_of(file.getvalue()[:-40]) == "truncated_image"


def test_what_decoding_costs() -> None:
    assert coefficient_bytes(jpeg(1600, 1200)) == 0
    least = 1600 * 1200 * 2
    for sub, channels in ((0, 3), (2, 1.5)):
        assert least * channels <= coefficient_bytes(jpeg(1600, 1200, subsampling=sub, progressive=True)) < least * 4
    assert scan_pixels(jpeg(1600, 1200)) == 1600 * 1200
    progressive = jpeg(160, 120, progressive=True)
    assert scan_pixels(progressive) == 160 * 120 * jpeg_scans(progressive)
    for nothing in (b"", b"\xff\xd8", b"\xff\xd8\xff\xc0", b"\xff\xd8\xff\xda\0\x02"):
        assert coefficient_bytes(nothing) == 0
        assert scan_pixels(nothing) == 0
        assert not has_every_pass(nothing)


SMALL = Limits(max_pixels=100_000, max_jpeg_pixels=2_000_000, max_coefficient_bytes=3_000_000)


def test_of_a_jpeg_what_is_decoded_counts_and_not_its_header(tmp_path: Any) -> None:
    """The proportions of a telephone's 200 megapixels, in small."""
    large = jpeg(1600, 1200)
    picture = decode(large, limits=SMALL)
    assert (picture.scale, picture.rgb.shape) == (8, (150, 200, 3))
    assert picture.notes == ("large picture, decoded at 1/8 of its size",)
    check(large, limits=SMALL)
    assert decode(jpeg(400, 240), limits=SMALL).scale == 1
    assert decode(jpeg(400, 300), limits=SMALL).scale == 2
    assert decode(large, limits=SMALL, at_least=600).scale == 8  # the limit is stronger
    for too_much in (jpeg(1700, 1200), jpeg(1600, 1200, progressive=True)):
        assert code_of(too_much, SMALL) == "too_many_pixels"
        with pytest.raises(ImageError):
            check(too_much, limits=SMALL)
    path = tmp_path / "large.jpg"
    path.write_bytes(large)
    facts = inspect(path, limits=SMALL)
    assert (facts.width, facts.height) == (1600, 1200)


@pytest.mark.parametrize(("width", "height"), [(8160, 6144), (12000, 9000), (16320, 12240)])
def test_the_header_of_a_telephone_is_within_the_limits(width: int, height: int) -> None:
    """50, 108 and 200 megapixels: only the header is looked at here, which costs nothing."""
    data = flat(64, 48)
    at = data.index(b"\xff\xc0") + 5
    check(data[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + data[at + 4 :])


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="memory is measured as on Unix")
def test_200_megapixels_take_little_memory(tmp_path: Any) -> None:
    import subprocess
    import sys

    path = tmp_path / "telephone.jpg"
    path.write_bytes(flat(16320, 12240))
    code = """
import resource, sys
from fauxface.images import read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert min(read(sys.argv[1], at_least=1024).rgb.shape[:2]) == 1530
kilo = 1024 if sys.platform == "darwin" else 1
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // kilo // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 150


def test_endless_pieces_take_no_time() -> None:
    """Millions of empty pieces fit into the limit of bytes, and a decoder that reads them all needs minutes."""
    data = jpeg()
    many = data[:2] + b"\xff\xe3\x00\x02" * 2_000_000 + data[2:]
    began = time.process_time()
    for ask in (decode, check):
        with pytest.raises(ImageError, match="20,000 pieces") as caught:
            ask(many)
        assert caught.value.code == "broken_image"
    assert time.process_time() - began < 5
    assert not has_more_segments(data, 20)
    assert has_more_segments(data, 2)
    assert decode(data[:2] + b"\xff\xe3\x00\x02" * 2000 + data[2:]).rgb.shape == (75, 100, 3)
