"""The database of head office: opened by the rules of an office's, laid out by its own migrations."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from central import isolation
from desktop.services import database

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x63656E74


def open_store(url: str) -> Engine:
    """An engine on head office's database, PostgreSQL (SQLite for proofs), at today's schema."""
    engine = database.open_engine(database.parse_url(url))
    database.check_server(engine)
    migrate(engine)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the database to today's schema; several servers that start at once wait for each other."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.execution_options(anju_write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        isolation.install(connection)
