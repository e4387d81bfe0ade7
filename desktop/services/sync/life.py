"""The lives of a database: one that was copied or brought back from a backup is another, and head office finds it out.

In its new life a database has a new id, a chain that begins anew and desks with letters of their own, so what it prints
from now on meets nothing of what the other one prints. Everything it knows is offered: nothing of it is pushed again
that head office has.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.base import table_of
from desktop.models.offices import Desk, Device, Node
from desktop.models.sync import OutboxAct
from desktop.models.trust import NumberBlock
from desktop.services.acts import Op
from desktop.services.office import DeskFacts, Office
from desktop.services.sync.clock import HybridClock
from desktop.services.sync.messages import NO_HASH
from desktop.services.sync.state import change_state, state_in
from desktop.services.work import PROGRAM, Work, begin


def begin_life(office: Office, session: Session) -> UUID:
    """Make this database another one, in this writing transaction. The caller tells the office when it is committed."""
    node_id = office.world.new_id()
    state_in(session, held=True)
    session.execute(sa.update(table_of(Node)).values(node_id=node_id))
    acts = table_of(OutboxAct)
    session.execute(sa.update(acts).where(acts.c.seq > 0).values(seq=-acts.c.lid, hash=None))
    change_state(
        session, acked=0, last_seq=0, last_hash=NO_HASH, offering=True, letters={"spare": [], "used": []}
    )  # fmt: skip
    # Numbers of the other life may be given out by the other database at this moment.
    session.execute(sa.delete(table_of(NumberBlock)))
    return node_id


def know_life(office: Office, node_id: UUID) -> None:
    """The running program goes on as this database."""
    office.node_id = node_id
    office.clock = HybridClock(node_id, office.clock.last)


def settle_letters(office: Office, spare: Sequence[str]) -> None:
    """Keep the letters that head office has set aside; in a new life this PC gets a desk with one of them."""
    with begin(office, PROGRAM, Op.MOVE_DESK) as work:
        state = state_in(work.session, held=True)
        letters = {"spare": list(spare), "used": list(state.letters["used"])}
        moved = _move_desk(work, letters) if spare and not letters["used"] else None
        if letters != state.letters:
            change_state(work.session, letters=letters)
    if moved is not None:
        office.desk = moved


def _move_desk(work: Work, letters: dict[str, list[str]]) -> DeskFacts | None:
    """A desk of a letter that no other life uses, for the PC that this program runs on."""
    device = work.session.get(Device, work.office.device_id, with_for_update=True)
    if device is None or device.desk_id is None:
        return None
    desk, letter = work.session.get_one(Desk, device.desk_id), letters["spare"].pop(0)
    letters["used"].append(letter)
    made = work.add(Desk(name=f"{desk.name.removesuffix(f' {desk.code}')} {letter}", code=letter))
    work.session.flush()
    device.desk_id = made.id
    work.record(desk=letter, instead_of=desk.code)
    return DeskFacts(made.id, made.code, made.name)


def letters_here(session: Session) -> list[str]:
    """Letters of desks that were made here, before head office knew of any."""
    query = sa.select(Desk.code).where(Desk.deleted_at.is_(None), Desk.arrived == 0).order_by(Desk.code)
    return list(session.scalars(query))
