"""What was found about one file, on one page: for people to print, and the same as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from fauxface.verdict import Reason
from fauxface.web.dates import of_seconds
from fauxface.web.desk import Desk, facts_of, looks_of
from fauxface.web.promise import limits
from fauxface.web.receipt import ReceiptError
from fauxface.web.words import stored_words, words


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
    record: str = Field(description="all of it but the remark, signed by the server: `/check` confirms it")


def record_of(desk: Desk, receipt: str, looks: str, name: bool) -> str:
    """A signed record of an answer and, where there was one, of the closer look; the file's name only if wished.

    Raises:
        ReceiptError: they were not written by this server, or are too old.
    """
    facts = facts_of(desk.receipts, receipt)
    seen = looks_of(desk.receipts, looks, facts["sha256"])
    verdict = facts["verdict"] if name else facts["verdict"] | {"path": ""}
    about = {"kind": "report", "sha256": facts["sha256"], "judged_at": facts["at"], "verdict": verdict}
    return desk.receipts.write(about | {"holds": seen["holds"] if seen else None})


def report_of(desk: Desk, record: str, remark: str = "") -> ReportBody:
    """What a record says.

    Raises:
        ReceiptError: it is no record of this server; of any age it is read.
    """
    facts = desk.receipts.read(record, lasts=float("inf"))
    if facts.get("kind") != "report":
        raise ReceiptError("this is no report of this server")
    verdict, card = facts["verdict"], desk.engine.detector.card
    said, ours = stored_words(verdict, card), verdict["model"] == card.id
    clip = "share_fake" in verdict
    faces = [
        words(f["label"], f["probability_fake"], tuple(Reason(**r) for r in f["reasons"]), None, card)
        for f in verdict.get("faces") or ()
    ]
    return ReportBody(
        sentence=said.sentence,
        number=said.number,
        judged_at=of_seconds(facts["judged_at"]).isoformat(),
        sha256=facts["sha256"],
        name=verdict["path"],
        clip=clip,
        model=verdict["model"],
        limits=limits(card) if ours else [],
        meaning=said.meaning if ours else "",
        scope=said.scope if ours else "",
        hint=said.hint,
        reasons=said.reasons if len(said.reasons) > 1 else [],
        notes=list(verdict["notes"]),
        faces=[FaceLine(word=face.word, number=face.number) for face in faces],
        holds=facts["holds"]["sentence"] if facts["holds"] else "",
        verdict=verdict,
        remark=remark,
        record=record,
    )
