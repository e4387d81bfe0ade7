"""Alembic's entry: runs inside the connection that `central.store.migrate` opened."""

from __future__ import annotations

from alembic import context

from central.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, version_table="central_version", transaction_per_migration=False
)
with context.begin_transaction():
    context.run_migrations()
