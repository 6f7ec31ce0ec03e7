"""One transaction at a time on an open database, and what every part of the store needs besides."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from fauxface.errors import FauxfaceError
from fauxface.web.store.database import unusable


class NotFoundError(FauxfaceError):
    """Nothing in the database has that name, or more than one thing has."""

    code = "not_found"


class Sessions:
    """Transactions on one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def ping(self) -> None:
        """Raises StoreError if the database does not answer."""
        with self._session() as session:
            session.execute(text("SELECT 1"))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """A transaction: kept as a whole, or not at all."""
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except IntegrityError:
            raise
        except SQLAlchemyError as e:
            raise unusable(e, self._engine.url) from e


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def digest(secret: str) -> str:
    """Enough for random secrets of more than 128 bits: nobody can try them all."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def clean(words: str) -> str:
    """A visitor's text without control characters and what a database or a terminal could choke on."""
    # Spaces of other scripts and tabs keep words apart, though they are not printable either.
    kept = (c if c == "\n" or c.isprintable() else " " if c.isspace() else "" for c in words.replace("\r\n", "\n"))
    return "".join(kept).strip()


def line(words: str) -> str:
    """The same, in one line: a name."""
    return clean(words.replace("\n", " "))
