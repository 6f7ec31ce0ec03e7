"""The tables: what visitors said, pictures that they let us keep, what reviewers found, shared results, API keys."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Boolean, DateTime, Double, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[dt.datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """With its zone."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=dt.UTC)


class Base(DeclarativeBase):
    """All tables."""


class Picture(Base):
    """A picture that its owner let us keep; the file lies on disk under its content's hash."""

    __tablename__ = "pictures"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    bytes: Mapped[int] = mapped_column(Integer)
    suffix: Mapped[str] = mapped_column(String(8))
    added_at: Mapped[dt.datetime] = mapped_column(Utc)


class KeptVerdict(Base):
    """What a version of the detector said about a kept picture."""

    __tablename__ = "verdicts"
    sha256: Mapped[str] = mapped_column(ForeignKey("pictures.sha256", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    label: Mapped[str] = mapped_column(String(16))
    probability_fake: Mapped[float] = mapped_column(Double)
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON)


class Feedback(Base):
    """What a visitor said about an answer; names a picture only if it may be kept."""

    __tablename__ = "feedback"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(Utc, index=True)
    says: Mapped[str] = mapped_column(String(16))
    how: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(String(16))
    probability_fake: Mapped[float] = mapped_column(Double)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("pictures.sha256", ondelete="SET NULL"), index=True)


class Review(Base):
    """What a reviewer found; of several for one picture the latest counts."""

    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("pictures.sha256", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(16))
    reviewer: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text)
    reviewed_at: Mapped[dt.datetime] = mapped_column(Utc)
    __table_args__ = (Index("ix_reviews_sha256_id", "sha256", "id"),)


class SharedResult(Base):
    """A result that a visitor shared: found by the hash of its address, which is stored nowhere."""

    __tablename__ = "shared_results"
    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    delete_hash: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[dt.datetime] = mapped_column(Utc)
    expires_at: Mapped[dt.datetime] = mapped_column(Utc, index=True)


class Key(Base):
    """An API key, by its hash."""

    __tablename__ = "api_keys"
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    per_minute: Mapped[int | None]
    may_review: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    created_at: Mapped[dt.datetime] = mapped_column(Utc)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Utc)
