"""A picture on its way to the network: read, its faces found and framed, brought to the network's size."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fauxface.errors import FauxfaceError, ImageError
from fauxface.images import Picture
from fauxface.images.files import printable
from fauxface.images.frames import Animation
from fauxface.images.limits import DEFAULT_LIMITS, Limits
from fauxface.preprocess import DECODE_AT_LEAST, colour_spread, square
from fauxface.source import Source, name_of, read
from fauxface.turns import SAID, upright

if TYPE_CHECKING:
    from fauxface.faces import Face, Finder
    from fauxface.faces.turned import Found

MOST_FACES: Final = 16
"""Faces of one picture that are judged, the largest ones."""
NO_FACE: Final = "no face found: the whole picture was judged"
Crops = list[tuple["Face", tuple[int, int, int, int]]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is judged of one picture, or why nothing is.

    Attributes:
        name: how verdicts call the picture.
        squares: (S, S, 3) uint8 each, what the network will see; none after an error.
        faces: those found, with their crops; the first ones are in ``squares``. Empty: the one square shows the
            whole picture because there is no face; None: it does because nobody looked.
        notes: facts that the reader should know.
        error: why it cannot be judged.
        seconds: spent so far.
        sides: shorter side, in pixels of the picture, of what each square shows.
        colours: `fauxface.preprocess.colour_spread` of each square.
        jpeg_quality: as in `fauxface.images.Picture`.
        animation: the frames of a picture that moves, which are still to be prepared, each as a picture of its own.
    """

    name: str
    squares: tuple[NDArray[np.uint8], ...]
    faces: Crops | None
    notes: tuple[str, ...]
    error: FauxfaceError | None
    seconds: float
    sides: tuple[int, ...] = ()
    colours: tuple[float, ...] = ()
    jpeg_quality: int | None = None
    animation: Animation | None = None


def prepare(
    source: Source,
    size: int,
    finder: Finder | None = None,
    *,
    required: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    name: str | None = None,
) -> Prepared:
    """Read a picture and bring it, or its faces, to the network's size at once, so that a batch stays small.

    Args:
        source: see `fauxface.source`.
        size: side of the squares, in pixels.
        finder: looks for faces; None: the whole picture is judged.
        required: a picture without a face is an error (no_face).
        limits: what a picture may ask for.
        name: how verdicts and errors call the picture; default: as `fauxface.source.name_of`.
    """
    start = time.perf_counter()
    name = name or name_of(source)
    try:
        picture, faces = read(source, name, limits=limits), None
        if picture.animation is not None:
            return Prepared(name, (), None, (), None, time.perf_counter() - start, animation=picture.animation)
        if finder is not None:
            picture, faces = _with_faces(finder, picture, source, name, size, limits)
            if required and not faces:
                raise ImageError(
                    f"{printable(name)}: no face found in it: show one that is larger and seen from the front, or "
                    "judge the whole picture with  --faces off",
                    code="no_face",
                )
        boxes = [box for _, box in faces[:MOST_FACES]] if faces else [(0, 0, *picture.rgb.shape[1::-1])]
        turn = 0 if faces is None else faces.turn
        regions = (upright(picture.rgb[top:bottom, left:right], turn) for left, top, right, bottom in boxes)
        squares = tuple(square(region, size) for region in regions)
        notes = (*picture.notes, *_face_notes(faces, len(squares)))
        sides = tuple(min(right - left, bottom - top) for left, top, right, bottom in boxes)
        colours = tuple(map(colour_spread, squares))
        spent = time.perf_counter() - start
        return Prepared(name, squares, faces, notes, None, spent, sides, colours, picture.jpeg_quality)
    except FauxfaceError as error:
        return Prepared(name, (), None, (), error, time.perf_counter() - start)


def _with_faces(
    finder: Finder, picture: Picture, source: Source, name: str, size: int, limits: Limits
) -> tuple[Picture, Found]:
    """The faces in a picture and what to judge for each, with the picture, read anew where that is needed."""
    from fauxface.faces.turned import crops

    found = crops(finder, picture.rgb)
    # A large JPEG was decoded at a fraction of its size: enough for the whole picture, not for a small face in it.
    small = any(right - left < size for _, (left, _, right, _) in found)
    if small and picture.format == "JPEG" and min(picture.rgb.shape[:2]) >= DECODE_AT_LEAST:
        picture = read(source, name, at_least=None, limits=limits)
        found = crops(finder, picture.rgb)
    return picture, found


def _face_notes(faces: Found | None, judged: int) -> tuple[str, ...]:
    if faces is None:
        return ()
    if not faces:
        return (NO_FACE,)
    said = (SAID[faces.turn],) if faces.turn else ()
    most = f"of the {judged} largest of {len(faces)} faces" if judged < len(faces) else f"of {judged} faces"
    return (*said, f"the most suspicious {most}") if judged > 1 else said
