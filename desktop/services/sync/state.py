"""How far this database and head office know each other: one row, made when it is first asked for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.base import table_of
from desktop.models.sync import OutboxAct, SyncState
from desktop.services.bulk import insert_new
from desktop.services.office import Office
from desktop.services.sync.messages import NO_HASH

_NAMES = ["id", "epoch", "cursor", "acked", "last_seq", "last_hash", "offering", "letters"]


def state_in(session: Session, *, held: bool = False) -> Any:
    """The row of the state; `held` until the end of the transaction, so that two programs wait for each other."""
    query = sa.select(table_of(SyncState)).where(table_of(SyncState).c.id == 1)
    found = session.execute(query.with_for_update() if held else query).first()
    if found is None and held:
        first: tuple[Any, ...] = (1, 0, 0, 0, 0, NO_HASH, False, {"spare": [], "used": []})
        insert_new(session.connection(), table_of(SyncState), _NAMES, [first])
        found = session.execute(query.with_for_update()).one()
    return found


def state_of(office: Office) -> Any:
    """The row of the state as it is now."""
    with office.reading() as session:
        found = state_in(session)
    if found is None:
        with office.writing() as session:
            found = state_in(session, held=True)
            session.commit()
    return found


def change_state(session: Session, **values: Any) -> None:
    """Write some of the state; the row is there."""
    session.execute(sa.update(table_of(SyncState)).where(table_of(SyncState).c.id == 1).values(**values))


def hash_at(session: Session, seq: int) -> bytes | None:
    """The hash of our chain behind its act `seq`; None: there is no such act."""
    if seq == 0:
        return NO_HASH
    found = session.execute(sa.select(OutboxAct.hash).where(OutboxAct.seq == seq)).scalar()
    return None if found is None else bytes(found)
