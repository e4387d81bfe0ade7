"""Acts whose clock was ahead of the time: what head office says counts, here as everywhere.

A value that lost to a clock that was too high stands in field_history; if it counts more than ours by the new clock, it
comes back and ours goes there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.ids import id_of_hex
from desktop.models.base import table_of
from desktop.models.columns import from_wire, to_wire
from desktop.models.sync import FieldHistory, Outbox, OutboxAct, RowSync
from desktop.services.asked import CHUNK
from desktop.services.derived import FINDABLE, refresh_found, refresh_names
from desktop.services.row_clocks import store_row_clock
from desktop.services.sync.incoming import mark_of, rank_of, travelling_model
from desktop.services.sync.meeting import keep_loser
from desktop.services.sync.wire import decode_body
from desktop.services.work import Work


def settle_clocks(work: Work, clocks: Mapping[str, str]) -> int:
    """Put own acts right: {act: the clock that counts}. Returns how many fields took another value."""
    session, changed = work.session, 0
    ids = [id_of_hex(act) for act in clocks]
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        told = {
            row.act_id: row.clock
            for row in session.execute(sa.select(OutboxAct.act_id, OutboxAct.clock).where(OutboxAct.act_id.in_(some)))
        }
        for act_id, before in told.items():
            clock = clocks[act_id.hex]
            if before == clock:
                continue
            session.execute(sa.update(table_of(OutboxAct)).where(OutboxAct.act_id == act_id).values(clock=clock))
            query = sa.select(Outbox.body).where(Outbox.act_id == act_id, Outbox.kind != "ins").order_by(Outbox.lid)
            for raw in session.scalars(query).all():
                changed += _settle(work, bytes(raw), clock)
    return changed


def _settle(work: Work, raw: bytes, clock: str) -> int:
    body = decode_body(raw)
    model, row_id = travelling_model(body.t), id_of_hex(body.pk)
    table, session = table_of(model), work.session
    row = session.execute(sa.select(table).where(table.c.id == row_id).with_for_update()).mappings().one()
    clocks: dict[str, list[str]] = (
        session.execute(
            sa.select(RowSync.fields).where(RowSync.table_name == body.t, RowSync.row_id == row_id)
        ).scalar()
        or {}
    )
    values: dict[str, Any] = {}
    changes: list[tuple[str, Any, Any]] = []
    touched = False
    for name, value in body.set.items():
        if clocks.get(name, ["", ""])[1] != body.op:
            continue  # another act has written it since
        touched = True
        clocks[name] = [clock, body.op]
        rival = _rival(work, body.t, row_id, name)
        if rival is None or rank_of(model, name, rival.value, rival.hlc, rival.op) <= rank_of(
            model, name, value, clock, body.op
        ):
            continue
        clocks[name] = [rival.hlc, rival.op]
        values[name] = from_wire(table.c[name], rival.value)
        keep_loser(work, body.t, row_id, name, value, (clock, body.op), rival.hlc)
        work.derive(sa.delete(table_of(FieldHistory)).where(FieldHistory.id == rival.id), "field_history")
        if name != "updated_at":
            changes.append((name, to_wire(table.c[name], row[name]), rival.value))
    if not touched:
        return 0
    store_row_clock(session.connection(), body.t, row_id, max(entry[0] for entry in clocks.values()), clocks)
    if values:
        if "arrived" in table.c:
            values["arrived"] = mark_of(row_id)
        session.execute(sa.update(table).where(table.c.id == row_id).values(**values, version=table.c.version + 1))
        work.note_foreign(body.t, row_id, changes)
        work.touch(body.t)
        if body.t == "party":
            refresh_names(session, [row_id])
        elif body.t in FINDABLE:
            refresh_found(session, body.t, {row_id})
    return len(changes)


def _rival(work: Work, table: str, row_id: UUID, name: str) -> Any:
    """The highest value of this field that lost before."""
    model = travelling_model(table)
    rows = work.session.execute(
        sa.select(FieldHistory.id, FieldHistory.value, FieldHistory.hlc, FieldHistory.op).where(
            FieldHistory.table_name == table, FieldHistory.row_id == row_id, FieldHistory.field == name
        )
    ).all()
    return max(rows, key=lambda row: rank_of(model, name, row.value, row.hlc, row.op), default=None)
