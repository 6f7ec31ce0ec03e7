"""Pictures that lie on their side: the face is found, judged upright, and said where it is in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fauxface.detector import Detector
from fauxface.explain import class_activation
from fauxface.faces import Face
from fauxface.faces.turned import SURE, crops
from fauxface.turns import SAID, box_back, points_back, turn_of, upright
from fauxface.web.services.explanation import look_closer

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
Rgb = NDArray[np.uint8]


class Imagined:
    """A finder that sees a face where a picture has a red square whose mouth, a green line, is at its lower side."""

    def __init__(self, score: float = 0.99) -> None:
        self.score, self.searches = score, 0

    def find(self, image: Rgb) -> list[Face]:
        self.searches += 1
        red = np.argwhere(image[..., 0] > 200)
        green = np.argwhere(image[..., 1] > 200)
        if not len(red) or not len(green) or green[:, 0].min() < red[:, 0].mean() or np.ptp(green[:, 0]) > 3:
            return []
        top, left = red.min(axis=0).tolist()
        bottom, right = (red.max(axis=0) + 1).tolist()
        points = np.array(
            [[left + 5, top + 5], [right - 5, top + 5], [left + 10, top + 10], [left + 5, bottom], [right - 5, bottom]]
        )
        return [Face((left, top, right, bottom), points.astype(np.float64), self.score)]


def standing() -> Rgb:
    """130 wide, 100 high, a "face" at (60, 10, 90, 40)."""
    rgb = np.full((100, 130, 3), 60, dtype=np.uint8)
    rgb[10:40, 60:90, 0] = 255
    rgb[38:40, 62:88, 1] = 255
    return rgb


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_face_is_found_however_the_picture_lies(turn: int) -> None:
    lies = upright(standing(), -turn)
    finder = Imagined()
    found = crops(finder, lies)  # type: ignore[arg-type]
    assert found.turn == turn
    assert finder.searches == (4 if turn else 1), "who stands upright is looked at once"
    ((face, (left, top, right, bottom)),) = found
    x, y, x2, y2 = (round(side) for side in face.box)
    assert (upright(lies[y:y2, x:x2], turn) == standing()[10:40, 60:90]).all()
    ((_, (l0, t0, r0, b0)),) = crops(Imagined(), standing())  # type: ignore[arg-type]
    assert (upright(lies[top:bottom, left:right], turn) == standing()[t0:b0, l0:r0]).all()


def test_a_turned_face_must_be_sure_and_the_surest_turn_counts() -> None:
    lies = upright(standing(), 1)
    assert crops(Imagined(SURE - 0.001), lies) == []  # type: ignore[arg-type]
    assert crops(Imagined(SURE - 0.001), lies).turn == 0  # type: ignore[arg-type]
    assert crops(Imagined(SURE), lies).turn == 3  # type: ignore[arg-type]
    assert crops(Imagined(0.7), standing()).turn == 0  # type: ignore[arg-type]


class Fooled(Imagined):
    """A finder that half believes in a face wherever there is no clear one."""

    def find(self, image: Rgb) -> list[Face]:
        sure = super().find(image)
        return sure or [Face((0, 0, 30, 30), np.full((5, 2), 15.0), SURE - 0.1)]


def test_a_face_that_is_half_believed_gives_way_to_a_sure_one_in_a_turn() -> None:
    lies = upright(standing(), 1)
    found = crops(Fooled(), lies)  # type: ignore[arg-type]
    assert found.turn == 3
    assert found[0][0].score == 0.99
    weak = crops(Fooled(0.5), np.zeros((60, 60, 3), np.uint8))  # type: ignore[arg-type]
    assert weak.turn == 0
    assert len(weak) == 1, "where no turn shows a sure face, the half believed one is judged as it stands"


@pytest.mark.parametrize("turn", range(-4, 5))
def test_boxes_and_points_there_and_back(turn: int) -> None:
    lies = np.zeros((50, 80, 3), np.uint8)
    lies[7:19, 30:33] = 255
    turned = upright(lies, turn)
    ys, xs = np.nonzero(turned[..., 0])
    there = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    assert box_back(there, turn, 80, 50) == (30, 7, 33, 19)
    assert box_back((30, 7, 33, 19), -turn, turned.shape[1], turned.shape[0]) == there
    assert points_back(np.array([there[:2], there[2:]], float), turn, 80, 50).sum() == 30 + 33 + 7 + 19


def test_notes_tell_the_turn() -> None:
    assert [turn_of(("other", said)) for said in SAID.values()] == list(SAID)
    assert turn_of(("other",)) == turn_of(()) == 0
    picture = np.zeros((4, 4, 3), np.uint8)
    assert upright(picture, 0) is upright(picture, -4) is picture


@pytest.mark.parametrize("turn", [1, 3])
def test_a_portrait_on_its_side_gets_the_verdict_of_the_upright_one(
    turn: int, tiny_weights: Path, tmp_path: Path
) -> None:
    with Image.open(EXAMPLES / "photo_hopper.jpg") as image:
        portrait = np.asarray(image.convert("RGB"))
    canvas = np.full((portrait.shape[0] + 200, portrait.shape[1] + 300, 3), 90, np.uint8)
    canvas[: portrait.shape[0], 300:] = portrait  # the face is not in the middle
    detector = Detector.load(tiny_weights, threads=1)
    stands, lies = detector.predict(canvas), detector.predict(np.ascontiguousarray(np.rot90(canvas, -turn)))
    assert stands.faces
    assert lies.faces
    assert SAID[turn] in lies.notes
    assert SAID[turn] not in stands.notes
    assert lies.probability_fake == pytest.approx(stands.probability_fake, abs=0.02)
    there = box_back(stands.faces[0].crop, turn, canvas.shape[0], canvas.shape[1])
    assert np.abs(np.array(lies.faces[0].crop) - there).max() < 20, "boxes are in pixels of the file"

    path = tmp_path / "lies.png"
    Image.fromarray(np.ascontiguousarray(np.rot90(canvas, -turn))).save(path)
    explained = class_activation(detector, path)
    assert explained.rgb.shape == canvas.shape, "it is shown upright"
    left, top, right, bottom = (round(side) for side in explained.box)
    assert np.abs(np.array((left, top, right, bottom)) - np.array(stands.faces[0].crop)).max() < 20
    closer = look_closer(detector, path.read_bytes())
    assert closer.whole is not None
    assert closer.whole.height > closer.whole.width, "where boxes are drawn it lies as in the file"
    assert len(closer.crops) == 1
