"""How an office and head office stand together, for one look: what waits to go, since when, and why it does not go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from desktop.models.sync import ConflictTask, HeadOfficeAddress, OutboxAct, SeenAct
from desktop.models.values import Right
from desktop.services.acts import OP_WORDS, Op
from desktop.services.office import Office
from desktop.services.rights import needs
from desktop.services.sync.state import change_state, state_in
from desktop.services.sync.troubles import aside_words, head_of, sentence_of
from desktop.services.sync.wire import NotUnderstood, decode_header
from desktop.services.trouble import translated
from desktop.services.work import PROGRAM, Look, look
from desktop.world import OFFICE_ZONE

APART = timedelta(days=1)
"""So long without head office, and everybody at the desk is told."""
LONG_APART = timedelta(days=7)
HELD_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """How sync stands at an instant. `met_at`: when a session last came to its end, None: never yet."""

    at: datetime
    enrolled_at: datetime | None
    """None: the office knows no head office."""
    address: str = ""
    waiting: int = 0
    """Acts of this office that head office has not."""
    waiting_since: datetime | None = None
    offering: bool = False
    """Head office or this database came back from a backup, and everything is compared anew."""
    met_at: datetime | None = None
    trouble: str = ""
    """Why the last session did not come to its end, as a code."""
    trouble_since: datetime | None = None
    held: int = 0
    """Acts of others that wait to go in."""
    tasks: int = 0
    """What a person is asked to look at."""

    @property
    def enrolled(self) -> bool:
        return self.enrolled_at is not None

    @property
    def apart(self) -> timedelta:
        """How long this office has been on its own."""
        since = self.met_at or self.enrolled_at
        return max(self.at - since, timedelta()) if since is not None else timedelta()

    @property
    def why(self) -> str:
        """Why nothing goes, in one sentence; empty while it goes."""
        return sentence_of(self.trouble) if self.trouble else ""

    @property
    def why_briefly(self) -> str:
        return head_of(self.trouble) if self.trouble else ""

    @property
    def words(self) -> str:
        """All of it in one calm line."""
        if not self.enrolled:
            return "这个管理处还没有登记到总部：所有业务照常，只在本机"
        said = []
        if self.waiting:
            since = f"（自 {_moment(self.waiting_since)}）" if self.waiting_since is not None else ""
            said.append(f"{self.waiting} 笔待上传{since}")
        elif self.offering:
            said.append("正在和总部重新对账")
        elif self.met_at is not None:
            said.append("和总部一致")
        said.append(f"上次同步 {_moment(self.met_at)}" if self.met_at is not None else "还没有同步过")
        if self.held:
            said.append(f"{self.held} 笔等着补上")
        if self.tasks:
            said.append(f"{self.tasks} 处要您看一眼")
        return "，".join(said)

    @property
    def apart_words(self) -> str:
        """What is said to everybody after a day alone, more of it after a week; empty before."""
        if not self.enrolled or self.apart < APART:
            return ""
        said = "收款、打印、入住都照常"
        if self.waiting:
            said += f"，这里的 {self.waiting} 笔都在本机保存着"
        if self.apart >= LONG_APART:
            said += "；超过 7 天了，总部和别的管理处看到的还是那时的，请今天就让管理员查一查"
        return said


@dataclass(frozen=True, slots=True)
class HeldAct:
    """An act of somebody else that is here and does not go in yet. `why` in words."""

    what: str
    came_at: datetime
    why: str


def facts_of(office: Office) -> SyncFacts:
    """How sync stands, for the program itself. Raises Outage."""
    with translated(), look(office, PROGRAM) as reading:
        return sync_facts(reading)


@needs(Right.SEE_BOARD)
def sync_facts(look: Look) -> SyncFacts:
    """How sync stands now."""
    session, now = look.session, look.world.now()
    known = session.execute(sa.select(HeadOfficeAddress.address, HeadOfficeAddress.enrolled_at)).first()
    if known is None:
        return SyncFacts(now, None)
    state = state_in(session)
    acked = 0 if state is None else state.acked
    unsent = sa.or_(OutboxAct.seq.is_(None), OutboxAct.seq > acked)
    waiting, since = session.execute(
        sa.select(sa.func.count(), sa.func.min(OutboxAct.created_at)).where(unsent)
    ).one()  # fmt: skip
    held = session.scalar(sa.select(sa.func.count()).select_from(SeenAct).where(SeenAct.applied_at.is_(None)))
    tasks = session.scalar(sa.select(sa.func.count()).select_from(ConflictTask).where(ConflictTask.closed_at.is_(None)))
    facts = SyncFacts(now, known.enrolled_at, known.address, waiting, since, held=held or 0, tasks=tasks or 0)
    if state is None:
        return facts
    return SyncFacts(
        now, known.enrolled_at, known.address, waiting, since, state.offering, state.met_at, state.trouble or "",
        state.trouble_since, facts.held, facts.tasks,
    )  # fmt: skip


@needs(Right.SEE_PARTIES)
def held_acts(look: Look) -> tuple[HeldAct, ...]:
    """What came from others and waits to go in, the longest waiting first."""
    rows = look.session.execute(
        sa.select(SeenAct.header, SeenAct.came_at, SeenAct.why)
        .where(SeenAct.applied_at.is_(None))
        .order_by(SeenAct.place)
        .limit(HELD_SHOWN)
    )
    return tuple(HeldAct(act_words(bytes(row.header)), row.came_at, aside_words(row.why or "")) for row in rows)


def act_words(header: bytes) -> str:
    """What an act did, by its header: 收款 11-22 09:12."""
    try:
        told = decode_header(header)
    except NotUnderstood:
        return "读不懂的一笔"
    what = OP_WORDS[Op(told.op)] if told.op in set(Op) else "新版本的一笔"
    return f"{what} {_moment(datetime.fromisoformat(told.at))}"


def record_trouble(office: Office, code: str) -> bool:
    """Remember why the last session did not come to its end, and since when it is so; True when that is news."""
    with translated(), office.writing() as session:
        state = state_in(session, held=True)
        if state.trouble == code:
            return False
        change_state(session, trouble=code, trouble_since=office.world.now())
        session.commit()
    return True


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(OFFICE_ZONE):%m-%d %H:%M}" if at is not None else ""
