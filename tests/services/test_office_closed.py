"""An office that was closed leaves no connection behind: not the one a job still holds, not one asked for too late."""

from __future__ import annotations

import gc
import sqlite3
from typing import Any

import psycopg
import sqlalchemy as sa

from desktop.services.office import Office

NOTHING = sa.text("SELECT 1")


def _open(raw: Any) -> bool:
    if isinstance(raw, psycopg.Connection):
        return not raw.closed
    try:
        raw.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


def test_a_connection_still_in_use_is_closed_when_it_comes_back(office: Office) -> None:
    with office.reading() as session:
        session.execute(NOTHING)
        raw = session.connection().connection.dbapi_connection
        office.close()
        session.execute(NOTHING)
        assert _open(raw), "the job goes on to its end"
    assert not _open(raw)


def test_a_connection_asked_for_too_late_does_not_stay(office: Office) -> None:
    office.close()
    with office.writing() as session:
        session.execute(NOTHING)
        raw = session.connection().connection.dbapi_connection
    assert not _open(raw)
    gc.collect()
