"""The bulk path: many tuples into one table at the speed of the driver.

The driver's own `executemany` on SQLite and COPY on PostgreSQL. SQLAlchemy's insert of dictionaries costs twice as
much, and its execution context more than the one row that an act writes into each of a dozen tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import repeat
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError

from desktop.models.columns import Day, Digest, Fen, Scaled, Uuid16, Word

COPY_FROM = 20
"""Below this many rows one executemany beats opening a COPY."""

Converter = Callable[[Sequence[Any]], Iterable[Any]]
_Plan = tuple[str, tuple[Converter | None, ...]]

_PLANS: dict[tuple[str, str, tuple[str, ...]], _Plan] = {}
"""(engine, table, columns): the statement and what converts each column; worked out once."""


def insert_tuples(
    connection: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]],
    same: Mapping[str, Any] | None = None, *, copy: bool = True,
) -> None:  # fmt: skip
    """Insert Python values, converted by their column types as the ORM would. `same`: columns alike in every row.

    `copy` False: a table with row level security, which PostgreSQL's COPY does not write.
    """
    if not rows:
        return
    dialect = connection.dialect
    names = (*columns, *(same or ()))
    key = (dialect.name, table.name, names)
    if key not in _PLANS:
        _PLANS[key] = _plan(dialect, table, names)
    statement, converters = _PLANS[key]
    # By column, not by row: one loop without a call for what needs no conversion, and little more for ids and money.
    values: list[Iterable[Any]] = [
        column if convert is None else convert(column)
        for column, convert in zip(zip(*rows, strict=True), converters, strict=False)
    ]
    for value, convert in zip((same or {}).values(), converters[len(columns) :], strict=True):
        values.append(repeat(value if convert is None else next(iter(convert((value,))))))
    # The values that are alike have no end, so the shortest decides.
    _send(connection, table, names, statement, list(zip(*values, strict=False)), copy)


def insert_new(connection: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> int:
    """Insert what clashes with no row that is there; returns how many. The table's key decides, on both engines."""
    if not rows:
        return 0
    key = (connection.dialect.name, f"{table.name}?", tuple(columns))
    if key not in _PLANS:
        statement, converters = _plan(connection.dialect, table, columns)
        _PLANS[key] = f"{statement} ON CONFLICT DO NOTHING", converters
    statement, converters = _PLANS[key]
    values = [
        column if convert is None else convert(column)
        for column, convert in zip(zip(*rows, strict=True), converters, strict=True)
    ]
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(statement, list(zip(*values, strict=True)))
        return int(cursor.rowcount)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, statement, error, cursor) from error
    finally:
        cursor.close()


def _send(
    connection: Connection, table: sa.Table, names: Sequence[str], statement: str, rows: list[tuple[Any, ...]],
    copy: bool,
) -> None:  # fmt: skip
    dialect = connection.dialect
    cursor = connection.connection.cursor()
    try:
        if copy and dialect.name == "postgresql" and len(rows) >= COPY_FROM:
            with cursor.copy(f'COPY "{table.name}" ({_quoted(names)}) FROM STDIN') as opened:
                for row in rows:
                    opened.write_row(row)
        elif len(rows) == 1:
            cursor.execute(statement, rows[0])
        else:
            cursor.executemany(statement, rows)
    except dialect.loaded_dbapi.Error as error:
        raise _told(connection, statement, error, cursor) from error
    finally:
        cursor.close()


def _told(connection: Connection, statement: str, error: Any, cursor: Any) -> BaseException:
    """A driver's error as SQLAlchemy tells it, so that nobody above need know which way a row took. Values stay out of
    the message."""
    dialect = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection, cursor)
    if gone:
        connection.invalidate(error)
    told: BaseException = DBAPIError.instance(
        statement, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=gone,
        dialect=dialect,
    )  # fmt: skip
    return told


def wire_rows(table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[msgspec.Struct]:
    """Tuples of a table as they travel: what `encode` turns into the same bytes as a dictionary of their wire values
    without those that are empty, in a third of the time."""
    shape, names, places = _shape(table, tuple(columns))
    by_column = list(zip(*rows, strict=True))
    wired = [_wired(by_column[place], table.columns[name].type) for name, place in zip(names, places, strict=True)]
    return list(map(shape, *wired))


@cache
def _shape(
    table: sa.Table, columns: tuple[str, ...]
) -> tuple[Callable[..., msgspec.Struct], Sequence[str], Sequence[int]]:
    """A row as it travels, its fields in the order of their names; those names, and where each stands in `columns`."""
    names = sorted(str(name) for name in columns)
    fields: list[tuple[str, Any, Any]] = [(name, Any, None) for name in names]
    made = msgspec.defstruct(f"{table.name}_row", fields, omit_defaults=True, frozen=True, gc=False)
    return made, names, [columns.index(name) for name in names]


def _wired(values: Sequence[Any], kind: sa.types.TypeEngine[Any]) -> Iterable[Any]:
    match kind:
        case Uuid16() | Word():  # `encode` knows them
            return values
        case Fen():
            return _fen(values)
        case Day():
            return _days(values)
        case Scaled():
            return _scaled(kind)(values)
        case _:
            convert = getattr(kind, "to_wire", None)
            return values if convert is None else [None if value is None else convert(value) for value in values]


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _plan(dialect: Dialect, table: sa.Table, names: Sequence[str]) -> _Plan:
    mark = "%s" if dialect.name == "postgresql" else "?"
    marks = ", ".join([mark] * len(names))
    statement = f'INSERT INTO "{table.name}" ({_quoted(names)}) VALUES ({marks})'
    return statement, tuple(_converter(table.columns[name].type, dialect) for name in names)


def _converter(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Converter | None:
    """What brings the values of a column into the driver's form; None: they are in it already.

    The kinds that fill most columns have a loop of their own, equal in its result to their type's.
    """
    lite = dialect.name == "sqlite"
    match kind:
        case Uuid16():
            return _ids if lite else None
        case Fen():
            return _fen
        case Day():
            return _days if lite else None
        case Word():
            return _words(kind, dialect)
        case Scaled():
            return _scaled(kind)
        case Digest():
            return None
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return None
    return lambda values: [process(value) for value in values]


def _ids(values: Sequence[Any]) -> list[bytes | None]:
    return [None if value is None else value.int.to_bytes(16, "big") for value in values]


def _fen(values: Sequence[Any]) -> list[int | None]:
    return [None if value is None else value.fen for value in values]


def _days(values: Sequence[Any]) -> list[str | None]:
    iso = date.isoformat
    return [None if value is None else iso(value) for value in values]


def _scaled(kind: Scaled) -> Converter:
    def convert(values: Sequence[Any]) -> list[int | None]:
        # A price stands in a thousand lines.
        known: dict[Decimal | None, int | None] = {None: None}
        for value in values:
            if value not in known:
                known[value] = kind.to_wire(value)
        return [known[value] for value in values]

    return convert


def _words(kind: Word, dialect: Dialect) -> Converter:
    words = kind.words

    def convert(values: Sequence[Any]) -> list[str | None]:
        # What is no word of these is for the type to read or refuse.
        return [
            value.value if value.__class__ is words else kind.process_bind_param(value, dialect) for value in values
        ]

    return convert
