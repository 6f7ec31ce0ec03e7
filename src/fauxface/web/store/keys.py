"""What is found by a secret that was shown once and is stored only as its hash: keys of the API, shared results."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from fauxface.web.store.database import NotFoundError, Sessions, StoreError, digest, line, now
from fauxface.web.store.tables import Key, SharedResult


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Who may ask, how often (requests a minute; None: as everybody), and whether to review too."""

    name: str
    per_minute: int | None
    created_at: dt.datetime
    revoked_at: dt.datetime | None
    may_review: bool = False


class Keys(Sessions):
    """The part of the store that holds them."""

    def add_key(self, name: str, per_minute: int | None = None, *, may_review: bool = False) -> str:
        """Make an API key; it is shown this once, and only its hash is kept.

        Args:
            name: whose it is; of a reviewer, what stands beside the reviews.
            per_minute: requests a minute; None: as everybody.
            may_review: it opens the review page, where kept pictures are seen.

        Raises:
            StoreError: there is one of that name (code ``key_exists``).
        """
        key = f"ff_{secrets.token_urlsafe(32)}"
        try:
            with self._session() as session:
                row = Key(key_hash=digest(key), name=line(name)[:100], per_minute=per_minute, created_at=now())
                row.may_review = may_review
                session.add(row)
        except IntegrityError as e:
            raise StoreError(f"there is a key with the name '{name}' already", code="key_exists") from e
        return key

    def find_key(self, key: str) -> ApiKey | None:
        """Whose key it is; None if it is unknown or was revoked."""
        with self._session() as session:
            row = session.get(Key, digest(key))
            return _api_key(row) if row is not None and row.revoked_at is None else None

    def may_review(self, name: str) -> bool:
        """Whether the key of that name is in use and opens the review page."""
        wanted = select(Key.name).where(Key.name == name, Key.may_review, Key.revoked_at.is_(None))
        with self._session() as session:
            return session.scalars(wanted).first() is not None

    def api_keys(self) -> list[ApiKey]:
        """All keys, oldest first."""
        with self._session() as session:
            return [_api_key(row) for row in session.scalars(select(Key).order_by(Key.created_at))]

    def revoke_key(self, name: str) -> None:
        """Make a key useless.

        Raises:
            NotFoundError: there is none of that name.
        """
        with self._session() as session:
            changed = update(Key).where(Key.name == name, Key.revoked_at.is_(None)).values(revoked_at=now())
            if not session.execute(changed.returning(Key.name)).all():
                raise NotFoundError(f"no key in use has the name '{name}'")


def _api_key(row: Key) -> ApiKey:
    return ApiKey(row.name, row.per_minute, row.created_at, row.revoked_at, row.may_review)


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
