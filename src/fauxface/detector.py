"""The one way from a picture to a `Verdict`; command line, page and batch scan all use it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface import images
from fauxface.errors import FauxfaceError, ImageError, WeightsError
from fauxface.images import Picture
from fauxface.labels import Label, probability_fake
from fauxface.preprocess import DECODE_AT_LEAST, normalise, square
from fauxface.runtime.session import Session
from fauxface.verdict import Verdict
from fauxface.weights import store
from fauxface.weights.card import ModelCard

Source = str | os.PathLike[str] | bytes | NDArray[np.uint8] | Image.Image
Rgb = NDArray[np.uint8]


def label_for(probability: float, card: ModelCard) -> Label:
    """The word for a calibrated probability_fake: "uncertain" strictly inside the band, else by threshold."""
    low, high = card.uncertain_band
    if low < probability < high:
        return "uncertain"
    return "fake" if probability >= card.threshold else "real"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A picture on its way: its name, and either the square for the network or the error."""

    name: str
    square: Rgb | None
    notes: tuple[str, ...]
    error: FauxfaceError | None
    seconds: float


class Detector:
    """Judges pictures with one set of weights.

    Example:
        >>> from fauxface import Detector
        >>> Detector().predict("face.jpg").label  # doctest: +SKIP
        'fake'
    """

    def __init__(
        self, weights: str | Path = "default", *, session: Session | None = None, threads: int | None = None
    ) -> None:
        """Load weights.

        Args:
            weights: "default", a folder that holds card.json, or the path of a card.
            session: an already loaded network to use instead of ONNX Runtime (the card still comes from
                ``weights``, whose weights file is then not read).
            threads: processor threads; default: one for each core.

        Raises:
            WeightsError: weights_not_found, weights_damaged, bad_card, bad_weights.
        """
        loaded = store.resolve(weights)
        self._card = loaded.card
        if session is None:
            # Only here: evaluation with another session works without ONNX Runtime.
            from fauxface.runtime.onnx import OnnxSession

            session = OnnxSession(loaded.read(), threads=threads)
        self._session = session

    @classmethod
    def from_parts(cls, card: ModelCard, session: Session) -> Detector:
        """A detector from a card and a network that are already in memory (in training, in a test)."""
        detector = cls.__new__(cls)
        detector._card = card
        detector._session = session
        return detector

    @property
    def card(self) -> ModelCard:
        """What is known about the weights."""
        return self._card

    def predict(self, picture: Source) -> Verdict:
        """Judge one picture.

        Args:
            picture: path, bytes of a picture file, RGB array (H, W, 3) uint8, or Pillow picture.

        Raises:
            ImageError: the picture cannot be judged; codes in `fauxface.images`.
            WeightsError: bad_weights if the network gives no finite number.
        """
        prepared = self._prepare(picture)
        if prepared.error is not None:
            raise prepared.error
        return self._judge_all([prepared])[0]

    def predict_many(self, pictures: Iterable[Source], *, batch_size: int = 8) -> Iterator[Verdict]:
        """Judge pictures in batches, in order; only one batch is in memory at a time.

        A picture that cannot be judged gives a verdict whose ``error`` says why, and the rest go on.

        Args:
            pictures: as for `predict`; read lazily.
            batch_size: pictures judged together, at least 1.

        Raises:
            ValueError: batch_size below 1.
            WeightsError: bad_weights if the network gives no finite number.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        return self._predict_batches(iter(pictures), batch_size)

    def _predict_batches(self, pictures: Iterator[Source], batch_size: int) -> Iterator[Verdict]:
        while batch := [self._prepare(p) for p in islice(pictures, batch_size)]:
            yield from self._judge_all(batch)

    def judge(self, pictures: Sequence[Rgb]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Logits and maps for decoded pictures of any sizes, as one batch.

        Args:
            pictures: N ≥ 1 arrays (H, W, 3) uint8.

        Returns:
            calibrated logits for *real*, (N,); and class-activation maps, (N, h, w), positive where the
            picture speaks for *real*, uncalibrated.

        Raises:
            WeightsError: bad_weights if a logit is not finite.
        """
        batch = np.stack([square(rgb, self._card.input_size) for rgb in pictures])
        logits, maps = self._session.run(normalise(batch, self._card))
        if not np.isfinite(logits).all():
            raise WeightsError(
                f"the network '{self._card.id}' gave a number that is not finite: its weights are damaged"
            )
        return logits.astype(np.float64) / self._card.temperature + self._card.bias, maps

    def scores(self, pictures: Sequence[Rgb]) -> NDArray[np.float64]:
        """Calibrated probability_fake, (N,), for N ≥ 1 decoded pictures; see `judge`."""
        return probability_fake(self.judge(pictures)[0])

    def _prepare(self, source: Source) -> _Prepared:
        """Read a picture and bring it to the network's size at once, so that a batch stays small."""
        start = time.perf_counter()
        name = _name(source)
        try:
            picture = _read(source, name)
            small = square(picture.rgb, self._card.input_size)
            return _Prepared(name, small, picture.notes, None, time.perf_counter() - start)
        except FauxfaceError as error:
            return _Prepared(name, None, (), error, time.perf_counter() - start)

    def _judge_all(self, batch: list[_Prepared]) -> list[Verdict]:
        squares = [p.square for p in batch if p.square is not None]
        start = time.perf_counter()
        scores = iter(self.scores(squares) if squares else ())
        share = (time.perf_counter() - start) / max(len(squares), 1)
        return [self._verdict(p, None if p.square is None else float(next(scores)), share) for p in batch]

    def _verdict(self, picture: _Prepared, probability: float | None, share: float) -> Verdict:
        seconds = picture.seconds + (0.0 if probability is None else share)
        return Verdict(
            path=picture.name,
            label=None if probability is None else label_for(probability, self._card),
            probability_fake=probability,
            model=self._card.id,
            error=picture.error.to_dict() if picture.error else None,
            elapsed_ms=seconds * 1e3,
            notes=picture.notes,
        )


def _name(source: Source) -> str:
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return "<bytes>" if isinstance(source, bytes) else "<array>"


def _read(source: Source, name: str) -> Picture:
    if isinstance(source, (str, os.PathLike)):
        return images.read(source, at_least=DECODE_AT_LEAST)
    if isinstance(source, bytes):
        return images.decode(source, at_least=DECODE_AT_LEAST)
    if isinstance(source, np.ndarray):
        return images.check_array(source)
    if isinstance(source, Image.Image):
        return images.from_pillow(source)
    raise ImageError(f"{name}: a picture is a path, bytes, an array or a Pillow picture", code="bad_array")
