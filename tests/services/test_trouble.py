"""What databases raise comes to the desk in words: a line that breaks in the middle, a lock, a server that is gone."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa

from desktop.services import database
from desktop.services.acts import Op
from desktop.services.bulk import COPY_FROM
from desktop.services.errors import DatabaseBusy, DatabaseGone
from desktop.services.office import Office
from desktop.services.places import BuildingDraft, RoomDraft, add_building
from desktop.services.trouble import translated
from desktop.services.work import PROGRAM, Work, begin
from tests.databases import Databases


def _cut_and_add(office: Office, work: Work, draft: BuildingDraft) -> None:
    """The server ends this very connection, as it does when somebody restarts it; then the clerk goes on."""
    pid = work.session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    with office.engine.connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    add_building(work, draft)


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("rooms", [2, COPY_FROM + 5])
def test_a_line_that_breaks_in_the_middle_of_an_act_stores_nothing(office: Office, rooms: int) -> None:
    draft = BuildingDraft("2 栋", [RoomDraft(f"1{n:02d}", 1) for n in range(rooms)])
    with pytest.raises(DatabaseGone, match="没有保存"), begin(office, PROGRAM, Op.ADD_PLACES) as work:
        _cut_and_add(office, work, draft)
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:  # the next act finds a new line by itself
        add_building(work, draft)


def _take_the_lock(office: Office) -> None:
    with translated(), office.engine.connect() as other:
        other.exec_driver_sql("PRAGMA busy_timeout = 50")
        other.exec_driver_sql("ROLLBACK")
        other.exec_driver_sql("BEGIN IMMEDIATE")


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_locked_file_is_told_as_busy(office: Office) -> None:
    with office.engine.execution_options(anju_write=True).begin(), pytest.raises(DatabaseBusy):
        _take_the_lock(office)


def test_a_server_that_is_not_there_is_told_with_its_address(databases: Databases) -> None:
    with pytest.raises(Exception, match="连不上"):
        database.test_address("postgresql://nobody@127.0.0.1:1/none")


def test_copy_errors_have_words_too() -> None:
    def raising(error: Exception) -> Callable[[], None]:
        def act() -> None:
            with translated():
                raise error

        return act

    for error, kind in (
        (psycopg.errors.AdminShutdown(), DatabaseGone),
        (psycopg.errors.LockNotAvailable(), DatabaseBusy),
        (psycopg.OperationalError("consuming input failed"), DatabaseGone),
    ):
        with pytest.raises(kind):
            raising(error)()
    with pytest.raises(psycopg.errors.UniqueViolation):
        raising(psycopg.errors.UniqueViolation())()
