"""Letters of desks: each stands in every number that its desk gives out, belongs to one database in one life and is
never given again, however long its desks work alone.

Some lie ready in every database. What a desk gave itself before comes with the acts and is taken from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central import tables
from desktop.services.bulk import insert_new
from desktop.services.sync.letters import every_letter, place_of

_NAMES = ["project_id", "letter", "node_id"]


def spare(connection: Connection, project_id: UUID, node_id: UUID, used: Sequence[str], count: int) -> list[str]:
    """So many letters that lie ready for this database beside those it uses. A letter that somebody used before head
    office knew of it is his who says so first."""
    table = tables.letter
    mine = sa.select(table.c.letter).where(table.c.project_id == project_id, table.c.node_id == node_id)
    ready = sorted(set(connection.scalars(mine)) - set(used), key=place_of)
    insert_new(connection, table, _NAMES, [(project_id, letter, node_id) for letter in used])
    if len(ready) < count:
        # Two who ask at once wait for each other at the project's row.
        connection.execute(sa.select(tables.project.c.project_id).where(
            tables.project.c.project_id == project_id).with_for_update())  # fmt: skip
        taken = set(connection.scalars(sa.select(table.c.letter).where(table.c.project_id == project_id)))
        free = (letter for letter in every_letter() if letter not in taken)
        more = [letter for letter, _ in zip(free, range(count - len(ready)), strict=False)]
        insert_new(connection, table, _NAMES, [(project_id, letter, node_id) for letter in more])
        ready += more
    return ready


def mind(connection: Connection, project_id: UUID, node_id: UUID, letters: Sequence[str]) -> None:
    """Letters that acts of a database told of are taken."""
    insert_new(connection, tables.letter, _NAMES, [(project_id, letter, node_id) for letter in letters])


def leave_out(connection: Connection, project_id: UUID, count: int) -> None:
    """After a restore: pass the next letters of a project over, so many a database and some more. Somebody may have
    them."""
    databases = sa.select(sa.func.count()).select_from(tables.node).where(tables.node.c.project_id == project_id)
    spare(connection, project_id, UUID(int=0), (), count * ((connection.scalar(databases) or 0) + 2))
