"""Each picture's face with some margin, in its own pixels, decoded once and kept in one file for many runs.

Training views are cut out of these (`fauxface.data.views`), so that a view is resampled once, from the pixels that the
file had, as judging does. Finding the faces of 11,000 pictures takes minutes, so several runs share the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface import images
from fauxface.data.samples import Sample, SampleTable
from fauxface.errors import DataError
from fauxface.faces.crop import crop
from fauxface.faces.finder import Finder
from fauxface.files import replacing, write_text
from fauxface.preprocess import DECODE_AT_LEAST

MARGIN: Final = 0.25
"""How much is kept around the frame on each side, as a share of the frame's side, where the picture has it."""
LARGEST: Final = 640
"""Longer side of what is kept, in pixels; larger ones are made smaller (Lanczos)."""
PIXELS, FACTS = "face_crops.bin", "face_crops.json"
_FORMAT: Final = 1
_MAX_FACTS: Final = 1 << 30

Rgb = NDArray[np.uint8]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """Pixels around a face, (H, W, 3) uint8, and where in them the frame lies that judging would cut out."""

    rgb: Rgb
    frame: Box

    @property
    def side(self) -> int:
        """Pixels of the frame on its shorter side."""
        left, top, right, bottom = self.frame
        return min(right - left, bottom - top)


class FaceCrops:
    """The crops of many pictures, by the SHA-256 of their files; read from disk as they are asked for."""

    def __init__(self, folder: Path) -> None:
        """Open what `build` has written.

        Raises:
            DataError: bad_crops: missing or damaged.
        """
        self.folder = folder
        self._facts = _read_facts(folder)
        try:
            self._pixels: Rgb = np.memmap(folder / PIXELS, dtype=np.uint8, mode="r")
        except (OSError, ValueError) as e:
            raise _bad(folder, f"cannot be read ({e})") from e
        ends = [at + 3 * height * width for at, height, width, *_ in self._facts.values()]
        if ends and max(ends) > len(self._pixels):
            raise _bad(folder, "is shorter than its list says")

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._facts

    def __len__(self) -> int:
        return len(self._facts)

    def get(self, sha256: str) -> FaceCrop:
        """The crop of a file.

        Raises:
            DataError: bad_crops: there is none.
        """
        if sha256 not in self._facts:
            raise _bad(self.folder, f"has no picture {sha256[:12]}…")
        at, height, width, *frame = self._facts[sha256]
        rgb = np.asarray(self._pixels[at : at + 3 * height * width]).reshape(height, width, 3)
        left, top, right, bottom = frame
        return FaceCrop(rgb, (left, top, right, bottom))

    def __reduce__(self) -> tuple[type[FaceCrops], tuple[Path]]:
        return FaceCrops, (self.folder,)  # a worker process maps the file itself


def build(table: SampleTable, folder: Path, *, advance: Callable[[int], object] | None = None) -> FaceCrops:
    """The crops of a table's pictures; what lies in the folder already is used if it has them all, else made anew.

    Args:
        table: which pictures.
        folder: made if missing.
        advance: called with 1 after each picture.

    Raises:
        DataError: the folder cannot be written.
        ImageError: a file has changed since it was indexed and cannot be read any more.
        WeightsError: the face finder's file is missing or damaged: install fauxface again.
    """
    if (folder / FACTS).exists():
        found = FaceCrops(folder)
        if all(sample.sha256 in found for sample in table.samples):
            return found
    folder.mkdir(parents=True, exist_ok=True)
    finder, facts, at = Finder(), {}, 0
    with replacing(folder / PIXELS) as path, path.open("wb") as file, ThreadPoolExecutor(2) as pool:
        made = pool.map(lambda sample: _cut(finder, table, sample), table.samples)
        for sample, found in zip(table.samples, made, strict=True):
            height, width = found.rgb.shape[:2]
            facts[sample.sha256] = [at, height, width, *found.frame]
            at += file.write(np.ascontiguousarray(found.rgb).data)
            if advance is not None:
                advance(1)
    write_text(folder / FACTS, json.dumps({"format": _FORMAT, "crops": facts}) + "\n")
    return FaceCrops(folder)


def _cut(finder: Finder, table: SampleTable, sample: Sample) -> FaceCrop:
    rgb = images.read(table.file(sample), at_least=DECODE_AT_LEAST).rgb
    height, width = rgb.shape[:2]
    faces = finder.find(rgb)
    box = crop(faces[0], width, height) if faces else (0, 0, width, height)
    spare = round(MARGIN * min(box[2] - box[0], box[3] - box[1]))
    left, top = max(box[0] - spare, 0), max(box[1] - spare, 0)
    right, bottom = min(box[2] + spare, width), min(box[3] + spare, height)
    part = rgb[top:bottom, left:right]
    shrink = min(1.0, LARGEST / max(part.shape[:2]))
    if shrink < 1:
        size = (max(round(part.shape[1] * shrink), 1), max(round(part.shape[0] * shrink), 1))
        part = np.asarray(Image.fromarray(part).resize(size, Image.Resampling.LANCZOS))
    frame = [round(value * shrink) for value in (box[0] - left, box[1] - top, box[2] - left, box[3] - top)]
    return FaceCrop(part, (frame[0], frame[1], min(frame[2], part.shape[1]), min(frame[3], part.shape[0])))


def _read_facts(folder: Path) -> dict[str, list[int]]:
    path = folder / FACTS
    try:
        if path.stat().st_size > _MAX_FACTS:
            raise _bad(folder, "has a list of more than 1 GiB")
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
        facts = raw["crops"] if raw["format"] == _FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as e:
        raise _bad(folder, f"cannot be read ({e})") from e
    if not isinstance(facts, dict) or not all(_plausible(row) for row in facts.values()):
        raise _bad(folder, "is of another version, or damaged")
    return facts


def _plausible(row: Any) -> bool:
    if not (isinstance(row, list) and len(row) == 7 and all(isinstance(x, int) and x >= 0 for x in row)):
        return False
    _, height, width, left, top, right, bottom = row
    return 0 < height <= LARGEST and 0 < width <= LARGEST and left < right <= width and top < bottom <= height


def _bad(folder: Path, what: str) -> DataError:
    return DataError(f"{folder / FACTS}: {what}: delete the folder, it is made again", code="bad_crops")
