"""What became of an act whose commit was under way when the line to the server broke: stored, or not.

Nobody can tell from the broken line itself. The act's line in the audit log can: it is there exactly when all of the
act is. Until that is known the desk is told neither "saved" nor "not saved", so that no money is taken twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.trust import AuditEntry, AuditHead
from desktop.services.acts import OP_WORDS, Op
from desktop.services.errors import DatabaseGone, Outage
from desktop.services.office import Office, Unsure
from desktop.services.trouble import translated

PATIENCE_S = 5.0
"""How long an act itself waits for the server to come back and tell: a restart takes a second or two."""
_AGAIN_S = 0.25


class OutcomeUnknown(DatabaseGone):
    """The line broke while the act was being stored; `act_id` will be looked for when it is back."""

    def __init__(self, act_id: UUID, op: str) -> None:
        super().__init__("commit")
        words = OP_WORDS.get(Op(op), op)
        self.message = f"「{words}」保存到一半时断了线，存没存上还不知道"
        self.safe = "恢复后马上告诉您结果，在那之前先别重办"
        self.args = (self.message,)
        self.act_id, self.op = act_id, op


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an act in doubt."""

    act_id: UUID
    op: str
    stored: bool

    @property
    def words(self) -> str:
        """One sentence for the desk."""
        what = OP_WORDS.get(Op(self.op), self.op)
        if self.stored:
            return f"断线前的「{what}」已经存好，不用重办"
        return f"断线前的「{what}」没有存上，请再办一次"


def was_stored(office: Office, act_id: UUID) -> bool:
    """Whether an act is in the database. Raises Outage when that cannot be told now."""
    with translated(), office.engine.connect() as connection:
        # An act holds this row until it is decided: with the lock in hand there is no "not yet" any more.
        connection.execute(sa.select(AuditHead.n).where(AuditHead.id == 1).with_for_update())
        found = connection.execute(sa.select(AuditEntry.n).where(AuditEntry.act_id == act_id)).first() is not None
        connection.rollback()
    return found


def settle(office: Office, act_id: UUID, op: str, patience: float = PATIENCE_S) -> bool:
    """Wait a moment for the server and look. Raises OutcomeUnknown, and remembers the act, when it stays away."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return was_stored(office, act_id)
        except Outage:
            if time.monotonic() >= deadline:
                break
            office.world.rest(_AGAIN_S)
    office.unsure.append(Unsure(act_id, op))
    raise OutcomeUnknown(act_id, op)


def clock_behind(office: Office) -> timedelta:
    """How far this PC's clock stands before the last change of the office: it was set back. Raises Outage.

    For an embedded office, which has no server to compare with; asking also shows that the database is there.
    """
    with translated(), office.engine.connect() as connection:
        connection.execute(sa.select(AuditHead.n).where(AuditHead.id == 1))
    return max(timedelta(), office.clock.latest - office.world.now())


def settle_all(office: Office) -> tuple[Settled, ...]:
    """The line is back: what became of every act in doubt. Raises Outage; then they stay in doubt."""
    settled = []
    while office.unsure:
        act = office.unsure[0]
        settled.append(Settled(act.act_id, act.op, was_stored(office, act.act_id)))
        office.unsure.pop(0)
    return tuple(settled)
