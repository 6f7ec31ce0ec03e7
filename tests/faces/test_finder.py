"""The real networks on the pictures of examples/."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fauxface import faces
from fauxface.errors import ImageError
from fauxface.faces import Face, Finder
from fauxface.faces.crop import crop
from fauxface.faces.finder import WORKING_SIDE

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PORTRAITS = ("photo_hopper.jpg", "photo_collins.jpg", "fake_stylegan2_1.jpg", "fake_stylegan2_3.jpg")
Rgb = NDArray[np.uint8]


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder()


def portrait(name: str, size: int | None = None) -> Rgb:
    with Image.open(EXAMPLES / name) as image:
        picture = image.convert("RGB")
        return np.asarray(picture if size is None else picture.resize((size, size)))


def distances(face: Face, others: list[Face], scale: float, left: float, top: float) -> list[float]:
    """Largest distance of landmarks from those of other faces that were scaled and moved, as a share of the box."""
    side = face.box[2] - face.box[0]
    return [float(np.abs(face.landmarks - (o.landmarks * scale + [left, top])).max() / side) for o in others]


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_portrait_has_one_face_with_its_points_in_order(name: str, finder: Finder) -> None:
    image = portrait(name)
    (face,) = finder.find(image)
    height, width = image.shape[:2]
    left, top, right, bottom = face.box
    assert 0 <= left < width * 0.4 < width * 0.6 < right <= width
    assert 0 <= top < height * 0.4 < height * 0.6 < bottom <= height
    assert 0.9 < face.score <= 1
    assert face.landmarks.shape == (5, 2)
    assert (face.landmarks > [left, top]).all()
    assert (face.landmarks < [right, bottom]).all()
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_what_is_framed_as_ffhq_stays_as_it_is(finder: Finder) -> None:
    for name in PORTRAITS:
        image = portrait(name)
        side = len(image)
        assert [crop(face, side, side) for face in finder.find(image)] == [(0, 0, side, side)]


def test_two_faces_of_different_sizes_in_one_picture(finder: Finder) -> None:
    canvas = np.full((420, 700, 3), 90, dtype=np.uint8)
    canvas[20:404, 10:394] = portrait("photo_hopper.jpg", 384)
    canvas[150:310, 480:640] = portrait("photo_collins.jpg", 160)
    large, small = finder.find(canvas)
    assert large.area > 2 * small.area
    assert distances(large, finder.find(portrait("photo_hopper.jpg")), 384 / 256, 10, 20)[0] < 0.06
    assert distances(small, finder.find(portrait("photo_collins.jpg")), 160 / 192, 480, 150)[0] < 0.06
    left, top, right, bottom = crop(small, 700, 420)
    assert abs((left + right) / 2 - 560) < 10
    assert abs((top + bottom) / 2 - 230) < 10


def test_a_mirrored_picture_gives_the_mirrored_points(finder: Finder) -> None:
    image = portrait("photo_hopper.jpg")
    (face,), (mirrored,) = finder.find(image), finder.find(np.ascontiguousarray(image[:, ::-1]))
    turned = mirrored.landmarks[[1, 0, 2, 4, 3]] * [-1, 1] + [256, 0]
    assert np.abs(turned - face.landmarks).max() < 6


def test_a_huge_picture_is_searched_at_a_bounded_size(finder: Finder) -> None:
    canvas = np.full((2000, 2 * WORKING_SIDE + 37, 3), 90, dtype=np.uint8)
    canvas[400:1400, 900:1900] = portrait("photo_hopper.jpg", 1000)
    (face,) = finder.find(canvas)
    assert distances(face, finder.find(portrait("photo_hopper.jpg")), 1000 / 256, 900, 400)[0] < 0.06


@pytest.mark.parametrize("shape", [(1, 1), (11, 40), (12, 12), (33, 32), (32, 3000), (256, 256)])
def test_nothing_is_found_where_there_is_no_face(shape: tuple[int, int], finder: Finder) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    for image in (noise, np.zeros_like(noise), np.full_like(noise, 255)):
        assert finder.find(image, smallest=20) == []


def test_faces_below_the_smallest_are_not_looked_for(finder: Finder) -> None:
    canvas = np.full((300, 400, 3), 90, dtype=np.uint8)
    canvas[100:164, 200:264] = portrait("photo_hopper.jpg", 64)
    assert len(finder.find(canvas, smallest=20)) == 1
    assert finder.find(canvas, smallest=100) == []


def test_wrong_input_is_an_error(finder: Finder) -> None:
    for wrong in (np.zeros((50, 50, 3)), np.zeros((50, 50), np.uint8), np.zeros((50, 50, 4), np.uint8)):
        with pytest.raises(ImageError) as caught:
            finder.find(wrong)  # type: ignore[arg-type]
        assert caught.value.code == "bad_array"
    for smallest in (0, -3, float("nan")):
        with pytest.raises(ValueError, match="smallest"):
            finder.find(np.zeros((50, 50, 3), np.uint8), smallest=smallest)


def test_the_short_way() -> None:
    (face,) = faces.find(portrait("photo_hopper.jpg"))
    assert face.score > 0.9


@pytest.mark.parametrize(
    ("name", "box", "eyes"),
    [
        ("photo_hopper.jpg", (59.360, 64.829, 194.026, 233.117), [[95.834, 124.654], [160.987, 120.892]]),
        ("photo_collins.jpg", (50.098, 52.744, 136.347, 163.016), [[74.926, 91.063], [117.849, 93.441]]),
    ],
)
def test_boxes_are_those_of_the_weights_as_their_package_ships_them(
    name: str, box: tuple[float, ...], eyes: list[list[float]], finder: Finder
) -> None:
    """Recorded before the networks became one ONNX file."""
    (face,) = finder.find(portrait(name))
    np.testing.assert_allclose(face.box, box, atol=0.01)
    np.testing.assert_allclose(face.landmarks[:2], eyes, atol=0.01)
