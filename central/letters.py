"""Letters of desks: they stand in every number that a desk gives out, so no two desks of a project have the same.

Offices that are enrolled ask here; what a desk gave itself before comes with the acts and is taken from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import product
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central import tables
from desktop.services.bulk import insert_new

SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""I and O would be read as digits."""
LEFT_OUT = 4
"""Letters of a project that are passed over when head office comes back from a backup."""
_COLUMNS = ["project_id", "letter", "node_id", "desk_id", "given_at"]


def all_letters() -> Iterator[str]:
    """One sign, then two."""
    yield from SIGNS
    yield from map("".join, product(SIGNS, SIGNS))


def mind(
    connection: Connection, project_id: UUID, node_id: UUID, letters: Sequence[tuple[UUID, str]], now: datetime
) -> None:
    """Letters that acts of a database told of are taken."""
    insert_new(connection, tables.letter, _COLUMNS, [(project_id, name, node_id, desk, now) for desk, name in letters])


def give(connection: Connection, project_id: UUID, node_id: UUID, desk_id: UUID, now: datetime) -> str:
    """The letter of a desk of a database, in a transaction that holds the project's row; asked again, the same."""
    table = tables.letter
    rows = connection.execute(
        sa.select(table.c.letter, table.c.node_id, table.c.desk_id)
        .where(table.c.project_id == project_id)
        .order_by(table.c.given_at.desc(), table.c.letter)
    ).all()
    own = next((row.letter for row in rows if (row.node_id, row.desk_id) == (node_id, desk_id)), None)
    if own is not None:
        return str(own)
    taken = {row.letter for row in rows}
    letter = next(name for name in all_letters() if name not in taken)
    insert_new(connection, table, _COLUMNS, [(project_id, letter, node_id, desk_id, now)])
    return letter


def leave_out(connection: Connection, project_id: UUID, now: datetime) -> None:
    """Pass the next letters of a project over: somebody may have them."""
    for place in range(LEFT_OUT):
        give(connection, project_id, UUID(int=0), uuid5(project_id, f"{now.isoformat()} {place}"), now)
