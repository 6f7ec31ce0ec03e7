"""Mutated picture files: nothing but a picture or a `FauxfaceError` may come out."""

from __future__ import annotations

import functools
import io
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, features

from fauxface import images
from fauxface.errors import FauxfaceError

# A small limit keeps mutated sizes from costing seconds; the code paths are the same.
LIMITS = images.Limits(max_pixels=1_000_000)


@functools.cache
def seeds() -> tuple[bytes, ...]:
    """One small valid file of every format and of the odd variants."""
    rng = np.random.default_rng(7)
    rgb = Image.fromarray(rng.integers(0, 256, (40, 36, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = [rgb, rgb.rotate(180)]
    grey16 = Image.fromarray(rng.integers(0, 65535, (40, 36), dtype=np.uint16))
    plan: list[tuple[Image.Image, str, dict[str, object]]] = [
        (rgb, "JPEG", {"exif": exif}),
        (rgb, "JPEG", {"progressive": True}),
        (rgb.convert("CMYK"), "JPEG", {}),
        (rgb, "PNG", {"exif": exif}),
        (rgb.convert("P"), "PNG", {"transparency": 3}),
        (grey16, "PNG", {}),
        (rgb, "PNG", {"save_all": True, "append_images": frames}),
        (rgb, "WEBP", {"exif": exif}),
        (rgb, "WEBP", {"lossless": True}),
        (rgb, "WEBP", {"save_all": True, "append_images": frames}),
        (rgb, "GIF", {"save_all": True, "append_images": frames}),
        (rgb, "BMP", {}),
        (rgb, "TIFF", {"exif": exif}),
        (rgb, "TIFF", {"compression": "tiff_lzw"}),
        (rgb, "TIFF", {"compression": "jpeg"}),
        (rgb.convert("F"), "TIFF", {}),
        (rgb, "TIFF", {"save_all": True, "append_images": frames}),
    ]
    if features.check("avif"):
        plan.append((rgb, "AVIF", {}))
    files = []
    for image, kind, options in plan:
        out = io.BytesIO()
        image.save(out, kind, **options)
        files.append(out.getvalue())
    try:
        import pillow_heif
    except ImportError:
        return tuple(files)
    out = io.BytesIO()
    pillow_heif.from_pillow(rgb).save(out)
    return (*files, out.getvalue())


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid file with some bytes changed, cut out, doubled or cut off; more often near its start."""
    data = bytearray(draw(st.sampled_from(seeds())))
    for _ in range(draw(st.integers(1, 6))):
        reach = draw(st.sampled_from([32, 256, len(data)]))
        at = draw(st.integers(0, max(min(reach, len(data)) - 1, 0)))
        action = draw(st.sampled_from(["byte", "word", "cut", "double", "end", "zero"]))
        if action == "byte":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif action == "word":
            extreme = draw(st.sampled_from([0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
            data[at : at + 4] = struct.pack(draw(st.sampled_from(["<I", ">I"])), extreme)
        elif action == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif action == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 64))]
        elif action == "end":
            del data[at:]
        else:
            data[at : at + 8] = bytes(8)
    return bytes(data)


def assert_clear(error: FauxfaceError) -> None:
    assert error.code not in ("error", "bad_image")
    assert error.message.isprintable()


def check(data: bytes) -> None:
    try:
        picture = images.decode(data, limits=LIMITS)
    except FauxfaceError as error:
        assert_clear(error)
        return
    assert picture.rgb.dtype == np.uint8
    assert picture.rgb.ndim == 3
    assert picture.rgb.shape[2] == 3
    assert min(picture.rgb.shape[:2]) >= 1


def test_the_seeds_themselves_are_good() -> None:
    for data in seeds():
        assert images.decode(data).rgb.shape[2] == 3


@settings(max_examples=2000, deadline=20_000, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutated_files(data: bytes) -> None:
    check(data)


@settings(max_examples=150, deadline=20_000)
@given(st.sampled_from([d[:16] for d in seeds()]), st.binary(max_size=200))
def test_good_beginnings_and_noise(head: bytes, tail: bytes) -> None:
    check(head + tail)


@pytest.mark.parametrize("index", range(0, 200, 7))
def test_every_seed_cut_short(index: int) -> None:
    for data in seeds():
        check(data[:index])


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_name(name: str) -> None:
    with pytest.raises(FauxfaceError):
        images.read("/nowhere/" + name)
    with pytest.raises(FauxfaceError) as caught:
        images.decode(b"x", name=name)
    caught.value.message.encode()
