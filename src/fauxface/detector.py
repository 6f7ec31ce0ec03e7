"""The one way from a picture to a `Verdict`; command line, page and batch scan all use it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fauxface.animation import Frames, prepare_all
from fauxface.decision import Decision, against_odds, changed_sides, decide, outside_scope
from fauxface.errors import WeightsError
from fauxface.image_files import DEFAULT_LIMITS, Limits
from fauxface.labels import probability_fake
from fauxface.network import Network
from fauxface.prepared import Prepared
from fauxface.provenance import inspect
from fauxface.runtime.session import Session
from fauxface.source import Source, in_memory, is_one_picture
from fauxface.stability import CHANGES
from fauxface.verdict import FaceVerdict, Verdict
from fauxface.weights import store
from fauxface.weights.card import ModelCard

if TYPE_CHECKING:
    from fauxface.faces import Finder

FaceMode = Literal["auto", "off", "required"]
Rgb = NDArray[np.uint8]


class Detector:
    """Judges pictures with one set of weights.

    Attributes:
        limits: what a picture may ask for.
        trust: certificates (PEM) of those whose content credentials are trusted; empty: nobody's.

    Example:
        >>> from fauxface import Detector
        >>> Detector().predict("face.jpg").label  # doctest: +SKIP
        'fake'
    """

    trust: str = ""
    _origin: tuple[str, int | None] | None = None

    def __init__(
        self,
        weights: str | Path = "default",
        *,
        session: Session | None = None,
        threads: int | None = None,
        faces: FaceMode = "auto",
        stability: bool = True,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Load weights.

        Args:
            weights: "default", "resnet68" (the paper's network), a folder that holds card.json, or the path of
                a card.
            session: an already loaded network to use instead of ONNX Runtime (the card still comes from
                ``weights``, whose weights file is then not read).
            threads: processor threads; default: one for each core.
            faces: "auto" judges each face by itself, framed as the training pictures are, and the whole picture
                where none is found; "required" makes such a picture an error (no_face); "off" always judges the
                whole picture.
            stability: judge each picture again under the small changes that the card names, and call it uncertain if
                it changes sides; False saves most of the time and believes the first look.
            limits: what a picture may ask for.

        Raises:
            WeightsError: weights_not_found, weights_damaged, bad_card, bad_weights.
            MissingFaceFinderError: faces are required, and the face finder is not installed.
            ValueError: ``faces`` is none of the three words.
        """
        loaded = store.resolve(weights)
        self._card = loaded.card
        if session is None:
            # Only here: evaluation with another session works without ONNX Runtime.
            from fauxface.runtime.onnx import OnnxSession

            with loaded.opened() as path:
                try:
                    session = OnnxSession(path, threads=threads)
                except WeightsError as e:
                    raise WeightsError(f"{loaded.path}: {e}; export or copy them again", code=e.code) from e
            named = weights in store.SHIPPED or weights in store.FORMER
            self._origin = (str(weights if named else Path(weights).absolute()), threads)
        self._session = session
        self._settle(faces, stability, limits)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the networks: another process loads the weights by their name (or their folder's path)."""
        if self._origin is None:
            raise TypeError("a detector made from parts cannot be pickled: only one that was loaded by a weights' name")
        return {**vars(self), "_session": None, "_network": None, "_finder": self._finder is not None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        weights, threads = state["_origin"]
        fresh = Detector(weights, threads=threads, faces="required" if state["_finder"] else "off")
        if fresh.card.sha256 != state["_card"].sha256:
            raise WeightsError(
                f"{weights}: other weights lie here than those of the pickled detector '{state['_card'].id}'",
                code="weights_damaged",
            )
        vars(self).update(state, _session=fresh._session, _network=fresh._network, _finder=fresh._finder)

    @classmethod
    def from_parts(
        cls,
        card: ModelCard,
        session: Session,
        *,
        faces: FaceMode = "off",
        stability: bool = True,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Detector:
        """A detector from a card and a network that are already in memory (in training, in a test)."""
        detector = cls.__new__(cls)
        detector._card = card
        detector._session = session
        detector._settle(faces, stability, limits)
        return detector

    def using(self, card: ModelCard | None = None, *, faces: FaceMode = "off", stability: bool = True) -> Detector:
        """A detector with the same network and another card or manner; see `__init__` for arguments and errors."""
        card = card or self._card
        detector = Detector.from_parts(card, self._session, faces=faces, stability=stability, limits=self.limits)
        detector._origin, detector.trust = self._origin, self.trust
        return detector

    def _settle(self, faces: FaceMode, stability: bool, limits: Limits) -> None:
        """Load the face finder if it is wanted; without one "auto" judges whole pictures and says so once."""
        self._network = Network(self._card, self._session)
        self._stability = stability
        self.limits = limits
        if faces not in get_args(FaceMode):
            raise ValueError(f"faces must be one of {', '.join(get_args(FaceMode))}, not {faces!r}")
        self._finder: Finder | None = None
        self._required = faces == "required"
        self._say_once: tuple[str, ...] = ()
        if faces == "off":
            return
        # Only here: "off" works where the face finder is not installed.
        from fauxface.faces import Finder
        from fauxface.faces.assets import MissingFaceFinderError

        try:
            self._finder = Finder()
        except MissingFaceFinderError as error:
            if self._required:
                raise
            self._say_once = (f"whole pictures are judged: {error.message}",)

    @property
    def card(self) -> ModelCard:
        """What is known about the weights."""
        return self._card

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

    def predict_many(self, pictures: Iterable[Source], *, batch_size: int = 8) -> Iterator[Verdict]:
        """Judge pictures in batches, in order; only one batch is in memory at a time.

        A picture that cannot be judged gives a verdict whose ``error`` says why, and the rest go on.

        Args:
            pictures: as for `predict`; read lazily.
            batch_size: pictures judged together, at least 1.

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
        frames = prepare_all(source, self._card.input_size, self._finder, required=self._required, limits=self.limits)
        said = inspect(source, trust=self.trust).claims if isinstance(source, bytes) else ()
        return replace(frames, provenance=said)

    def _judge_frames(self, batch: list[Frames], at_once: int = 8) -> list[Verdict]:
        verdicts = iter(self._judge_all([one for frames in batch for one in frames.prepared], at_once))
        concluded = [frames.conclude([next(verdicts) for _ in frames.prepared], self._card) for frames in batch]
        return [replace(v, provenance=frames.provenance) for v, frames in zip(concluded, batch, strict=True)]

    def _judge_all(self, batch: list[Prepared], at_once: int) -> list[Verdict]:
        start = time.perf_counter()
        squares = [(p, place) for p in batch for place in range(len(p.squares))]
        scores, distances = self._in_chunks((p.squares[place] for p, place in squares), at_once)
        decisions = [
            decide(score, self._card, outside_scope(p, place, self._card), distance=distance)
            for score, distance, (p, place) in zip(scores, distances, squares, strict=True)
        ]
        if self._stability and self._card.changes:
            sure = [i for i, decision in enumerate(decisions) if not decision.reasons]
            seen = (p.squares[place] for p, place in (squares[i] for i in sure))
            looks = (CHANGES[name][1](square) for square in seen for name in self._card.changes)
            changed = iter(self._in_chunks(looks, at_once)[0])
            for i in sure:
                flips = changed_sides(scores[i], [next(changed) for _ in self._card.changes], self._card)
                decisions[i] = decide(scores[i], self._card, flips=flips)
        share = (time.perf_counter() - start) / max(len(squares), 1)
        following = iter(decisions)
        return [self._verdict(p, [next(following) for _ in p.squares], share) for p in batch]

    def _in_chunks(self, squares: Iterable[Rgb], at_once: int) -> tuple[list[float], list[float | None]]:
        """probability_fake and distance of each, a few at a time."""
        scores: list[float] = []
        distances: list[float | None] = []
        waiting = iter(squares)
        while chunk := list(islice(waiting, at_once)):
            found, far = self.measure(chunk)
            scores += found.tolist()
            distances += [None] * len(chunk) if far is None else far.tolist()
        return scores, distances

    def _verdict(self, picture: Prepared, decisions: list[Decision], share: float) -> Verdict:
        said = max(decisions, key=lambda decision: decision.weight, default=None)
        notes = picture.notes
        if said is not None:
            against = against_odds(said.label, said.probability_fake, self._card)
            notes, self._say_once = (*notes, *against, *self._say_once), ()
        faces = None
        if picture.faces is not None:
            pairs = zip(picture.faces, decisions, strict=False)  # one decision and no face: the whole picture
            faces = tuple(
                FaceVerdict(f.box, box, f.score, d.label, d.probability_fake, d.reasons) for (f, box), d in pairs
            )
        return Verdict(
            path=picture.name,
            label=said.label if said else None,
            probability_fake=said.probability_fake if said else None,
            model=self._card.id,
            error=picture.error.to_dict() if picture.error else None,
            elapsed_ms=(picture.seconds + share * len(decisions)) * 1e3,
            notes=notes,
            faces=faces,
            reasons=said.reasons if said else (),
        )
