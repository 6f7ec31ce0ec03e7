"""Every kind of picture becomes the right RGB, and every kind of wrong file one clear error."""

from __future__ import annotations

import builtins
import hashlib
import io
import os
import struct
import sys
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFile, features

from fauxface import images
from fauxface.errors import FauxfaceError, ImageError
from fauxface.images.files import printable
from fauxface.images.jpeg import jpeg_scans

Rgb = NDArray[np.uint8]


def scene(height: int = 48, width: int = 64) -> Rgb:
    """Smooth colours, different in every corner, so that turns and channel swaps show."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // (width - 1), y * 255 // (height - 1), 128 + 0 * x], axis=-1).astype(np.uint8)


def encode(image: Image.Image | Rgb, kind: str, **options: Any) -> bytes:
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def code_of(data: bytes, **options: Any) -> str:
    with pytest.raises(ImageError) as caught:
        images.decode(data, name="x.jpg", **options)
    assert "x.jpg" in caught.value.message
    return caught.value.code


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_keep_every_pixel(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = images.decode(encode(scene(), kind, **options))
    assert picture.format == kind
    assert picture.notes == ()
    np.testing.assert_array_equal(picture.rgb, scene())


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "AVIF", "WEBP"])
def test_lossy_formats_stay_close(kind: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    rgb = images.decode(encode(scene(), kind)).rgb
    assert rgb.dtype == np.uint8
    assert np.abs(rgb.astype(int) - scene()).mean() < 15


def test_heic_with_the_extra() -> None:
    pillow_heif = pytest.importorskip("pillow_heif", reason="needs the extra 'heif'")
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(scene())).save(out, quality=90)
    picture = images.decode(out.getvalue())
    assert picture.format == "HEIF"
    assert np.abs(picture.rgb.astype(int) - scene()).mean() < 5
    assert "HEIF" not in Image.OPEN  # Pillow is left as it was


def test_heic_without_the_extra_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    data = struct.pack(">I", 24) + b"ftypheic" + b"\0\0\0\0" + b"mif1heic" + bytes(64)
    with pytest.raises(ImageError, match=r"fauxface\[heif\]") as caught:
        images.decode(data)
    assert caught.value.code == "needs_heif"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F", "I;16"])
def test_every_mode_of_a_tiff_or_png(mode: str) -> None:
    grey = np.full((40, 40), 200, dtype=np.uint8)
    plain = Image.fromarray(np.stack([grey] * 3, axis=-1))
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    elif mode == "LAB":
        image = Image.frombytes("LAB", (40, 40), bytes((205, 0, 0)) * 1600)  # L* 80, neutral
    elif mode in ("P", "PA"):
        image = plain.convert("P", palette=Image.Palette.ADAPTIVE).convert(mode)
    elif mode in ("I", "F"):
        image = plain.convert("L").convert(mode)
    else:
        image = plain.convert("1", dither=Image.Dither.NONE) if mode == "1" else plain.convert(mode)
    rgb = images.decode(encode(image, "TIFF")).rgb
    expected = 255 if mode == "1" else 200
    assert rgb.shape == (40, 40, 3)
    assert np.abs(rgb.astype(int) - expected).max() <= 4, rgb[0, 0]


def png(width: int, height: int, depth: int, colour: int, raw: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG written by hand: Pillow cannot write 16-bit colour, nor lie about sizes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    rest = b"".join(chunk(*e) for e in extra) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + rest


@pytest.mark.parametrize("colour", [0, 2])
def test_16_bit_is_scaled_not_clipped(colour: int) -> None:
    channels = 1 if colour == 0 else 3
    ramp = np.linspace(0, 65535, 64).astype(">u2")
    row = b"\0" + np.repeat(ramp, channels).tobytes()
    rgb = images.decode(png(64, 32, 16, colour, row * 32)).rgb
    assert rgb.shape == (32, 64, 3)
    assert np.abs(rgb[5, :, 0].astype(float) - np.linspace(0, 255, 64)).max() <= 1.0


def test_float_tiffs_in_three_ranges_and_nonsense() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (40, 1))
    for top in (1, 255, 65535):
        picture = images.decode(encode(Image.fromarray(ramp * np.float32(top)), "TIFF"))
        assert np.abs(picture.rgb[0, :, 0] - np.linspace(0, 255, 64)).max() <= 1
        assert picture.notes == (f"grey values taken as 0–{top}",)
    for wrong in (np.nan, np.inf, -1.0, 1e30):
        bad = ramp.copy()
        bad[3, 3] = wrong
        assert code_of(encode(Image.fromarray(bad), "TIFF")) == "broken_image"


def test_transparency_lies_on_white() -> None:
    clear = Image.new("RGBA", (40, 40), (10, 20, 30, 0))
    clear.paste((200, 0, 0, 255), (0, 0, 20, 40))
    for image in (clear, clear.convert("PA"), clear.convert("LA")):
        kind = "PNG" if image.mode != "PA" else "TIFF"
        picture = images.decode(encode(image, kind))
        assert (picture.rgb[5, 35] >= 254).all(), image.mode
        assert "transparent parts shown on white" in picture.notes
    palette = Image.new("P", (40, 40), 1)
    palette.putpalette([0, 0, 0, 9, 9, 9])
    palette.paste(0, (0, 0, 20, 40))
    shown = images.decode(encode(palette, "PNG", transparency=1)).rgb
    assert (shown[:, 20:] == 255).all()
    assert (shown[:, :20] == 0).all()
    assert (images.decode(encode(palette, "PNG")).rgb[:, 20:] == 9).all()
    assert images.decode(encode(Image.new("RGBA", (40, 40), (1, 2, 3, 255)), "PNG")).notes == ()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
@pytest.mark.parametrize("alpha", [0, 3])
def test_what_is_transparent_everywhere_is_no_white_square(mode: str, alpha: int) -> None:
    hidden = Image.fromarray(scene()).convert("LA" if mode == "LA" else "RGBA")
    hidden.putalpha(alpha)
    kind = "TIFF" if mode == "PA" else "PNG"
    picture = images.decode(encode(hidden.convert(mode), kind))
    colours = np.asarray(hidden.convert("RGB")).astype(int)
    assert np.abs(picture.rgb - colours).mean() < 12
    assert picture.notes == ("transparent everywhere: the colours that it hides were judged",)
    empty = Image.new("RGBA", (40, 40), (255, 255, 255, alpha)).convert(mode)
    assert code_of(encode(empty, kind)) == "nothing_visible"


def test_cmyk_jpeg_of_adobe_is_not_inverted() -> None:
    white = Image.new("CMYK", (40, 40), (0, 0, 0, 0))
    picture = images.decode(encode(white, "JPEG"))
    assert picture.rgb.min() > 250
    assert any("CMYK" in n for n in picture.notes)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    turns = {2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: a.transpose(1, 0, 2)}
    turns |= {6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).transpose(1, 0, 2), 8: np.rot90}
    expected = turns.get(orientation, lambda a: a)(scene())
    exif = Image.Exif()
    exif[0x0112] = orientation
    rgb = images.decode(encode(scene(), kind, exif=exif, quality=95)).rgb
    assert rgb.shape == expected.shape
    assert np.abs(rgb.astype(int) - expected).mean() < 4


def test_damaged_exif_does_not_cost_the_picture() -> None:
    data = encode(scene(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f" + b"\xff" * 40)
    assert images.decode(data).rgb.shape == (48, 64, 3)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_of_moving_pictures_the_first_frame_is_taken_and_said(kind: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    frames = [Image.new("RGB", (40, 40), c) for c in ("red", "lime", "blue")]
    picture = images.decode(encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=50))
    assert tuple(np.abs(picture.rgb[20, 20].astype(int) - (255, 0, 0)) < 20) == (True, True, True)
    assert any(n.startswith("first ") for n in picture.notes)


def test_limits_are_checked_before_decoding() -> None:
    huge = png(50_000, 50_000, 8, 2, b"")
    assert code_of(huge) == "too_many_pixels"  # Pillow's own bomb check
    assert code_of(png(21_000, 100, 8, 2, b"")) == "side_too_long"
    assert code_of(png(12_000, 12_000, 8, 2, b"")) == "too_many_pixels"
    assert code_of(encode(scene(31, 64), "PNG")) == "too_small"
    assert images.decode(encode(scene(32, 32), "PNG")).rgb.shape == (32, 32, 3)
    tight = images.Limits(max_pixels=48 * 64 - 1)
    assert code_of(encode(scene(), "PNG"), limits=tight) == "too_many_pixels"
    assert code_of(encode(scene(), "PNG"), limits=images.Limits(max_bytes=100)) == "file_too_large"


def test_a_jpeg_with_thousands_of_passes_is_refused() -> None:
    data = encode(scene(), "JPEG", progressive=True)
    scans = jpeg_scans(data)
    assert 2 < scans < 20
    assert jpeg_scans(encode(scene(), "JPEG")) == 1
    last = data.rindex(b"\xff\xda")
    bomb = data[:-2] + data[last:-2] * 2000 + b"\xff\xd9"
    assert jpeg_scans(bomb) == scans + 2000
    assert code_of(bomb, limits=images.Limits(max_scan_pixels=100 * 48 * 64)) == "too_many_pixels"
    assert jpeg_scans(data + b"\xff\xda" * 1000) == scans  # a video behind a phone's picture does not count


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"this is no picture, only text named .jpg\n" * 20, "not_an_image"),
        (b"<!DOCTYPE html><html>404</html>", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (bytes(1000), "not_an_image"),
        (b"BM is how this text begins, and it is long enough", "not_an_image"),
        (b"\xff", "not_an_image"),
        (b"8BPS\0\1" + bytes(100), "unsupported_format"),
        (b"%PDF-1.7", "unsupported_format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "unsupported_format"),
        (b"\0\0\0\x18ftypmp42" + bytes(40), "unsupported_format"),
        (b"\x89PNG\r\n\x1a\n", "broken_image"),
        (b"\xff\xd8\xff", "broken_image"),
        (b"GIF89a", "broken_image"),
    ],
)
def test_wrong_bytes(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "AVIF"])
def test_half_a_file_is_an_error(kind: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    noise = np.random.default_rng(1).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    data = encode(noise, kind)
    code = code_of(data[: len(data) // 2])
    assert code in ("truncated_image", "broken_image")
    if kind in ("JPEG", "PNG", "BMP"):
        assert code == "truncated_image"


def test_a_jpeg_named_png_is_still_a_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(encode(scene(), "JPEG"))
    assert images.read(path).format == "JPEG"
    with path.open("rb") as file:
        assert images.read(file).format == "JPEG"


def test_files_that_are_none(tmp_path: Path) -> None:
    def code(path: Path | str) -> str:
        with pytest.raises(ImageError) as caught:
            images.read(path)
        return caught.value.code

    assert code(tmp_path / "missing.jpg") == "file_not_found"
    assert code(tmp_path) == "is_a_folder"
    (tmp_path / "empty.jpg").touch()
    assert code(tmp_path / "empty.jpg") == "empty_file"
    assert code(tmp_path / "empty.jpg" / "below.jpg") == "file_not_found"
    assert code("nul\0byte.jpg") == "file_not_found"
    assert code("lone\ud800surrogate.jpg") == "file_not_found"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert code(tmp_path / "loop") == "unreadable_file"
    assert code("x" * 5000) == "unreadable_file"
    big = tmp_path / "big.jpg"
    with big.open("wb") as file:
        file.truncate((64 << 20) + 1)
    assert code(big) == "file_too_large"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
@pytest.mark.timeout(20)
def test_special_files_are_refused_without_hanging(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", Path("/dev/zero")):
        with pytest.raises(ImageError) as caught:
            images.read(path)
        assert caught.value.code == "not_a_file"


def test_unreadable_permissions(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(encode(scene(), "PNG"))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user (root) reads everything")
    with pytest.raises(ImageError) as caught:
        images.read(path)
    assert caught.value.code == "permission_denied"


def test_names_are_escaped_in_messages() -> None:
    assert printable("a\x1b[31m\n\udcff.jpg") == "a\\x1b[31m\\n\\udcff.jpg"
    assert printable("Zoë 😀.jpg") == "Zoë 😀.jpg"
    with pytest.raises(ImageError) as caught:
        images.read("\x1b]0;title\x07.jpg")
    assert "\x1b" not in caught.value.message


def test_at_least_shrinks_huge_jpegs_only() -> None:
    big = encode(scene(900, 1200), "JPEG")
    picture = images.decode(big, at_least=224)
    assert picture.rgb.shape == (225, 300, 3)
    assert picture.notes == ("large picture, decoded at 1/4 of its size",)
    whole = images.decode(big, at_least=451)
    assert whole.rgb.shape == (900, 1200, 3)
    np.testing.assert_array_equal(whole.rgb, images.decode(big).rgb)


def test_inspect_decodes_and_hashes(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encode(scene(), "JPEG", exif=exif)
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    assert images.inspect(path) == images.Facts(48, 64, "JPEG", len(data), digest)
    path.write_bytes(data[:-200])
    with pytest.raises(ImageError):
        images.inspect(path)


def test_check_array() -> None:
    assert images.check_array(scene()).rgb is not None
    for wrong in (scene().astype(float), scene()[..., 0], scene().transpose(2, 0, 1), scene()[..., :2]):
        with pytest.raises(ImageError) as caught:
            images.check_array(wrong)
        assert caught.value.code == "bad_array"


def test_pillow_is_left_alone_and_its_warnings_stay_inside() -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        images.decode(encode(Image.new("L", (9500, 9500)), "PNG"))  # above Pillow's warning, below our limit
    assert seen == []
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))


def test_threads_leave_the_warning_filters_as_they_were() -> None:
    data, before = encode(scene(256, 256), "PNG"), list(warnings.filters)

    def work() -> None:
        for _ in range(30):
            images.decode(data)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


@pytest.mark.parametrize("error", [MemoryError, RecursionError, OverflowError, struct.error])
def test_whatever_a_decoder_throws_is_an_image_error(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object, **__: object) -> None:
        raise error("boom")

    monkeypatch.setattr(ImageFile.ImageFile, "load", explode)
    with pytest.raises(FauxfaceError):
        images.decode(encode(scene(), "BMP"))


@pytest.mark.parametrize("said", ["two\nlines\n", "a bell \x07 and \x1b[31mred", "\udcff" * 500, ""])
def test_what_a_decoder_says_becomes_one_short_printable_line(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object, **__: object) -> None:
        raise OverflowError(said)

    monkeypatch.setattr(ImageFile.ImageFile, "load", explode)
    with pytest.raises(FauxfaceError) as caught:
        images.decode(encode(scene(), "BMP"))
    assert caught.value.code == "broken_image"
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 300


def test_interrupts_are_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise builtins.KeyboardInterrupt

    monkeypatch.setattr(ImageFile.ImageFile, "load", interrupt)
    with pytest.raises(KeyboardInterrupt):
        images.decode(encode(scene(), "BMP"))
