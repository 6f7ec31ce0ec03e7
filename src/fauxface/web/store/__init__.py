"""The page's memory: feedback, pictures kept with consent, reviewed truth, shared results and API keys.

SQLite by default, PostgreSQL by URL. Nothing of a picture is in here unless its owner ticked the box. Every call is a
transaction of its own and may come from any thread.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from fauxface.web.store.database import NotFoundError, StoreError, clean, connect, now
from fauxface.web.store.keys import ApiKey, Keys, Shared, Shares
from fauxface.web.store.reviews import STATES, Kept, Reviews, Said, State
from fauxface.web.store.tables import Feedback, KeptVerdict, Picture, Review, SharedResult

__all__ = [
    "MOST_HOW",
    "STATES",
    "ApiKey",
    "Kept",
    "NotFoundError",
    "Said",
    "Says",
    "Shared",
    "State",
    "Store",
    "StoreError",
]

Says = Literal["real", "fake", "unknown"]
MOST_HOW: Final = 2000
"""Characters of how a visitor knows."""
_AT_ONCE: Final = 1000
"""Pictures deleted in one transaction: databases limit the values of a statement."""


class Store(Reviews, Shares, Keys):
    """The page's memory; see `open`."""

    @classmethod
    def open(cls, url: str | None, folder: Path) -> Store:
        """Connect, and lay out the tables where they are missing or old.

        Raises:
            StoreError: as `fauxface.web.store.database.connect`.
        """
        return cls(connect(url, folder), folder)

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
                    created_at=now(),
                    says=says,
                    how=clean(how)[:MOST_HOW],
                    model=verdict["model"],
                    label=verdict["label"],
                    probability_fake=verdict["probability_fake"],
                    sha256=kept[0] if kept else None,
                )
            )

    def _keep(self, session: Session, sha256: str, suffix: str, size: int, verdict: dict[str, Any]) -> None:
        # Two visitors may send the same picture at the same moment; the second insert gives way.
        rows: Sequence[tuple[Any, dict[str, Any]]] = (
            (Picture, {"sha256": sha256, "bytes": size, "suffix": suffix, "added_at": now()}),
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

    # what is deleted

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
        limit = now() + dt.timedelta(days=1) if everything else before
        gone = {"pictures": 0, "feedback": 0}
        if limit is not None:
            with self._session() as session:
                old = list(session.scalars(select(Picture.sha256).where(Picture.added_at < limit)))
            self._forget(old)
            with self._session() as session:
                deleted = session.execute(delete(Feedback).where(Feedback.created_at < limit).returning(Feedback.id))
                gone = {"pictures": len(old), "feedback": len(deleted.all())}
        with self._session() as session:
            expired = delete(SharedResult).where(SharedResult.expires_at <= now()).returning(SharedResult.id_hash)
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

    def count(self) -> dict[str, int]:
        """How much there is of each."""
        with self._session() as session:
            tables = {"feedback": Feedback, "pictures": Picture, "shared": SharedResult}
            return {name: session.scalar(select(func.count()).select_from(t)) or 0 for name, t in tables.items()}
