"""Pictures that move (GIF, APNG, animated WebP and AVIF): a few frames are judged, one verdict is said."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fauxface.clip_verdict import JudgedFrame, conclude
from fauxface.errors import FauxfaceError
from fauxface.images.limits import DEFAULT_LIMITS, Limits
from fauxface.prepared import Prepared, prepare
from fauxface.source import Source
from fauxface.turns import SAID, turn_of
from fauxface.verdict import Claim, Verdict
from fauxface.weights.card import ModelCard

if TYPE_CHECKING:
    from fauxface.faces import Finder


@dataclass(frozen=True, slots=True)
class Frames:
    """What is judged of one source: a picture, or the frames of one that moves.

    Attributes:
        prepared: one a frame; one alone of a picture that does not move.
        numbers: places of the frames, from 1; empty if it does not move.
        total: frames in the file.
        notes: what is to be said of the whole.
        provenance: what the file says about itself.
    """

    prepared: tuple[Prepared, ...]
    numbers: tuple[int, ...] = ()
    total: int = 1
    notes: tuple[str, ...] = ()
    provenance: tuple[Claim, ...] = ()

    @property
    def error(self) -> FauxfaceError | None:
        """Why nothing of it can be judged."""
        errors = [one.error for one in self.prepared]
        return errors[0] if all(errors) else None

    def conclude(self, verdicts: Sequence[Verdict], card: ModelCard) -> Verdict:
        """One verdict: of several frames what `fauxface.clip_verdict.conclude` says, with the faces of the middle one.

        Args:
            verdicts: one for each of ``prepared``.
            card: of the weights that judged them.
        """
        first = verdicts[0]
        if not self.numbers:
            return first
        if len(verdicts) == 1:
            said = f"judged by frame {self.numbers[0]} of {self.total}"
            return replace(first, notes=_once(said, *self.notes, *first.notes))
        *most, last = map(str, self.numbers)
        said = f"judged by frames {', '.join(most)} and {last} of {self.total}"
        judged = [JudgedFrame(float(n), False, verdict) for n, verdict in zip(self.numbers, verdicts, strict=True)]
        clip = conclude(first.path, judged, card, duration_s=None, notes=(said, *self.notes))
        middle = _middle(verdicts, clip.probability_fake)
        turned = (SAID[turn],) if middle is not None and (turn := turn_of(middle.notes)) else ()
        return Verdict(
            path=first.path,
            label=clip.label,
            probability_fake=clip.probability_fake,
            model=first.model,
            error=clip.error,
            elapsed_ms=sum(verdict.elapsed_ms for verdict in verdicts),
            notes=_once(*clip.notes, *turned),
            faces=None if middle is None else middle.faces,
            reasons=clip.reasons,
        )


def prepare_all(
    source: Source,
    size: int,
    finder: Finder | None = None,
    *,
    required: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Frames:
    """Read a picture and bring what is judged of it to the network's size, one frame after another.

    Args:
        source, size, finder, required, limits: as for `fauxface.prepared.prepare`.
    """
    whole = prepare(source, size, finder, required=required, limits=limits)
    if whole.animation is None:
        return Frames((whole,))
    prepared: list[Prepared] = []
    numbers: list[int] = []
    notes: list[str] = []
    start = time.perf_counter()
    try:
        for frame in whole.animation.frames():
            one = prepare(frame.rgb, size, finder, required=required, limits=limits, name=whole.name)
            prepared.append(replace(one, seconds=time.perf_counter() - start))
            numbers.append(frame.number)
            notes += frame.notes
            start = time.perf_counter()
    except FauxfaceError as error:
        return Frames((replace(whole, error=error),))
    return Frames(tuple(prepared), tuple(numbers), whole.animation.total, _once(*notes, *whole.animation.notes))


def _middle(verdicts: Sequence[Verdict], probability: float | None) -> Verdict | None:
    """The verdict on the frame whose probability is nearest, one with a face if there is any."""
    if probability is None:
        return None

    def far(verdict: Verdict) -> tuple[bool, float]:
        return not verdict.faces, abs((verdict.probability_fake or 0.0) - probability)

    return min((v for v in verdicts if v.probability_fake is not None), key=far)


def _once(*notes: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))
