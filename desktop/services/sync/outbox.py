"""What this office has to send: its acts in the order they were committed, as the exact bytes that were signed.

Before an act is first sent it is sealed: it gets its number in the chain of this database and the hash up to there.
No cursor finds what is unsealed, so an act that was committed late is simply sealed next time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.base import table_of
from desktop.models.sync import Outbox, OutboxAct
from desktop.services.asked import CHUNK
from desktop.services.office import Office
from desktop.services.sync.messages import MOST_ACTS, MOST_BYTES, link
from desktop.services.sync.state import change_state, state_in
from desktop.services.sync.wire import WireAct

PAGE = 200
_ACT = (OutboxAct.lid, OutboxAct.act_id, OutboxAct.header, OutboxAct.sig, OutboxAct.seq, OutboxAct.clock)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An act with its number in the chain, and the clock that head office gave it, if any."""

    seq: int
    act_id: UUID
    act: WireAct
    clock: str | None

    @property
    def size(self) -> int:
        return len(self.act.header) + sum(map(len, self.act.bodies))


def outgoing(office: Office, after: int = 0) -> Iterator[tuple[int, WireAct]]:
    """(lid, act) for every act after a lid, in pages, each in a short reading transaction."""
    while True:
        with office.reading() as session:
            query = sa.select(*_ACT).where(OutboxAct.lid > after).order_by(OutboxAct.lid).limit(PAGE)
            acts = session.execute(query).all()
            bodies = _bodies(session, [act.act_id for act in acts])
        for act in acts:
            yield act.lid, _wire(act, bodies)
            after = act.lid
        if len(acts) < PAGE:
            return


def seal(session: Session) -> int:
    """Seal a page of acts in this writing transaction, which holds the state's row. Returns how many."""
    state = state_in(session, held=True)
    rows = session.execute(
        sa.select(OutboxAct.lid, OutboxAct.header)
        .where(OutboxAct.seq.is_(None))
        .order_by(OutboxAct.lid)
        .limit(MOST_ACTS)
    ).all()
    last, hashed, sealed = state.last_seq, state.last_hash, list[dict[str, Any]]()
    for row in rows:
        last, hashed = last + 1, link(hashed, bytes(row.header))
        sealed.append({"of_lid": row.lid, "its_seq": last, "its_hash": hashed})
    if sealed:
        session.connection().execute(_SEAL, sealed)
        change_state(session, last_seq=last, last_hash=hashed)
    return len(sealed)


_SEAL = (
    sa.update(table_of(OutboxAct))
    .where(table_of(OutboxAct).c.lid == sa.bindparam("of_lid"))
    .values(seq=sa.bindparam("its_seq"), hash=sa.bindparam("its_hash"))
)


def sealed_after(session: Session, seq: int) -> list[Sealed]:
    """The sealed acts after a number that go in one push: as many as fit, or one that is larger than a push."""
    heads = session.execute(sa.select(*_ACT).where(OutboxAct.seq > seq).order_by(OutboxAct.seq).limit(MOST_ACTS)).all()
    sizes = _sizes(session, [act.act_id for act in heads])
    size, chosen = 0, list[Any]()
    for act in heads:
        size += len(act.header) + sizes.get(act.act_id, 0)
        if chosen and size > MOST_BYTES:
            break
        chosen.append(act)
    bodies = _bodies(session, [act.act_id for act in chosen])
    return [Sealed(act.seq, act.act_id, _wire(act, bodies), act.clock) for act in chosen]


def acts_named(session: Session, ids: Sequence[UUID]) -> list[Sealed]:
    """Acts of our own by their ids; those that are not ours are left out."""
    heads = session.execute(sa.select(*_ACT).where(OutboxAct.act_id.in_(ids)).order_by(OutboxAct.lid)).all()
    bodies = _bodies(session, [act.act_id for act in heads])
    return [Sealed(act.seq or 0, act.act_id, _wire(act, bodies), act.clock) for act in heads]


def _sizes(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for start in range(0, len(ids), CHUNK):
        rows = session.execute(
            sa.select(Outbox.act_id, sa.func.sum(sa.func.length(Outbox.body)).label("size"))
            .where(Outbox.act_id.in_(ids[start : start + CHUNK]))
            .group_by(Outbox.act_id)
        )
        found |= {row.act_id: int(row.size) for row in rows}
    return found


def _bodies(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[bytes]]:
    found: dict[UUID, list[bytes]] = {}
    for start in range(0, len(ids), CHUNK):
        rows = session.execute(
            sa.select(Outbox.act_id, Outbox.body)
            .where(Outbox.act_id.in_(ids[start : start + CHUNK]))
            .order_by(Outbox.lid)
        )
        for row in rows:
            found.setdefault(row.act_id, []).append(bytes(row.body))
    return found


def _wire(act: Any, bodies: dict[UUID, list[bytes]]) -> WireAct:
    return WireAct(bytes(act.header), bytes(act.sig), bodies.get(act.act_id, []))
