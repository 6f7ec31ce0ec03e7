"""From a verdict to what the page says about it: words of evidence, never of certainty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from fauxface.decision import EVEN
from fauxface.labels import Label
from fauxface.verdict import Reason, Verdict
from fauxface.video import ClipVerdict
from fauxface.web.strings import ENGLISH
from fauxface.weights.card import ModelCard

Tone = Literal["fake", "real", "uncertain", "error"]
STRONG = 0.9


class Words(BaseModel):
    """A verdict for people.

    Attributes:
        tone: which sign and colour goes with it.
        word: the verdict in two or three words.
        sentence: the verdict in a sentence, first of all.
        hint: what to make of it.
        percent: probability_fake in percent, between 1 and 99, because no detector is surer; null if not judged.
        meaning: how often such a verdict is wrong.
        reasons: why it is uncertain.
    """

    tone: Tone
    word: str
    sentence: str
    hint: str
    percent: int | None = Field(ge=1, le=99)
    meaning: str
    reasons: list[str]


def percent(probability: float) -> int:
    """Whole percent between 1 and 99."""
    return min(99, max(1, round(probability * 100)))


def words(
    label: Label | None,
    probability: float | None,
    reasons: tuple[Reason, ...],
    error: Mapping[str, str] | None,
    card: ModelCard,
    t: Mapping[str, str] = ENGLISH,
) -> Words:
    """What to say of a picture, a face or a clip; arguments as in `fauxface.verdict.Verdict`."""
    said = [t.get(f"reason.{reason.code}", reason.message) for reason in reasons]
    if error is not None or label is None or probability is None:
        message = (error or {}).get("message", "")
        return Words(
            tone="error",
            word=t["word.error"],
            sentence=t["say.error"],
            hint=message,
            percent=None,
            meaning="",
            reasons=[],
        )
    if label == "uncertain":
        sentence = t["say.because"].format(reason=said[0]) if len(said) == 1 else t["say.uncertain"]
    else:
        strong = (probability if label == "fake" else 1 - probability) >= STRONG
        sentence = t[f"say.{label}.{'strong' if strong else 'some'}"]
    word = t[f"word.{label}"]
    if label == "fake" and probability < EVEN:
        word, sentence = t["word.even"], t["say.even"]
    return Words(
        tone=label,
        word=word,
        sentence=sentence,
        hint=t[f"answer.{label}_hint"],
        percent=percent(probability),
        meaning=meaning(card, t),
        reasons=said,
    )


def verdict_words(verdict: Verdict, card: ModelCard, t: Mapping[str, str] = ENGLISH) -> Words:
    """What to say of a picture's verdict."""
    return words(verdict.label, verdict.probability_fake, verdict.reasons, verdict.error, card, t)


def clip_words(verdict: ClipVerdict, card: ModelCard, t: Mapping[str, str] = ENGLISH) -> Words:
    """What to say of a clip's verdict."""
    return _of_clip(words(verdict.label, verdict.probability_fake, verdict.reasons, verdict.error, card, t), t)


def _of_clip(said: Words, t: Mapping[str, str]) -> Words:
    if said.tone in ("fake", "real"):
        said.sentence = t[f"clip.{said.tone}"]
    if said.tone == "uncertain":
        said.hint = t["clip.uncertain_hint"]
    if said.meaning:
        said.meaning = t["clip.meaning"]
    return said


def shared_words(verdict: dict[str, Any], card: ModelCard, t: Mapping[str, str] = ENGLISH) -> Words:
    """What to say of the verdict on a picture or a clip that was kept as `to_dict` gives it."""
    reasons = tuple(Reason(**reason) for reason in verdict["reasons"])
    said = words(verdict["label"], verdict["probability_fake"], reasons, None, card, t)
    return _of_clip(said, t) if "share_fake" in verdict else said


def meaning(card: ModelCard, t: Mapping[str, str] = ENGLISH) -> str:
    """How many of 100 fakes pass as real, how many photographs are called fake, and how often nothing is said.

    Of sources that were left out of training, where the card knows that; else of the test pictures.
    """
    test: dict[str, Any] = card.metrics.get("test") or {}
    try:
        if unseen := card.metrics.get("unseen_sources"):
            accused, passed = unseen["accused"], unseen["missed"]
            return t["answer.meaning_unseen"].format(
                accused=_of_100(accused["value"]),
                worst_accused=_of_100(accused["worst"]),
                passed=_of_100(passed["value"]),
                worst_passed=_of_100(passed["worst"]),
                unsure=_of_100(unseen["uncertain"]["value"]).capitalize(),
            )
        said = test["said"]
        passed, accused = said["fakes_called_real"]["value"], said["photographs_called_fake"]["value"]
        return t["answer.meaning"].format(
            passed=_of_100(passed), accused=_of_100(accused), unsure=_of_100(said["abstained"]["value"])
        )
    except (KeyError, TypeError):
        return t["answer.meaning_unknown"]


def _of_100(share: float) -> str:
    return "fewer than 1" if 0 < share < 0.01 else f"about {share * 100:.0f}"
