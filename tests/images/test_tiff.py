"""Of a TIFF the picture is judged and no preview of it; what is not read is described, not called damaged."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fauxface.errors import ImageError
from fauxface.images import decode, inspect
from fauxface.images.guard import quiet_libtiff
from fauxface.images.tiff import directories, odd_layout

RGB = np.random.default_rng(4).integers(0, 256, (48, 40, 3), dtype=np.uint8)
SMALL = np.random.default_rng(5).integers(0, 256, (32, 33, 3), dtype=np.uint8)
_SIZES = {"B": 1, "H": 3, "I": 4, "Q": 16}


def page(array: np.ndarray, **more: Any) -> dict[Any, Any]:
    """The tags of an unpacked picture; ``data`` is put in place by `tiff`, ``tNNN`` overrides a tag."""
    array = array if array.ndim == 3 else array[..., None]
    bits, kind = array.dtype.itemsize * 8, {"u": 1, "i": 2, "f": 3}[array.dtype.kind]
    height, width, channels = array.shape
    tags: dict[Any, Any] = {
        256: ("I", [width]),
        257: ("I", [height]),
        258: ("H", [bits] * channels),
        259: ("H", [1]),
        262: ("H", [2 if channels >= 3 else 1]),
        277: ("H", [channels]),
        278: ("I", [height]),
        339: ("H", [kind] * channels),
        "data": array.tobytes(),
    }
    return tags | {int(name[1:]): value for name, value in more.items()}


def tiff(*pages: dict[Any, Any], order: str = "<", big: bool = False) -> bytes:
    """A TIFF or BigTIFF of these pages; a page's ``children`` become its SubIFDs."""
    word, size = ("Q", 8) if big else ("I", 4)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HH", 8, 0) if big else b""
    body = bytearray(head + bytes(size))
    links = [len(head)]

    def write(tags: dict[Any, Any]) -> int:
        tags = dict(tags)
        data, children = tags.pop("data", b""), tags.pop("children", [])
        if data:
            tags[273], tags[279] = (word, [len(body)]), (word, [len(data)])
            body.extend(data)
        if children:
            tags[330] = (word, [write(child) for child in children])
        entries = b""
        for tag, (kind, values) in sorted(tags.items()):
            raw = struct.pack(f"{order}{len(values)}{kind}", *values)
            if len(raw) > size:
                place = len(body)
                body.extend(raw)
                raw = struct.pack(order + word, place)
            entries += struct.pack(order + "HH" + word, tag, _SIZES[kind], len(values)) + raw.ljust(size, b"\0")
        at = len(body)
        body.extend(struct.pack(order + ("Q" if big else "H"), len(tags)) + entries + bytes(size))
        links.append(len(body) - size)
        return at

    for tags in pages:
        before = links[0]
        links = [before]
        at = write(tags)
        struct.pack_into(order + word, body, before, at)
        links = [links[-1]]
    return bytes(body)


def text(value: str) -> tuple[str, list[int]]:
    return "B", list(value.encode() + b"\0")


def said_of(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        decode(data, name="x.tif")
    assert caught.value.code == "unsupported_format"
    assert caught.value.message.startswith("x.tif: ")
    return caught.value.message


FORMS = [("<", False), (">", False), ("<", True)]


@pytest.mark.parametrize(("order", "big"), FORMS)
def test_an_ordinary_one(order: str, big: bool) -> None:
    picture = decode(tiff(page(RGB), order=order, big=big))
    np.testing.assert_array_equal(picture.rgb, RGB)
    assert picture.notes == ()


SENSOR = np.random.default_rng(6).integers(0, 4096, (64, 80), dtype=np.uint16)
MAKERS = {"NIKON CORPORATION": "NEF", "SONY": "ARW", "Canon": "CR2", "PENTAX": "PEF", "Nobody": "in a TIFF"}


@pytest.mark.parametrize(("order", "big"), FORMS)
@pytest.mark.parametrize("make", MAKERS)
def test_a_raw_file_is_not_judged_by_its_preview(make: str, order: str, big: bool) -> None:
    """As DNG, NEF, ARW and others are made: a preview in front, what the sensor saw in a SubIFD."""
    sensor = page(SENSOR, t254=("I", [0]), t262=("H", [32803]))
    for hidden in (sensor, page(SENSOR, t262=("H", [34892])), page(SENSOR, t259=("H", [34713]))):
        preview = page(SMALL, t254=("I", [1]), t271=text(make)) | {"children": [page(RGB, t254=("I", [1])), hidden]}
        said = said_of(tiff(preview, order=order, big=big))
        assert f"a camera's raw file ({MAKERS[make]}" in said or MAKERS[make] in said
        assert "export it as JPEG" in said
        said_of(tiff(page(SMALL), hidden, order=order, big=big))  # or in a page of its own


def test_raw_files_that_say_so_themselves() -> None:
    assert "Adobe DNG" in said_of(tiff(page(SMALL, t50706=("B", [1, 4, 0, 0]))))
    preview = tiff(page(SMALL))
    first = directories(preview)[0].at
    said = said_of(b"II*\0\x10\0\0\0CR\2\0" + bytes(4) + preview[first:])
    assert "Canon CR2" in said


def test_phase_one() -> None:
    rgb = SMALL.copy()
    rgb.reshape(-1)[:4] = list(b"IIII")
    assert "Phase One IIQ" in said_of(tiff(page(rgb, t271=text("Phase One A/S"))))


def test_pixels_that_begin_like_a_raw_file_are_pixels() -> None:
    for start in (b"CR\2\0", b"IIII", b"MMMM"):
        rgb = RGB.copy()
        rgb.reshape(-1)[:4] = list(start)
        np.testing.assert_array_equal(decode(tiff(page(rgb))).rgb, rgb)


@pytest.mark.parametrize(("order", "big"), FORMS)
def test_the_picture_behind_a_preview_is_judged_and_said(order: str, big: bool) -> None:
    preview, picture = page(SMALL, t254=("I", [1])), page(RGB, t254=("I", [0]))
    for data in (tiff(preview, picture, order=order, big=big), tiff(preview | {"children": [picture]}, order=order)):
        judged = decode(data)
        np.testing.assert_array_equal(judged.rgb, RGB)
        assert any("33 × 32, is a preview" in note for note in judged.notes)
    mask = page(RGB, t254=("I", [4]))
    for data in (tiff(preview, order=order, big=big), tiff(preview, mask, order=order, big=big)):
        np.testing.assert_array_equal(decode(data).rgb, SMALL)  # there is nothing else


def test_pages_are_no_previews() -> None:
    judged = decode(tiff(page(SMALL), page(RGB)))
    np.testing.assert_array_equal(judged.rgb, SMALL)
    assert judged.notes == ("first page of several",)


GREY = RGB[..., 0]
ODD = {
    "32-bit floating-point RGB": page((RGB / 255).astype("<f4")),
    "64-bit floating-point RGB": page((RGB / 255).astype("<f8")),
    "16-bit grey in 2 channels": page(np.dstack([GREY, GREY]).astype("<u2") * 257, t338=("H", [2])),
    "32-bit RGB": page(RGB.astype("<u4")),
    "8-bit RGB, compressed as JPEG 2000": page(RGB, t259=("H", [34712])),
    "8-bit RGB, compressed as JPEG XL": page(RGB, t259=("H", [50002])),
    "8-bit RGB, compressed as LERC": page(RGB, t259=("H", [34887])),
    "8-bit signed RGB": page(RGB.astype("i1")),
}


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("big", [False, True])
def test_a_layout_that_is_not_read_is_described(what: str, big: bool) -> None:
    data = tiff(ODD[what], big=big)
    assert odd_layout(data) == what
    assert said_of(data) == f"x.tif: a TIFF of {what}, which is not read: save it as 8- or 16-bit RGB"


def test_the_one_byte_order_that_pillow_lacks_is_named() -> None:
    assert "8-bit RGB, in a big-endian BigTIFF" in said_of(tiff(page(RGB), order=">", big=True))
    sensor = page(SENSOR, t262=("H", [32803]))
    assert "raw file" in said_of(tiff(page(SMALL) | {"children": [sensor]}, order=">", big=True))


def test_the_way_out_is_one() -> None:
    np.testing.assert_array_equal(decode(tiff(page(RGB.astype("<u2") * 257))).rgb, RGB)


@pytest.mark.parametrize("end", [0, 4, 8, 9, 10, 30, 60, 100])
def test_a_damaged_one_is_not_called_odd(end: int) -> None:
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, "TIFF")  # its directory stands in front
    data = file.getvalue()
    assert odd_layout(data[:end]) is None
    with pytest.raises(ImageError) as caught:
        decode(data[:end] or b"II*\0")
    assert caught.value.code in ("broken_image", "truncated_image", "not_an_image")


@pytest.mark.timeout(20)
def test_directories_that_lead_in_circles_or_nowhere() -> None:
    data = bytearray(tiff(page(RGB), page(SMALL)))
    first, second = directories(bytes(data))
    count = int.from_bytes(data[second.at : second.at + 2], "little")
    struct.pack_into("<I", data, second.at + 2 + 12 * count, first.at)
    assert [d.at for d in directories(bytes(data))] == [first.at, second.at]
    many = tiff(*[page(SMALL)] * 200)
    assert len(directories(many)) == 64
    endless = tiff(page(RGB, t330=("I", list(range(1, 30_000)))))
    assert len(directories(endless)) <= 64
    for wild in (b"II*\0" + b"\xff" * 400, b"MM\0*" + bytes(400), b"II+\0" + b"\x08\0\0\0" + b"\xff" * 40):
        assert directories(wild) == []


def test_an_index_holds_the_picture_not_its_preview(tmp_path: Any) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(tiff(page(SMALL, t254=("I", [1])), page(RGB)))
    facts = inspect(path)
    assert (facts.width, facts.height, facts.bytes) == (40, 48, path.stat().st_size)


def _marked(compression: int) -> bytes:
    """An LZW picture that calls itself compressed in another way."""
    file = io.BytesIO()
    Image.effect_noise((96, 96), 50).convert("RGB").save(file, "TIFF", compression="tiff_lzw")
    data = bytearray(file.getvalue())
    start = directories(bytes(data))[0].at
    for place in range(start + 2, start + 2 + 12 * struct.unpack_from("<H", data, start)[0], 12):
        if struct.unpack_from("<H", data, place)[0] == 259:
            struct.pack_into("<H", data, place + 8, compression)
    return bytes(data)


def test_webp_inside_is_named() -> None:
    with pytest.raises(ImageError, match="compressed as WebP, which is not read: save it as") as caught:
        decode(_marked(50001), name="scan.tif")
    assert caught.value.code == "unsupported_format"


@pytest.mark.parametrize("compression", [8, 34925, 50000])
def test_libtiff_prints_nothing(compression: int, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ImageError) as caught:
        decode(_marked(compression))
    assert caught.value.code == "broken_image"
    if quiet_libtiff():
        assert capfd.readouterr() == ("", "")
