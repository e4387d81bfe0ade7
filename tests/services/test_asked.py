"""Questions worded once answer the same for no row, one, several, and more than fit into one statement."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.places import Room
from desktop.services import asked
from desktop.services.asked import Asked
from desktop.services.office import Office
from tests.offices import rooms_of

NUMBERS = Asked(lambda one_of: sa.select(Room.id, Room.number).where(one_of(Room.id)).order_by(Room.number))
FLOORS = Asked(lambda one_of: sa.select(Room.id).where(one_of(Room.id), Room.floor > sa.bindparam("above")))


def test_none_one_and_several(office: Office) -> None:
    ids = rooms_of(office)
    with office.reading() as session:
        connection = session.connection()
        assert NUMBERS.rows(connection, ()) == []
        assert [row.id for row in NUMBERS.rows(connection, {ids[0]})] == ids[:1]
        several = NUMBERS.rows(connection, set(ids))
        assert {row.id for row in several} == set(ids)
        assert [row.number for row in several] == sorted(row.number for row in several)
        assert NUMBERS.rows(connection, [UUID(int=1), UUID(int=2)]) == []


def test_more_than_fit_into_one_statement(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "CHUNK", 5)
    ids = rooms_of(office)
    with office.reading() as session:
        assert {row.id for row in NUMBERS.rows(session.connection(), ids)} == set(ids)


def test_other_values_beside_the_ids(office: Office) -> None:
    ids = rooms_of(office)
    with office.reading() as session:
        found = FLOORS.rows(session.connection(), ids, above=2)
        assert 0 < len(found) < len(ids)
        assert len(FLOORS.rows(session.connection(), [found[0].id], above=2)) == 1
        assert FLOORS.rows(session.connection(), [found[0].id], above=9) == []


def test_rows_to_be_changed(office: Office) -> None:
    ids = rooms_of(office)
    rooms = Asked(lambda one_of: sa.select(Room).where(one_of(Room.id)))
    with office.reading() as session:
        assert {room.id for room in rooms.objects(session, ids[:3])} == set(ids[:3])
        assert isinstance(rooms.objects(session, ids[:1])[0], Room)


def test_a_statement_that_answers_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "CHUNK", 2)
    table = sa.Table("gone", sa.MetaData(), sa.Column("n", sa.Integer()))
    delete = Asked(lambda one_of: sa.delete(table).where(one_of(table.c.n)))
    with office.engine.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"n": n} for n in range(6)])
        delete.do(connection, ())
        delete.do(connection, [0, 1, 2, 3, 4])
        assert connection.scalars(sa.select(table.c.n)).all() == [5]
        table.drop(connection)
