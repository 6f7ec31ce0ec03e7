"""Kept pictures and what reviewers find: the queue of the command line and of the review page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Engine, func, literal_column, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fauxface.web.store.database import NotFoundError, Sessions, clean, line, now
from fauxface.web.store.pictures import Pictures
from fauxface.web.store.tables import Feedback, KeptVerdict, Picture, Review

State = Literal["unreviewed", "real", "fake", "rejected"]
STATES: Final[tuple[State, ...]] = ("unreviewed", "real", "fake", "rejected")
UNDONE: Final = "(undone)"
"""The note of a review that takes the one before it back."""
_MOST_BACK: Final = 1000


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


@dataclass(frozen=True, slots=True)
class Said:
    """What a visitor said of a kept picture, and how the visitor knows, in the visitor's own words."""

    says: str
    how: str
    created_at: dt.datetime


class Reviews(Sessions):
    """The part of the store that holds them."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(engine)
        self.pictures = Pictures(folder)

    def kept(self, state: State | None = None) -> list[Kept]:
        """The kept pictures, oldest first; only those in one state if it is given."""
        with self._session() as session:
            found = [self._as_kept(session, row) for row in session.scalars(select(Picture).order_by(Picture.added_at))]
        return [one for one in found if state in (None, one.state)]

    def queue(self, state: State, *, most: int = 5000) -> list[str]:
        """SHA-256 of the pictures in one state, oldest first."""
        newest = _newest()
        found = select(Picture.sha256).outerjoin(newest, newest.c.sha256 == Picture.sha256)
        found = found.outerjoin(Review, Review.id == newest.c.id).where(_state() == state)
        with self._session() as session:
            return list(session.scalars(found.order_by(Picture.added_at, Picture.sha256).limit(most)))

    def states(self) -> dict[State, int]:
        """How many pictures are in each state."""
        newest = _newest()
        counted = select(_state(), func.count()).select_from(Picture)
        counted = counted.outerjoin(newest, newest.c.sha256 == Picture.sha256)
        counted = counted.outerjoin(Review, Review.id == newest.c.id).group_by(_state())
        with self._session() as session:
            found: dict[str, int] = dict(row._tuple() for row in session.execute(counted))
        return {state: found.get(state, 0) for state in STATES}

    def said_of(self, sha256: str, *, most: int = 50) -> list[Said]:
        """What visitors said of a picture, oldest first."""
        rows = select(Feedback).where(Feedback.sha256 == sha256).order_by(Feedback.created_at, Feedback.id).limit(most)
        with self._session() as session:
            return [Said(row.says, row.how, row.created_at) for row in session.scalars(rows)]

    def verdicts_on(self, sha256: str) -> list[dict[str, Any]]:
        """What each version of the detector said of it, as `fauxface.verdict.Verdict.to_dict` gives it."""
        with self._session() as session:
            return list(session.scalars(select(KeptVerdict.verdict).where(KeptVerdict.sha256 == sha256)))

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
        try:
            with self._session() as session:
                session.add(_row(sha256, state, reviewer, note))
        except IntegrityError as e:  # deleted a moment ago
            raise NotFoundError(f"no kept picture begins with {prefix}") from e
        return self.find(sha256)

    def undo(self, reviewer: str, *, since: dt.datetime) -> Kept:
        """Take a reviewer's last answer back, then the one before it, and so on; what was taken back stays as history.

        Args:
            since: older answers stand.

        Raises:
            NotFoundError: there is none, or somebody else has answered since.
        """
        name = line(reviewer)[:200]
        with self._session() as session:
            mine = select(Review).where(Review.reviewer == name, Review.reviewed_at >= since)
            last = _standing(session.scalars(mine.order_by(Review.id.desc()).limit(_MOST_BACK)).all())
            if last is None:
                raise NotFoundError("there is nothing to undo")
            same = select(Review).where(Review.sha256 == last.sha256).order_by(Review.id.desc())
            if session.scalars(same.where(Review.id > last.id, Review.reviewer != name).limit(1)).first() is not None:
                raise NotFoundError("somebody else has reviewed this picture since: look at it again instead")
            before = session.scalars(same.where(Review.id < last.id).limit(1)).first()
            sha256, state = last.sha256, before.state if before else "unreviewed"
            session.add(_row(sha256, state, name, UNDONE))
        return self.find(sha256)


def _row(sha256: str, state: str, reviewer: str, note: str) -> Review:
    return Review(sha256=sha256, state=state, reviewer=line(reviewer)[:200], note=clean(note), reviewed_at=now())


def _standing(newest_first: Sequence[Review]) -> Review | None:
    """The last review that was not taken back."""
    taken_back = 0
    for review in newest_first:
        if review.note == UNDONE:
            taken_back += 1
        elif taken_back:
            taken_back -= 1
        else:
            return review
    return None


def _newest() -> Any:
    return select(Review.sha256, func.max(Review.id).label("id")).group_by(Review.sha256).subquery()


def _state() -> Any:
    # Written out: PostgreSQL does not see that two placeholders in SELECT and GROUP BY are the same.
    return func.coalesce(Review.state, literal_column("'unreviewed'"))
