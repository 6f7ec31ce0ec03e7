"""What follows an answer, for whoever has its receipt: feedback on it, a page to share, a report to print or save."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import AliasChoices, BaseModel, Field
from starlette.datastructures import UploadFile

from fauxface.verdict import Reason
from fauxface.web.former_fields import former
from fauxface.web.messages import of_seconds
from fauxface.web.messages.error_rates import failures, meaning
from fauxface.web.messages.phrasing import kind_of, phrasing, stored_phrasing
from fauxface.web.schemas import FeedbackBody, SharedBody
from fauxface.web.services.signed_token import SignedTokens, TokenError, explanation_of, facts_of, other_file
from fauxface.web.services.uploads import UploadError, check_picture, digest, picture
from fauxface.web.settings import Settings
from fauxface.web.store import MOST_HOW, Says, Shared, Store
from fauxface.weights.card import ModelCard


@dataclass(frozen=True, slots=True)
class Feedback:
    """Takes feedback.

    Attributes:
        settings: limits. store: where it is kept. tokens: with whose key the answers were signed.
    """

    settings: Settings
    store: Store
    tokens: SignedTokens

    async def keep(
        self, receipt: str, says: Says, how: str, *, keep: bool = False, file: UploadFile | None = None
    ) -> FeedbackBody:
        """Keep what somebody says.

        Args:
            receipt: of the answer that it is about. how: how one knows.
            keep: the picture may be kept. file: the picture.

        Raises:
            TokenError: this server wrote no such receipt.
            UploadError: the text is too long; another picture than the answer was about. ImageError: it is none.
        """
        facts = facts_of(self.tokens, receipt)
        data = None
        if keep and file is not None and (file.filename or file.size):
            upload = await picture(file, self.settings)
            await asyncio.to_thread(check_picture, upload, self.settings)
            data = upload.data
            if digest(data) != facts["sha256"]:
                raise other_file()
        if len(how) > MOST_HOW:
            raise UploadError(f"how: more than {MOST_HOW} characters", code="too_long", status=422)
        said = await asyncio.to_thread(
            self.store.add_feedback, says=says, how=how, verdict=facts["verdict"], picture=data
        )
        return FeedbackBody(id=str(said), kept_picture=data is not None)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Shares answers.

    Attributes:
        store: where they are kept. tokens: with whose key the answers were signed. card: of the detector.
        lasts: how long a page stands.
        address: (name of a route, id) → its address as visitors have it.
    """

    store: Store
    tokens: SignedTokens
    card: ModelCard
    lasts: dt.timedelta
    address: Callable[[str, str], str]

    async def share(self, receipt: str, explanation: str, *, name: bool) -> SharedBody:
        """Make a page of an answer.

        Args:
            receipt: of the answer. explanation: the receipt of a closer look at the same file, or nothing.
            name: the file's name stays in it.

        Raises:
            TokenError: this server wrote no such receipt.
        """
        facts = facts_of(self.tokens, receipt)
        seen = explanation_of(self.tokens, explanation, facts["sha256"])
        payload = {
            "about": kind_of(facts),
            "verdict": facts["verdict"] if name else facts["verdict"] | {"path": ""},
            "sha256": facts["sha256"],
            "judged_at": of_seconds(facts["at"]).isoformat(),
            "meaning": meaning(self.card),
            "holds": seen["holds"] if seen else None,
        }
        shared = await asyncio.to_thread(self.store.share, payload, lasts=self.lasts)
        return SharedBody(
            id=shared.id,
            url=self.address("shared_page", shared.id),
            delete_token=shared.delete_token,
            delete_url=f"{self.address('unshare_page', shared.id)}#{shared.delete_token}",
            expires_at=shared.expires_at.isoformat(),
        )

    async def find(self, id: str) -> Shared:
        """A shared answer.

        Raises:
            UploadError: there is none (any more; 404).
        """
        found = await asyncio.to_thread(self.store.shared, id)
        if found is None:
            raise gone()
        return found

    async def unshare(self, id: str, token: str) -> None:
        """Delete one, with the token that was given when it was made.

        Raises:
            UploadError: there is none, or the token is another one's (404).
        """
        if not await asyncio.to_thread(self.store.unshare, id, token):
            raise gone()


def gone() -> UploadError:
    """For an address that leads nowhere (any more)."""
    return UploadError(
        "there is no such result: it was deleted, has expired, or never was", code="not_found", status=404
    )


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
    known_failures: list[str] = Field(
        description="what this detector cannot do", validation_alias=AliasChoices("known_failures", "limits")
    )
    limits = former("known_failures", list[str])
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


def report_of(tokens: SignedTokens, card: ModelCard, receipt: str, explanation: str, *, name: bool) -> ReportBody:
    """The report on an answer and, where there was one, on the closer look, signed as it is said now.

    Args:
        receipt: of the answer. explanation: the receipt of the closer look, or nothing.
        name: the file's name stays in it.

    Raises:
        TokenError: they were not written by this server, or are too old.
    """
    facts = facts_of(tokens, receipt)
    seen = explanation_of(tokens, explanation, facts["sha256"]) or {}
    kind, verdict = kind_of(facts), facts["verdict"] if name else facts["verdict"] | {"path": ""}
    said = stored_phrasing(verdict, kind, card)
    faces = [
        phrasing(f["label"], f["probability_fake"], tuple(Reason.from_dict(r) for r in f["reasons"]), None, card)
        for f in verdict.get("faces") or ()
    ]
    body = ReportBody(
        sentence=said.sentence,
        number=said.number,
        judged_at=of_seconds(facts["at"]).isoformat(),
        sha256=facts["sha256"],
        name=verdict["path"],
        clip=kind == "clip",
        model=verdict["model"],
        known_failures=failures(card),
        meaning=said.meaning,
        scope=said.scope,
        hint=said.hint,
        reasons=said.reasons if len(said.reasons) > 1 else [],
        notes=list(verdict["notes"]),
        faces=[FaceLine(word=face.word, number=face.number) for face in faces],
        holds=seen["holds"]["sentence"] if seen.get("holds") else "",
        verdict=verdict,
    )
    body.record = tokens.write({"kind": "report", "report": body.model_dump(exclude={"remark", "record", "limits"})})
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
