"""What falls due in an office: one class a rule, each with its rungs 级, whom they concern and the words for a clerk.

To add a rule: a class below with `missing` (what stands and has not been told, by keyset pages over an index) and
`stands` (whether the cause of a stored fact is still there, as one condition), an entry in RULES, a line in
docs/handbook. A rule reads what is stored and decides nothing else; `services.due_engine` writes. Where the program
itself has to do something by then (`begin`), it does so before it looks.

A rule asks what *stands*, not what fell into a span of time: a lease that was typed in, or arrived, long after
its 30th day before the end is told all the same (docs/decisions/0011).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.due import DueFact, DueState
from desktop.models.journal import Posting
from desktop.models.leases import Lease, LeaseTerm
from desktop.models.offices import Project
from desktop.models.plans import MaintenancePlan, PlanRound
from desktop.models.trust import AuditEntry
from desktop.models.values import NIL, Account, LeaseState, RepairCategory, Right
from desktop.models.work_orders import FINISHED, OPEN, UNANSWERED, WorkOrder, WorkOrderState
from desktop.services import plan_rounds, repair_clock, settings
from desktop.services.asked import Asked
from desktop.services.leases import INSIDE
from desktop.services.rights import part
from desktop.services.work import Look, Work
from desktop.services.working_time import Pause, add_working_minutes, latest_start
from desktop.world import OFFICE_ZONE

PAGE = 500
"""Causes read at once."""
SETTINGS = (*repair_clock.RULES, "backup_days", "deposit_return_days")

Cause = date | datetime
"""What a due time is counted from: a day (end of a lease, due day of a bill) or an instant (report of a repair)."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a rule: whom it concerns (a role of `access.SHIPPED`), and what the clerk reads."""

    role: str
    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """A fact that should be there and is not, or is there and was settled although its cause stands (`fact_id`)."""

    due_at: datetime
    rule: str
    level: int
    subject_id: UUID
    cause: Cause
    fact_id: UUID | None = None

    @property
    def key(self) -> str:
        """The same whoever finds it, and when; it names what the time is counted from, so that an office that changes
        a rule is not told everything twice."""
        return key_of(self.rule, self.level, self.subject_id, self.cause)

    @property
    def order(self) -> tuple[datetime, str, int, int]:
        """The order in which facts are produced; equal on every PC, so two of them lock rows alike."""
        return self.due_at, self.rule, self.level, self.subject_id.int


def key_of(rule: str, level: int, subject_id: UUID, cause: Cause) -> str:
    """The stable key of a fact."""
    if isinstance(cause, datetime):
        return f"{rule}.{level}:{subject_id.hex}:{cause.astimezone(UTC):%Y%m%dT%H%M%S.%f}Z"
    return f"{rule}.{level}:{subject_id.hex}:{cause:%Y%m%d}"


def midnight(day: date) -> datetime:
    """When a day begins in the office, in UTC: what is due on a day is due from then on."""
    return datetime.combine(day, time(), OFFICE_ZONE).astimezone(UTC)


@dataclass(frozen=True)
class Ask:
    """One look at what is due by `until`."""

    look: Look
    until: datetime
    rules: Mapping[str, Any]
    """The office's settings, those of SETTINGS."""

    @property
    def today(self) -> date:
        return self.until.astimezone(OFFICE_ZONE).date()

    @cached_property
    def clocks(self) -> repair_clock.ClockRules:
        """By when orders are to be answered and done."""
        return repair_clock.rules_from(self.rules)


@part
def ask_of(look: Look, until: datetime) -> Ask:
    """A look at what is due by an instant, under the rules of today."""
    return Ask(look, until, settings.values_of(look, *SETTINGS))


class DueRule(ABC):
    """A rule. `right`: who may see and answer its facts; `gone`: why a fact whose cause went was settled."""

    name: ClassVar[str]
    title: ClassVar[str]
    table: ClassVar[str]
    right: ClassVar[Right]
    gone: ClassVar[str]
    rungs: ClassVar[tuple[Rung, ...]]
    by_day: ClassVar[bool] = True
    """Due times are days: between two midnights nothing falls due but what is stored meanwhile."""
    timeless: ClassVar[bool] = False
    """What stands goes only when something is stored, never by the clock alone."""
    late_from: ClassVar[int] = 0
    """From this rung on the thing itself is overdue, not only to be thought of: such things stand first."""

    def begin(self, work: Work) -> int:
        """What the program itself has to do before it looks what stands; how often it did. As a rule nothing."""
        return 0

    @abstractmethod
    def missing(self, ask: Ask) -> Iterator[Found]:
        """Everything due by now that was not told, by pages, in any order."""

    @abstractmethod
    def stands(self, ask: Ask) -> sa.ColumnElement[bool]:
        """Whether the cause of a stored fact (`DueFact` of this rule) is still what it was."""

    # pieces for the rules below

    def _told(self, ask: Ask, subject: Any, cause: Any) -> sa.ScalarSelect[int]:
        """How many rungs due by now were told and stand told."""
        column = DueFact.cause_on if self.by_day else DueFact.cause_at
        return (
            sa.select(sa.func.count())
            .select_from(DueFact)
            .where(
                DueFact.subject_id == subject, DueFact.rule == self.name, column == cause,
                DueFact.state != DueState.VOID, DueFact.due_at <= ask.until,
            )
            .scalar_subquery()
        )  # fmt: skip

    def _untold(self, ask: Ask, page: Sequence[tuple[UUID, Cause, Sequence[datetime | None]]]) -> Iterator[Found]:
        """Of causes with the due times of their rungs: what is due by now and not told."""
        known: dict[tuple[UUID, Cause, int], tuple[UUID, DueState]] = {}
        page = [one for one in page if any(due is not None and due <= ask.until for due in one[2])]
        ids = [subject_id for subject_id, _, _ in page]
        for row in _FACTS.rows(ask.look.connection, ids, rule=self.name):
            known[row.subject_id, row.cause_on if self.by_day else row.cause_at, row.level] = (row.id, row.state)
        for subject_id, cause, dues in page:
            for level, due in enumerate(dues):
                if due is None or due > ask.until:
                    continue
                fact_id, state = known.get((subject_id, cause, level), (None, DueState.VOID))
                if state is DueState.VOID:
                    yield Found(due, self.name, level, subject_id, cause, fact_id)


_FACTS = Asked(
    lambda one_of: sa.select(
        DueFact.id, DueFact.subject_id, DueFact.level, DueFact.cause_on, DueFact.cause_at, DueFact.state
    ).where(one_of(DueFact.subject_id), DueFact.rule == sa.bindparam("rule"))
)


def _pages(ask: Ask, query: Any, *keys: Any) -> Iterator[Sequence[Any]]:
    """The rows of a query by pages along `keys`, its last columns; the index of the keys serves each page."""
    connection = ask.look.connection
    last: Sequence[Any] | None = None
    ordered = query.order_by(*keys).limit(PAGE)
    while True:
        page = ordered
        if last is not None:
            here = sa.tuple_(*keys) if len(keys) > 1 else keys[0]
            there = [sa.literal(value, key.type) for value, key in zip(last, keys, strict=True)]
            page = ordered.where(here > (sa.tuple_(*there) if len(keys) > 1 else there[0]))
        rows = connection.execute(page).all()
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        last = rows[-1][-len(keys) :]


def _streamed(ask: Ask, query: Any) -> Iterator[Sequence[Any]]:
    """The rows of a query some at a time, as the database comes upon them: no index serves an order that nobody needs,
    and every page of one would sort all of it again."""
    yield from ask.look.connection.execute(query.execution_options(yield_per=PAGE)).partitions()


# ---- rules that count days -----------------------------------------------------------------------------------------


class DayRule(DueRule):
    """A rule whose rungs are so many days from a day: −30 before it, 7 after it."""

    @abstractmethod
    def offsets(self, ask: Ask) -> Sequence[int]:
        """Days from the cause to each rung, rising."""

    @abstractmethod
    def causes(self, ask: Ask) -> Iterator[Sequence[Any]]:
        """Pages of rows that begin with (subject, day)."""

    def missing(self, ask: Ask) -> Iterator[Found]:
        offsets = self.offsets(ask)
        for rows in self.causes(ask):
            yield from self._untold(
                ask, [(row[0], row[1], [midnight(row[1] + timedelta(days=n)) for n in offsets]) for row in rows]
            )

    def lacks(self, ask: Ask, subject: Any, day: Any) -> sa.ColumnElement[bool]:
        """Whether fewer rungs were told than are due: asked of the index, not of the program."""
        offsets = self.offsets(ask)
        due = sa.case(
            *((day <= ask.today - timedelta(days=offset), n) for n, offset in reversed(list(enumerate(offsets, 1)))),
            else_=0,
        )
        return sa.and_(day <= ask.today - timedelta(days=offsets[0]), self._told(ask, subject, day) < due)


def _last_day() -> Any:
    """The last day of a lease by its latest terms: answered by one index alone."""
    term = sa.orm.aliased(LeaseTerm)
    return (
        sa.select(term.end)
        .where(term.lease_id == Lease.id, term.deleted_at.is_(None))
        .order_by(term.effective_from.desc(), term.id.desc())
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )


def _not_renewed() -> sa.ColumnElement[bool]:
    after = sa.orm.aliased(Lease)
    standing = (*INSIDE, LeaseState.SIGNED)
    return ~(
        sa.select(after.id)
        .where(after.renews_id == Lease.id, after.state.in_(standing), after.deleted_at.is_(None))
        .correlate(Lease)
        .exists()
    )


class LeaseEnds(DayRule):
    """A lease comes to its end (R-01): intention at 60 days, proposal at 30, formal notice at 7, and the day itself.

    Once more a month later: by then it runs without a term (Civil Code 734), which somebody should have meant.
    """

    name, title, table, right = "lease_end", "租约到期", "lease", Right.SEE_LEASES
    late_from = 3
    gone = "已续租、退租或改了租期"
    rungs = (
        Rung("front_desk", "60 天后到期：问租客是否续租"),
        Rung("front_desk", "30 天后到期：给出续租方案"),
        Rung("manager", "7 天后到期：送正式通知，抄送主管"),
        Rung("manager", "到期了：办续租或退租"),
        Rung("manager", "到期一个月还住着：续租、收房，或说好按不定期住"),
    )

    def offsets(self, ask: Ask) -> Sequence[int]:
        return (-60, -30, -7, 0, 30)

    def causes(self, ask: Ask) -> Iterator[Sequence[Any]]:
        for state in INSIDE:
            query = sa.select(Lease.id, _last_day().label("day"), Lease.id).where(
                Lease.state == state, Lease.deleted_at.is_(None), self.lacks(ask, Lease.id, _last_day()), _not_renewed()
            )
            yield from _pages(ask, query, Lease.id)

    def stands(self, ask: Ask) -> sa.ColumnElement[bool]:
        return (
            sa.select(Lease.id)
            .where(
                Lease.id == DueFact.subject_id, Lease.state.in_(INSIDE), Lease.deleted_at.is_(None),
                _last_day() == DueFact.cause_on, _not_renewed(),
            )
            .correlate(DueFact)
            .exists()
        )  # fmt: skip


def _first_day() -> Any:
    """The first day of a lease by its latest terms."""
    term = sa.orm.aliased(LeaseTerm)
    return (
        sa.select(term.start)
        .where(term.lease_id == Lease.id, term.deleted_at.is_(None))
        .order_by(term.effective_from.desc(), term.id.desc())
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )


class MovesIn(DayRule):
    """A lease begins and the keys are not handed over: the day itself, the day after, and when nobody comes."""

    name, title, table, right = "move_in", "该交房", "lease", Right.SEE_LEASES
    late_from = 1
    gone = "已交房、已取消或改了起租日"
    rungs = (
        Rung("front_desk", "今天起租：验房、抄表、交钥匙"),
        Rung("front_desk", "过了起租日：问租客哪天来"),
        Rung("manager", "三天没来交房：留房还是解约"),
    )

    def offsets(self, ask: Ask) -> Sequence[int]:
        return (0, 1, 3)

    def causes(self, ask: Ask) -> Iterator[Sequence[Any]]:
        query = sa.select(Lease.id, _first_day().label("day"), Lease.id).where(
            Lease.state == LeaseState.SIGNED, Lease.deleted_at.is_(None), self.lacks(ask, Lease.id, _first_day())
        )
        yield from _pages(ask, query, Lease.id)

    def stands(self, ask: Ask) -> sa.ColumnElement[bool]:
        return (
            sa.select(Lease.id)
            .where(
                Lease.id == DueFact.subject_id, Lease.state == LeaseState.SIGNED, Lease.deleted_at.is_(None),
                _first_day() == DueFact.cause_on,
            )
            .correlate(DueFact)
            .exists()
        )  # fmt: skip


class BillsOpen(DayRule):
    """A bill is due, then overdue by 1, 7, 15 and 30 days (R-04; the ladder of REQUIREMENTS §5)."""

    name, title, table, right = "bill_open", "账单未缴", "bill", Right.SEE_BILLS
    late_from = 1
    gone = "已缴清或已冲销"
    rungs = (
        Rung("front_desk", "今天应缴"),
        Rung("front_desk", "逾期 1 天：友好提醒"),
        Rung("cashier", "逾期 7 天：开始催缴"),
        Rung("finance_lead", "逾期 15 天：准备书面催告"),
        Rung("manager", "逾期 30 天：列入关注"),
    )

    def offsets(self, ask: Ask) -> Sequence[int]:
        return (0, 1, 7, 15, 30)

    def causes(self, ask: Ask) -> Iterator[Sequence[Any]]:
        columns = (BillBalance.bill_id, BillBalance.due, BillBalance.due, BillBalance.bill_id)
        query = sa.select(*columns).where(
            # `<> 0` names the index of what is open.
            BillBalance.owed != NIL, BillBalance.owed > NIL, self.lacks(ask, BillBalance.bill_id, BillBalance.due),
        )  # fmt: skip
        yield from _pages(ask, query, BillBalance.due, BillBalance.bill_id)

    def stands(self, ask: Ask) -> sa.ColumnElement[bool]:
        return (
            sa.select(BillBalance.bill_id)
            .where(
                BillBalance.bill_id == DueFact.subject_id, BillBalance.owed > NIL, BillBalance.due == DueFact.cause_on
            )
            .correlate(DueFact)
            .exists()
        )


class DepositsBack(DayRule):
    """A deposit must be back with the tenant (Order 812 art. 10): on the last day for it, and once it has passed."""

    name, title, table, right = "deposit_back", "押金该退", "lease", Right.SEE_BILLS
    late_from = 1
    gone = "押金已退清"
    rungs = (
        Rung("cashier", "今天是退押金的最后一天"),
        Rung("manager", "过了退押金的期限：今天就退"),
    )

    def offsets(self, ask: Ask) -> Sequence[int]:
        days = int(ask.rules["deposit_return_days"])
        return (days, days + 1)

    def causes(self, ask: Ask) -> Iterator[Sequence[Any]]:
        for state in (LeaseState.MOVED_OUT, LeaseState.SETTLED):
            query = sa.select(Lease.id, Lease.moved_out_on, Lease.id).where(
                Lease.state == state, Lease.deleted_at.is_(None), Lease.moved_out_on.is_not(None),
                self.lacks(ask, Lease.id, Lease.moved_out_on), _held() < NIL,
            )  # fmt: skip
            yield from _pages(ask, query, Lease.id)

    def stands(self, ask: Ask) -> sa.ColumnElement[bool]:
        return (
            sa.select(Lease.id)
            .where(
                Lease.id == DueFact.subject_id, Lease.state.in_((LeaseState.MOVED_OUT, LeaseState.SETTLED)),
                Lease.deleted_at.is_(None), Lease.moved_out_on == DueFact.cause_on, _held() < NIL,
            )
            .correlate(DueFact)
            .exists()
        )  # fmt: skip


def _held() -> Any:
    """What the journal holds as deposits of a lease; a liability, so negative."""
    return (
        sa.select(sa.func.sum(Posting.amount))
        .where(Posting.account == Account.DEPOSIT_HELD, Posting.lease_id == Lease.id)
        .correlate(Lease)
        .scalar_subquery()
    )


class PlansDue(DueRule):
    """A round of a plan has begun: its order is made, and the lead of the repairs is told. That it is late is told by
    its order's own clocks."""

    name, title, table, right = "plan_due", "计划保养巡检", "work_order", Right.SEE_REPAIRS
    late_from = 1
    gone = "已做完或已取消"
    rungs = (Rung("repair_lead", "计划的日子快到了：派人去做"),)

    def begin(self, work: Work) -> int:
        return plan_rounds.begin_rounds(work)

    def missing(self, ask: Ask) -> Iterator[Found]:
        query = (
            sa.select(WorkOrder.id, PlanRound.due_on, MaintenancePlan.lead_days, WorkOrder.id)
            .join(PlanRound, PlanRound.work_order_id == WorkOrder.id)
            .join(MaintenancePlan, MaintenancePlan.id == PlanRound.plan_id)
            .where(
                WorkOrder.state.in_(OPEN), WorkOrder.deleted_at.is_(None),
                self._told(ask, WorkOrder.id, PlanRound.due_on) < len(self.rungs),
            )
        )  # fmt: skip
        for rows in _pages(ask, query, WorkOrder.id):
            yield from self._untold(
                ask, [(row[0], row.due_on, [midnight(row.due_on - timedelta(days=row.lead_days))]) for row in rows]
            )

    def stands(self, ask: Ask) -> sa.ColumnElement[bool]:
        return (
            sa.select(WorkOrder.id)
            .join(PlanRound, PlanRound.work_order_id == WorkOrder.id)
            .where(
                WorkOrder.id == DueFact.subject_id, WorkOrder.state.in_(OPEN), WorkOrder.deleted_at.is_(None),
                PlanRound.due_on == DueFact.cause_on,
            )
            .correlate(DueFact)
            .exists()
        )  # fmt: skip


# ---- rules that count from an instant ------------------------------------------------------------------------------


class RepairRule(DueRule):
    """Deadlines of work orders, in the office's working time; what is urgent runs day and night."""

    table, right = "work_order", Right.SEE_REPAIRS
    by_day, timeless = False, True
    states: ClassVar[tuple[WorkOrderState, ...]]
    later: ClassVar[tuple[int, ...]]
    """Working minutes from the deadline to each rung."""
    later_urgent: ClassVar[tuple[int, ...]]

    @abstractmethod
    def cause(self) -> Any:
        """The column the time is counted from."""

    @abstractmethod
    def deadline(self, ask: Ask, order: Any, pauses: Sequence[Pause]) -> datetime | None:
        """When the first rung is due; None: never, as it stands."""

    @abstractmethod
    def minutes(self, ask: Ask, category: RepairCategory, urgent: bool) -> int:
        """Working minutes from the cause to the first rung, where the clock never stood."""

    def missing(self, ask: Ask) -> Iterator[Found]:
        cause = self.cause()
        query = sa.select(
            WorkOrder.id, cause.label("cause"), WorkOrder.created_at, WorkOrder.promised_at, WorkOrder.urgent,
            WorkOrder.category, *repair_clock.STOOD,
        ).where(
            WorkOrder.state.in_(self.states), WorkOrder.deleted_at.is_(None), cause.is_not(None), cause <= ask.until,
            self._told(ask, WorkOrder.id, cause) < self._may_be_due(ask, cause),
        )  # fmt: skip
        for rows in _streamed(ask, query):
            pauses = repair_clock.pauses_of_rows(ask.look.connection, rows)
            yield from self._untold(ask, [(row[0], row.cause, self._dues(ask, row, pauses)) for row in rows])

    def _may_be_due(self, ask: Ask, cause: Any) -> sa.Case[int]:
        """So many rungs are due where the clock never stood, and no more where it did: an order of which they are told
        is left where it is, without counting its hours."""
        whens = []
        for urgent, later in ((True, self.later_urgent), (False, self.later)):
            calendar = ask.clocks.calendar_of(urgent)
            alike: dict[int, list[RepairCategory]] = {}
            for category in RepairCategory:
                alike.setdefault(self.minutes(ask, category, urgent), []).append(category)
            for minutes, categories in alike.items():
                own = [WorkOrder.category.in_(categories)] if len(alike) > 1 else []
                for level in range(len(later), 0, -1):
                    by = latest_start(ask.until, minutes + later[level - 1], calendar)
                    if by is not None:
                        whens.append((sa.and_(WorkOrder.urgent.is_(urgent), *own, cause <= by), level))
        return sa.case(*whens, else_=0)

    def _dues(self, ask: Ask, order: Any, pauses: Mapping[UUID, Sequence[Pause]]) -> list[datetime | None]:
        stood = pauses.get(order[0], ())
        first = self.deadline(ask, order, stood)
        if first is None:
            return []
        later, calendar = self.later_urgent if order.urgent else self.later, ask.clocks.calendar_of(order.urgent)
        return [add_working_minutes(first, minutes, calendar, stood) for minutes in later]

    def stands(self, ask: Ask) -> sa.ColumnElement[bool]:
        return (
            sa.select(WorkOrder.id)
            .where(
                WorkOrder.id == DueFact.subject_id, WorkOrder.state.in_(self.states), WorkOrder.deleted_at.is_(None),
                self.cause() == DueFact.cause_at,
            )
            .correlate(DueFact)
            .exists()
        )  # fmt: skip


class RepairsUnanswered(RepairRule):
    """Nobody has taken on a repair in time (M-06: 2 working hours, urgent 30 minutes), then it goes up (M-08)."""

    name, title = "repair_answer", "报修未响应"
    gone = "已接单或已取消"
    rungs = (
        Rung("front_desk", "该响应了：派人或回电话"),
        Rung("repair_lead", "响应超时：请维修班长派单、催接单"),
        Rung("manager", "一直没人响应：请主管督办"),
    )
    states = UNANSWERED
    later, later_urgent = (0, 60, 240), (0, 15, 60)

    def cause(self) -> Any:
        # Work that came back begins to wait anew.
        return sa.func.coalesce(WorkOrder.awaited_since, WorkOrder.created_at)

    def deadline(self, ask: Ask, order: Any, pauses: Sequence[Pause]) -> datetime | None:
        return ask.clocks.answer_due(order.category, order.urgent, order.cause, pauses)

    def minutes(self, ask: Ask, category: RepairCategory, urgent: bool) -> int:
        return ask.clocks.answer_minutes(category, urgent)


class RepairsUnfinished(RepairRule):
    """A repair is not done by the time that was promised, then it goes up to the lead and the manager."""

    name, title = "repair_finish", "维修未完成"
    gone = "已完成、已取消或改了期限"
    rungs = (
        Rung("front_desk", "到了约定的完成时间：问进度，告诉租客"),
        Rung("repair_lead", "完成超时：请维修班长处理"),
        Rung("manager", "完成严重超时：请主管督办"),
    )
    states = OPEN
    later, later_urgent = (0, 240, 960), (0, 60, 240)

    def cause(self) -> Any:
        return WorkOrder.due_at

    def deadline(self, ask: Ask, order: Any, pauses: Sequence[Pause]) -> datetime | None:
        return ask.clocks.finish_due(order.urgent, order.promised_at or order.created_at, order.cause, pauses)

    def minutes(self, ask: Ask, category: RepairCategory, urgent: bool) -> int:
        return 0


class RepairsUnrated(DueRule):
    """A repair is done and nobody has asked whether it was well done (M-10: within 24 hours; M-11: again)."""

    name, title, table, right = "repair_rating", "维修未回访", "work_order", Right.SEE_REPAIRS
    late_from = 1
    gone = "已登记评价或重开"
    rungs = (
        Rung("front_desk", "做完了：给住户打电话，问满意不满意"),
        Rung("repair_lead", "做完 24 小时还没回访：今天就问"),
    )
    by_day, timeless = False, True
    asked_for: ClassVar[timedelta] = timedelta(days=30)
    """Longer ago nobody remembers."""

    def missing(self, ask: Ask) -> Iterator[Found]:
        query = sa.select(WorkOrder.id, WorkOrder.urgent, WorkOrder.done_at, WorkOrder.id).where(
            WorkOrder.rating.is_(None), WorkOrder.done_at.is_not(None), WorkOrder.done_at <= ask.until,
            WorkOrder.done_at > ask.until - self.asked_for, WorkOrder.state.in_(FINISHED),
            WorkOrder.party_id.is_not(None), WorkOrder.deleted_at.is_(None),
            self._told(ask, WorkOrder.id, WorkOrder.done_at) < len(self.rungs),
        )  # fmt: skip
        for rows in _pages(ask, query, WorkOrder.done_at, WorkOrder.id):
            yield from self._untold(ask, [(row[0], row.done_at, self._dues(ask, row.done_at)) for row in rows])

    def _dues(self, ask: Ask, done: datetime) -> list[datetime | None]:
        """After an hour of the office, so that nobody is called at night; and a day after it was done."""
        first = add_working_minutes(done, 60, ask.clocks.calendar)
        return [first, None if first is None else max(first, done + timedelta(hours=24))]

    def stands(self, ask: Ask) -> sa.ColumnElement[bool]:
        return (
            sa.select(WorkOrder.id)
            .where(
                WorkOrder.id == DueFact.subject_id, WorkOrder.rating.is_(None), WorkOrder.state.in_(FINISHED),
                WorkOrder.deleted_at.is_(None), WorkOrder.done_at == DueFact.cause_at,
            )
            .correlate(DueFact)
            .exists()
        )  # fmt: skip


class BackupLate(DueRule):
    """No backup was made for too long (O-02); the administrator is told, after a week the manager."""

    name, title, table, right = "backup_late", "该备份了", "project", Right.CHECK_OFFICE
    gone = "已备份"
    rungs = (
        Rung("administrator", "该做备份了"),
        Rung("administrator", "三天没有备份"),
        Rung("manager", "一周没有备份：今天就做"),
    )
    by_day = False

    def missing(self, ask: Ask) -> Iterator[Found]:
        last, first = self._last(ask), int(ask.rules["backup_days"])
        dues = [last + timedelta(days=days) for days in (first, first + 2, first + 6)]
        yield from self._untold(ask, [(ask.look.office.project_id, last, dues)])

    def stands(self, ask: Ask) -> sa.ColumnElement[bool]:
        return DueFact.cause_at == self._last(ask)

    def _last(self, ask: Ask) -> datetime:
        """When the last backup was made, or the office. One from the future was made by a clock that was wrong."""
        made: datetime | None = ask.look.connection.execute(
            sa.select(AuditEntry.at)
            .where(sa.text("op = 'make_backup'"), AuditEntry.at <= ask.until)  # as the index says it
            .order_by(AuditEntry.at.desc())
            .limit(1)
        ).scalar()
        begun: datetime = ask.look.connection.execute(
            sa.select(Project.created_at).where(Project.id == ask.look.office.project_id)
        ).scalar_one()
        return made or begun


RULES: Mapping[str, DueRule] = {
    rule.name: rule
    for rule in (
        MovesIn(),
        LeaseEnds(),
        BillsOpen(),
        DepositsBack(),
        PlansDue(),
        RepairsUnanswered(),
        RepairsUnfinished(),
        RepairsUnrated(),
        BackupLate(),
    )
}
"""Every rule, in the order in which a page shows them."""
