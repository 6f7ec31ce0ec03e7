"""Who may have work done, and how often: keys, limits, and whether the visitor who asked is still there."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from starlette.requests import Request

from fauxface.errors import FauxfaceError
from fauxface.web.services.engine import ClosedError, OverloadedError
from fauxface.web.services.signed_token import SignedTokens, Tickets, TokenError, facts_of
from fauxface.web.store import Store

MOST_BUCKETS: Final = 10_000
"""Visitors remembered at once; the one heard of longest ago is forgotten first."""
T = TypeVar("T")


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


class Limiter:
    """Counts by name.

    Args:
        per_minute: requests a minute, which is also how many may come at once; 0: no limit.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def ask(self, name: str, cost: int = 1, *, per_minute: int | None = None) -> float:
        """Take ``cost`` tokens from a name's bucket; 0.0 if there were enough, else the seconds until there are.

        A request that costs more than the bucket holds is let through when the bucket is full.

        Args:
            name: of a key, or an address.
            cost: pictures in the request.
            per_minute: another limit for this name.
        """
        limit = self.per_minute if per_minute is None else per_minute
        if limit <= 0:
            return 0.0
        now, rate = time.monotonic(), limit / 60
        tokens, then = self._buckets.pop(name, (float(limit), now))
        tokens = min(float(limit), tokens + (now - then) * rate)
        needed = min(cost, limit)
        wait = max(0.0, (needed - tokens) / rate)
        self._buckets[name] = (tokens if wait else tokens - cost, now)
        while len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait

    def give_back(self, name: str, cost: int = 1) -> None:
        """Put tokens back that were taken for nothing."""
        if name in self._buckets:
            tokens, then = self._buckets[name]
            self._buckets[name] = (tokens + cost, then)  # `ask` never counts more than a full bucket


class GoneError(FauxfaceError):
    """The visitor hung up before the answer was ready; nobody reads this error."""

    code = "gone"

    def __init__(self) -> None:
        super().__init__("the visitor hung up before the answer was ready")


async def while_there(request: Request, waiting: Awaitable[T]) -> T:
    """The result of ``waiting``, which is cancelled as soon as the visitor hangs up.

    Args:
        request: whose body has been read.
        waiting: what the visitor waits for.

    Raises:
        GoneError: the visitor is gone.
    """
    work, leaving = asyncio.ensure_future(waiting), asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait((work, leaving), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise GoneError
    finally:
        work.cancel()
        leaving.cancel()


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
