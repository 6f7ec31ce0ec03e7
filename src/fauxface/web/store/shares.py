"""Results that visitors share, found by an address that nobody can guess and that is stored nowhere."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete

from fauxface.web.store.session import Sessions, digest, now
from fauxface.web.store.tables import SharedResult


@dataclass(frozen=True, slots=True)
class Shared:
    """A shared result; ``delete_token`` is known only at the moment when it is made."""

    id: str
    payload: dict[str, Any]
    created_at: dt.datetime
    expires_at: dt.datetime
    delete_token: str = ""


class Shares(Sessions):
    """The part of the store that holds them."""

    def share(self, payload: dict[str, Any], *, lasts: dt.timedelta) -> Shared:
        """Keep a result under an address of 144 random bits, until it expires."""
        name, token, made = secrets.token_urlsafe(18), secrets.token_urlsafe(18), now()
        with self._session() as session:
            session.execute(delete(SharedResult).where(SharedResult.expires_at <= made))
            session.add(
                SharedResult(
                    id_hash=digest(name),
                    delete_hash=digest(token),
                    payload=payload,
                    created_at=made,
                    expires_at=made + lasts,
                )
            )
        return Shared(name, payload, made, made + lasts, token)

    def shared(self, name: str) -> Shared | None:
        """A shared result, if it is there and has not expired."""
        with self._session() as session:
            row = session.get(SharedResult, digest(name))
            if row is None or row.expires_at <= now():
                return None
            return Shared(name, row.payload, row.created_at, row.expires_at)

    def unshare(self, name: str, token: str) -> bool:
        """Delete a shared result; False if there is none or the token is wrong."""
        with self._session() as session:
            # One statement, so that of two who ask at once only one is told that it deleted. Comparing hashes of
            # random tokens tells nothing about a token, however long it takes.
            found = (SharedResult.id_hash == digest(name)) & (SharedResult.delete_hash == digest(token))
            return (
                session.execute(delete(SharedResult).where(found).returning(SharedResult.id_hash)).first() is not None
            )
