"""From a verdict to what the page says about it: words of evidence, never of certainty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from fauxface.labels import Label
from fauxface.verdict import Reason, Verdict
from fauxface.video import ClipVerdict
from fauxface.web.messages import ENGLISH
from fauxface.web.messages.error_rates import bounds, chance, meaning, scope
from fauxface.weights.card import ModelCard

Kind = Literal["picture", "clip"]
Tone = Literal["fake", "real", "uncertain", "error"]
STRONG: Final = 90
"""From this chance on (in percent, as it is shown) the signs are called strong; below 100 less that, there are none."""
WEAK: Final = 35
"""From this chance on, a face that is called real is only more likely a photograph."""
_TIMES: Final = re.compile(r" \(so it is with .*\)$")


class Phrasing(BaseModel):
    """A verdict for people.

    Attributes:
        tone: which sign and colour goes with it.
        word: the verdict in two or three words.
        sentence: the verdict in a sentence, first of all.
        number: what goes with the sentence: the chance, or how many frames of a clip; empty if no number helps.
        percent: the chance in whole percent, never surer than the detector is right about sources it has never seen;
            null where the answer is uncertain, and for clips.
        hint: what to make of it.
        meaning: how often such a verdict is wrong; empty if it is uncertain.
        scope: what the detector knows and does not know; empty if the verdict is uncertain.
        reasons: why it is uncertain.
        next: what to do next.
    """

    tone: Tone
    word: str
    sentence: str
    number: str = ""
    percent: int | None = Field(ge=1, le=99)
    hint: str
    meaning: str
    scope: str = ""
    reasons: list[str]
    next: list[str] = []


def phrasing(
    label: Label | None,
    probability: float | None,
    reasons: tuple[Reason, ...],
    error: Mapping[str, str] | None,
    card: ModelCard,
    t: Mapping[str, str] = ENGLISH,
) -> Phrasing:
    """What to say of a picture, a face or a clip; arguments as in `fauxface.verdict.Verdict`."""
    if error is not None or label is None or probability is None:
        error = error or {}
        hint = t.get(f"picture.{error.get('code')}", error.get("message", ""))
        return Phrasing(
            tone="error", word=t["word.error"], sentence=t["say.error"], percent=None, hint=hint, meaning="", reasons=[]
        )
    said = [_reason(reason, t) for reason in reasons]
    percent = chance(label, probability, card)
    word, sentence = t[f"word.{label}"], _sentence(label, percent, said, card, t)
    if label == "fake" and percent is None:
        word = t["word.even"]
    sure = label != "uncertain"
    return Phrasing(
        tone=label,
        word=word,
        sentence=sentence,
        number="" if percent is None else t["answer.number"].format(percent=percent),
        percent=percent,
        hint=t[f"answer.{label}_hint"],
        meaning=meaning(card, t) if sure else "",
        scope=scope(card, t) if sure else "",
        reasons=said,
        next=_next(label, [reason.code for reason in reasons], t),
    )


def verdict_phrasing(verdict: Verdict, card: ModelCard, t: Mapping[str, str] = ENGLISH) -> Phrasing:
    """What to say of a picture's verdict."""
    return phrasing(verdict.label, verdict.probability_fake, verdict.reasons, verdict.error, card, t)


def clip_phrasing(verdict: ClipVerdict, card: ModelCard, t: Mapping[str, str] = ENGLISH) -> Phrasing:
    """What to say of a clip's verdict."""
    said = phrasing(verdict.label, verdict.probability_fake, verdict.reasons, verdict.error, card, t)
    return _of_clip(said, verdict.share_fake, verdict.counted, t)


def kind_of(kept: Mapping[str, Any]) -> Kind:
    """What a receipt's facts or a shared result are about.

    Args:
        kept: ``about`` says it. Those of earlier versions do not; in them only the verdict on a clip counts frames.
    """
    return kept.get("about") or ("clip" if "share_fake" in kept["verdict"] else "picture")


def stored_phrasing(
    verdict: Mapping[str, Any], kind: Kind, card: ModelCard, t: Mapping[str, str] = ENGLISH
) -> Phrasing:
    """What to say of a verdict that was kept as `to_dict` gives it."""
    reasons = tuple(Reason.from_dict(reason) for reason in verdict["reasons"])
    said = phrasing(verdict["label"], verdict["probability_fake"], reasons, None, card, t)
    return _of_clip(said, verdict["share_fake"], verdict["counted"], t) if kind == "clip" else said


def _of_clip(said: Phrasing, share: float | None, counted: int, t: Mapping[str, str]) -> Phrasing:
    """A clip has a count of frames and no percentage: nobody measured how often it is wrong about clips."""
    if said.tone in ("fake", "real"):
        said.sentence, said.meaning = t[f"clip.{said.tone}"], t["clip.meaning"]
    said.percent, said.number = None, ""
    if share is not None:
        said.number = t["clip.number"].format(fake=round(share * counted), count=counted)
    return said


def _sentence(label: Label, percent: int | None, reasons: list[str], card: ModelCard, t: Mapping[str, str]) -> str:
    """The sentence goes by the number that is shown: the same number never stands beside two sentences."""
    if label == "uncertain":
        return t["say.because"].format(reason=reasons[0]) if len(reasons) == 1 else t["say.uncertain"]
    if percent is None:  # the threshold of the word lies beyond even odds
        return t["say.even" if label == "fake" else "say.real.even"]
    if label == "real" and percent >= WEAK:
        return t["say.real.weak"]
    low, high = (round(100 * bound) for bound in bounds(card))
    strong = percent >= min(STRONG, high) if label == "fake" else percent <= max(100 - STRONG, low)
    return t[f"say.{label}.{'strong' if strong else 'some'}"]


def _reason(reason: Reason, t: Mapping[str, str]) -> str:
    """The page's own sentence for a reason, with the numbers of the detector's."""
    own = t.get(f"reason.{reason.code}")
    if own is None:
        return reason.message.replace("the verdict changes", "the answer changes")
    times = _TIMES.search(reason.message)
    try:
        said = own.format(*re.findall(r"\d+", _TIMES.sub("", reason.message)))
    except IndexError:  # the detector's sentence has become another one
        return reason.message
    return said + (times[0] if times else "")


def _next(label: Label, codes: list[str], t: Mapping[str, str]) -> list[str]:
    if label == "fake":
        keys = ["fake.source", "fake.ask"]
    elif label == "real":
        keys = ["real.original", "real.ask"]
    else:
        keys = [*codes, "uncertain.source"]
    return [t[f"next.{key}"] for key in dict.fromkeys(keys) if f"next.{key}" in t]
