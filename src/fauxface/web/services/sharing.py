"""Answers as pages that anybody with the address can open: made, found and deleted."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from fauxface.web.messages import of_seconds
from fauxface.web.messages.promise import meaning
from fauxface.web.schemas import SharedBody
from fauxface.web.services.signed_token import SignedTokens, facts_of, looks_of
from fauxface.web.services.uploads import UploadError
from fauxface.web.store import Shared, Store
from fauxface.weights.card import ModelCard


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

    async def share(self, receipt: str, looks: str, *, name: bool) -> SharedBody:
        """Make a page of an answer.

        Args:
            receipt: of the answer. looks: of a closer look at the same file, or nothing.
            name: the file's name stays in it.

        Raises:
            TokenError: this server wrote no such receipt.
        """
        facts = facts_of(self.tokens, receipt)
        seen = looks_of(self.tokens, looks, facts["sha256"])
        payload = {
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
