"""The hybrid clocks of rows: when, and by which op, each synced field was changed last."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.sync import RowSync
from desktop.services.asked import Asked
from desktop.services.bulk import insert_tuples


def store_row_clocks(
    connection: sa.Connection, hlc: str, rows: Mapping[tuple[str, UUID], Mapping[str, Any]],
    known: AbstractSet[tuple[str, UUID]],
) -> None:  # fmt: skip
    """Write the clocks of many rows; `known` are those that have some already."""
    if updated := [
        {"of_table": key[0], "of_row": key[1], "clock": hlc, "clocks": fields}
        for key, fields in rows.items()
        if key in known
    ]:
        connection.execute(_MOVE_CLOCK, updated)
    insert_tuples(
        connection,
        table_of(RowSync),
        ["table_name", "row_id", "row_hlc", "fields"],
        [(*key, hlc, fields) for key, fields in rows.items() if key not in known],
    )


_MOVE_CLOCK = (
    sa.update(table_of(RowSync))
    .where(
        table_of(RowSync).c.table_name == sa.bindparam("of_table"), table_of(RowSync).c.row_id == sa.bindparam("of_row")
    )
    .values(row_hlc=sa.bindparam("clock"), fields=sa.bindparam("clocks"))
)  # fmt: skip


CLOCKS = Asked(
    lambda one_of: sa.select(RowSync.row_id, RowSync.fields).where(
        RowSync.table_name == sa.bindparam("of_table"), one_of(RowSync.row_id)
    )
)
"""The clocks of some rows of one table, `of_table`."""


def store_row_clock(connection: sa.Connection, table: str, row_id: UUID, hlc: str, fields: Mapping[str, Any]) -> None:
    """Write the clocks of one row, new or known."""
    done = connection.execute(
        sa.update(RowSync)
        .where(RowSync.table_name == table, RowSync.row_id == row_id)
        .values(row_hlc=hlc, fields=dict(fields))
    )
    if done.rowcount == 0:
        connection.execute(sa.insert(RowSync).values(table_name=table, row_id=row_id, row_hlc=hlc, fields=dict(fields)))
