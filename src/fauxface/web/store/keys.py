"""Keys of the API: shown once, stored as hashes."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from fauxface.web.store.database import StoreError
from fauxface.web.store.session import NotFoundError, Sessions, digest, line, now
from fauxface.web.store.tables import Key


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
