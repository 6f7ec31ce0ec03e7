"""Features of files: what the encoder was told is read back, and a file's own words never come out."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin

from fauxface.data.file_features import COLOUR, CONTAINER, FileFeatures, file_features
from fauxface.errors import ImageError
from fauxface.images import decode


def noise(height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def saved(kind: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(noise()).convert(mode).save(file, kind, **options)
    return file.getvalue()


def features(data: bytes) -> FileFeatures:
    return file_features(data, decode(data), "picture")


def test_every_field_is_in_one_group() -> None:
    assert (*CONTAINER, *COLOUR) == tuple(FileFeatures.__slots__)


def test_jpeg() -> None:
    coarse, fine = features(saved(quality=75)), features(saved(quality=95, subsampling="4:4:4"))
    assert (coarse.format, coarse.mode, coarse.width, coarse.height) == ("JPEG", "RGB", 64, 48)
    assert coarse.bytes == len(saved(quality=75))
    assert coarse.bits_per_pixel == pytest.approx(8 * coarse.bytes / (64 * 48))
    assert (coarse.jpeg_quality, fine.jpeg_quality) == (75, 95)
    assert (coarse.subsampling, fine.subsampling) == ("4:2:0", "4:4:4")
    assert len(coarse.tables) == 8
    assert coarse.tables != fine.tables
    assert coarse.tables == features(saved(quality=75, subsampling="4:4:4")).tables
    assert not any((coarse.progressive, coarse.exif, coarse.icc, coarse.comment))
    assert coarse.markers == "JFIF"
    assert features(saved(progressive=True)).progressive


def test_subsampling_is_that_of_the_header() -> None:
    assert features(saved(subsampling="4:2:2")).subsampling == "4:2:2"
    assert features(saved(mode="L")).subsampling == "grey"
    data = saved(subsampling="4:2:2")
    at = data.index(b"\xff\xc0") + 11  # marker, length, depth, height, width, number of components, first id
    assert data[at] == 0x21
    odd = data[:at] + b"\x41" + data[at + 1 :]
    assert file_features(odd, decode(data), "odd").subsampling == "4:1:1"
    odd = data[:at] + b"\x31" + data[at + 1 :]
    assert file_features(odd, decode(data), "odd").subsampling == "3x1 1x1 1x1"


def test_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = features(saved(exif=exif, icc_profile=profile, comment=b"words", dpi=(300, 300), xmp=b"<x/>"))
    assert (found.exif, found.icc, found.comment) == (True, True, True)
    assert found.markers == "300dpi JFIF XMP"
    segment = b"\xff\xeb\x00\x06JUMB"
    data = saved()
    assert features(data[:2] + segment + data[2:]).markers == "APP11 JFIF"


def test_other_formats_have_no_jpeg_features_and_texts_stay_inside() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("\x1b[31mparameters", "a photograph of a face")
    found = features(saved("PNG", pnginfo=texts))
    assert (found.format, found.jpeg_quality, found.tables, found.subsampling) == ("PNG", None, "", "")
    assert found.markers == "text"
    assert features(saved("PNG", mode="L")).mode == "L"
    for kind in ("WEBP", "GIF", "BMP", "TIFF"):
        assert features(saved(kind)).format == kind


def test_heic_is_opened_without_changing_pillow() -> None:
    heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    heif.from_pillow(Image.fromarray(noise(64, 64))).save(file, quality=90)
    assert (features(file.getvalue()).format, features(file.getvalue()).mode) == ("HEIF", "RGB")


def test_colour_is_that_of_the_pixels() -> None:
    rgb = noise()
    found = features(saved("PNG"))
    assert (found.red, found.green, found.blue) == pytest.approx(rgb.mean(axis=(0, 1)))
    assert found.deviation == pytest.approx(rgb.std())


def test_a_header_that_cannot_be_read_is_one_error() -> None:
    picture = decode(saved())
    with pytest.raises(ImageError):
        file_features(b"\xff\xd8\xff" + bytes(20), picture, "broken")
