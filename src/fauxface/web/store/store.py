"""What the page remembers, in a few verbs; every call is a transaction of its own and may come from any thread."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from fauxface.errors import FauxfaceError
from fauxface.web.store.database import StoreError, connect, unusable
from fauxface.web.store.pictures import Pictures
from fauxface.web.store.tables import Feedback, KeptVerdict, Key, Picture, Review, SharedResult

Says = Literal["real", "fake", "unknown"]
State = Literal["unreviewed", "real", "fake", "rejected"]
STATES: Final[tuple[State, ...]] = ("unreviewed", "real", "fake", "rejected")
MOST_HOW: Final = 2000
_AT_ONCE: Final = 1000
"""Pictures deleted in one transaction: databases limit the values of a statement."""


class NotFoundError(FauxfaceError):
    """Nothing in the database has that name, or more than one thing has."""

    code = "not_found"


@dataclass(frozen=True, slots=True)
class Shared:
    """A shared result; ``delete_token`` is known only at the moment when it is made."""

    id: str
    payload: dict[str, Any]
    created_at: dt.datetime
    expires_at: dt.datetime
    delete_token: str = ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Who may ask, and how often (requests a minute; None: as everybody)."""

    name: str
    per_minute: int | None
    created_at: dt.datetime
    revoked_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept picture with what was said of it and what a reviewer found."""

    sha256: str
    path: Path
    added_at: dt.datetime
    says: tuple[str, ...]
    label: str
    state: State
    reviewer: str


class Store:
    """The page's memory; see `open`."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self.pictures = engine, Pictures(folder)

    @classmethod
    def open(cls, url: str | None, folder: Path) -> Store:
        """Connect, and lay out the tables where they are missing or old.

        Raises:
            StoreError: as `fauxface.web.store.database.connect`.
        """
        return cls(connect(url, folder), folder)

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

    # what visitors say

    def add_feedback(self, *, says: Says, how: str, verdict: dict[str, Any], picture: bytes | None = None) -> str:
        """Keep what a visitor said, and the picture if it may be kept; on return both survive a kill.

        Args:
            says: what the picture is.
            how: how the visitor knows.
            verdict: what the detector said, as `fauxface.verdict.Verdict.to_dict` gives it.
            picture: the file, only with its owner's consent.

        Returns:
            The feedback's id.

        Raises:
            StoreError: the database cannot be used. DataError: the picture cannot be written.
        """
        name = secrets.token_hex(16)
        with self.pictures.held(alone=False) if picture is not None else nullcontext():
            # The file first: a row without its picture would be a lie, a picture without its row is swept up later.
            kept = self.pictures.add(picture) if picture is not None else None
            self._add_rows(name, says, how, verdict, kept, len(picture or b""))
        return name

    def _add_rows(
        self, name: str, says: Says, how: str, verdict: dict[str, Any], kept: tuple[str, str] | None, size: int
    ) -> None:
        with self._session() as session:
            if kept is not None:
                self._keep(session, *kept, size, verdict)
            session.add(
                Feedback(
                    id=name,
                    created_at=_now(),
                    says=says,
                    how=_clean(how)[:MOST_HOW],
                    model=verdict["model"],
                    label=verdict["label"],
                    probability_fake=verdict["probability_fake"],
                    sha256=kept[0] if kept else None,
                )
            )

    def _keep(self, session: Session, sha256: str, suffix: str, size: int, verdict: dict[str, Any]) -> None:
        # Two visitors may send the same picture at the same moment; the second insert gives way.
        rows: Sequence[tuple[Any, dict[str, Any]]] = (
            (Picture, {"sha256": sha256, "bytes": size, "suffix": suffix, "added_at": _now()}),
            (
                KeptVerdict,
                {
                    "sha256": sha256,
                    "model": verdict["model"],
                    "label": verdict["label"],
                    "probability_fake": verdict["probability_fake"],
                    # The visitor's name for the file says something about the visitor.
                    "verdict": verdict | {"path": sha256},
                },
            ),
        )
        if self._engine.dialect.name == "sqlite":
            from sqlalchemy.dialects.sqlite import insert
        else:
            from sqlalchemy.dialects.postgresql import insert
        for table, row in rows:
            session.execute(insert(table).values(**row).on_conflict_do_nothing())

    def feedback(self) -> list[dict[str, Any]]:
        """Everything that was said, oldest first."""
        with self._session() as session:
            rows = session.scalars(select(Feedback).order_by(Feedback.created_at, Feedback.id)).all()
            return [
                {
                    "id": row.id,
                    "created_at": row.created_at.isoformat(),
                    "says": row.says,
                    "how": row.how,
                    "label": row.label,
                    "probability_fake": row.probability_fake,
                    "model": row.model,
                    "sha256": row.sha256,
                }
                for row in rows
            ]

    # what reviewers find

    def kept(self, state: State | None = None) -> list[Kept]:
        """The kept pictures, oldest first; only those in one state if it is given."""
        with self._session() as session:
            found = [self._as_kept(session, row) for row in session.scalars(select(Picture).order_by(Picture.added_at))]
        return [one for one in found if state in (None, one.state)]

    def _as_kept(self, session: Session, row: Picture) -> Kept:
        says = session.scalars(select(Feedback.says).where(Feedback.sha256 == row.sha256)).all()
        label = session.scalars(select(KeptVerdict.label).where(KeptVerdict.sha256 == row.sha256)).first()
        review = session.scalars(
            select(Review).where(Review.sha256 == row.sha256).order_by(Review.id.desc()).limit(1)
        ).first()
        state: Any = review.state if review else "unreviewed"
        path = self.pictures.path(row.sha256, row.suffix)
        return Kept(row.sha256, path, row.added_at, tuple(says), label or "", state, review.reviewer if review else "")

    def find(self, prefix: str) -> Kept:
        """The one kept picture whose SHA-256 begins so.

        Raises:
            NotFoundError: none, or several.
        """
        if not prefix or not set(prefix.lower()) <= set("0123456789abcdef"):
            raise NotFoundError("a picture is named by the beginning of its SHA-256, in hex")
        with self._session() as session:
            rows = session.scalars(select(Picture).where(Picture.sha256.startswith(prefix.lower())).limit(2)).all()
            if len(rows) != 1:
                raise NotFoundError(f"{'no' if not rows else 'more than one'} kept picture begins with {prefix}")
            return self._as_kept(session, rows[0])

    def review(self, prefix: str, state: State, *, reviewer: str, note: str = "") -> Kept:
        """Say what a kept picture really is; earlier reviews stay as history.

        Raises:
            NotFoundError: as `find`.
            ValueError: no such state.
        """
        if state not in STATES:
            raise ValueError(f"{state} is none of {', '.join(STATES)}")
        sha256 = self.find(prefix).sha256
        with self._session() as session:
            session.add(
                Review(
                    sha256=sha256, state=state, reviewer=_line(reviewer)[:200], note=_clean(note), reviewed_at=_now()
                )
            )
        return self.find(sha256)

    def forget(self, prefix: str) -> None:
        """Delete a kept picture, its verdicts and its reviews; what was said of it stays, without the picture."""
        self._forget([self.find(prefix).sha256])

    def purge(self, *, before: dt.datetime | None = None, everything: bool = False) -> dict[str, int]:
        """Delete what is older than a moment, shared results that have expired, and files without a row.

        Args:
            before: pictures and feedback from before that go.
            everything: all pictures and all feedback go.

        Returns:
            How many of each were deleted.
        """
        limit = _now() + dt.timedelta(days=1) if everything else before
        gone = {"pictures": 0, "feedback": 0}
        if limit is not None:
            with self._session() as session:
                old = list(session.scalars(select(Picture.sha256).where(Picture.added_at < limit)))
            self._forget(old)
            with self._session() as session:
                deleted = session.execute(delete(Feedback).where(Feedback.created_at < limit).returning(Feedback.id))
                gone = {"pictures": len(old), "feedback": len(deleted.all())}
        with self._session() as session:
            expired = delete(SharedResult).where(SharedResult.expires_at <= _now()).returning(SharedResult.id_hash)
            gone["expired"] = len(session.execute(expired).all())
        with self.pictures.held(alone=True):
            with self._session() as session:
                known = set(session.scalars(select(Picture.sha256)))
            orphans = list(self.pictures.orphans(known))
            for path in orphans:
                path.unlink(missing_ok=True)
        if self._engine.dialect.name == "sqlite":  # what was deleted leaves the log of changes too
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone | {"orphans": len(orphans)}

    def _forget(self, names: list[str]) -> None:
        for start in range(0, len(names), _AT_ONCE):
            with self.pictures.held(alone=True):
                self._forget_some(names[start : start + _AT_ONCE])

    def _forget_some(self, names: list[str]) -> None:
        with self._session() as session:
            rows = session.scalars(select(Picture).where(Picture.sha256.in_(names))).all()
            files = [(row.sha256, row.suffix) for row in rows]
            for table in (KeptVerdict, Review):
                session.execute(delete(table).where(table.sha256.in_(names)))
            session.execute(update(Feedback).where(Feedback.sha256.in_(names)).values(sha256=None))
            session.execute(delete(Picture).where(Picture.sha256.in_(names)))
        for sha256, suffix in files:
            self.pictures.remove(sha256, suffix)

    # results that visitors share

    def share(self, payload: dict[str, Any], *, lasts: dt.timedelta) -> Shared:
        """Keep a result under an address of 144 random bits, until it expires."""
        name, token, now = secrets.token_urlsafe(18), secrets.token_urlsafe(18), _now()
        with self._session() as session:
            session.execute(delete(SharedResult).where(SharedResult.expires_at <= now))
            session.add(
                SharedResult(
                    id_hash=_hash(name),
                    delete_hash=_hash(token),
                    payload=payload,
                    created_at=now,
                    expires_at=now + lasts,
                )
            )
        return Shared(name, payload, now, now + lasts, token)

    def shared(self, name: str) -> Shared | None:
        """A shared result, if it is there and has not expired."""
        with self._session() as session:
            row = session.get(SharedResult, _hash(name))
            if row is None or row.expires_at <= _now():
                return None
            return Shared(name, row.payload, row.created_at, row.expires_at)

    def unshare(self, name: str, token: str) -> bool:
        """Delete a shared result; False if there is none or the token is wrong."""
        with self._session() as session:
            # One statement, so that of two who ask at once only one is told that it deleted. Comparing hashes of
            # random tokens tells nothing about a token, however long it takes.
            found = (SharedResult.id_hash == _hash(name)) & (SharedResult.delete_hash == _hash(token))
            return (
                session.execute(delete(SharedResult).where(found).returning(SharedResult.id_hash)).first() is not None
            )

    # keys

    def add_key(self, name: str, per_minute: int | None = None) -> str:
        """Make an API key; it is shown this once, and only its hash is kept.

        Raises:
            StoreError: there is one of that name (code ``key_exists``).
        """
        key = f"ff_{secrets.token_urlsafe(32)}"
        try:
            with self._session() as session:
                session.add(Key(key_hash=_hash(key), name=_line(name)[:100], per_minute=per_minute, created_at=_now()))
        except IntegrityError as e:
            raise StoreError(f"there is a key with the name '{name}' already", code="key_exists") from e
        return key

    def find_key(self, key: str) -> ApiKey | None:
        """Whose key it is; None if it is unknown or was revoked."""
        with self._session() as session:
            row = session.get(Key, _hash(key))
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
            changed = update(Key).where(Key.name == name, Key.revoked_at.is_(None)).values(revoked_at=_now())
            if not session.execute(changed.returning(Key.name)).all():
                raise NotFoundError(f"no key in use has the name '{name}'")

    def count(self) -> dict[str, int]:
        """How much there is of each."""
        with self._session() as session:
            tables = {"feedback": Feedback, "pictures": Picture, "shared": SharedResult}
            return {name: session.scalar(select(func.count()).select_from(t)) or 0 for name, t in tables.items()}


def _api_key(row: Key) -> ApiKey:
    return ApiKey(row.name, row.per_minute, row.created_at, row.revoked_at)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _hash(secret: str) -> str:
    """Enough for random secrets of more than 128 bits: nobody can try them all."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _clean(words: str) -> str:
    """A visitor's text without control characters and what a database or a terminal could choke on."""
    # Spaces of other scripts and tabs keep words apart, though they are not printable either.
    kept = (c if c == "\n" or c.isprintable() else " " if c.isspace() else "" for c in words.replace("\r\n", "\n"))
    return "".join(kept).strip()


def _line(words: str) -> str:
    """The same, in one line: a name."""
    return _clean(words.replace("\n", " "))
