"""Of what moves a few frames come out, evenly, without the blank ones; damage behind them costs only what it hit."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, features

from fauxface.errors import ImageError
from fauxface.images import Limits, decode
from fauxface.images.frames import Animation

KINDS = ["GIF", "PNG", "WEBP", "AVIF"]
SIDE = 48


def frame(number: int) -> Image.Image:
    """A ramp, and a bar at the height that tells its number."""
    pixels = np.repeat(np.arange(SIDE, dtype=np.uint8)[:, None] * 2, SIDE, axis=1)
    pixels[:, 4 * number : 4 * number + 4] = 255
    return Image.fromarray(np.stack([pixels] * 3, axis=-1))


def number_of(rgb: np.ndarray) -> int:
    return int(rgb[4:-4].mean(axis=(0, 2)).reshape(-1, 4).mean(axis=1).argmax())


def moving(kind: str, frames: list[Image.Image], **options: Any) -> bytes:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    options |= {"lossless": True} if kind == "WEBP" else {}
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=50, **options)
    return file.getvalue()


def animation(data: bytes, **options: Any) -> Animation:
    found = decode(data, name="x.gif", **options).animation
    assert found is not None
    return found


def numbers(moves: Animation, **options: Any) -> list[int]:
    """Places of the frames that come out, which are those that they show."""
    given = list(moves.frames(**options))
    return [f.number for f in given if number_of(f.rgb) == f.number - 1]


BLACK, WHITE = Image.new("RGB", (SIDE, SIDE)), Image.new("RGB", (SIDE, SIDE), "white")
CLEAR = Image.new("RGBA", (SIDE, SIDE))


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_frames_evenly(kind: str) -> None:
    moves = animation(moving(kind, [frame(i) for i in range(12)]))
    assert moves.total == 12
    assert numbers(moves) == [1, 3, 4, 6, 7, 9, 10, 12]
    assert numbers(moves, most=3) == [3, 7, 11]
    assert numbers(moves, most=1) == [7]
    assert numbers(moves, most=50) == [*range(1, 13)]
    assert moves.notes == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blank", [BLACK, WHITE, CLEAR], ids=["black", "white", "clear"])
def test_blank_frames_do_not_count(kind: str, blank: Image.Image) -> None:
    frames = [blank, frame(1), blank, frame(3)]
    if blank is CLEAR:
        if kind == "GIF":
            pytest.skip("Pillow writes no GIF whose frames become clear again")
        frames = [f.convert("RGBA") for f in frames]
    data = moving(kind, frames, **({"blend": 0} if kind == "PNG" else {}))
    assert numbers(animation(data)) == [2, 4]
    first = decode(data)
    assert number_of(first.rgb) == 1
    assert first.notes[0] == "frame 2 of 4: the first one is blank"


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_frame_stands_for_all_that_look_at_one(kind: str) -> None:
    first = decode(moving(kind, [frame(3), BLACK, frame(5)]))
    assert number_of(first.rgb) == 3
    assert first.notes == ("first of 3 frames",)


@pytest.mark.parametrize("kind", KINDS)
def test_all_blank(kind: str) -> None:
    moves = animation(moving(kind, [BLACK, WHITE, BLACK]))
    (only,) = moves.frames()
    assert only.number == 1
    assert not only.rgb.any()


def test_all_clear_is_refused() -> None:
    data = moving("WEBP", [CLEAR, Image.new("RGBA", (SIDE, SIDE), (255, 255, 255, 0)), CLEAR], allow_mixed=False)
    with pytest.raises(ImageError) as caught:
        decode(data)
    assert caught.value.code == "nothing_visible"


def test_fading_in_from_nothing_as_gif() -> None:
    face = frame(2).convert("P", palette=Image.Palette.ADAPTIVE, colors=200)
    file = io.BytesIO()
    Image.new("P", (SIDE, SIDE)).save(file, "GIF", save_all=True, append_images=[face, face], duration=100)
    assert number_of(decode(file.getvalue()).rgb) == 2


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_what_lies_before_damage_is_judged_and_the_rest_is_said(kind: str) -> None:
    data = moving(kind, [frame(i) for i in range(12)])
    for part in (0.45, 0.6, 0.8, 0.95):
        moves = animation(data[: int(len(data) * part)])
        given = numbers(moves)
        assert given, part
        assert given[-1] < 12
        assert len(given) < 8 or kind == "GIF"
        if kind == "PNG":
            assert any("damaged or cut off" in note for note in moves.notes), part
    for part in (0.02, 0.05):
        with pytest.raises(ImageError) as caught:
            decode(data[: int(len(data) * part)])
        assert caught.value.code in ("truncated_image", "broken_image")


def test_damage_before_the_first_chosen_frame_leaves_the_first_one() -> None:
    data = moving("PNG", [frame(i % 12) for i in range(40)])
    cut = [at for at in range(len(data)) if data[at : at + 4] == b"fdAT"][1] + 10
    moves = animation(data[:cut])
    assert moves.total == 40
    assert numbers(moves) == [1]
    assert any("damaged or cut off" in note for note in moves.notes)


def test_a_gif_without_its_last_byte() -> None:
    data = moving("GIF", [frame(i) for i in range(3)])
    moves = animation(data[:-1])
    assert numbers(moves) == [1, 2, 3]
    assert moves.notes == []


def test_what_an_apng_shows_to_the_old_is_no_frame() -> None:
    data = moving("PNG", [WHITE, frame(0), frame(1), frame(2)], default_image=True)
    moves = animation(data)
    assert moves.total == 3
    assert numbers(moves) == [1, 2, 3]
    assert number_of(decode(data).rgb) == 0


def test_one_frame_moves_nothing() -> None:
    for kind in ("GIF", "PNG", "WEBP"):
        picture = decode(moving(kind, [frame(1)]))
        assert picture.animation is None
        assert picture.notes == ()


@pytest.mark.parametrize("kind", KINDS)
def test_no_more_is_gone_through_than_the_limits_say(kind: str) -> None:
    data = moving(kind, [frame(i) for i in range(12)])
    moves = animation(data, limits=Limits(max_moving_pixels=SIDE * SIDE * 5))
    assert numbers(moves) == [1, 2, 3, 4, 5]
    assert moves.notes == ["only the first 5 of 12 frames were gone through"]
    assert numbers(animation(data, limits=Limits(max_moving_pixels=1))) == [1]
    assert numbers(animation(data, limits=Limits(max_moving_frames=4))) == [1, 2, 3, 4]


@pytest.mark.timeout(60)
def test_a_million_frames_and_lies_about_their_number() -> None:
    start = moving("GIF", [frame(0), frame(1)])
    tiny = b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0"
    moves = animation(start[:-1] + tiny * 1_000_000 + b"\x3b")
    assert moves.total > 500_000
    assert [f.number for f in moves.frames()][-1] <= 2000
    assert any("gone through" in note for note in moves.notes)
    data = bytearray(moving("PNG", [frame(0), frame(1), frame(2)]))
    at = data.index(b"acTL") + 4
    data[at : at + 4] = (2**31 - 1).to_bytes(4, "big")
    liar = animation(bytes(data))
    assert [number_of(f.rgb) for f in liar.frames()] == [0]
    assert any("damaged or cut off" in note for note in liar.notes)


def test_a_webp_that_was_cut_short_says_so() -> None:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 40).convert("RGB").save(file, "WEBP")
    for length in (len(file.getvalue()) - 1, len(file.getvalue()) // 2):
        with pytest.raises(ImageError, match="ends too early"):
            decode(file.getvalue()[:length])


@pytest.mark.parametrize("shown", [0, 7, 39])
def test_the_one_frame_that_is_not_blank_is_found_wherever_it_is(shown: int) -> None:
    frames = [BLACK.copy() for _ in range(40)]
    for number, each in enumerate(frames):  # writers leave out frames that are the same
        each.putpixel((number, 0), (9, 9, 9))
    frames[shown] = frame(3)
    moves = animation(moving("GIF", frames))
    assert [number_of(f.rgb) for f in moves.frames()] == [3]
    assert not moves.notes
