"""Alembic's entry: runs inside the connection that `services.database.migrate` opened."""

from __future__ import annotations

from alembic import context

from desktop.models.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=True, transaction_per_migration=False
)
with context.begin_transaction():
    context.run_migrations()
