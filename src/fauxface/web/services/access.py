"""Who may have work done, and how often: keys, limits, and what belongs to an answer that was counted already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import Request

from fauxface.errors import FauxfaceError
from fauxface.web.services.engine import ClosedError, OverloadedError
from fauxface.web.services.limiter import Limiter
from fauxface.web.services.signed_token import SignedTokens, TokenError, facts_of
from fauxface.web.services.tickets import Tickets
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


@dataclass
class Access:
    """Lets those in who may ask.

    Attributes:
        store: knows the keys.
        tokens: signs what shows that a request comes from the page.
        limiter: how often each key or address may ask.
        tickets: what belongs to an answer.
        require_key: the API answers only those who show a key.
    """

    store: Store
    tokens: SignedTokens
    limiter: Limiter
    tickets: Tickets
    require_key: bool

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

    @asynccontextmanager
    async def admitted_with(self, request: Request, what: str, receipt: str) -> AsyncIterator[None]:
        """The same for a form, which cannot send the header of a page; the receipt of an answer shows it too.

        Raises:
            TokenError: it is none.
        """
        facts_of(self.tokens, receipt)
        async with self.admitted(request, page_token=self.page_token(), part_of=(what, receipt)):
            yield

    def page_token(self) -> str:
        """What shows that a request comes from the page."""
        return self.tokens.write({"kind": "page"})

    async def _asker(self, request: Request, page_token: str) -> tuple[str, int | None]:
        """Whose bucket a request is counted in, and its limit."""
        shown = request.headers.get("x-api-key") or _bearer(request.headers.get("authorization", ""))
        if shown:
            key = await asyncio.to_thread(self.store.find_key, shown)
            if key is None:
                raise KeyRefusedError("this API key is not known, or was revoked")
            return f"key {key.name}", key.per_minute
        if self.require_key and not self._from_page(page_token or request.headers.get("x-page-token", "")):
            raise KeyRefusedError("an API key is needed: send it as  X-API-Key")
        return f"address {request.client.host if request.client else ''}", None

    def _from_page(self, token: str) -> bool:
        try:
            return self.tokens.read(token).get("kind") == "page"
        except TokenError:
            return False


def _bearer(header: str) -> str | None:
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None
