"""What was found about one file, on one page: for people to print, and the same as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from fauxface.verdict import Reason
from fauxface.web.messages import of_seconds
from fauxface.web.messages.phrasing import stored_words, words
from fauxface.web.messages.promise import limits
from fauxface.web.services.signed_token import SignedTokens, TokenError, facts_of, looks_of
from fauxface.weights.card import ModelCard


class FaceLine(BaseModel):
    """One face in a report."""

    word: str
    number: str


class ReportBody(BaseModel):
    """A report; what people read first, what programs need after it."""

    sentence: str
    number: str = Field(description="the chance, or how many frames; empty if the verdict is uncertain")
    judged_at: str = Field(description="in UTC")
    sha256: str = Field(description="of the file")
    name: str = Field(description="of the file, if the visitor wished it")
    clip: bool
    model: str
    limits: list[str] = Field(description="what this detector cannot do")
    meaning: str = Field(description="how often it is wrong")
    scope: str
    hint: str
    reasons: list[str]
    notes: list[str]
    faces: list[FaceLine]
    holds: str = Field(description="whether the verdict stays in small changes; empty if nobody looked")
    verdict: dict[str, Any] = Field(description="as `fauxface predict --json` prints it")
    remark: str = Field(default="", description="of whoever made the report; not signed")
    record: str = Field(default="", description="all of it but the remark, signed by the server: `/check` confirms it")


def report_of(tokens: SignedTokens, card: ModelCard, receipt: str, looks: str, *, name: bool) -> ReportBody:
    """The report on an answer and, where there was one, on the closer look, signed as it is said now.

    Args:
        receipt: of the answer. looks: of the closer look, or nothing.
        name: the file's name stays in it.

    Raises:
        TokenError: they were not written by this server, or are too old.
    """
    facts = facts_of(tokens, receipt)
    seen = looks_of(tokens, looks, facts["sha256"]) or {}
    verdict = facts["verdict"] if name else facts["verdict"] | {"path": ""}
    said = stored_words(verdict, card)
    faces = [
        words(f["label"], f["probability_fake"], tuple(Reason(**r) for r in f["reasons"]), None, card)
        for f in verdict.get("faces") or ()
    ]
    body = ReportBody(
        sentence=said.sentence,
        number=said.number,
        judged_at=of_seconds(facts["at"]).isoformat(),
        sha256=facts["sha256"],
        name=verdict["path"],
        clip="share_fake" in verdict,
        model=verdict["model"],
        limits=limits(card),
        meaning=said.meaning,
        scope=said.scope,
        hint=said.hint,
        reasons=said.reasons if len(said.reasons) > 1 else [],
        notes=list(verdict["notes"]),
        faces=[FaceLine(word=face.word, number=face.number) for face in faces],
        holds=seen["holds"]["sentence"] if seen.get("holds") else "",
        verdict=verdict,
    )
    body.record = tokens.write({"kind": "report", "report": body.model_dump(exclude={"remark", "record"})})
    return body


def signed_report(tokens: SignedTokens, record: str, remark: str = "") -> ReportBody:
    """The report that a record holds, as it was said when it was signed, of whatever age.

    Raises:
        TokenError: it is no record of this server.
    """
    facts = tokens.read(record, lasts=float("inf"))
    if facts.get("kind") != "report":
        raise TokenError("this is no report of this server")
    return ReportBody.model_validate(facts["report"] | {"remark": remark, "record": record})
