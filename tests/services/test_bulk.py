"""The bulk path stores what the ORM would, and rows come after those that they point at."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.base import Base, table_of
from desktop.models.columns import Day, Digest, Fen, Instant, Json, Scaled, Sealed, Uuid16, Word, to_wire
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import MeterKind, Money, PartyKind
from desktop.services import check_in_forms, check_ins
from desktop.services.acts import Op
from desktop.services.bulk import COPY_FROM, insert_tuples, wire_rows
from desktop.services.check_in_people import PersonForm, Role
from desktop.services.handover import ReadingForm
from desktop.services.office import Office
from desktop.services.sync.wire import OpBody, decode_body, encode
from desktop.services.work import PROGRAM, begin
from tests.offices import person, rooms_of, sit_down, terms


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


KINDS: list[tuple[sa.types.TypeEngine[Any], list[Any]]] = [
    (Uuid16(), [UUID(int=1), UUID(int=2**128 - 1), None]),
    (Fen(), [Money(-5), Money(0), None]),
    (Scaled(3), [Decimal("1.250"), Decimal(-7), None]),
    (Instant(), [datetime(2026, 11, 22, 1, 2, 3, 4, UTC), None]),
    (Day(), [date(1999, 12, 31), datetime(2026, 2, 3, 4, 5, tzinfo=UTC), None]),
    (Word(Light), [Light.RED, "green", None]),
    (Sealed(), [b"x" * 40, None]),
    (Digest(), [b"", b"abc", None]),
    (Json(), [{"b": 1, "a": [None, "值"]}, [], None]),
    (sa.Text(), ["", "安居", None]),
    (sa.Boolean(), [True, False, None]),
    (sa.BigInteger(), [0, -(2**62), None]),
]


@pytest.mark.parametrize("many", [1, COPY_FROM + 1])
def test_every_kind_of_column_is_stored_as_the_orm_stores_it(office: Office, many: int) -> None:
    columns = [sa.Column(f"c{n}", kind) for n, (kind, _) in enumerate(KINDS)]
    table = sa.Table("kinds", sa.MetaData(), sa.Column("n", sa.BigInteger()), *columns)
    longest = max(len(values) for _, values in KINDS)
    rows = [(n, *(values[n % len(values)] for _, values in KINDS)) for n in range(longest)] * many
    with office.engine.begin() as connection:
        table.create(connection)
        names = [column.name for column in table.columns]
        connection.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        wanted = connection.exec_driver_sql("SELECT * FROM kinds").all()
        connection.exec_driver_sql("DELETE FROM kinds")
        insert_tuples(connection, table, names, rows)
        assert connection.exec_driver_sql("SELECT * FROM kinds").all() == wanted
        table.drop(connection)


def test_rows_travel_in_the_same_bytes_by_the_bulk_path_as_one_by_one() -> None:
    kinds = [(kind, values) for kind, values in KINDS if not isinstance(kind, Sealed | Digest)]
    table = sa.Table("kinds", sa.MetaData(), *(sa.Column(f"c{n}", kind) for n, (kind, _) in enumerate(kinds)))
    names = [column.name for column in table.columns]
    rows = [tuple(values[n % len(values)] for _, values in kinds) for n in range(6)]
    for row, struct in zip(rows, wire_rows(table, names, rows), strict=True):
        told = {
            column.name: to_wire(column, as_read(column, value))
            for column, value in zip(table.columns, row, strict=True)
            if value is not None
        }
        assert encode(_op(struct)) == encode(_op(told))
        assert decode_body(encode(_op(struct))).set == decode_body(encode(_op(told))).set


def as_read(column: sa.Column[Any], value: Any) -> Any:
    """As the column gives it back: a moment put into a day is that day, a text that is a word is the word."""
    match column.type:
        case Day():
            return date(value.year, value.month, value.day)
        case Word():
            return column.type.words(value)
    return value


def _op(values: Any) -> OpBody:
    return OpBody(v=1, op="a", act="b", k="ins", t="kinds", pk="c", h="d", rev=1, set=values)


def test_what_is_alike_in_every_row_is_said_once(office: Office) -> None:
    table = sa.Table("alike", sa.MetaData(), sa.Column("n", sa.BigInteger()), sa.Column("of", Uuid16()))
    with office.engine.begin() as connection:
        table.create(connection)
        insert_tuples(connection, table, ["n"], [(1,), (2,)], {"of": UUID(int=7)})
        assert connection.execute(sa.select(table)).all() == [(1, UUID(int=7)), (2, UUID(int=7))]
        table.drop(connection)


def test_a_word_that_is_none_is_refused(office: Office) -> None:
    table = sa.Table("lights", sa.MetaData(), sa.Column("light", Word(Light)))
    with office.engine.begin() as connection, pytest.raises(ValueError, match="blue"):
        insert_tuples(connection, table, ["light"], [("blue",)])


def test_what_the_database_refuses_comes_as_from_sqlalchemy(office: Office) -> None:
    with office.engine.begin() as connection:
        same = connection.execute(sa.select(table_of(Building))).mappings().first()
        assert same is not None
        with pytest.raises(sa.exc.IntegrityError) as caught:
            insert_tuples(connection, table_of(Building), list(same), [tuple(same.values())])
        connection.rollback()
    assert caught.value.hide_parameters


def test_a_row_just_added_can_be_read_and_changed(office: Office) -> None:
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        building = work.add(Building(name="9 栋", sort=9))
        work.session.flush()
        assert building.version == 1
        assert building.deleted_at is None
        assert work.get(Building, building.id) is building
        building.name = "九栋"
    with office.reading() as session:
        stored = session.get_one(Building, building.id)
        assert (stored.name, stored.version) == ("九栋", 2)


def test_what_nobody_filled_has_its_default(office: Office) -> None:
    with begin(office, PROGRAM, Op.REGISTER_PARTY) as work:
        party = work.add(Party(number="WJY-PA900000", kind=PartyKind.PERSON, name="无名"))
        work.session.flush()
        assert party.hold_erasure is False
        assert work._made["party", party.id]["hold_erasure"] is False
    with office.reading() as session:
        assert session.get_one(Party, party.id).hold_erasure is False


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_rows_come_after_those_they_point_at(office: Office) -> None:
    """Else SQLite searches every table that points there, also those without an index, for each such row."""
    clerk = sit_down(office, "front_desk")
    form = check_in_forms.CheckIn(
        rooms_of(office)[0], terms(office.world.today()), party=person(bank=True), matched=True, notice_told=True,
        bank_consent=True, people=[
            PersonForm(Role.HOUSEHOLD, person("顾知夏", 2, phone="13900002047"), relation="妹妹")
        ], keys=2, cards=1,
        readings=[ReadingForm(kind, Decimal(100)) for kind in (MeterKind.ELECTRICITY, MeterKind.WATER)],
    )  # fmt: skip
    said: list[str] = []
    with begin(office, clerk, Op.CHECK_IN) as work:
        driver = work.session.connection().connection.dbapi_connection
        assert driver is not None
        driver.set_trace_callback(said.append)
        check_ins.check_in(work, form)
        work._finish()
        driver.set_trace_callback(None)
        work.session.rollback()
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for place, statement in enumerate(said):
        found = re.match(r'INSERT INTO "?(\w+)', statement)
        if found and found[1] in Base.metadata.tables:  # an index of SQLite's own has no foreign keys
            first.setdefault(found[1], place)
            last[found[1]] = place
    assert {"party", "lease", "bill", "bill_line", "consent", "party_name", "reading", "key_move"} <= first.keys()
    for name in first.keys() & Base.metadata.tables.keys():
        for key in Base.metadata.tables[name].foreign_keys:
            parent = key.column.table.name
            if parent in last and parent != name:
                assert last[parent] < first[name], f"{name} before {parent}"
    assert Room.__tablename__ not in first
