"""Reading what this office has to send: its acts in the order they were committed, as the exact bytes that were
signed."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from desktop.models.sync import Outbox, OutboxAct
from desktop.services.office import Office
from desktop.services.sync.wire import WireAct

PAGE = 200


def outgoing(office: Office, after: int = 0) -> Iterator[tuple[int, WireAct]]:
    """(lid, act) for every act after a lid, in pages, each in a short reading transaction."""
    while True:
        with office.reading() as session:
            acts = session.execute(
                sa.select(OutboxAct.lid, OutboxAct.act_id, OutboxAct.header, OutboxAct.sig)
                .where(OutboxAct.lid > after)
                .order_by(OutboxAct.lid)
                .limit(PAGE)
            ).all()
            bodies: dict[object, list[bytes]] = {}
            for act_id, body in session.execute(
                sa.select(Outbox.act_id, Outbox.body)
                .where(Outbox.act_id.in_([act.act_id for act in acts]))
                .order_by(Outbox.lid)
            ):
                bodies.setdefault(act_id, []).append(bytes(body))
        for act in acts:
            yield act.lid, WireAct(bytes(act.header), bytes(act.sig), bodies.get(act.act_id, []))
            after = act.lid
        if len(acts) < PAGE:
            return
