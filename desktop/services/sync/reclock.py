"""Acts whose clock was ahead of the time: what head office says counts, here as everywhere.

No value changes by it. Such an act counts after everything that head office had before it (`central.acts`), so what has
come here and lost to it before it was sent has lost everywhere; what comes later is held against the clock that counts.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from desktop.ids import id_of_hex
from desktop.models.base import table_of
from desktop.models.sync import Outbox, OutboxAct, RowSync
from desktop.services.asked import CHUNK
from desktop.services.row_clocks import store_row_clock
from desktop.services.sync.wire import decode_body
from desktop.services.work import Work


def settle_clocks(work: Work, clocks: Mapping[str, str]) -> int:
    """Put own acts right: {act: the clock that counts}. Returns how many fields have another clock."""
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
                changed += _settle(session.connection(), bytes(raw), clock)
    return changed


def _settle(connection: sa.Connection, raw: bytes, clock: str) -> int:
    body = decode_body(raw)
    row_id = id_of_hex(body.pk)
    clocks: dict[str, list[str]] = (
        connection.execute(
            sa.select(RowSync.fields).where(RowSync.table_name == body.t, RowSync.row_id == row_id)
        ).scalar()
        or {}
    )
    ours = [name for name in body.set if clocks.get(name, ["", ""])[1] == body.op]  # else written again since
    if ours:
        clocks |= {name: [clock, body.op] for name in ours}
        store_row_clock(connection, body.t, row_id, max(entry[0] for entry in clocks.values()), clocks)
    return len(ours)
