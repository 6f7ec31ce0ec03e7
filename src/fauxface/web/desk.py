"""Everything that the routes share, in one place, and what every judging request goes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fastapi import Request
from prometheus_client import CollectorRegistry
from starlette.datastructures import UploadFile

from fauxface.errors import FauxfaceError, ImageError
from fauxface.provenance import inspect
from fauxface.verdict import Verdict
from fauxface.web.messages.dates import now
from fauxface.web.messages.phrasing import verdict_words
from fauxface.web.schemas import ExplainBody, FileBody
from fauxface.web.services.engine import ClosedError, Engine, OverloadedError
from fauxface.web.services.limiter import Limiter
from fauxface.web.services.signed_token import SignedTokens, TokenError
from fauxface.web.services.tickets import Tickets
from fauxface.web.services.uploads import Upload, UploadError, check_picture, digest, pictures
from fauxface.web.settings import Settings

if TYPE_CHECKING:
    from fauxface.web.services.jobs import Jobs
    from fauxface.web.store import Store


class LimitedError(FauxfaceError):
    """A visitor asks too often. ``retry_after``: seconds to wait."""

    code = "too_many_requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"you ask too often: try again in {retry_after} s")
        self.retry_after = retry_after


class KeyRefusedError(FauxfaceError):
    """A key is needed and was not shown, or is not known."""

    code = "bad_key"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with what belongs to it."""

    verdict: Verdict
    file: FileBody


@dataclass
class Desk:
    """What the routes work with."""

    settings: Settings
    engine: Engine
    store: Store
    receipts: SignedTokens
    limiter: Limiter
    tickets: Tickets
    jobs: Jobs
    registry: CollectorRegistry
    version: str
    sign_ins: Limiter = field(default_factory=lambda: Limiter(10))
    shrinking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @asynccontextmanager
    async def admitted(
        self, request: Request, cost: int = 1, *, page_token: str = "", part_of: tuple[str, str] | None = None
    ) -> AsyncIterator[None]:
        """Check the key, if one is shown or needed, and how often its owner (or the address) has asked.

        Work for which there was no room does not count.

        Args:
            request: whose headers tell.
            cost: how much it counts: one for each picture.
            page_token: what a form of the page sent, where no script could send the header.
            part_of: (what, receipt) of an answer to which this belongs; it was counted with it (`Tickets.take`).

        Raises:
            KeyRefusedError: no key where one is needed, or an unknown one.
            LimitedError: too often.
        """
        name, limit = await self._asker(request, page_token)
        ticket = await asyncio.to_thread(self.tickets.take, *part_of) if part_of else None
        if ticket is None and (wait := self.limiter.ask(name, cost, per_minute=limit)):
            raise LimitedError(max(1, round(wait + 0.5)))
        try:
            yield
        except (OverloadedError, ClosedError):
            if ticket is not None:
                await asyncio.to_thread(self.tickets.give_back, ticket)
            else:
                self.limiter.give_back(name, cost)
            raise

    async def _asker(self, request: Request, page_token: str) -> tuple[str, int | None]:
        """Whose bucket a request is counted in, and its limit."""
        shown = request.headers.get("x-api-key") or _bearer(request.headers.get("authorization", ""))
        if shown:
            key = await asyncio.to_thread(self.store.find_key, shown)
            if key is None:
                raise KeyRefusedError("this API key is not known, or was revoked")
            return f"key {key.name}", key.per_minute
        if self.settings.require_key and not self._from_page(page_token or request.headers.get("x-page-token", "")):
            raise KeyRefusedError("an API key is needed: send it as  X-API-Key")
        return f"address {request.client.host if request.client else ''}", None

    def _from_page(self, token: str) -> bool:
        try:
            return self.receipts.read(token).get("kind") == "page"
        except TokenError:
            return False

    async def judge(self, files: Sequence[UploadFile]) -> list[tuple[Upload, Answer]]:
        """Answers in the order of the files; a picture that cannot be judged gets an answer that says so.

        Raises:
            UploadError: as `uploads.pictures`.
            OverloadedError, ClosedError: as `Engine.predict`; nothing is judged then.
        """
        self.engine.need_room()  # before anything is read into memory
        uploads = await pictures(files, self.settings)
        errors = [await asyncio.to_thread(self._problem, upload) for upload in uploads]
        good = [upload.data for upload, error in zip(uploads, errors, strict=True) if error is None]
        waiting = [asyncio.wrap_future(future) for future in self.engine.predict_all(good)] if good else []
        try:
            judged = iter(await asyncio.gather(*waiting))
        except BaseException:  # the visitor is gone: what waits need not be done
            for future in waiting:
                future.cancel()
            raise
        verdicts = [next(judged) if error is None else error for error in errors]
        return [(upload, self._answer(upload, verdict)) for upload, verdict in zip(uploads, verdicts, strict=True)]

    def _problem(self, upload: Upload) -> Verdict | None:
        """The verdict on a picture that cannot be judged, as far as its header tells."""
        try:
            check_picture(upload, self.settings)
        except ImageError as e:
            said = inspect(upload.data, trust=self.engine.detector.trust).claims
            return Verdict(upload.name, None, None, self.engine.detector.card.id, e.to_dict(), provenance=said)
        return None

    def _answer(self, upload: Upload, verdict: Verdict) -> Answer:
        verdict = named(verdict, upload.name)
        sha256 = digest(upload.data)
        said = verdict_words(verdict, self.engine.detector.card)
        receipt = None
        if verdict.label is not None:
            receipt = self.receipts.write({"kind": "verdict", "sha256": sha256, "verdict": verdict.to_dict()})
        file = FileBody(
            name=upload.name,
            bytes=len(upload.data),
            sha256=sha256,
            judged_at=now().isoformat(timespec="seconds"),
            receipt=receipt,
            words=said,
        )
        return Answer(verdict, file)

    def sign_looks(self, closer: ExplainBody, picture: bytes) -> ExplainBody:
        """The closer look with a signed note of what a report may say of it."""
        facts: dict[str, Any] = {"kind": "looks", "sha256": digest(picture), "picture": digest(closer.picture.encode())}
        facts["holds"] = closer.holds.model_dump() if closer.holds else None
        closer.looks = self.receipts.write(facts)
        return closer


def named(verdict: Verdict, name: str) -> Verdict:
    """The verdict with the visitor's name for the picture."""
    error = verdict.error
    if error is not None:
        error = error | {"message": error["message"].replace("<bytes>", name)}
    return replace(verdict, path=name, error=error)


def address(request: Request, page: str, **where: str) -> str:
    """A page's address as visitors have it; who sends a false ``Host`` cannot choose it where ``public_url`` is set."""
    base = desk_of(request).settings.public_url
    path = str(request.app.url_path_for(page, **where))
    return base.rstrip("/") + path if base else str(request.url_for(page, **where))


def desk_of(request: Request) -> Desk:
    """For routes: ``desk: Annotated[Desk, Depends(desk_of)]``."""
    return request.app.state.desk


def facts_of(receipts: SignedTokens, receipt: str) -> dict[str, Any]:
    """What a receipt of a verdict says.

    Raises:
        TokenError: it is none.
    """
    facts = receipts.read(receipt)
    if facts.get("kind") != "verdict":
        raise TokenError("this is no receipt of a verdict")
    return facts


def looks_of(receipts: SignedTokens, looks: str, sha256: str) -> dict[str, Any] | None:
    """What the note of a closer look at the same file says; None without one, or if it is of another file.

    Raises:
        TokenError: it was not written by this server, or is too old.
    """
    facts = receipts.read(looks) if looks else {}
    return facts if facts.get("kind") == "looks" and facts["sha256"] == sha256 else None


def need_text(value: str, most: int, name: str) -> str:
    """Text of a form within its length.

    Raises:
        UploadError: too long.
    """
    if len(value) > most:
        raise UploadError(f"{name}: more than {most} characters", code="too_long", status=422)
    return value


def _bearer(header: str) -> str | None:
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None
