"""Pictures that move (GIF, APNG, animated WebP and AVIF): a few frames, evenly, without those that are blank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.errors import ImageError
from fauxface.images.guard import decoder_boundary, pillow_quiet
from fauxface.images.header import open_image
from fauxface.images.loading import Loaded
from fauxface.images.modes import NOTHING_VISIBLE, to_rgb

MOST_FRAMES: Final = 8
"""Frames of an animation that are judged, at most."""
_BLANK: Final = 12
"""A frame whose values differ by no more in any channel shows nothing: one colour, and what compression made of it."""
_MOST_BLOCKS: Final = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame.

    Attributes:
        number: its place, from 1.
        rgb: (H, W, 3) uint8, 0–255, upright.
        notes: short facts that a reader of the verdict should know.
    """

    number: int
    rgb: NDArray[np.uint8]
    notes: tuple[str, ...] = ()


class Animation:
    """A moving picture, to be gone through as often as one likes; only one frame is in memory at a time.

    Attributes:
        total: frames in the file, as it says itself.
        notes: what is to be said of the whole; complete when `frames` has come to its end.
    """

    def __init__(self, file: Loaded, image: Image.Image, total: int) -> None:
        """What `count` has found to move.

        Args:
            file: a GIF, PNG, WebP or AVIF; its limits say how much is gone through.
            image: the same file, opened.
            total: what `count` said.
        """
        self._file, limits = file, file.limits
        # What an APNG shows to programs that know no animation is not part of it.
        start = 1 if getattr(image, "default_image", False) else 0
        within = min(limits.max_moving_frames, limits.max_moving_pixels // max(image.width * image.height, 1))
        self._numbers = range(start, start + min(total - start, max(within, 1)))
        self.total = total - start
        self.notes: list[str] = []
        if len(self._numbers) < self.total:
            self.notes.append(f"only the first {len(self._numbers)} of {self.total} frames were gone through")

    def frames(self, most: int = MOST_FRAMES) -> Iterator[Frame]:
        """At most so many, evenly, in order, without the blank ones; if all are blank, the first one.

        Frames behind damage are missing, which a note says.

        Raises:
            ImageError: not even the first frame can be decoded.
        """
        size = len(self._numbers)
        chosen = [self._numbers[int((i + 0.5) * size / most)] for i in range(most)] if size > most else [*self._numbers]
        return self._those(chosen, [n for n in self._numbers if n not in set(chosen)], most)

    def first(self) -> Frame:
        """The first frame if it is not blank, else the first of `frames`.

        Raises:
            ImageError: it cannot be decoded.
        """
        try:
            found = next(self._those([self._numbers[0]]))
        except ImageError as error:
            if error.code != NOTHING_VISIBLE:
                raise
        else:
            if not _blank(found.rgb):
                return found
        return next(self.frames())

    def _those(self, chosen: list[int], others: Sequence[int] = (), most: int = 1) -> Iterator[Frame]:
        """The chosen ones that are not blank; if all of them are, up to ``most`` of the others that are not."""
        blank: Frame | None = None
        empty: ImageError | None = None
        given, start, late = 0, self._numbers[0], False
        with pillow_quiet(), decoder_boundary(self._file.name, self._file.kind):
            image = open_image(self._file)
        with image:
            for place, index in enumerate((*chosen, *others)):
                if place >= len(chosen) and (given >= most or (given and not late)):
                    break
                late = place >= len(chosen)
                try:
                    frame = self._frame(image, index, index - start + 1)
                except ImageError as error:
                    if error.code == NOTHING_VISIBLE:
                        empty = empty or error
                        continue
                    if index == start:
                        raise
                    self._say(f"damaged or cut off: frame {index - start + 1} and what follows are missing")
                    if not given and blank is None and empty is None:
                        yield from self._those([start])
                        return
                    break
                if _blank(frame.rgb):
                    blank = blank or frame
                    continue
                given += 1
                yield frame
        if not given and blank is not None:
            if len(chosen) + len(others) > 1:
                self._say("all frames are blank")
            yield blank
        elif not given and empty is not None:
            raise empty

    def _frame(self, image: Image.Image, index: int, number: int) -> Frame:
        with pillow_quiet(), decoder_boundary(self._file.name, self._file.kind):
            image.seek(index)
            image.load()
            rgb, notes = to_rgb(image, self._file.kind, self._file.name)
        return Frame(number, rgb, tuple(notes))

    def _say(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def count(image: Image.Image, file: Loaded) -> int:
    """Frames of an opened picture, as the file says itself; 1 of a still one.

    Further pictures in a JPEG or HEIC file are depth maps and the like, and those of a TIFF are pages.
    """
    if file.kind == "GIF":
        return max(_gif_frames(file.data), 1)
    if file.kind in ("PNG", "WEBP", "AVIF") and getattr(image, "is_animated", False):
        return max(int(getattr(image, "n_frames", 1)), 1)
    return 1


def _blank(rgb: NDArray[np.uint8]) -> bool:
    return all(int(rgb[..., c].max()) - int(rgb[..., c].min()) <= _BLANK for c in range(3))


def _gif_frames(data: bytes) -> int:
    """Counted by the blocks' lengths: Pillow would decode what it walks over."""
    found, blocks = 0, 0
    try:
        at = 13 + _palette(data[10])
        while blocks < _MOST_BLOCKS and data[at] != 0x3B:
            if data[at] == 0x2C:
                found += 1
                at += 11 + _palette(data[at + 9])
            elif data[at] == 0x21:
                at += 2
            else:
                at += 1
                blocks += 1
                continue
            while size := data[at]:
                at += 1 + size
                blocks += 1
            at += 1
            blocks += 1
    except IndexError:  # it ends early; what is there counts
        pass
    return found


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
