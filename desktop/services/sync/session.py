"""One session with head office: hello, healing, what we have to send, what others sent. Every step can be cut off.

meet(office, head, lease)   run by the one PC that holds the lease, on a thread of its own

What was handed over is remembered together with what head office said of it; a page that came is applied together with
the cursor behind it. So a session that is torn at any point is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.base import table_of
from desktop.models.offices import Node
from desktop.models.sync import ConflictTask, OutboxAct, SeenAct
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.sync import messages
from desktop.services.sync.apply import Applied, Coming, apply_page, apply_waiting
from desktop.services.sync.head_office import HeadOffice
from desktop.services.sync.lease import Lease
from desktop.services.sync.life import begin_life, know_life, letters_here, settle_letters
from desktop.services.sync.meeting import open_task
from desktop.services.sync.messages import Greeting, Hello, Push, Pushed, Refusal, Returned, SentAct, sent
from desktop.services.sync.outbox import Sealed, acts_named, seal, sealed_after
from desktop.services.sync.reclock import settle_clocks
from desktop.services.sync.state import change_state, hash_at, state_in, state_of
from desktop.services.sync.wire import WireAct
from desktop.services.trouble import translated
from desktop.services.work import PROGRAM, SCHEMA_REV, Work, begin

HEALED = 4
"""So many times in one session head office may turn out to stand elsewhere than thought."""
OFFERED = 2_000
"""Ids in one offer."""
_HEALABLE = frozenset({messages.GAP, messages.FORK, messages.EPOCH})


@dataclass(slots=True)
class Met:
    """What a session did. `ahead`: how far head office's clock is before ours."""

    sent: int = 0
    came: int = 0
    given_back: int = 0
    waiting: int = 0
    refused: int = 0
    new_life: bool = False
    ahead: timedelta = timedelta()


def meet(office: Office, head: HeadOffice, lease: Lease) -> Met:
    """Run a session to its end. Raises Refusal, NoHeadOffice, LeaseLost, Outage; then it is run again later."""
    met = Met()
    for last in reversed(range(HEALED)):
        try:
            _hello(office, head, lease, met)
            _offer(office, head, lease, met)
            _push(office, head, lease, met)
            _pull(office, head, lease, met)
        except Refusal as refusal:
            if refusal.code not in _HEALABLE or not last:
                raise
        else:
            break
    with _writing(office, lease) as session:
        change_state(session, met_at=office.world.now(), trouble=None, trouble_since=None)
    return met


# ---- where both stand ------------------------------------------------------------------------------------------------


def _hello(office: Office, head: HeadOffice, lease: Lease, met: Met) -> None:
    while True:
        state = state_of(office)
        used = state.letters["used"]
        with office.reading() as session:
            if state.epoch == 0:
                used = letters_here(session)
        greeting = head.hello(
            Hello(
                office.project_id.hex, office.node_id.hex, state.epoch, state.last_seq, state.last_hash, state.cursor,
                SCHEMA_REV, used,
            )
        )  # fmt: skip
        met.ahead = datetime.fromisoformat(greeting.at) - office.world.now()
        office.world.fault("sync.greeted")
        if not _heal(office, lease, greeting, used):
            break
        met.new_life = True
    if greeting.letters != state_of(office).letters["spare"] or not used:
        settle_letters(office, greeting.letters)


def _heal(office: Office, lease: Lease, greeting: Greeting, used: Sequence[str]) -> bool:
    """Go by what head office says of us; whether this database turned out to be another one than it thought."""
    node_id: UUID | None = None
    with _writing(office, lease) as session:
        state = state_in(session, held=True)
        if state.epoch == 0:
            change_state(session, epoch=greeting.epoch, letters={"spare": [], "used": list(used)})
            session.execute(sa.update(table_of(Node)).values(enrolled_at=office.world.now()))
        elif greeting.epoch != state.epoch:
            # Head office came back from a backup: what it lost it gets again, and its later numbers mean other acts.
            cursor = min(state.cursor, greeting.kept) if greeting.epoch == state.epoch + 1 else 0
            acked = min(state.acked, greeting.last)
            change_state(session, epoch=greeting.epoch, cursor=cursor, acked=acked, offering=True)
        elif greeting.last < state.acked:
            node_id = begin_life(office, session)
        if node_id is None and hash_at(session, greeting.last) != greeting.hash:
            node_id = begin_life(office, session)
    office.world.fault("sync.healed")
    if node_id is not None:
        know_life(office, node_id)
    return node_id is not None


# ---- what head office may have lost ----------------------------------------------------------------------------------


def _offer(office: Office, head: HeadOffice, lease: Lease, met: Met) -> None:
    state = state_of(office)
    if not state.offering:
        return
    project = office.project_id.hex
    for ids in _known_acts(office, state.acked):
        wanted = head.wanted(project, [act_id.hex for act_id in ids])
        office.world.fault("sync.offered")
        for some in _fitting(_named(office, [UUID(hex=act) for act in wanted])):
            clocks = {each.act_id.hex: each.clock for each in some if each.clock is not None}
            pushed = head.take_back(Returned(project, state.epoch, [sent(each.act) for each in some], clocks))
            met.given_back += len(some)
            _heard(office, lease, pushed, met)
    with _writing(office, lease) as session:
        change_state(session, offering=False)


def _known_acts(office: Office, acked: int) -> Iterator[list[UUID]]:
    """Ids of every act that is known here, but for those that wait to be pushed: our own first."""
    ours = sa.and_(OutboxAct.seq.is_not(None), OutboxAct.seq <= acked)
    yield from _paged(office, sa.select(OutboxAct.act_id).where(ours), OutboxAct.lid)
    yield from _paged(office, sa.select(SeenAct.act_id), SeenAct.act_id)


def _paged(office: Office, query: sa.Select[Any], by: Any) -> Iterator[list[UUID]]:
    after: Any = None
    while True:
        asked = query.add_columns(by.label("place")).order_by(by).limit(OFFERED)
        with translated(), office.reading() as session:
            rows = session.execute(asked if after is None else asked.where(by > after)).all()
        if rows:
            yield [row[0] for row in rows]
        if len(rows) < OFFERED:
            return
        after = rows[-1].place


def _named(office: Office, ids: Sequence[UUID]) -> Iterator[Sealed]:
    """Acts by their ids, our own and foreign ones, a few in memory at once."""
    for start in range(0, len(ids), 200):
        some = ids[start : start + 200]
        with translated(), office.reading() as session:
            yield from acts_named(session, some)
            for row in session.execute(sa.select(SeenAct).where(SeenAct.act_id.in_(some)).order_by(SeenAct.place)):
                seen = row.SeenAct
                ops = msgspec.msgpack.decode(seen.ops, type=list[bytes])
                yield Sealed(0, seen.act_id, WireAct(bytes(seen.header), seen.sig, ops), seen.clock)


def _fitting(acts: Iterator[Sealed]) -> Iterator[list[Sealed]]:
    """Acts in as few messages as they fit in."""
    some, size = list[Sealed](), 0
    for act in acts:
        if some and (len(some) == messages.MOST_ACTS or size + act.size > messages.MOST_BYTES):
            yield some
            some, size = [], 0
        some.append(act)
        size += act.size
    if some:
        yield some


# ---- there and back --------------------------------------------------------------------------------------------------


def _push(office: Office, head: HeadOffice, lease: Lease, met: Met) -> None:
    while True:
        with _writing(office, lease) as session:
            seal(session)
        office.world.fault("sync.sealed")
        with translated(), office.reading() as session:
            state = state_in(session)
            acts = sealed_after(session, state.acked)
            before = hash_at(session, state.acked)
        if not acts:
            return
        assert before is not None, "our own chain has a hole"
        clocks = {each.act_id.hex: each.clock for each in acts if each.clock is not None}
        bodies: list[SentAct] = [sent(each.act) for each in acts]
        pushed = head.push(
            Push(office.project_id.hex, office.node_id.hex, state.epoch, acts[0].seq, before, bodies, clocks)
        )
        office.world.fault("sync.pushed")
        _heard(office, lease, pushed, met, acked=acts[-1].seq)
        met.sent += len(acts)


def _heard(office: Office, lease: Lease, pushed: Pushed, met: Met, acked: int | None = None) -> None:
    """Keep what head office said of acts, and in the same transaction that it has them."""
    with begin(office, PROGRAM, Op.SETTLE_CLOCKS) as work:
        lease.confirm(work.session)
        work.authorised += 1  # the program itself: nobody is asked
        if pushed.clocks and (fields := settle_clocks(work, pushed.clocks)):
            work.record(acts=len(pushed.clocks), fields=fields)
        if pushed.aside:
            _told_of_refusal(work, pushed.aside)
        if acked is not None:
            change_state(work.session, acked=acked)
    office.world.fault("sync.heard")
    met.refused += len(pushed.aside)


def _told_of_refusal(work: Work, aside: Mapping[str, str]) -> None:
    """A task for each of our acts that head office hands to nobody; once, however often it says so."""
    known = set(work.session.scalars(sa.select(ConflictTask.row_id).where(ConflictTask.kind == "refused")))
    for act, why in aside.items():
        if UUID(hex=act) not in known:
            open_task(work, "refused", "outbox_act", UUID(hex=act), {"why": why})
            work.record(refused=why)


def _pull(office: Office, head: HeadOffice, lease: Lease, met: Met) -> None:
    applied = Applied()
    while True:
        state = state_of(office)
        page = head.pull(office.project_id.hex, office.node_id.hex, state.cursor, messages.MOST_ACTS)
        office.world.fault("sync.pulled")
        if page.epoch != state.epoch:
            raise Refusal(messages.EPOCH)
        if page.next > state.cursor or page.acts:
            coming = [Coming(each.act.bare, each.clock, each.number) for each in page.acts]
            applied.add(apply_page(office, coming, then=_moving(lease, state.cursor, page.next)))
            office.world.fault("sync.applied")
        if page.next >= page.head:
            break
    met.came = applied.acts + apply_waiting(office).acts
    with translated(), office.reading() as session:
        waits = sa.select(sa.func.count()).select_from(SeenAct).where(SeenAct.applied_at.is_(None))
        met.waiting = session.scalar(waits) or 0


def _moving(lease: Lease, cursor: int, to: int) -> Callable[[Work], None]:
    def move(work: Work) -> None:
        lease.confirm(work.session)
        state = state_in(work.session, held=True)
        if state.cursor == cursor:  # else head office was restored meanwhile, and another program knows it
            change_state(work.session, cursor=to)

    return move


@contextmanager
def _writing(office: Office, lease: Lease) -> Iterator[Session]:
    """A transaction of the session's own bookkeeping, while the lease is ours."""
    with translated(), office.writing() as session:
        lease.confirm(session)
        yield session
        session.commit()
    office.world.fault("sync.written")
