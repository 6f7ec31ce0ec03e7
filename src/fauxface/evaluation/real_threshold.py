"""How far up a face that shows less may still be called real: a small one, or one without colour.

A face that was saved small and is enlarged again looks more like a photograph, whatever it is, and so does one without
colour: with one threshold for all, more of such fakes pass, and fewer photographs are accused. So they get a lower
threshold for *real*: the one at which no more of such fakes of unknown generators pass than of whole ones, and at most
2 of 100 of known ones (`KNOWN`). What is above it is *uncertain*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import source_weights

SMALL: Final = 240
"""Pixels; with 224 more than `KNOWN` of the validation fakes pass whose faces have 220 pixels, as what is cut out
around those has up to 233 (`docs/experiments/31-small-faces.md`)."""
WHOLE: Final = "as it is"
SMALLER: Final = ("192 px, jpeg-90", "192 px, jpeg-75", "192 px, jpeg-50", "192 px, webp-75")
"""The changes of `fauxface.training.degraded` that stand for small faces: nobody saves them without loss."""
COLOURLESS: Final = ("grey",)
"""The one that stands for faces without colour."""
KNOWN: Final = 0.02
"""Largest share of such fakes of generators that were trained on that may be called real."""


def real_up_to(judged: Mapping[str, Sequence[Prediction]], low: float, changes: Sequence[str] = SMALLER) -> float:
    """The threshold for *real* at which no more changed fakes pass than whole ones pass at ``low``.

    Args:
        judged: calibrated predictions by the name of the change, `WHOLE` and ``changes`` among them; the sources count
            alike, photographs do not matter.
        low: the threshold for whole faces, a probability.
        changes: `SMALLER` or `COLOURLESS`.

    Returns:
        A probability, at most ``low``; 0 if every changed fake passes as soon as one does.
    """
    allowed = _missed(judged[WHOLE], np.array([low]))[0]
    levels = np.unique(
        [low, *(r.probability_fake or 0.0 for name in changes for r in judged[name] if r.label == "fake")]
    )
    levels = levels[levels <= low]
    missed = np.mean([_missed(judged[name], levels) for name in changes], axis=0)
    few = np.flatnonzero(missed <= allowed)
    return float(levels[few[-1]]) if len(few) else 0.0


def known_up_to(
    judged: Mapping[str, Sequence[Prediction]], share: float = KNOWN, changes: Sequence[str] = SMALLER
) -> float:
    """The threshold for *real* at which no more than a share of known fakes pass that were changed.

    Args:
        judged: calibrated predictions of validation pictures by the name of the change, all of ``changes`` among them;
            each fake counts alike, photographs do not matter.
        share: what may pass, mean over the changes.
        changes: `SMALLER` or `COLOURLESS`.

    Returns:
        A probability; 1 if there are no fakes. Of fewer than 50 none may pass.
    """
    p = [
        np.array([r.probability_fake for r in judged[name] if r.label == "fake"], dtype=np.float64) for name in changes
    ]
    levels = np.unique(np.concatenate(p))
    if not len(levels):
        return 1.0
    passed = np.mean([(each[None, :] <= levels[:, None]).mean(axis=1) for each in p], axis=0)
    few = np.flatnonzero(passed <= share)
    return float(levels[few[-1]]) if len(few) else float(np.nextafter(levels[0], 0))


def _missed(rows: Sequence[Prediction], levels: np.ndarray) -> np.ndarray:
    """(N,) shares of the fakes, each generator counted alike, at or below each level."""
    fakes = [r for r in rows if r.label == "fake"]
    p = np.array([r.probability_fake for r in fakes], dtype=np.float64)
    return (p[None, :] <= levels[:, None]) @ source_weights([r.source for r in fakes])
