"""Alembic's way in: `fauxface.web.store.database` hands a connection over; there is no alembic.ini."""

from __future__ import annotations

from alembic import context

from fauxface.web.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
