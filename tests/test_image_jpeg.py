"""JPEG, marker by marker: endless metadata, a missing end, passes that are missing, and what decoding costs."""

from __future__ import annotations

import io

from PIL import Image

from fauxface.image_jpeg import jpeg_exif_bytes, with_less_exif
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


def test_of_endless_exif_one_segment_is_read_and_said() -> None:
    assert decode(jpeg_with_exif(1)).notes == ()
    endless = decode(jpeg_with_exif(17))
    assert endless.rgb.shape == (64, 64, 3)
    assert endless.notes == ("endless EXIF data was left out",)
    assert jpeg_exif_bytes(with_less_exif(jpeg_with_exif(17))) == 0xFFFF
    assert with_less_exif(jpeg_with_exif(17)) == jpeg_with_exif(1)
