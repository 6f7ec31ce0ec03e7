"""PNG, TIFF, WebP, AVIF and HEIC files that lack pixels although nothing in them is damaged."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fauxface.errors import ImageError
from fauxface.images import decode
from fauxface.images.tiff import directories
from fauxface.images.tiff_pixels import pixels_missing

RGB = np.random.default_rng(3).integers(1, 255, (80, 64, 3), dtype=np.uint8)


def encode(kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(RGB).resize((256, 320), Image.Resampling.BICUBIC).save(file, kind, **options)
    return file.getvalue()


def code_of(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        decode(data, name="scan")
    assert caught.value.message.startswith("scan: ")
    return caught.value.code


def png(rows: int, *, said: int = 80) -> bytes:
    """A PNG of so many rows, whose header says another number; all sums are right."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 64, said, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row.tobytes() for row in RGB[:rows]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_png_that_stops_before_its_last_row() -> None:
    assert np.array_equal(decode(png(80)).rgb, RGB)
    assert code_of(png(79)) == "truncated_image"
    assert code_of(png(40)) == "truncated_image"


def test_a_png_whose_last_row_is_black_is_whole() -> None:
    black = RGB.copy()
    black[-1] = 0
    file = io.BytesIO()
    Image.fromarray(black).save(file, "PNG")
    assert np.array_equal(decode(file.getvalue()).rgb, black)


def with_tag(data: bytes, tag: int, value: int, *, count: int | None = None) -> bytes:
    """A little-endian TIFF with another value, or another number of values, in one tag of its first page."""
    changed = bytearray(data)
    start = directories(data)[0].at
    for place in range(start + 2, start + 2 + 12 * struct.unpack_from("<H", data, start)[0], 12):
        if struct.unpack_from("<H", data, place)[0] == tag:
            if count is not None:
                struct.pack_into("<I", changed, place + 4, count)
            else:
                struct.pack_into("<I", changed, place + 8, value)
    return bytes(changed)


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}, {"tile": (64, 64)}])
def test_whole_tiffs_are_whole(options: dict[str, Any]) -> None:
    assert not pixels_missing(encode("TIFF", **options))
    assert decode(encode("TIFF", **options)).rgb.shape == (320, 256, 3)


def test_a_tiff_that_is_taller_than_its_strips() -> None:
    assert code_of(with_tag(encode("TIFF"), 257, 480)) == "truncated_image"


def test_a_tiff_that_lacks_a_strip() -> None:
    data = encode("TIFF", compression="tiff_lzw", tiffinfo={278: 16})
    strips = len(directories(data)[0].tags[273])
    assert strips == 20
    assert code_of(with_tag(data, 273, 0, count=strips - 1)) in ("truncated_image", "broken_image")
    assert pixels_missing(with_tag(data, 273, 0, count=strips - 1))


def test_16_bits_in_planes_are_not_misread() -> None:
    data = with_tag(encode("TIFF"), 284, 2).replace(struct.pack("<3H", 8, 8, 8), struct.pack("<3H", 16, 16, 16))
    with pytest.raises(ImageError, match="16 bit in separate planes, which is not read") as caught:
        decode(data)
    assert caught.value.code == "unsupported_format"


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_zeros_up_to_the_end_are_a_download_that_broke_off(kind: str) -> None:
    data = encode(kind, quality=90)
    assert decode(data).notes == ()
    assert decode(data + bytes(5000)).rgb.shape == (320, 256, 3), "a disk's padding lies behind the picture"
    kept = len(data) * 2 // 3
    assert code_of(data[:kept] + bytes(len(data) - kept)) == "truncated_image"
