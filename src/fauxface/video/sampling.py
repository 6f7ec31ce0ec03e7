"""Frames out of a clip, evenly over its length and at its scene changes, while the clip is still being decoded."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fauxface.errors import MissingExtraError, VideoError
from fauxface.images.files import printable
from fauxface.provenance import inspect_clip
from fauxface.verdict import Claim
from fauxface.video.decoder import Decoder, Picture
from fauxface.video.file import Source, name_of, open_clip
from fauxface.video.limits import VideoLimits

DEFAULT_LIMITS = VideoLimits()
MOST_FRAMES = 256


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame of a clip.

    Attributes:
        seconds: since the first frame.
        rgb: (H, W, 3) uint8, 0–255, upright, the longer side at most 1280.
        scene_change: whether it begins another scene.
    """

    seconds: float
    rgb: NDArray[np.uint8]
    scene_change: bool


class Sampled:
    """The frames of a clip, to be read once.

    Attributes:
        name: how verdicts call the clip.
        duration_s: length of the clip in seconds, as far as it can be decoded.
        expected: so many frames will come, or fewer if the clip is damaged.
        notes: short facts that the reader of a verdict should know; the last ones come with the last frame.
        provenance: what the file says about where it comes from.
        frames: an iterator over `Frame`, in time order; it raises `VideoError` if the clip fails on the way.
    """

    def __init__(self, name: str, decoder: Decoder, provenance: tuple[Claim, ...] = ()) -> None:
        """Wait until the clip was looked through.

        Raises:
            VideoError: see `fauxface.video`.
        """
        self.name = name
        self.provenance = provenance
        self._decoder = decoder
        self.duration_s, self.expected, self.notes = decoder.clip()
        self.frames: Iterator[Frame] = self._frames()

    def close(self) -> None:
        """Stop decoding; needed only where not all frames are read, and then only to be quick about it."""
        self._decoder.close()

    def __enter__(self) -> Sampled:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _frames(self) -> Iterator[Frame]:
        while isinstance(picture := self._decoder.next(), Picture):
            yield Frame(picture.seconds, _upright(picture), picture.scene_change)
        self.notes += picture


def sample(
    source: Source,
    *,
    most: int = 32,
    limits: VideoLimits = DEFAULT_LIMITS,
    name: str | None = None,
    trust: str = "",
) -> Sampled:
    """Frames of a clip: half of them, at most, at scene changes, the others evenly over its length.

    Of a short clip every frame is looked at, of a long one its key frames only (said in the notes). The file may be
    deleted as soon as this returns.

    Args:
        source: path, or the bytes of a clip.
        most: frames in total, 1 to 256; a clip that has fewer gives all.
        limits: what the clip may ask for.
        name: how verdicts and errors call the clip; default: the path, or "<bytes>".
        trust: certificates (PEM) of those whose content credentials are trusted; empty: nobody's.

    Raises:
        VideoError: see `fauxface.video`; here or, if the clip fails later, while its frames are read.
        MissingExtraError: PyAV is not installed.
        ValueError: ``most`` is not 1 to 256.
    """
    if not 1 <= most <= MOST_FRAMES:
        raise ValueError(f"most must be from 1 to {MOST_FRAMES}, not {most}")
    name = name or name_of(source)
    file, kind = open_clip(source, printable(name), limits)
    if importlib.util.find_spec("av") is None:  # only now: of an empty file one should hear that it is empty
        file.close()
        raise MissingExtraError("video", "av")
    try:
        said = inspect_clip(file, trust=trust).claims
    except OSError as e:
        file.close()
        raise VideoError(f"{printable(name)}: cannot be read ({e.strerror})", code="unreadable_file") from e
    return Sampled(name, Decoder(file, kind, printable(name), most, limits), said)


def _upright(picture: Picture) -> NDArray[np.uint8]:
    rgb = np.frombuffer(picture.data, np.uint8).reshape(picture.height, picture.width, 3)
    transpose, mirror, flip = picture.turn
    if transpose:
        rgb = rgb.transpose(1, 0, 2)
    return np.ascontiguousarray(rgb[:: -1 if flip else 1, :: -1 if mirror else 1])
