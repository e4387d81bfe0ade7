"""What met when offices heard of each other: a value that lost is kept, what needs a person becomes a task.

Nothing of it travels: every office finds the same for itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import Base, Profile, table_of
from desktop.models.leases import LeaseRoom
from desktop.models.sync import ConflictTask, FieldHistory
from desktop.services.asked import CHUNK
from desktop.services.bulk import insert_tuples
from desktop.services.rights import part
from desktop.services.work import Work


@part
def keep_loser(
    work: Work, table: str, row_id: UUID, name: str, value: Any, clock: tuple[str, str], lost_to: str
) -> None:
    """Keep a value that lost; `clock`: its clock and op."""
    insert_tuples(
        work.session.connection(),
        table_of(FieldHistory),
        ["id", "table_name", "row_id", "field", "value", "hlc", "op", "lost_to", "at"],
        [(work.world.new_id(), table, row_id, name, value, *clock, lost_to, work.at)],
    )


@part
def open_task(work: Work, kind: str, table: str, row_id: UUID, detail: dict[str, Any]) -> None:
    """Ask a person to look at something that met."""
    insert_tuples(
        work.session.connection(),
        table_of(ConflictTask),
        ["id", "kind", "table_name", "row_id", "detail", "opened_at"],
        [(work.world.new_id(), kind, table, row_id, detail, work.at)],
    )


@part
def find_meetings(work: Work, model: type[Base], ids: Collection[UUID]) -> None:
    """Open a task for every other row with the same unique key as one of these, and for a room let twice."""
    listed = sorted(ids)
    pairs = [(key, one, other) for key in _keys(model) for one, other in _alike(work, model, key, listed)]
    if model is LeaseRoom:
        pairs += [(("room_id",), one, other) for one, other in _overlapping(work, listed)]
    told = set[frozenset[UUID]]()
    for key, one, other in pairs:
        if (pair := frozenset((one, other))) not in told:
            told.add(pair)
            open_task(work, "twice", model.__tablename__, one, {"other": other.hex, "key": list(key)})


def _keys(model: type[Base]) -> Iterable[tuple[str, ...]]:
    table = table_of(model)
    uniques: list[sa.UniqueConstraint | sa.Index] = [c for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    uniques += [index for index in table.indexes if index.unique]
    for unique in uniques:
        names = tuple(column.name for column in unique.columns)
        if "arrived" in names:
            yield tuple(name for name in names if name not in ("arrived", "project_id"))


def _alike(
    work: Work, model: type[Base], key: Sequence[str], ids: Sequence[UUID]
) -> Iterable[tuple[UUID, UUID]]:  # fmt: skip
    one, other = table_of(model).alias("one"), table_of(model).alias("other")
    same = [one.c[name] == other.c[name] for name in key]
    if issubclass(model, Profile):
        same += [one.c.deleted_at.is_(None), other.c.deleted_at.is_(None)]
    query = sa.select(one.c.id, other.c.id).join(other, sa.and_(*same, one.c.id != other.c.id))
    yield from _asked(work, query, one, ids)


def _overlapping(work: Work, ids: Sequence[UUID]) -> Iterable[tuple[UUID, UUID]]:
    one, other = table_of(LeaseRoom).alias("one"), table_of(LeaseRoom).alias("other")
    query = sa.select(one.c.id, other.c.id).join(
        other,
        sa.and_(
            one.c.room_id == other.c.room_id, one.c.id != other.c.id,
            one.c.deleted_at.is_(None), other.c.deleted_at.is_(None),
            one.c.valid_from <= one.c.valid_to, other.c.valid_from <= other.c.valid_to,
            one.c.valid_from <= other.c.valid_to, other.c.valid_from <= one.c.valid_to,
        ),
    )  # fmt: skip
    yield from _asked(work, query, one, ids)


def _asked(work: Work, query: sa.Select[Any], one: sa.FromClause, ids: Sequence[UUID]) -> Iterable[tuple[UUID, UUID]]:
    for start in range(0, len(ids), CHUNK):
        for row in work.session.connection().execute(query.where(one.c.id.in_(ids[start : start + CHUNK]))):
            yield row[0], row[1]
