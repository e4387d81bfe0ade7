"""The clocks of a work order 服务时限: by when somebody answers, by when it is done, and how long it stood still.

Minutes are the office's working time, of what is urgent all minutes; while the office waits for the tenant neither
clock runs. Nothing of it is stored: deadlines follow from the order, its history and the rules of today, so a rule that
is changed, a holiday that is announced and a wait that ends late are right at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.values import CaseLevel, OrderKind, RepairCategory
from desktop.models.work_orders import OPEN, UNANSWERED, WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import settings
from desktop.services.asked import Asked
from desktop.services.rights import part
from desktop.services.work import Look
from desktop.services.working_time import (
    ALWAYS,
    BadHours,
    Calendar,
    Pause,
    add_working_minutes,
    latest_start,
    make_calendar,
    working_time_between,
)

MINUTE = timedelta(minutes=1)
CALENDAR_RULES = ("office_hours", "office_weekdays", "office_holidays", "office_days_off", "office_days_on")
MINUTE_RULES = (
    "repair_answer_minutes", "repair_urgent_answer_minutes", "repair_finish_minutes", "repair_urgent_finish_minutes",
    "repair_minutes", "case_minutes",
)  # fmt: skip
RULES = (*CALENDAR_RULES, *MINUTE_RULES)
"""The settings that the clocks follow."""


def calendar_from(values: Mapping[str, Any]) -> Calendar:
    """The office's working time; the plain office day where somebody stored what cannot be read."""
    try:
        return make_calendar(
            values["office_hours"], values["office_weekdays"], bool(values["office_holidays"]),
            values["office_days_off"], values["office_days_on"],
        )  # fmt: skip
    except (BadHours, TypeError):
        return make_calendar(settings.DEFAULTS["office_hours"], settings.DEFAULTS["office_weekdays"])


@dataclass(frozen=True, slots=True)
class ClockRules:
    """What the clocks go by today. `own`: the minutes of single categories."""

    calendar: Calendar
    answer: int
    urgent_answer: int
    finish: int
    urgent_finish: int
    own: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    cases: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """{kind of order: {level: working minutes until it is dealt with}}."""

    def calendar_of(self, urgent: bool) -> Calendar:
        """What is urgent does not wait for the morning."""
        return ALWAYS if urgent else self.calendar

    def answer_minutes(self, category: RepairCategory, urgent: bool) -> int:
        """Working minutes until somebody answers."""
        usual, name = (self.urgent_answer, "urgent_answer") if urgent else (self.answer, "answer")
        return self.own.get(category, {}).get(name, usual)

    def finish_minutes(self, category: RepairCategory, urgent: bool) -> int:
        """Working minutes until it is done, where nobody promised another time."""
        usual, name = (self.urgent_finish, "urgent_finish") if urgent else (self.finish, "finish")
        return self.own.get(category, {}).get(name, usual)

    def answer_due(
        self, category: RepairCategory, urgent: bool, since: datetime, pauses: Collection[Pause] = ()
    ) -> datetime | None:
        """By when somebody says that they will do it. None: never, as the clock stands."""
        return add_working_minutes(since, self.answer_minutes(category, urgent), self.calendar_of(urgent), pauses)

    def finish_due(
        self, urgent: bool, since: datetime, promised: datetime, pauses: Sequence[Pause] = ()
    ) -> datetime | None:
        """The promise, moved by what the clock stood still since it was given: as much working time as was promised
        is left; of a promise that lies wholly outside the office hours, all time. None: never, as the clock stands."""
        if not pauses or promised <= since:
            return promised
        calendar = self.calendar_of(urgent)
        if pauses[-1][1] is None and since <= pauses[-1][0]:
            ran_out = latest_start(promised, 1, calendar)
            if ran_out is not None and pauses[-1][0] <= ran_out:
                return None  # it stands with time left: most of what waits for its tenant
        minutes = working_time_between(since, promised, calendar) // MINUTE
        if not minutes:
            calendar, minutes = ALWAYS, (promised - since) // MINUTE
        moved = add_working_minutes(since, minutes, calendar, pauses)
        return None if moved is None else max(promised, moved)

    def promise(self, category: RepairCategory, urgent: bool, since: datetime) -> datetime:
        """By when it is done, where nobody promised another time."""
        return self._in(self.finish_minutes(category, urgent), urgent, since)

    def case_promise(
        self, kind: OrderKind, level: CaseLevel | None, category: RepairCategory, urgent: bool, since: datetime
    ) -> datetime:
        """By when a complaint or an incident of a level is dealt with; as any repair where the office has no minutes
        of its own for it."""
        minutes = None if level is None else self.cases.get(kind, {}).get(str(int(level)))
        return self.promise(category, urgent, since) if minutes is None else self._in(minutes, urgent, since)

    def _in(self, minutes: int, urgent: bool, since: datetime) -> datetime:
        return add_working_minutes(since, minutes, self.calendar_of(urgent)) or since + minutes * MINUTE


def rules_from(values: Mapping[str, Any]) -> ClockRules:
    """The clocks' rules from settings (`RULES`); minutes of a category that nobody can read are the usual ones."""
    answer, urgent_answer, finish, urgent_finish = (int(values[key]) for key in MINUTE_RULES[:4])
    tables = (_minutes(values["repair_minutes"]), _minutes(values["case_minutes"]))
    return ClockRules(calendar_from(values), answer, urgent_answer, finish, urgent_finish, *tables)


def _minutes(stored: Any) -> dict[str, dict[str, int]]:
    """{word: {name: minutes}} of what is stored, without what nobody can read."""
    return {
        word: {name: number for name, number in minutes.items() if isinstance(number, int) and number >= 0}
        for word, minutes in (stored if isinstance(stored, dict) else {}).items()
        if isinstance(minutes, dict)
    }


@part
def rules_of(look: Look) -> ClockRules:
    """The clocks' rules of today."""
    return rules_from(settings.values_of(look, *RULES))


# ---- of stored orders ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clock:
    """How an order stands by its clocks. None: that clock does not run any more, or has no end while it stands."""

    answer_due: datetime | None
    finish_due: datetime | None
    stands: bool
    """It waits for the tenant."""
    late: bool
    """The clock that counts now has run out."""
    left: timedelta | None
    """Working time until the clock that counts now runs out; negative: since it did."""


NO_CLOCK = Clock(None, None, False, False, None)
"""Of what is done or cancelled."""


@part
def clocks_of(look: Look, orders: Sequence[WorkOrder]) -> dict[UUID, Clock]:
    """{order: its clocks}, now."""
    look.settle()
    rules, now = rules_of(look), look.world.now()
    pauses = pauses_of(look.connection, [order.id for order in orders if order.state in OPEN])
    return {order.id: clock_of(rules, order, pauses.get(order.id, ()), now) for order in orders}


def clock_of(rules: ClockRules, order: WorkOrder, pauses: Sequence[Pause], now: datetime) -> Clock:
    """The clocks of one order at an instant: until somebody answers the answer counts, then the promise."""
    if order.state not in OPEN:
        return NO_CLOCK
    answer = finish = None
    if order.state in UNANSWERED:
        since = order.awaited_since or order.created_at
        answer = rules.answer_due(order.category, order.urgent, since, pauses)
    if order.due_at is not None:
        finish = rules.finish_due(order.urgent, order.promised_at or order.created_at, order.due_at, pauses)
    stands = order.state is WorkOrderState.WAITING_TENANT
    due = answer if order.state in UNANSWERED else finish
    if due is None:
        return Clock(answer, finish, stands, False, None)
    calendar = rules.calendar_of(order.urgent)
    late = due <= now
    left = -working_time_between(due, now, calendar, pauses) if late else working_time_between(now, due, calendar)
    return Clock(answer, finish, stands, late, left)


def pauses_of(connection: sa.Connection, ids: Collection[UUID]) -> dict[UUID, list[Pause]]:
    """{order: when its clocks stood still}, for those that ever did."""
    return _by_order(_PAUSES.rows(connection, ids))


def pauses_of_rows(connection: sa.Connection, rows: Sequence[Any]) -> dict[UUID, list[Pause]]:
    """`pauses_of` the orders in rows (id first) that a statement found with STOOD: the lines are read only of orders
    that stood more than once, or not any more."""
    found: dict[UUID, list[Pause]] = {
        row[0]: [(row.stands_since, None)] for row in rows if row.stood == 1 and row.stands_since is not None
    }
    return found | pauses_of(connection, [row[0] for row in rows if row.stood and row[0] not in found])


def pauses_within(connection: sa.Connection, orders: sa.Select[UUID]) -> dict[UUID, list[Pause]]:
    """`pauses_of` the orders that a statement finds, however many they are."""
    return _by_order(connection.execute(_standing(WorkOrderEvent.work_order_id.in_(orders))))


def _by_order(rows: Iterable[sa.Row[Any]]) -> dict[UUID, list[Pause]]:
    lines: dict[UUID, list[Any]] = {}
    for row in rows:
        lines.setdefault(row.work_order_id, []).append(row)
    return {order: _paired(own) for order, own in lines.items()}


def _paired(rows: Sequence[Any]) -> list[Pause]:
    """Beginnings and ends of standing still. An end names its beginning (`SINCE`): a clock that was set back between
    the two puts them in the wrong order. One from before it did so ends what stood."""
    if len(rows) == 1 and rows[0].stands:
        return [(rows[0].created_at, None)]
    ended = Counter(row.detail[SINCE] for row in rows if not row.stands and SINCE in row.detail)
    pauses: list[Pause] = []
    standing: datetime | None = None
    for row in rows:
        if not row.stands:
            begun = datetime.fromisoformat(row.detail[SINCE]) if SINCE in row.detail else standing
            if begun is not None:
                pauses.append((begun, row.created_at))
            standing = standing if SINCE in row.detail else None
        elif ended[instant := row.created_at.isoformat()]:
            ended[instant] -= 1
        elif standing is None:
            standing = row.created_at
    return [*pauses, (standing, None)] if standing is not None else pauses


@part
def standing_since(look: Look, order_id: UUID) -> str | None:
    """From when the clocks of an order stand still now, as its end will name it; None: they run."""
    look.settle()
    pauses = pauses_of(look.connection, [order_id]).get(order_id, [])
    return next((begun.isoformat() for begun, ended in pauses if ended is None), None)


SINCE = "since"
"""In the detail of a line by which the clocks run again: since when they stood."""


def _standing(which: sa.ColumnElement[bool]) -> sa.Select[UUID, bool | None, datetime, Any]:
    return (
        sa.select(WorkOrderEvent.work_order_id, WorkOrderEvent.stands, WorkOrderEvent.created_at, WorkOrderEvent.detail)
        .where(which, WorkOrderEvent.stands.is_not(None))
        .order_by(WorkOrderEvent.created_at, WorkOrderEvent.id)
    )


def _of_order(what: sa.ColumnElement[Any], *which: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return (
        sa.select(what)
        .where(WorkOrderEvent.work_order_id == WorkOrder.id, WorkOrderEvent.stands.is_not(None), *which)
        .correlate(WorkOrder)
        .scalar_subquery()
    )


STOOD = (
    _of_order(sa.func.count(WorkOrderEvent.id)).label("stood"),
    _of_order(sa.func.max(WorkOrderEvent.created_at), WorkOrderEvent.stands.is_(True)).label("stands_since"),
)
"""Of an order: how many lines tell that its clocks stand or run again, and when the latest began to stand."""
_PAUSES = Asked(lambda one_of: _standing(one_of(WorkOrderEvent.work_order_id)))
