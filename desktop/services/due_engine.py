"""The engine of due things 到期引擎: finds what fell due and was not told, each fact once, however often, late or
twice-at-once it runs.

A pass is one act of the program. It asks every rule what stands and has no fact yet, produces the earliest of it in the
order of due times, settles facts whose cause has gone, and notes how far it came. Nothing depends on a pass having run
before: what a dead engine, an outage or a wrong clock missed is found by the next one. Why: docs/decisions/0011.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import sqlalchemy as sa

from desktop import watcher
from desktop.models.base import table_of
from desktop.models.due import DueAnswer, DueFact, DueMark, DueRun, DueState
from desktop.models.trust import AuditEntry, AuditHead
from desktop.models.values import Right
from desktop.services.acts import Op
from desktop.services.asked import Asked
from desktop.services.bulk import insert_new
from desktop.services.due_rules import RULES, Ask, DueRule, Found, ask_of
from desktop.services.office import Office
from desktop.services.rights import needs
from desktop.services.work import PROGRAM, Work, begin
from desktop.world import OFFICE_ZONE

MOST = 20_000
"""Facts of one pass: an office that was never looked at holds the till for seconds, not minutes. The next goes on."""
MANY = 1_000
"""Facts of one pass after which PostgreSQL is to count its table anew."""
PATIENCE = timedelta(minutes=15)
"""How long a rule by days lets new rows gather before it goes through what stands again. Lists do not wait for that:
what has gone leaves them at once (`due_lists`)."""
CLOCK_BACK = timedelta(minutes=5)
"""A clock that goes back by more was wrong; by less, it was set right by a server."""
EVERY_SECONDS = 60
"""How often the desk runs a pass."""
LONG_SILENCE = timedelta(hours=36)
"""Longer than from one working day's closing to the next's late opening: nobody looked, and it is told."""


@dataclass(frozen=True, slots=True)
class DuePass:
    """News of one pass."""

    at: datetime
    produced: int
    settled: int
    reopened: int
    more: bool
    """There is more than one pass takes: run the next one at once."""
    silent_for: timedelta | None
    """How long no PC of the office had looked; None on the very first pass."""
    clock_back: timedelta | None
    """By how much the clock had been ahead in an earlier pass; None: it was not."""
    early: int
    """Open facts that a clock ahead produced before their time: they stay, and are shown when it comes."""
    begun: int = 0
    """Orders of plans that were made."""

    @property
    def long_silence(self) -> bool:
        """Whether nobody looked for so long that it must be told."""
        return self.silent_for is not None and self.silent_for >= LONG_SILENCE


def run_pass(office: Office, most: int = MOST) -> DuePass:
    """One pass, in an act of the program. Raises what an act raises (DatabaseBusy, DatabaseGone …); then nothing of it
    is stored, and the next pass finds the same."""
    with begin(office, PROGRAM, Op.FIND_DUE) as work:
        news = find_due(work, most)
    watcher.beat(office.data_dir, news.at)
    return news


def catch_up(office: Office, most: int = MOST) -> list[DuePass]:
    """Passes until nothing is left: at the start of the program."""
    passes = [run_pass(office, most)]
    while passes[-1].more and passes[-1].produced + passes[-1].reopened:
        passes.append(run_pass(office, most))
    return passes


@needs(Right.CHECK_OFFICE)
def find_due(work: Work, most: int = MOST) -> DuePass:
    """`run_pass` inside its act."""
    world, now = work.world, work.at
    world.fault("due.begin")
    marks = _locked_marks(work)
    link = work.connection.execute(sa.select(AuditHead.n)).scalar_one()  # before the rows: what comes later is later
    silent, back = _silence(work, now), _clock_back(marks, now)
    ask = ask_of(work, now)
    looked = [rule for rule in RULES.values() if _to_be_looked_at(rule, marks[rule.name], link, ask)]
    begun = sum(rule.begin(work) for rule in looked)
    world.fault("due.begun")
    stored = _stored_through(work, marks)
    settled = sum(
        _settle_gone(work, ask, rule) for rule in looked if not rule.timeless or _is_news(stored, marks[rule.name])
    )
    if any(_is_news(stored, mark) for mark in marks.values()):
        settled += _settle_answered(work)
    world.fault("due.settled")
    found = heapq.nsmallest(most + 1, chain.from_iterable(rule.missing(ask) for rule in looked), lambda one: one.order)
    more = len(found) > most
    produced, reopened = _produce(work, found[:most])
    world.fault("due.produced")
    _move_marks(work, looked, marks, link, whole=not more)
    _beat(work, produced)
    world.fault("due.marked")
    if begun:
        work.record(begun=begun)
    if produced or settled or reopened:
        work.record(produced=produced, settled=settled, reopened=reopened)
    if back is not None:
        work.record(clock_was_ahead_minutes=back // timedelta(minutes=1))
    return DuePass(now, produced, settled, reopened, more, silent, back, _early(work, now), begun)


# ---- where the engine was --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mark:
    looked_until: datetime | None
    furthest: datetime | None
    looked_through: int | None


def _locked_marks(work: Work) -> dict[str, _Mark]:
    """The marks of all rules, locked: a second engine waits here, and then finds nothing left to do."""
    connection = work.connection
    insert_new(
        connection, table_of(DueMark), ["rule", "looked_until", "furthest", "looked_through"],
        [(name, None, None, None) for name in sorted(RULES)],
    )  # fmt: skip
    rows = connection.execute(
        sa.select(DueMark.rule, DueMark.looked_until, DueMark.furthest, DueMark.looked_through)
        .order_by(DueMark.rule)
        .with_for_update()
    )
    return {row.rule: _Mark(row.looked_until, row.furthest, row.looked_through) for row in rows}


def _to_be_looked_at(rule: DueRule, mark: _Mark, link: int, ask: Ask) -> bool:
    """Whether a rule can have found anything since: the day turned, or something was stored a while ago."""
    if mark.looked_until is None or not rule.by_day or _day(mark.looked_until) != ask.today:
        return True
    since = ask.until - mark.looked_until
    return since < timedelta() or (mark.looked_through != link and since >= PATIENCE)


def _stored_through(work: Work, marks: Mapping[str, _Mark]) -> int:
    """The latest link of the chain by which something was stored that the engine did not find itself; 0: none that
    every rule has not seen."""
    seen = min((-1 if mark.looked_through is None else mark.looked_through) for mark in marks.values())
    newer = sa.select(sa.func.max(AuditEntry.n)).where(AuditEntry.n > seen, AuditEntry.op != Op.FIND_DUE)
    return work.connection.execute(newer).scalar() or 0


def _is_news(stored: int, mark: _Mark) -> bool:
    """Whether what was stored last came after a rule had looked: only then can a cause have gone, or an answer come."""
    return mark.looked_through is None or stored > mark.looked_through


def _day(at: datetime) -> date:
    return at.astimezone(OFFICE_ZONE).date()


def _silence(work: Work, now: datetime) -> timedelta | None:
    last: datetime | None = work.connection.execute(sa.select(sa.func.max(DueRun.last_run_at))).scalar()
    return None if last is None else max(now - last, timedelta())


def _clock_back(marks: dict[str, _Mark], now: datetime) -> timedelta | None:
    """By how much the latest pass was ahead of now. Told by the first pass after it; later ones compare with that."""
    latest = max((mark.looked_until for mark in marks.values() if mark.looked_until is not None), default=now)
    return latest - now if latest - now > CLOCK_BACK else None


def _move_marks(work: Work, looked: Sequence[DueRule], marks: dict[str, _Mark], link: int, *, whole: bool) -> None:
    """Note how far each rule has been seen; a pass that left something over has seen nothing whole."""
    if not whole:
        return
    for rule in looked:
        mark = marks[rule.name]
        furthest = work.at if mark.furthest is None else max(mark.furthest, work.at)
        work.derive(
            sa.update(DueMark)
            .where(DueMark.rule == rule.name)
            .values(looked_until=work.at, furthest=furthest, looked_through=link),
            DueMark.__tablename__,
        )


def _beat(work: Work, produced: int) -> None:
    """The heartbeat of this PC."""
    device = work.office.device_id
    columns = ["device_id", "last_run_at", "looked_until", "passes", "produced"]
    if insert_new(work.connection, table_of(DueRun), columns, [(device, work.at, work.at, 1, produced)]) == 0:
        work.derive(
            sa.update(DueRun)
            .where(DueRun.device_id == device)
            .values(
                last_run_at=work.at, looked_until=work.at, passes=DueRun.passes + 1, produced=DueRun.produced + produced
            ),
            DueRun.__tablename__,
        )  # fmt: skip


# ---- what changes ----------------------------------------------------------------------------------------------------


_COLUMNS = (
    "id", "key", "rule", "level", "subject_table", "subject_id", "cause_on", "cause_at", "due_at", "produced_at",
    "state", "settled_at", "settled_by", "reason", "reopened",
)  # fmt: skip
_CHUNK = 500


def _produce(work: Work, found: Sequence[Found]) -> tuple[int, int]:
    """(facts made, facts opened again), in the order given. The key decides: what is there already stays as it is."""
    produced = reopened = 0
    for some in _chunks(found):
        fresh = [(one.key, one) for one in some if one.fact_id is None]
        answers = _answers(work, [key for key, _ in fresh])
        made = insert_new(
            work.connection, table_of(DueFact), _COLUMNS, [_row(work, key, one, answers.get(key)) for key, one in fresh]
        )
        produced += made
        again = [one.fact_id for one in some if one.fact_id is not None]
        if again:
            work.derive(
                sa.update(DueFact)
                .where(DueFact.id.in_(again), DueFact.state == DueState.VOID)
                .values(
                    state=DueState.OPEN, settled_at=None, settled_by=None, reason=None, reopened=DueFact.reopened + 1
                ),
                DueFact.__tablename__,
            )  # fmt: skip
            reopened += len(again)
        work.touch(DueFact.__tablename__)
        work.world.fault("due.some_produced")
    if produced >= MANY and work.connection.dialect.name == "postgresql":
        # Until the server has counted them it takes the table for empty, and asks the wrong index 20,000 times.
        work.connection.exec_driver_sql("ANALYZE due_fact")
    return produced, reopened


def _row(work: Work, key: str, one: Found, answer: Any) -> tuple[Any, ...]:
    instant = isinstance(one.cause, datetime)
    return (
        work.world.new_id(), key, one.rule, one.level, RULES[one.rule].table, one.subject_id,
        None if instant else one.cause, one.cause if instant else None, one.due_at, work.at,
        DueState.OPEN if answer is None else DueState.DONE, None if answer is None else answer.created_at,
        None if answer is None else answer.created_by, None, 0,
    )  # fmt: skip


def _answers(work: Work, keys: Sequence[str]) -> dict[str, Any]:
    """What people answered already: at another office of the project, or before a backup was restored."""
    return {row.fact_key: row for row in _ANSWERS.rows(work.connection, keys)}


_ANSWERS = Asked(
    lambda one_of: (
        sa.select(DueAnswer.fact_key, DueAnswer.created_at, DueAnswer.created_by)
        .where(one_of(DueAnswer.fact_key))
        .order_by(DueAnswer.created_at.desc(), DueAnswer.id.desc())
    )
)


def _settle_gone(work: Work, ask: Ask, rule: DueRule) -> int:
    """Settle the open facts of a rule whose cause has gone, with the rule's reason."""
    gone = 0
    query = (
        sa.select(DueFact.id)
        .where(DueFact.state == DueState.OPEN, DueFact.rule == rule.name, sa.not_(rule.stands(ask)))
        .order_by(DueFact.id)
        .limit(_CHUNK)
    )
    while ids := work.connection.execute(query).scalars().all():
        work.derive(
            sa.update(DueFact)
            .where(DueFact.id.in_(ids), DueFact.state == DueState.OPEN)
            .values(state=DueState.VOID, settled_at=work.at, settled_by=None, reason=rule.gone),
            DueFact.__tablename__,
        )
        gone += len(ids)
        if len(ids) < _CHUNK:
            break
        query = query.where(DueFact.id > ids[-1])
    return gone


def _settle_answered(work: Work) -> int:
    """Settle open facts that somebody answered elsewhere: what arrived by sync names them by their key."""
    rows = work.connection.execute(
        sa.select(DueFact.id, DueAnswer.created_at, DueAnswer.created_by)
        .join(DueAnswer, DueAnswer.fact_key == DueFact.key)
        .where(DueFact.state == DueState.OPEN)
        .order_by(DueFact.id, DueAnswer.created_at, DueAnswer.id)
    ).all()
    for row in rows:
        work.derive(
            sa.update(DueFact)
            .where(DueFact.id == row.id, DueFact.state == DueState.OPEN)
            .values(state=DueState.DONE, settled_at=row.created_at, settled_by=row.created_by),
            DueFact.__tablename__,
        )
    return len({row.id for row in rows})


def _early(work: Work, now: datetime) -> int:
    """Open facts whose time has not come."""
    return (
        work.connection.execute(
            sa.select(sa.func.count()).select_from(DueFact).where(DueFact.state == DueState.OPEN, DueFact.due_at > now)
        ).scalar()
        or 0
    )


def _chunks(found: Iterable[Found]) -> Iterator[list[Found]]:
    rest = list(found)
    for start in range(0, len(rest), _CHUNK):
        yield rest[start : start + _CHUNK]
