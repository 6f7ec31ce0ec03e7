"""Whether the visitor who asked is still there: nobody works for those who hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import Request

from fauxface.errors import FauxfaceError

T = TypeVar("T")


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
