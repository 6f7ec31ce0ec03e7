"""What FastAPI hands to the routes: parts of the application, services made of them, and fields that forms share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import Depends, Form, Request

from fauxface.web.former_fields import UNTIL
from fauxface.web.services.access import Access
from fauxface.web.services.engine import Engine
from fauxface.web.services.followup import Feedback, Sharing
from fauxface.web.services.jobs import Jobs
from fauxface.web.services.judging import Judging
from fauxface.web.services.reviewing import Reviewer, reviewer_of
from fauxface.web.services.signed_token import SignedTokens
from fauxface.web.settings import Settings
from fauxface.web.store import Says, Store
from fauxface.weights.card import ModelCard

KEYED: Final[dict[str, Any]] = {"security": [{}, {"key": []}, {"bearer": []}]}
"""For routes that take a key, by the names in `fauxface.web.app.SCHEMES`; the empty way is struck out where the server
answers nobody without one."""


def _part(name: str) -> Callable[[Request], Awaitable[Any]]:
    """A part of the application, by its name in ``app.state``; asynchronous, so that no thread is taken for it."""

    async def part(request: Request) -> Any:
        return getattr(request.app.state, name)

    return part


TheSettings = Annotated[Settings, Depends(_part("settings"))]
TheEngine = Annotated[Engine, Depends(_part("engine"))]
TheStore = Annotated[Store, Depends(_part("store"))]
TheTokens = Annotated[SignedTokens, Depends(_part("tokens"))]
TheAccess = Annotated[Access, Depends(_part("access"))]
TheJobs = Annotated[Jobs, Depends(_part("jobs"))]


async def _card(engine: TheEngine) -> ModelCard:
    return engine.detector.card


TheCard = Annotated[ModelCard, Depends(_card)]


async def _judging(settings: TheSettings, engine: TheEngine, tokens: TheTokens) -> Judging:
    return Judging(settings, engine, tokens)


async def _feedback(settings: TheSettings, store: TheStore, tokens: TheTokens) -> Feedback:
    return Feedback(settings, store, tokens)


async def _sharing(
    request: Request, settings: TheSettings, store: TheStore, tokens: TheTokens, card: TheCard
) -> Sharing:
    lasts = dt.timedelta(days=settings.share_days)
    return Sharing(store, tokens, card, lasts, lambda page, id: address(request, settings.public_url, page, id=id))


TheJudging = Annotated[Judging, Depends(_judging)]
TheFeedback = Annotated[Feedback, Depends(_feedback)]
TheSharing = Annotated[Sharing, Depends(_sharing)]


async def _reviewer(request: Request, tokens: TheTokens, store: TheStore) -> Reviewer | None:
    return await reviewer_of(request, tokens, store)


TheReviewer = Annotated[Reviewer | None, Depends(_reviewer)]
"""Who is signed in to review; None if nobody is."""

Receipt = Annotated[str, Form(description="of the answer that this is about", max_length=65536)]
AnswerTo = Annotated[
    str, Form(description="of the answer about this picture: then it is not counted again", max_length=65536)
]


async def _explanation(
    explanation_receipt: Annotated[str, Form(description="of a closer look at the same file", max_length=65536)] = "",
    looks: Annotated[
        str,
        Form(description=f"the former name of explanation_receipt, {UNTIL}", max_length=65536, deprecated=True),
    ] = "",
) -> str:
    return explanation_receipt or looks


TheExplanation = Annotated[str, Depends(_explanation)]
"""The receipt of a closer look, under its name of today or its former one; empty without one."""
WithName = Annotated[bool, Form(description="show the file's name")]
SaysField = Annotated[Says, Form()]


def address(request: Request, public_url: str, page: str, **where: str) -> str:
    """A page's address as visitors have it; who sends a false ``Host`` cannot choose it where ``public_url`` is set."""
    path = str(request.app.url_path_for(page, **where))
    return public_url.rstrip("/") + path if public_url else str(request.url_for(page, **where))
