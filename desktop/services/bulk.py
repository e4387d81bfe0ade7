"""The bulk path: many tuples into one table at the speed of the driver.

`exec_driver_sql` on SQLite and COPY on PostgreSQL; SQLAlchemy's own insert of dictionaries costs twice as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.types import TypeEngine

from desktop.models.columns import Fen, Uuid16

COPY_FROM = 20
"""Below this many rows one executemany beats opening a COPY."""


def insert_tuples(
    connection: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert Python values, converted by their column types as the ORM would."""
    if not rows:
        return
    dialect = connection.dialect
    # By column, not by row: one loop without a call for what needs no conversion, and little more for ids and money.
    converted = list(
        zip(
            *(
                _converted(values, table.columns[name].type, dialect)
                for name, values in zip(columns, zip(*rows, strict=True), strict=True)
            ),
            strict=True,
        )
    )
    names = ", ".join(f'"{name}"' for name in columns)
    if dialect.name == "postgresql":
        if len(converted) >= COPY_FROM:
            cursor = connection.connection.cursor()
            try:
                with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                    for values in converted:
                        copy.write_row(values)
            finally:
                cursor.close()
            return
        marks = ", ".join(["%s"] * len(columns))
    else:
        marks = ", ".join(["?"] * len(columns))
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', converted)


def _converted(values: Sequence[Any], kind: TypeEngine[Any], dialect: Dialect) -> Sequence[Any]:
    if isinstance(kind, Uuid16):
        return values if dialect.name == "postgresql" else [None if v is None else v.bytes for v in values]
    if isinstance(kind, Fen):
        return [None if v is None else v.fen for v in values]
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    return values if process is None else [process(v) for v in values]
