"""The bulk path: many tuples into one table at the speed of the driver.

`exec_driver_sql` on SQLite and COPY on PostgreSQL; SQLAlchemy's own insert of dictionaries costs twice as much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

COPY_FROM = 20
"""Below this many rows one executemany beats opening a COPY."""


def insert_tuples(
    connection: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert Python values, converted by their column types as the ORM would."""
    if not rows:
        return
    dialect = connection.dialect
    processors: list[Callable[[Any], Any] | None] = [
        table.columns[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns
    ]
    converted = [
        tuple(value if process is None else process(value) for process, value in zip(processors, row, strict=True))
        for row in rows
    ]
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
