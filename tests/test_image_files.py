"""Limits that are held before a decoder sees a file."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from fauxface.errors import ImageError
from fauxface.image_files import jpeg_exif_bytes
from fauxface.images import decode


def jpeg_with_exif(segments: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "JPEG")
    plain = file.getvalue()
    segment = b"\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(0xFFFF - 8)
    return plain[:2] + segments * segment + plain[2:]


def test_exif_is_summed_over_its_segments() -> None:
    assert jpeg_exif_bytes(jpeg_with_exif(0)) == 0
    assert jpeg_exif_bytes(jpeg_with_exif(3)) == 3 * 0xFFFF


def test_endless_exif_is_refused_and_one_segment_is_not() -> None:
    assert decode(jpeg_with_exif(1)).rgb.shape == (64, 64, 3)
    with pytest.raises(ImageError, match="1 MiB of EXIF") as caught:
        decode(jpeg_with_exif(17))
    assert caught.value.code == "too_much_metadata"
