"""The one way from a picture to a `Verdict`; command line, page and batch scan all use it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fauxface import former_names
from fauxface.animation import Frames, prepare_all
from fauxface.decision import conclude
from fauxface.errors import WeightsError
from fauxface.faces import Finder
from fauxface.images.limits import DEFAULT_LIMITS, Limits
from fauxface.labels import probability_fake
from fauxface.network import Network
from fauxface.origin import Origin
from fauxface.perturbed import judge_perturbed, judge_squares
from fauxface.prepared import Prepared
from fauxface.provenance import inspect
from fauxface.runtime.session import Session
from fauxface.source import Source, in_memory, is_one_picture
from fauxface.verdict import Verdict
from fauxface.weights import store
from fauxface.weights.card import ModelCard

FaceMode = Literal["auto", "off", "required"]
Rgb = NDArray[np.uint8]


class Detector:
    """Judges pictures with one network. Nothing in it changes while it judges, so several threads may share it.

    Attributes:
        card: what is known about the weights.
        limits: what a picture may ask for.
        trust: certificates (PEM) of those whose content credentials are trusted; empty: nobody's.

    Example:
        >>> from fauxface import Detector
        >>> Detector.load().predict("face.jpg").label  # doctest: +SKIP
        'fake'
    """

    def __init__(
        self,
        card: ModelCard | str | Path = store.DEFAULT,
        session: Session | None = None,
        *,
        faces: FaceMode = "auto",
        stability: bool = True,
        limits: Limits = DEFAULT_LIMITS,
        trust: str = "",
        threads: int | None = None,
        origin: Origin | None = None,
    ) -> None:
        """Put a card and a loaded network together; `load` does it by a name.

        Args:
            card: how to feed the network, and how to read its answers; until version 0.2 also a name, as for `load`.
            session: the network.
            faces: "auto" judges each face by itself, framed as the training pictures are, and the whole picture
                where none is found; "required" makes such a picture an error (no_face); "off" always judges the
                whole picture.
            stability: judge each picture again under the perturbations that the card names, and call it uncertain if
                it changes sides; False saves most of the time and believes the first look.
            limits, trust: see the attributes.
            threads: only with a name: processor threads; default: one for each core.
            origin: where card and session were loaded from; a detector that knows it can be pickled.

        Raises:
            WeightsError: bad_card if the network cannot do what the card asks for; as `load` with a name;
                weights_not_found, weights_damaged if the face finder's own file is not as it was shipped.
            TypeError: a card without a session.
            ValueError: ``faces`` is none of the three words.
        """
        if faces not in get_args(FaceMode):
            raise ValueError(f"faces must be one of {', '.join(get_args(FaceMode))}, not {faces!r}")
        if not isinstance(card, ModelCard):
            former_names.tell("fauxface", former_names.note("Detector(name)", "Detector.load(name)"))
            named = Origin(card, threads)
            card, session, origin = named.parts() if session is None else (named.card(), session, None)
        if session is None:
            raise TypeError("a card needs the network that it describes: give a session, or load both by their name")
        self.card: Final = card
        self.limits, self.trust = limits, trust
        self._network = Network(card, session)
        self._faces: FaceMode = faces
        self._finder = None if faces == "off" else Finder()
        self._stability, self._origin = stability, origin

    @classmethod
    def load(
        cls,
        name: str | Path = store.DEFAULT,
        *,
        threads: int | None = None,
        faces: FaceMode = "auto",
        stability: bool = True,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Detector:
        """A detector by its name, with ONNX Runtime.

        Args:
            name: "default", "resnet68" (the paper's network), a folder that holds card.json, or the path of a card.
            faces, stability, limits, threads: as for `Detector`.

        Raises:
            WeightsError: weights_not_found, weights_damaged, bad_card, bad_weights; ValueError: as `Detector`.
        """
        card, session, origin = Origin(name, threads).parts()
        return cls(card, session, faces=faces, stability=stability, limits=limits, origin=origin)

    @classmethod
    def from_parts(cls, card: ModelCard, session: Session, *, faces: FaceMode = "off", **manner: Any) -> Detector:
        """What `Detector` does, with ``faces="off"`` unless said: the former name, until version 0.2."""
        former_names.tell("fauxface", former_names.note("Detector.from_parts", "Detector(card, session, faces='off')"))
        return cls(card, session, faces=faces, **manner)

    def using(self, card: ModelCard | None = None, *, faces: FaceMode = "off", stability: bool = True) -> Detector:
        """A detector with the same network and another card or manner; see `Detector` for arguments and errors."""
        manner = self._manner() | {"faces": faces, "stability": stability}
        return Detector(card or self.card, self._network.session, origin=self._origin, **manner)

    def _manner(self) -> dict[str, Any]:
        """How it judges, whatever the network."""
        return {"faces": self._faces, "stability": self._stability, "limits": self.limits, "trust": self.trust}

    def __reduce__(self) -> tuple[Any, ...]:
        """Everything but the networks: another process loads the weights by their name (or their folder's path)."""
        if self._origin is None:
            raise TypeError("a detector made from parts cannot be pickled: only one that was loaded by a weights' name")
        return _again, (self._origin, self.card, self._manner())

    def predict(self, picture: Source) -> Verdict:
        """Judge one picture.

        Args:
            picture: path, bytes (or what holds them) of a picture file, a file open for reading bytes (read to its end,
                not closed), RGB array (H, W, 3) uint8, or Pillow picture.

        Raises:
            ImageError: the picture cannot be judged; codes in `fauxface.images`.
            WeightsError: bad_weights if the network gives no finite number.
        """
        frames = self._prepare(picture)
        if frames.error is not None:
            raise frames.error
        return self._judge_frames([frames])[0]

    def predict_many(self, pictures: Iterable[Source], *, batch_size: int = 4) -> Iterator[Verdict]:
        """Judge pictures in batches, in order; only one batch is in memory at a time.

        A picture that cannot be judged gives a verdict whose ``error`` says why, and the rest go on.

        Args:
            pictures: as for `predict`; read lazily.
            batch_size: pictures judged together, at least 1. 8 take half as much memory again as 4, and no less time.

        Raises:
            ValueError: batch_size below 1.
            TypeError: one picture instead of several.
            WeightsError: bad_weights if the network gives no finite number.
        """
        if is_one_picture(pictures):
            raise TypeError("predict_many takes several pictures, such as a list of paths: for one there is predict")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        return self._predict_batches(iter(pictures), batch_size)

    def _predict_batches(self, pictures: Iterator[Source], batch_size: int) -> Iterator[Verdict]:
        batch: list[Frames] = []
        for picture in pictures:
            batch.append(self._prepare(picture))
            # Pictures with many faces or frames end a batch early, so that it stays small.
            if len(batch) == batch_size or sum(len(p.squares) for f in batch for p in f.prepared) >= batch_size:
                yield from self._judge_frames(batch, batch_size)
                batch = []
        if batch:
            yield from self._judge_frames(batch, batch_size)

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
        return self._network.judge(pictures)

    def measure(self, pictures: Sequence[Rgb]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Calibrated probability_fake, (N,), and how far the features lie from those of training pictures, (N,).

        Args:
            pictures: as for `judge`.

        Returns:
            probabilities, and distances as the card's ``familiar_within`` counts them; None where the network
            measures none.

        Raises:
            WeightsError: as `judge`.
        """
        return self._network.measure(pictures)

    def scores(self, pictures: Sequence[Rgb]) -> NDArray[np.float64]:
        """Calibrated probability_fake, (N,), for N ≥ 1 decoded pictures; see `judge`."""
        return probability_fake(self.judge(pictures)[0])

    def _prepare(self, source: Source) -> Frames:
        source = in_memory(source, self.limits)
        required = self._faces == "required"
        frames = prepare_all(source, self.card.input.size, self._finder, required=required, limits=self.limits)
        said = inspect(source, trust=self.trust).claims if isinstance(source, bytes) else ()
        return replace(frames, provenance=said)

    def _judge_frames(self, batch: list[Frames], at_once: int = 8) -> list[Verdict]:
        verdicts = iter(self._judge_all([one for frames in batch for one in frames.prepared], at_once))
        concluded = [frames.conclude([next(verdicts) for _ in frames.prepared], self.card) for frames in batch]
        return [replace(v, provenance=frames.provenance) for v, frames in zip(concluded, batch, strict=True)]

    def _judge_all(self, batch: list[Prepared], at_once: int) -> list[Verdict]:
        start = time.perf_counter()
        squares = [square for picture in batch for square in picture.squares]
        decisions = judge_squares(self._network, batch, at_once=at_once)
        if self._stability and self.card.decision.perturbations:
            decisions = judge_perturbed(self._network, squares, decisions, at_once=at_once)
        share = (time.perf_counter() - start) / max(len(squares), 1)
        following = iter(decisions)
        return [conclude(p, [next(following) for _ in p.squares], self.card, share) for p in batch]


def _again(origin: Origin, card: ModelCard, manner: dict[str, Any]) -> Detector:
    """A pickled detector: the weights from their place, and its own card."""
    found, session = origin.open()
    if found.provenance.sha256 != card.provenance.sha256:
        said = f"{origin.weights}: other weights lie here than those of the pickled detector '{card.id}'"
        raise WeightsError(said, code="weights_damaged")
    return Detector(card, session, origin=origin, **manner)
