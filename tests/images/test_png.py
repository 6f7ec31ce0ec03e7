"""PNGs with something wrong beside their pixels are judged; PNGs whose pixels are missing are not."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fauxface.data.file_features import file_features
from fauxface.errors import ImageError
from fauxface.images import Limits, decode, png

RGB = np.random.default_rng(3).integers(0, 256, (48, 40, 3), dtype=np.uint8)
LONG = zlib.compress(b"".join(b'{"node":%d},' % i for i in range(120_000)))


def chunk(kind: bytes, body: bytes, crc: int | None = None) -> bytes:
    right = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", right)


def plain(rgb: NDArray[np.uint8] = RGB) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "PNG")
    return out.getvalue()


def with_chunks(*chunks: bytes, behind: bool = False) -> bytes:
    data = plain()
    at = len(data) - 12 if behind else 33
    return data[:at] + b"".join(chunks) + data[at:]


WRONG_BESIDE = {
    "zTXt": chunk(b"zTXt", b"workflow\0\0" + LONG),
    "iTXt": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + LONG),
    "iCCP": chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(3_000_000))),
    "tEXt": chunk(b"tEXt", b"prompt\0" + b"x" * 3_000_000),
    "tEXt with a wrong sum": chunk(b"tEXt", b"a\0b", crc=1),
    "gAMA with a wrong sum": chunk(b"gAMA", struct.pack(">I", 45455), crc=0),
    "short gAMA": chunk(b"gAMA", b"\0"),
    "short cHRM": chunk(b"cHRM", bytes(3)),
    "short sRGB": chunk(b"sRGB", b""),
    "short pHYs": chunk(b"pHYs", b"\0"),
    "short tRNS": chunk(b"tRNS", b"\0"),
    "short acTL": chunk(b"acTL", b"\0"),
    "short fcTL": chunk(b"fcTL", b"\0"),
    "zTXt that is no zlib": chunk(b"zTXt", b"a\0\0nonsense"),
    "zTXt of another method": chunk(b"zTXt", b"a\0\x07nonsense"),
    "iTXt without anything": chunk(b"iTXt", b"a\0"),
    "iCCP of another method": chunk(b"iCCP", b"a\0\x07nonsense"),
    "eXIf that is none": chunk(b"eXIf", b"nonsense"),
    "private with a wrong sum": chunk(b"prVt", b"nonsense", crc=7),
    "many long texts": chunk(b"zTXt", b"n\0\0" + zlib.compress(bytes(900_000))) * 80,
}


@pytest.mark.parametrize("behind", [False, True], ids=["before the pixels", "behind them"])
@pytest.mark.parametrize("what", WRONG_BESIDE)
def test_what_is_wrong_beside_the_pixels_costs_nothing(what: str, behind: bool) -> None:
    np.testing.assert_array_equal(decode(with_chunks(WRONG_BESIDE[what], behind=behind)).rgb, RGB)


def test_what_was_left_out_is_said_and_still_seen() -> None:
    for what, blocks in (("zTXt", "text"), ("tEXt", "text"), ("iTXt", "text"), ("iCCP", "")):
        data = with_chunks(WRONG_BESIDE[what])
        picture = decode(data)
        assert picture.notes == (png.LEFT_OUT,), what
        features = file_features(data, picture, "x.png")
        assert (features.markers, features.icc) == (blocks, what == "iCCP"), what
    assert decode(with_chunks(WRONG_BESIDE["gAMA with a wrong sum"])).notes == (png.DAMAGED,)


def test_a_good_file_is_handed_on_as_it_is() -> None:
    data = with_chunks(chunk(b"tEXt", b"a\0b"), chunk(b"tIME", bytes(7))) + b"more behind the end"
    assert png.tidy(data)[0] is data
    assert png.tidy(data)[1] == ()


def test_chunks_between_the_pixels_are_moved_behind_them() -> None:
    data = plain()
    start = data.index(b"IDAT") - 4
    body = data[start + 8 : start + 8 + int.from_bytes(data[start : start + 4], "big")]
    parted = chunk(b"IDAT", body[:50]) + chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", body[50:])
    np.testing.assert_array_equal(decode(data[:start] + parted + chunk(b"IEND", b"")).rgb, RGB)


@pytest.mark.parametrize("cut", [1, 4, 8, 12, 14, 16, 18, 20])
def test_a_missing_end_costs_nothing(cut: int) -> None:
    """The end has 12 bytes, the sum of the last chunk of pixels 4, and the sum within it 4."""
    np.testing.assert_array_equal(decode(plain()[:-cut]).rgb, RGB)


@pytest.mark.parametrize("tail", [b"\0" * 500, b"\xff" * 3, b"\0\0\xff\xfftEXtcut off"])
def test_nonsense_instead_of_the_end_costs_nothing(tail: bytes) -> None:
    np.testing.assert_array_equal(decode(plain()[:-12] + tail).rgb, RGB)


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_wrong_sum_of_the_pixels_is_said(interlaced: bool) -> None:
    rows = b"".join(b"\0" + row.tobytes() for row in RGB)
    if interlaced:
        rows = b""
        for across, down, left, top in png._STEPS:
            rows += b"".join(b"\0" + row.tobytes() for row in RGB[top::down, left::across])
    body = zlib.compress(rows)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 48, 8, 2, 0, 0, interlaced))
    wrong = body[:-4] + bytes(4)
    data = png.SIGNATURE + head + chunk(b"IDAT", wrong) + chunk(b"IEND", b"")
    picture = decode(data)
    np.testing.assert_array_equal(picture.rgb, RGB)
    assert any("checksum" in note for note in picture.notes) or not interlaced
    assert png.with_right_sum(data, 10**6) is not None
    assert png.with_right_sum(data, 1000) is None


@pytest.mark.parametrize("left", [0.2, 0.5, 0.9, 0.99])
def test_missing_pixels_stay_an_error(left: float) -> None:
    data = plain()
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in RGB))
    head = data[: data.index(b"IDAT") - 4]
    cut = body[: int(len(body) * left)]
    for ending in (b"", chunk(b"IEND", b""), bytes(100)):
        for file in (
            head + chunk(b"IDAT", cut) + ending,
            (head + chunk(b"IDAT", body))[: len(head) + len(cut)] + ending,
        ):
            with pytest.raises(ImageError) as caught:
                decode(file, name="x.png")
            assert caught.value.code in ("truncated_image", "broken_image")


def test_one_wrong_sum_is_believed_less_than_a_right_one() -> None:
    """A tool that writes one of the two wrong harms nothing; if both are, these are not the pixels of old."""
    rows = bytearray(b"".join(b"\0" + row.tobytes() for row in RGB))
    body = zlib.compress(rows, 0)  # stored, so that a changed byte still unpacks
    head = plain()[: plain().index(b"IDAT") - 4]
    changed = body[:500] + bytes([body[500] ^ 255]) + body[501:]
    sums = zlib.crc32(b"IDAT" + body)
    np.testing.assert_array_equal(decode(head + chunk(b"IDAT", body, crc=1) + chunk(b"IEND", b"")).rgb, RGB)
    assert decode(head + chunk(b"IDAT", changed) + chunk(b"IEND", b"")).rgb.shape == RGB.shape
    with pytest.raises(ImageError, match="pixels are damaged") as caught:
        decode(head + chunk(b"IDAT", changed, crc=sums) + chunk(b"IEND", b""))
    assert caught.value.code == "broken_image"


def test_a_damaged_header_stays_an_error() -> None:
    data = bytearray(plain())
    data[29] ^= 1
    with pytest.raises(ImageError) as caught:
        decode(bytes(data))
    assert caught.value.code == "broken_image"


def test_a_png_for_iphone_apps_is_named() -> None:
    with pytest.raises(ImageError, match="iPhone") as caught:
        decode(plain()[:8] + chunk(b"CgBI", bytes(4)) + plain()[8:])
    assert caught.value.code == "unsupported_format"


@pytest.mark.timeout(120)
def test_no_bomb_gets_through_beside_the_pixels() -> None:
    bomb = zlib.compress(bytes(20_000_000))
    chunks = [chunk(b"zTXt", b"a\0\0" + bomb), chunk(b"iCCP", b"a\0\0" + bomb), chunk(b"iTXt", b"a\0\1\0\0\0" + bomb)]
    data = with_chunks(*chunks * 20)
    assert len(png.tidy(data)[0]) < len(plain()) + 20_000
    np.testing.assert_array_equal(decode(data).rgb, RGB)
    wrong_end = chunk(b"zTXt", b"a\0\0" + bomb[:2000] + b"nonsense")
    np.testing.assert_array_equal(decode(with_chunks(*[wrong_end] * 5_000)).rgb, RGB)
    body = zlib.compress(bytes(30_000_000))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 48, 8, 2, 0, 0, 0))
    endless = chunk(b"IHDR", struct.pack(">IIBBBBB", 2**30, 2**30, 8, 2, 0, 0, 0))
    for start in (head, endless):
        file = png.SIGNATURE + start + chunk(b"IDAT", body, crc=0) * 20 + chunk(b"IEND", b"")
        assert not png.pixels_damaged(file, 10**8)
    flood = png.SIGNATURE + head + chunk(b"IDAT", body[:-4] + bytes(4)) + chunk(b"IEND", b"")
    assert png.with_right_sum(flood, Limits().max_pixels * 8) is None


def test_orientation_survives() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.fromarray(RGB).save(out, "PNG", exif=exif)
    data = out.getvalue()
    data = data[:33] + WRONG_BESIDE["zTXt"] + data[33:]
    np.testing.assert_array_equal(decode(data).rgb, np.rot90(RGB, -1))
