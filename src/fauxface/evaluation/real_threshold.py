"""How far up a face that shows less may still be called real: a small one, or one without colour.

A face that was saved small and is enlarged again looks more like a photograph, whatever it is, and so does one without
colour: with one threshold for all, more of such fakes pass, and fewer photographs are accused. So they get lower
thresholds for *real*: those at which no more of such fakes of unknown generators pass than of whole ones, and of known
ones at most 2 of 100 (`KNOWN`), or as many as of whole ones. What is above is *uncertain*. They are measured at some
sizes; between two of them the log-odds of the threshold rise evenly with the pixels
(`docs/experiments/41-between-the-sizes.md`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.errors import DataError
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import source_weights

WHOLE: Final = "as it is"
WHOLE_SIDE: Final = 256
"""Pixels from which on a face is judged by the threshold for all; that many the default detector sees."""
SMALL_SIDES: Final = (64, 96, 128, 160, 192, 224)
"""Sides of which `fauxface.training.degraded` makes tables."""
STEP: Final = 8
STEPS: Final = tuple(range(SMALL_SIDES[0], WHOLE_SIDE, STEP))
"""Sides from which on a threshold holds, up to the next one; the `SMALL_SIDES` are among them."""
WAYS: Final = ("jpeg-90", "jpeg-75", "jpeg-50", "webp-75")
"""How small faces are saved there, without the lossless way: nobody saves them so."""
COLOURLESS: Final = ("grey",)
"""The change that stands for faces without colour."""
LEAST_COLOUR: Final = 6.0
"""A face whose spread of colour (`fauxface.preprocess.colour_spread`) is below this has none."""
KNOWN: Final = 0.02
"""Share of such fakes of generators that were trained on that may be called real, or more if more whole ones are."""
_HAIR: Final = 1e-9
"""The same shares may be summed in another order."""
_EPSILON: Final = 1e-12
Changed = Mapping[str, Sequence[Prediction]]
Floats = NDArray[np.float64]


def smaller(side: int) -> tuple[str, ...]:
    """The changes that stand for faces of a side."""
    return tuple(f"{side} px, {way}" for way in WAYS)


SMALLER: Final = tuple(name for side in SMALL_SIDES for name in smaller(side))
"""All those that stand for small faces."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds beside one threshold for all; the same as in a card.

    Attributes:
        small: (pixels, probability): a face of fewer pixels is called real only up to the probability; the first pair
            whose pixels are more than the face has counts.
        colourless: the same for faces whose spread of colour is below ``least_colour``.
        least_colour: see `fauxface.preprocess.colour_spread`; 0: nothing is colourless.
        smallest_side: faces of fewer pixels are uncertain.
    """

    small: tuple[tuple[int, float], ...] = ()
    colourless: float = 0.0
    least_colour: float = 0.0
    smallest_side: int = 0

    def hold_back(self, probability_fake: float, side: float | None, colour: float | None) -> str:
        """Why what would be called real by its probability is not: a code of `fauxface.decision`, or ""."""
        small = next((up_to for pixels, up_to in self.small if side is not None and side < pixels), 1.0)
        if probability_fake > small:
            return "small_face"
        grey = colour is not None and colour < self.least_colour
        return "no_colour" if grey and probability_fake > self.colourless else ""

    def too_small(self, side: float | None) -> bool:
        """Whether a face is too small for any answer."""
        return side is not None and side < self.smallest_side


class RealThresholds:
    """The rules that follow from a threshold for *real* of whole faces.

    Args:
        degraded: calibrated predictions of left-out pictures by the name of the change: `WHOLE`, `SMALLER` and
            `COLOURLESS`. Sources count alike, photographs do not matter.
        known: the same of validation fakes of generators that were trained on, each of which counts alike; empty:
            they do not matter.
        least_colour, smallest_side: as in `Rules`.

    Raises:
        DataError: no_table: the predictions after some change are missing.
    """

    def __init__(
        self, degraded: Changed, known: Changed | None = None, least_colour: float = 0.0, smallest_side: int = 0
    ) -> None:
        self.least_colour, self.smallest_side = least_colour, smallest_side
        for tables in (degraded, known or {}):
            if tables and (missing := [name for name in (WHOLE, *SMALLER, *COLOURLESS) if name not in tables]):
                raise DataError(
                    f"thresholds for small and colourless faces need predictions after '{missing[0]}', too: judge "
                    f"again with  fauxface crossval --degraded",
                    code="no_table",
                )
        self._degraded, self._fakes = degraded, known or {}
        self._whole = _Passing(degraded, (WHOLE,))
        groups = [*(smaller(side) for side in SMALL_SIDES), COLOURLESS]
        self._groups = [_Passing(degraded, names) for names in groups]
        self._known = [_KnownPassing(known, names) for names in ((WHOLE,), *groups)] if known else []

    def up_to(self, lows: Floats) -> Floats:
        """(L, T + 1) thresholds for each of (L,) thresholds for whole faces: of the `STEPS` and of faces without
        colour. Smaller faces never get higher ones than larger faces do."""
        allowed = self._whole.share(lows)
        found = [np.minimum(group.highest(allowed), lows) for group in self._groups]
        if self._known:
            whole, *changed = self._known
            of_known = np.maximum(KNOWN, whole.share(lows))
            found = [np.minimum(most, known.highest(of_known)) for most, known in zip(found, changed, strict=True)]
        measured = np.minimum.accumulate(np.stack([*found[:-1], lows])[::-1], axis=0)[::-1]
        return np.concatenate([_between(measured), found[-1][None]]).T

    def without(self, source: str) -> RealThresholds:
        """The same from tables without a source."""
        others = [
            {name: [r for r in rows if r.source != source] for name, rows in tables.items()}
            for tables in (self._degraded, self._fakes)
        ]
        return RealThresholds(others[0], others[1], self.least_colour, self.smallest_side)

    def rules(self, low: float) -> Rules:
        """The rules for one threshold for whole faces."""
        *sides, colourless = self.up_to(np.array([low]))[0].tolist()
        ends = (*STEPS[1:], WHOLE_SIDE)
        return Rules(tuple(zip(ends, sides, strict=True)), colourless, self.least_colour, self.smallest_side)


def _between(measured: Floats) -> Floats:
    """(T, L) thresholds of the `STEPS` from those (S + 1, L) of the `SMALL_SIDES` and of `WHOLE_SIDE`: their log-odds
    are interpolated; where the smaller side gets 0, so do those up to the next measured one."""
    sides = np.array([*SMALL_SIDES, WHOLE_SIDE])
    below = np.searchsorted(sides, STEPS, side="right") - 1
    lower, upper = measured[below], measured[below + 1]
    share = ((np.array(STEPS) - sides[below]) / (sides[below + 1] - sides[below]))[:, None]
    odds = (1 - share) * _log_odds(lower) + share * _log_odds(upper)
    return np.where(share == 0, lower, np.where(lower == 0, 0.0, np.minimum(1 / (1 + np.exp(-odds)), upper)))


def _log_odds(p: Floats) -> Floats:
    inside = p.clip(_EPSILON, 1 - _EPSILON)
    return np.log(inside) - np.log1p(-inside)


class _Passing:
    """How many fakes pass as a threshold rises: mean over some changes, and over sources."""

    def __init__(self, judged: Changed, names: Sequence[str]) -> None:
        fakes = [[r for r in judged[name] if r.label == "fake"] for name in names]
        p = np.array([r.probability_fake for each in fakes for r in each], dtype=np.float64)
        weights = np.concatenate([source_weights([r.source for r in each]) / len(names) for each in fakes])
        order = np.argsort(p)
        # Of equal probabilities all pass, or none.
        last = np.append(np.diff(p[order]) > 0, True)[: len(p)]
        self.p, self.passed = p[order][last], np.concatenate([[0.0], np.cumsum(weights[order])[last]])

    def share(self, levels: Floats) -> Floats:
        """(L,) shares at or below each of (L,) thresholds."""
        return self.passed[np.searchsorted(self.p, levels, side="right")]

    def highest(self, allowed: Floats) -> Floats:
        """(L,) highest thresholds at which no more than each of (L,) shares pass; 0 where one fake is too many, 1
        where all may."""
        few = np.searchsorted(self.passed, allowed + _HAIR, side="right") - 1
        return np.concatenate([[0.0], self.p[:-1], [1.0]])[few] if len(self.p) else np.ones_like(allowed)


class _KnownPassing:
    """How many known fakes pass as a threshold rises: mean over some changes; each fake counts alike."""

    def __init__(self, judged: Changed, names: Sequence[str]) -> None:
        p = [
            np.sort(np.array([r.probability_fake for r in judged[name] if r.label == "fake"], dtype=np.float64))
            for name in names
        ]
        self.p = np.unique(np.concatenate(p))
        passed = [np.searchsorted(each, self.p, side="right") / max(len(each), 1) for each in p]
        self.passed = np.concatenate([[0.0], np.mean(passed, axis=0)])

    def share(self, levels: Floats) -> Floats:
        """(L,) shares at or below each of (L,) thresholds."""
        return self.passed[np.searchsorted(self.p, levels, side="right")]

    def highest(self, allowed: Floats) -> Floats:
        """(L,) highest thresholds at which no more than each of (L,) shares pass; just below the least fake where one
        is too many, 1 where there are none."""
        if not len(self.p):
            return np.ones_like(allowed)
        few = np.searchsorted(self.passed, allowed + _HAIR, side="right") - 1
        return np.concatenate([[np.nextafter(self.p[0], 0)], self.p])[few]


def known_up_to(judged: Changed, names: Sequence[str], share: float = KNOWN) -> float:
    """The threshold for *real* at which no more than a share of known fakes pass that were changed.

    Args:
        judged: calibrated predictions of validation pictures by the name of the change, all of ``names`` among them;
            each fake counts alike, photographs do not matter.
        names: changes, over which the share is a mean.
        share: what may pass.

    Returns:
        A probability; 1 if there are no fakes.
    """
    return float(_KnownPassing(judged, names).highest(np.array([share]))[0])
