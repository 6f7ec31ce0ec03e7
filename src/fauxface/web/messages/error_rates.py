"""What an answer is worth: how often such answers are wrong, how sure a number may look, what is known.

And what people call the sources that a model card knows by short names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from statistics import mean
from typing import Final

from fauxface.decision import EVEN
from fauxface.labels import Label
from fauxface.web.messages import ENGLISH, SOURCES
from fauxface.weights.card import ModelCard
from fauxface.weights.metrics import Mean

SUREST: Final = 0.95
"""No shown chance is surer than this, even where nothing else is known."""
_SENTENCE: Final = re.compile(r"(?<=\.)\s+(?=[A-Z])")
_CANNOT: Final = ("never shown", "does not detect")


def meaning(card: ModelCard, t: Mapping[str, str] = ENGLISH) -> str:
    """How many of 100 fakes pass as real, how many photographs are called fake, and how often nothing is said.

    Of the kinds tested, and of cameras and generators that were left out of training, as far as the card knows.
    """
    said = [text for text in (_of_tested(card, t), _of_unseen(card, t)) if text]
    return "\n".join(said) or t["answer.meaning_unknown"]


def scope(card: ModelCard, t: Mapping[str, str] = ENGLISH) -> str:
    """Which generators the detector learned from, and what its card says that it was never shown or cannot do."""
    trained = (card.provenance.data.get("pictures") or {}).get("train") or {}
    known = families([name.removeprefix("fake: ") for name in trained if name.startswith("fake: ")])
    said = [t["answer.knows"].format(names=", ".join(known))] if known else []
    sentences = (sentence for failure in card.known_failures for sentence in _SENTENCE.split(failure))
    return " ".join([*said, *(one for one in sentences if any(word in one for word in _CANNOT))])


def failures(card: ModelCard) -> list[str]:
    """What the card says that the detector cannot do, without the sentences that only point into the card."""
    said = (" ".join(s for s in _SENTENCE.split(failure) if "metrics." not in s) for failure in card.known_failures)
    return [failure for failure in said if failure]


def bounds(card: ModelCard) -> tuple[float, float]:
    """(lowest, highest) chance that is shown.

    A picture may come from anywhere. So none gets a number that is surer than the detector's answers have been right
    about sources left out of training, if half of the pictures were photographs: the lowest is the share of fakes
    among what was called real, the highest the share of fakes among what was called fake.
    """
    low, high = 1 - SUREST, SUREST
    unseen = card.metrics.unseen_sources
    if unseen is None or not (unseen.cameras and unseen.generators):
        return low, high
    kept, caught = (mean(1 - r.wrong - r.uncertain for r in rows) for rows in (unseen.cameras, unseen.generators))
    accused, missed = unseen.accused_photographs.value, unseen.missed_fakes.value
    if missed + kept > 0:
        low = max(low, missed / (missed + kept))
    if caught + accused > 0:
        high = min(high, caught / (caught + accused))
    return low, high


def chance(label: Label | None, probability: float | None, card: ModelCard) -> int | None:
    """Whole percent to show beside an answer; None where a number would say something else than the answer does."""
    if probability is None or label not in ("real", "fake") or (label == "fake") != (probability >= EVEN):
        return None
    low, high = bounds(card)
    shown = round(100 * min(max(probability, low), high))
    return max(shown, 51) if label == "fake" else min(shown, 49)


def percent(probability: float) -> int:
    """Whole percent between 1 and 99."""
    return min(99, max(1, round(probability * 100)))


def _of_tested(card: ModelCard, t: Mapping[str, str]) -> str:
    said = card.metrics.test.said if card.metrics.test else None
    if said is None:
        return ""
    passed, accused, unsure = said.missed_fakes.value, said.accused_photographs.value, said.abstained.value
    if passed is None or accused is None or unsure is None:
        return ""
    return t["answer.meaning_tested"].format(passed=_of_100(passed), accused=_of_100(accused), unsure=_of_100(unsure))


def _of_unseen(card: ModelCard, t: Mapping[str, str]) -> str:
    unseen = card.metrics.unseen_sources
    if unseen is None:
        return ""
    said = t["answer.meaning_unseen"].format(
        accused=_of_100(unseen.accused_photographs.value),
        worst_accused=_worst(unseen.accused_photographs),
        passed=_of_100(unseen.missed_fakes.value),
        worst_passed=_worst(unseen.missed_fakes),
        unsure=_of_100(unseen.uncertain.value),
        highest_passed=f"{100 * unseen.missed_fakes.interval[1]:.0f}",
        highest_accused=f"{100 * unseen.accused_photographs.interval[1]:.0f}",
    )
    low, high = (round(100 * bound) for bound in bounds(card))
    return f"{said}\n{t['answer.bounds'].format(low=low, high=high)}"


def _worst(over: Mean) -> str:
    return _of_100(over.worst) + (f": {source_name(over.worst_source)}" if over.worst_source else "")


def _of_100(share: float) -> str:
    return "fewer than 1" if 0 < share < 0.01 else f"about {share * 100:.0f}"


def source_name(short: str) -> str:
    """A source's name for people; of one that is not in the table the short name without underscores."""
    return SOURCES.get(short, short.replace("_", " "))


def families(shorts: list[str]) -> list[str]:
    """Names of generators without what tells two samples of the same one apart, each once, in order."""
    return list(dict.fromkeys(source_name(short).partition(" (")[0] for short in shorts))
