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
    """Who may ask, and how often (requests a minute; None: as everybody)."""

    name: str
    per_minute: int | None
    created_at: dt.datetime
    revoked_at: dt.datetime | None


class Keys(Sessions):
    """The part of the store that holds them."""

    def add_key(self, name: str, per_minute: int | None = None) -> str:
        """Make an API key; it is shown this once, and only its hash is kept.

        Raises:
            StoreError: there is one of that name (code ``key_exists``).
        """
        key = f"ff_{secrets.token_urlsafe(32)}"
        try:
            with self._session() as session:
                session.add(Key(key_hash=digest(key), name=line(name)[:100], per_minute=per_minute, created_at=now()))
        except IntegrityError as e:
            raise StoreError(f"there is a key with the name '{name}' already", code="key_exists") from e
        return key

    def find_key(self, key: str) -> ApiKey | None:
        """Whose key it is; None if it is unknown or was revoked."""
        with self._session() as session:
            row = session.get(Key, digest(key))
            return _api_key(row) if row is not None and row.revoked_at is None else None

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
    return ApiKey(row.name, row.per_minute, row.created_at, row.revoked_at)
