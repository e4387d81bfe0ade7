"""Statements that are asked with every keystroke: written for SQLAlchemy, compiled once, run by the driver alone.

A dozen small statements a keystroke cost more in SQLAlchemy than in the engine (an IN of four ids: 100 µs beside 10).
Text, order of values and conversion of types are the same; what the driver complains of is wrapped as usual. Where an
act asks, `asked.Asked` is fast enough, and it knows the session.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Dialect

from desktop.ids import id_of_bytes
from desktop.models.columns import Digest, Sealed, Uuid16

SIZES = (1, 4, 8, 16, 30, 60, 100, 500)
"""How many ids a statement is compiled for (100: a page of a list); a shorter list is filled up with its last, a longer
one asked in turns."""

KeptId = Any
"""An id in the form the driver knows: bytes on SQLite, where a UUID takes longer to make than its row to read."""

Convert = Callable[[Any], Any] | None


class Asking:
    """What the builder of a statement is given: the conditions that each engine wants in its own way."""

    def __init__(self, dialect: Dialect, size: int) -> None:
        self.server = dialect.name == "postgresql"
        self.size = size
        self.kind: Any = None

    def among(self, column: Any, *, kept: bool = False) -> sa.ColumnElement[bool]:
        """A column is one of the ids asked for (`kept`: given as KeptId); true for all rows when none are given."""
        if not self.size:
            return sa.true()
        self.kind = sa.types.NullType() if kept else column.type
        if self.server:  # one text for any number of ids: the server plans it once
            one: sa.ColumnElement[bool] = column == sa.any_(sa.bindparam("ids", type_=postgresql.ARRAY(column.type)))
        else:
            one = column.in_([sa.bindparam(f"ids_{n}", type_=column.type) for n in range(self.size)])
        return one

    def kept(self, column: Any) -> Any:
        """A column of ids that are handed out as KeptId."""
        return sa.type_coerce(column, sa.types.NullType()).label(column.key)

    def tested(self, column: Any) -> Any:
        """A column that rows found by these ids are tested for, never found by.

        An office's SQLite keeps no statistics: one state of six looks rarer to it than the rooms of a page, and it
        would read every lease there is for four of them. The sign keeps it from the column's index.
        """
        if self.server or not self.size:
            return column
        return sa.UnaryExpression(column, operator=sa.sql.operators.custom_op("+"), type_=column.type)

    def by_point(self, column: Any) -> Any:
        """A text in the order of its code points: for a range of beginnings by the index that is made for it."""
        return sa.collate(column, "C") if self.server else column


Build = Callable[[Asking], Any]
"""Makes the statement, a sa.Select."""
Rows = Callable[[], list[Any]]
"""The rows of a statement that has been asked."""


class Quick:
    """A statement by the function that builds it: `Quick(lambda q: sa.select(…).where(q.among(Party.id)))`.

    Ids are given apart; other values by the names of their bindparams. Rows have the columns as attributes.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._plans: dict[tuple[str, int], _Plan] = {}

    def rows(self, connection: Connection, ids: Collection[Any] | None = None, **values: Any) -> list[Any]:
        """What the statement finds of these ids (None: of all rows), in its order within each 500 of them.

        Asked of the connection: changed rows that wait in the session are not written first.
        """
        if ids is None:
            return self._plan(connection.dialect, 0).rows(connection, None, values)
        if len(ids) <= SIZES[-1]:
            return self._some(connection, list(ids), values) if ids else []
        every, most = list(ids), SIZES[-1]
        parts = (every[start : start + most] for start in range(0, len(every), most))
        return [row for some in parts for row in self._some(connection, some, values)]

    def ask(self, connection: Connection, ids: Collection[Any] | None = None, **values: Any) -> Rows:
        """`rows`, asked now and read when they are called for: see `together`."""
        if ids is not None and not 0 < len(ids) <= SIZES[-1]:
            rows = self.rows(connection, ids, **values)
            return lambda: rows
        size = 0 if ids is None else SIZES[bisect_left(SIZES, len(ids))]
        return self._plan(connection.dialect, size).ask(connection, None if ids is None else list(ids), values)

    def first(self, connection: Connection, ids: Collection[Any] | None = None, **values: Any) -> list[Any]:
        """The first column of the rows."""
        return [row[0] for row in self.rows(connection, ids, **values)]

    def _some(self, connection: Connection, ids: list[Any], values: dict[str, Any]) -> list[Any]:
        size = SIZES[bisect_left(SIZES, len(ids))]
        return self._plan(connection.dialect, size).rows(connection, ids, values)

    def _plan(self, dialect: Dialect, size: int) -> _Plan:
        plan = self._plans.get((dialect.name, size))
        if plan is None:
            plan = self._plans[dialect.name, size] = _Plan(self._build, dialect, size)
        return plan


class _Plan:
    """A statement for one engine and one number of ids."""

    def __init__(self, build: Build, dialect: Dialect, size: int) -> None:
        asking = Asking(dialect, size)
        statement = build(asking)
        compiled: Any = statement.compile(dialect=dialect)
        nothing = {bind.key: None for bind in compiled.binds.values() if bind.required}
        text = compiled.construct_expanded_state(nothing)
        self._size = size
        self._sql = text.statement
        self._server = asking.server
        self._convert: Mapping[str, Convert] = {
            bind.key: _into(bind.type, dialect) for bind in compiled.binds.values()
        } | text.processors
        self._fixed = {name: self._given(name, value) for name, value in text.parameters.items()}
        places = list(text.positiontup or ())
        self._values = [self._fixed.get(name) for name in places]
        self._places: dict[str, list[int]] = {}
        for at, name in enumerate(places):
            self._places.setdefault(name, []).append(at)
        self._id_places = [at for n in range(size) for at in self._places.get(f"ids_{n}", ())]
        self._ids = _into(asking.kind, dialect) if asking.kind is not None else None
        columns = list(statement.selected_columns)
        names = [column.key or f"column_{n}" for n, column in enumerate(columns)]
        self._made = _maker(names, [_out_of(column.type, dialect) for column in columns])

    def rows(self, connection: Connection, ids: list[Any] | None, values: dict[str, Any]) -> list[Any]:
        return self._made(fetched(connection, self._sent(connection, ids, values)))

    def ask(self, connection: Connection, ids: list[Any] | None, values: dict[str, Any]) -> Rows:
        if not self._server:  # nothing is gained, and a statement that is not read to its end holds its table
            rows = self.rows(connection, ids, values)
            return lambda: rows
        cursor = self._sent(connection, ids, values)
        return lambda: self._made(fetched(connection, cursor))

    def _sent(self, connection: Connection, ids: list[Any] | None, values: dict[str, Any]) -> Any:
        found = ids if ids is None or self._ids is None else [self._ids(row_id) for row_id in ids]
        asked: Any = self._named(found, values) if self._server else self._placed(found, values)
        return send(connection, self._sql, asked)

    def _named(self, ids: list[Any] | None, values: dict[str, Any]) -> dict[str, Any]:
        asked = self._fixed | {name: self._given(name, value) for name, value in values.items()}
        if ids is not None:
            asked["ids"] = ids
        return asked

    def _placed(self, ids: list[Any] | None, values: dict[str, Any]) -> list[Any]:
        asked = self._values.copy()
        for name, value in values.items():
            given = self._given(name, value)
            for at in self._places.get(name, ()):
                asked[at] = given
        if ids is not None:
            last = len(ids) - 1
            for n, at in enumerate(self._id_places):
                asked[at] = ids[n if n < last else last]
        return asked

    def _given(self, name: str, value: Any) -> Any:
        convert = self._convert.get(name)
        return value if convert is None or value is None else convert(value)


def _maker(names: Sequence[str], turns: Sequence[Convert]) -> Callable[[list[Any]], list[Any]]:
    """What makes rows with these names out of the driver's; what is empty stays so.

    Written out as one expression, as `namedtuple` does with its own: a loop over the columns of each row takes half as
    long again, and the `_make` of a named tuple counts the values once more.
    """
    made = {"make": partial(tuple.__new__, namedtuple("Row", names))}
    marks = [f"v{n}" for n in range(len(names))]
    values = [mark if turn is None else f"None if {mark} is None else turn_{mark}({mark})"
              for mark, turn in zip(marks, turns, strict=True)]  # fmt: skip
    code = f"lambda rows: [make(({', '.join(values)},)) for {', '.join(marks)}, in rows]"
    rows: Callable[[list[Any]], list[Any]] = eval(code, made | {f"turn_v{n}": turn for n, turn in enumerate(turns)})
    return rows


def send(connection: Connection, sql: str, values: Any) -> Any:
    """Ask a text by the driver; its cursor. Raises what SQLAlchemy would have raised."""
    driver: Any = connection.connection.dbapi_connection
    try:
        if connection.dialect.name == "postgresql":
            return driver.execute(sql, values, prepare=True)
        return driver.execute(sql, values)
    except connection.dialect.loaded_dbapi.Error as trouble:
        raise _as_usual(connection, trouble) from trouble


def fetched(connection: Connection, cursor: Any) -> list[Any]:
    """All rows of a cursor. Raises as `send` does."""
    try:
        return cursor.fetchall()  # type: ignore[no-any-return]
    except connection.dialect.loaded_dbapi.Error as trouble:
        raise _as_usual(connection, trouble) from trouble


def _as_usual(connection: Connection, trouble: Exception) -> BaseException:
    """What SQLAlchemy makes of a driver's error; a connection that has broken is given up."""
    dialect: Any = connection.dialect
    gone = dialect.is_disconnect(trouble, connection.connection.dbapi_connection, None)
    if gone:
        connection.invalidate(trouble)
    return sa.exc.DBAPIError.instance(
        None, None, trouble, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=gone,
        dialect=dialect,
    )  # fmt: skip


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """What is asked in here of a server goes there at once, and only who wants rows waits for them.

    A keystroke asks two dozen small questions; on the way to the server and back each takes longer than its answer.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    # When the line breaks it would warn that it cannot end in good order; that the line is gone is told by us.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    with driver.pipeline():
        yield


def plan_once(connection: Connection) -> None:
    """For the rest of this transaction the server plans a statement once and keeps the plan.

    Planning the join behind one line under the search box takes it longer than answering it a hundred times. Only for
    statements that find few rows by an index whatever is asked, as these do.
    """
    if connection.dialect.name == "postgresql":
        send(connection, "SET LOCAL plan_cache_mode = force_generic_plan", None)


def kept_of(connection: Connection, ids: Iterable[UUID]) -> list[KeptId]:
    """Ids in the form the driver knows."""
    return list(ids) if connection.dialect.name == "postgresql" else [row_id.bytes for row_id in ids]


def uuid_of(kept: KeptId) -> UUID:
    """The id itself."""
    return kept if isinstance(kept, UUID) else id_of_bytes(kept)


def _into(kind: Any, dialect: Dialect) -> Convert:
    """What turns a value into the driver's form; None: it is in it already."""
    if isinstance(kind, Uuid16):
        return None if dialect.name == "postgresql" else attrgetter("bytes")
    if isinstance(kind, sa.Date) and dialect.name == "sqlite":
        return date.isoformat  # SQLAlchemy's own, without its template
    turn: Convert = kind.dialect_impl(dialect).bind_processor(dialect)
    return turn


def _out_of(kind: Any, dialect: Dialect) -> Convert:
    """What turns the driver's value into ours, where there is one; None: it is ours already.

    SQLAlchemy's own takes a call or two more for each value of the kinds that we decorate.
    """
    if isinstance(kind, Uuid16):
        return None if dialect.name == "postgresql" else id_of_bytes
    if isinstance(kind, Sealed | Digest):
        return None  # both drivers give bytes
    impl = kind.dialect_impl(dialect)
    if isinstance(kind, sa.types.TypeDecorator) and impl.impl_instance.result_processor(dialect, None) is None:
        if type(kind).process_result_value is sa.types.TypeDecorator.process_result_value:
            return None
        return partial(kind.process_result_value, dialect=dialect)
    turn: Convert = impl.result_processor(dialect, None)
    return turn
