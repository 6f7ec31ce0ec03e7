"""Keys that may review."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """There; no key that exists may."""
    op.add_column("api_keys", sa.Column("may_review", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """And back."""
    op.drop_column("api_keys", "may_review")
