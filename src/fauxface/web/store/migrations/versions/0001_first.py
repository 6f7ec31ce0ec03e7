"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """There."""
    op.create_table(
        "pictures",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("suffix", sa.String(8), nullable=False),
        sa.Column("added_at", UTC, nullable=False),
    )
    op.create_table(
        "verdicts",
        sa.Column("sha256", sa.String(64), sa.ForeignKey("pictures.sha256", ondelete="CASCADE"), primary_key=True),
        sa.Column("model", sa.String(200), primary_key=True),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("probability_fake", sa.Double, nullable=False),
        sa.Column("verdict", sa.JSON, nullable=False),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("says", sa.String(16), nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("probability_fake", sa.Double, nullable=False),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("pictures.sha256", ondelete="SET NULL")),
    )
    op.create_index("ix_feedback_created_at", "feedback", ["created_at"])
    op.create_index("ix_feedback_sha256", "feedback", ["sha256"])
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("pictures.sha256", ondelete="CASCADE"), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("reviewed_at", UTC, nullable=False),
    )
    op.create_index("ix_reviews_sha256_id", "reviews", ["sha256", "id"])
    op.create_table(
        "shared_results",
        sa.Column("id_hash", sa.String(64), primary_key=True),
        sa.Column("delete_hash", sa.String(64), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
    )
    op.create_index("ix_shared_results_expires_at", "shared_results", ["expires_at"])
    op.create_table(
        "api_keys",
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("per_minute", sa.Integer),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("revoked_at", UTC),
    )


def downgrade() -> None:
    """And back."""
    for table in ("api_keys", "shared_results", "reviews", "feedback", "verdicts", "pictures"):
        op.drop_table(table)
