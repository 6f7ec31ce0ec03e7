"""Both maps find evidence that was planted, with the right sign, whatever the picture's shape."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fauxface.detector import Detector
from fauxface.errors import ImageError, WeightsError
from fauxface.explain import Explanation, class_activation, count_patches, occlusion
from fauxface.labels import probability_fake

Rgb = NDArray[np.uint8]
MakeDetector = Callable[..., Detector]
Grey = Callable[..., Rgb]
Explain = Callable[..., Explanation]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BOTH = pytest.mark.parametrize("explain", [class_activation, occlusion])
CORNERS = pytest.mark.parametrize("corner", ["top left", "top right", "bottom left", "bottom right"])


def plant(rgb: Rgb, corner: str, channel: int) -> Rgb:
    """The picture with one channel raised in a quarter of its sides at one corner: 0 speaks for fake, 2 for real."""
    planted = rgb.copy()
    height, width = (n // 4 for n in rgb.shape[:2])
    rows = slice(None, height) if "top" in corner else slice(-height, None)
    columns = slice(None, width) if "left" in corner else slice(-width, None)
    planted[rows, columns, channel] = 255
    planted[rows, columns, 2 - channel] = 0
    return planted


def place(index: int, shape: tuple[int, ...]) -> str:
    """The quarter of a map that a flat index lies in."""
    row, column = np.unravel_index(index, shape)
    return f"{'top' if row < shape[0] / 2 else 'bottom'} {'left' if column < shape[1] / 2 else 'right'}"


@BOTH
@CORNERS
@pytest.mark.parametrize("size", [16, 64, 100])
def test_evidence_in_a_corner_is_found(
    explain: Explain, corner: str, size: int, make_detector: MakeDetector, grey: Grey
) -> None:
    picture = grey(size, size)
    if size < 32:
        picture = grey(48, 48)  # no picture may be that small, but a network's input may
    fake = explain(make_detector(size), plant(picture, corner, 0)).heat
    assert place(int(fake.argmax()), fake.shape) == corner
    assert fake.max() > 0.1
    assert fake.min() > -0.2 * fake.max()
    real = explain(make_detector(size), plant(picture, corner, 2)).heat
    assert place(int(real.argmin()), real.shape) == corner
    assert real.min() < -0.1
    assert real.max() < -0.2 * real.min()


def test_both_signs_in_one_picture(make_detector: MakeDetector, grey: Grey) -> None:
    picture = plant(plant(grey(), "top left", 0), "bottom right", 2)
    for explain in (class_activation, occlusion):
        heat = explain(make_detector(), picture).heat
        assert place(int(heat.argmax()), heat.shape) == "top left"
        assert place(int(heat.argmin()), heat.shape) == "bottom right"


@BOTH
def test_without_evidence_there_is_no_heat(explain: Explain, make_detector: MakeDetector, grey: Grey) -> None:
    explanation = explain(make_detector(), grey())
    np.testing.assert_allclose(explanation.heat, 0, atol=1e-12)
    assert explanation.verdict.probability_fake == pytest.approx(probability_fake(np.array(0.25)))


def test_the_mean_of_the_class_activation_map_is_the_logit(make_detector: MakeDetector, grey: Grey) -> None:
    explanation = class_activation(make_detector(), plant(grey(), "top right", 0))
    logit = 0.25 - explanation.heat.mean()  # the card's bias; this network has none of its own
    assert explanation.verdict.probability_fake == pytest.approx(probability_fake(logit))
    assert (explanation.kind, explanation.patch, explanation.stride) == ("class-activation map", 0, 0)
    assert explanation.heat.shape == (4, 4)


def test_hiding_everything_is_the_black_picture(make_detector: MakeDetector, grey: Grey) -> None:
    detector, picture = make_detector(), plant(grey(), "top left", 0)
    logits, _ = detector.judge([np.zeros_like(picture), picture])
    for patch in (1.0, 7.5):
        explanation = occlusion(detector, picture, patch=patch)
        np.testing.assert_allclose(explanation.heat, logits[0] - logits[1], atol=1e-6)
        assert explanation.patch == 64


def test_a_map_of_patches_by_hand(make_detector: MakeDetector, grey: Grey) -> None:
    """Patches that touch but do not overlap: each pixel gets the change of the one patch that covered it."""
    detector, picture = make_detector(), plant(grey(), "bottom left", 0)
    explanation = occlusion(detector, picture, patch=0.25, stride=1.0)
    assert (explanation.kind, explanation.patch, explanation.stride) == ("occlusion map", 16, 16)
    assert explanation.heat.shape == (64, 64)
    hidden = picture.copy()
    hidden[48:, :16] = 0
    logits, _ = detector.judge([hidden, picture])
    np.testing.assert_allclose(explanation.heat[48:, :16], logits[0] - logits[1], atol=1e-6)
    np.testing.assert_allclose(explanation.heat[:48], 0, atol=1e-6)


@pytest.mark.parametrize("patch", [0.01, 1 / 6, 0.3, 0.99])
@pytest.mark.parametrize("stride", [0.1, 0.5, 1.0])
def test_every_pixel_is_covered(patch: float, stride: float, make_detector: MakeDetector, grey: Grey) -> None:
    explanation = occlusion(make_detector(32), grey(), patch=patch, stride=stride, batch_size=64)
    assert np.isfinite(explanation.heat).all()
    assert explanation.heat.shape == (32, 32)


def test_batches_change_nothing(make_detector: MakeDetector, grey: Grey) -> None:
    detector, picture = make_detector(), plant(grey(), "top right", 0)
    first = occlusion(detector, picture, batch_size=1).heat
    for batch_size in (2, 7, 1000):
        np.testing.assert_array_equal(occlusion(detector, picture, batch_size=batch_size).heat, first)


def test_progress_adds_up(make_detector: MakeDetector, grey: Grey) -> None:
    done: list[int] = []
    occlusion(make_detector(), grey(), batch_size=40, advance=done.append)
    assert sum(done) == count_patches(64) == 10**2
    assert done == [40, 40, 20]
    assert count_patches(64, 1.0) == 1
    assert count_patches(64, 0.25, 1.0) == 16


@pytest.mark.parametrize(
    "wrong", [{"patch": 0.0}, {"patch": -1.0}, {"patch": float("nan")}, {"stride": 0.0}, {"stride": 1.1}]
)
def test_nonsense(wrong: dict[str, float], make_detector: MakeDetector, grey: Grey) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        occlusion(make_detector(), grey(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=next(iter(wrong))):
        count_patches(64, **wrong)


def test_no_patches_at_once(make_detector: MakeDetector, grey: Grey) -> None:
    with pytest.raises(ValueError, match="batch_size"):
        occlusion(make_detector(), grey(), batch_size=0)


@BOTH
@pytest.mark.parametrize(
    ("height", "width", "box"),
    [(64, 64, (0, 0, 64, 64)), (64, 101, (18.5, 0, 82.5, 64)), (300, 40, (0, 130, 40, 170))],
)
def test_the_box_is_what_the_network_saw(
    explain: Explain,
    height: int,
    width: int,
    box: tuple[float, float, float, float],
    make_detector: MakeDetector,
    grey: Grey,
) -> None:
    picture = grey(height, width)
    explanation = explain(make_detector(), picture)
    assert explanation.box == box
    np.testing.assert_array_equal(explanation.rgb, picture)


@BOTH
def test_every_kind_of_picture(explain: Explain, make_detector: MakeDetector, grey: Grey, tmp_path: Path) -> None:
    picture = plant(grey(), "bottom right", 0)
    path = tmp_path / "a.png"
    Image.fromarray(picture).save(path)
    expected = explain(make_detector(), picture)
    for source in (path, str(path), path.read_bytes(), Image.fromarray(picture)):
        np.testing.assert_array_equal(explain(make_detector(), source).heat, expected.heat)
    only_grey = Image.fromarray(picture).convert("L")
    np.testing.assert_allclose(explain(make_detector(), only_grey).heat, 0, atol=1e-12)


@BOTH
def test_pictures_that_cannot_be_judged(explain: Explain, make_detector: MakeDetector, grey: Grey) -> None:
    for rgb in (grey(64, 1), grey(16, 16)):
        with pytest.raises(ImageError) as caught:
            explain(make_detector(), rgb)
        assert caught.value.code == "too_small"
    with pytest.raises(ImageError) as caught:
        explain(make_detector(), b"no picture")
    assert caught.value.code == "not_an_image"


class BrokenMap:
    """A session whose logit is fine and whose map is not."""

    def run(self, batch: NDArray[np.float32]) -> tuple[Any, Any]:
        return np.zeros(len(batch), np.float32), np.full((len(batch), 2, 2), np.nan, np.float32)


def test_a_map_that_is_not_finite_is_an_error(make_detector: MakeDetector, grey: Grey) -> None:
    with pytest.raises(WeightsError, match="not finite"):
        class_activation(make_detector(session=BrokenMap()), grey())


def portrait(name: str, size: int) -> Rgb:
    with Image.open(EXAMPLES / name) as image:
        return np.asarray(image.convert("L").convert("RGB").resize((size, size)))


@BOTH
def test_of_two_faces_the_one_that_decides_is_explained(explain: Explain, make_detector: MakeDetector) -> None:
    canvas = np.full((400, 700, 3), 230, dtype=np.uint8)
    canvas[20:340, 20:340] = portrait("photo_hopper.jpg", 320)
    canvas[100:300, 450:650] = portrait("photo_collins.jpg", 200)
    canvas[250:300, 600:650] = (255, 100, 0)
    explanation = explain(make_detector(faces="auto"), canvas)
    faces = explanation.verdict.faces
    assert faces is not None
    assert len(faces) == 2
    assert explanation.box == faces[1].crop
    assert place(int(explanation.heat.argmax()), explanation.heat.shape) == "bottom right"


def jpeg(rgb: Rgb) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=95)
    return out.getvalue()


def test_the_box_fits_the_picture_as_it_was_decoded(make_detector: MakeDetector) -> None:
    """A large JPEG is decoded at half its size, and in full if a face in it is small; the box must follow."""
    canvas = np.full((2200, 2400, 3), 90, dtype=np.uint8)
    detector = make_detector(256, faces="auto")
    none = class_activation(detector, jpeg(canvas))
    assert (none.rgb.shape, none.box) == ((1100, 1200, 3), (50, 0, 1150, 1100))
    canvas[1500:1660, 300:460] = portrait("photo_hopper.jpg", 160)
    face = class_activation(detector, jpeg(canvas))
    assert face.rgb.shape == canvas.shape
    left, top, right, bottom = face.box
    assert 280 < left < right < 480
    assert 1480 < top < bottom < 1680
