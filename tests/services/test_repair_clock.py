"""The clocks of an order against an oracle that steps from minute to minute and knows nothing of spans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop.models.values import RepairCategory
from desktop.models.work_orders import WorkOrder, WorkOrderState
from desktop.services import repair_clock
from desktop.services import settings as office_settings
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.repair_clock import Clock, ClockRules, clock_of, rules_from
from desktop.services.work import PROGRAM, begin, look
from desktop.services.working_time import Pause, make_calendar
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.services.due_kit import facts, later, order_event, report_repair

# The spring holiday with its make-up days, so that a week is not like the next.
START = datetime(2026, 2, 9, 0, 0, tzinfo=OFFICE_ZONE)
MINUTE = timedelta(minutes=1)
RULES = ClockRules(
    make_calendar("08:30-12:00 13:30-17:30", "12345"), 120, 30, 900, 240,
    {"lift": {"answer": 45, "urgent_answer": 10, "finish": 300, "urgent_finish": 60}},
)  # fmt: skip
OFF = {"2026-02-15", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-21", "2026-02-22",
       "2026-02-23"}  # fmt: skip
ON = {"2026-02-14", "2026-02-28"}

minutes = st.integers(0, 20 * 1440)
categories = st.sampled_from([RepairCategory.WATER, RepairCategory.LIFT])


def works(at: datetime, urgent: bool) -> bool:
    """Whether the minute that begins then counts."""
    if urgent:
        return True
    day, of_day = at.date().isoformat(), at.hour * 60 + at.minute
    open_day = day in ON or (at.isoweekday() <= 5 and day not in OFF)
    return open_day and (510 <= of_day < 720 or 810 <= of_day < 1050)


def stepped(since: datetime, budget: int, urgent: bool, pauses: Sequence[Pause]) -> datetime | None:
    """When so many counted minutes have gone by; None: never."""
    at = since
    while budget:
        stood = [pause for pause in pauses if pause[0] <= at and (pause[1] is None or at < pause[1])]
        if any(until is None for _, until in stood):
            return None
        budget -= works(at, urgent) and not stood
        at += MINUTE
    return at


@st.composite
def waits(draw: st.DrawFn) -> list[Pause]:
    """Pauses as a history makes them: one after the other, the last may still stand."""
    edges = sorted(draw(st.lists(minutes, max_size=7, unique=True)))
    found: list[Pause] = []
    for n in range(0, len(edges), 2):
        until = START + edges[n + 1] * MINUTE if n + 1 < len(edges) else None
        found.append((START + edges[n] * MINUTE, until))
    return found


@settings(max_examples=300)
@given(minutes, categories, st.booleans(), waits())
@example(4 * 1440 + 17 * 60, RepairCategory.WATER, False, [])  # Friday before the holiday, an hour before closing
def test_the_answer_is_due_when_the_oracle_says(
    at: int, category: RepairCategory, urgent: bool, pauses: list[Pause]
) -> None:
    since = START + at * MINUTE
    budget = {(False, False): 120, (False, True): 30, (True, False): 45, (True, True): 10}[
        category is RepairCategory.LIFT, urgent
    ]
    assert RULES.answer_due(category, urgent, since, pauses) == stepped(since, budget, urgent, pauses)


@settings(max_examples=200)
@given(minutes, st.integers(1, 10 * 1440), st.booleans(), waits())
def test_a_promise_is_moved_by_what_the_clock_stood(at: int, ahead: int, urgent: bool, pauses: list[Pause]) -> None:
    since, promised = START + at * MINUTE, START + (at + ahead) * MINUTE
    budget = sum(works(since + n * MINUTE, urgent) for n in range(ahead))
    # A promise wholly outside the office hours counts all minutes.
    moved = stepped(since, budget, urgent, pauses) if budget else stepped(since, ahead, True, pauses)
    expected = promised if not pauses else None if moved is None else max(promised, moved)
    assert RULES.finish_due(urgent, since, promised, pauses) == expected


@settings(max_examples=100)
@given(minutes, categories, st.booleans())
def test_what_nobody_promised_follows_from_the_category(at: int, category: RepairCategory, urgent: bool) -> None:
    since = START + at * MINUTE
    budget = {(False, False): 900, (False, True): 240, (True, False): 300, (True, True): 60}[
        category is RepairCategory.LIFT, urgent
    ]
    assert RULES.promise(category, urgent, since) == stepped(since, budget, urgent, ())


def test_minutes_that_nobody_can_read_are_the_usual_ones() -> None:
    stored = {key: office_settings.DEFAULTS[key] for key in repair_clock.RULES}
    stored |= {"repair_minutes": {"lift": {"answer": "bald", "finish": 60}, "door": 7}, "office_hours": "上午"}
    rules = rules_from(stored)
    assert rules.answer_minutes(RepairCategory.LIFT, urgent=False) == 120
    assert rules.finish_minutes(RepairCategory.LIFT, urgent=False) == 60
    assert rules.answer_minutes(RepairCategory.DOOR, urgent=True) == 30
    assert rules_from(stored | {"repair_minutes": "bald"}).own == {}


# ---- of stored orders ----------------------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)


def clock(office: Office, order: UUID) -> Clock:
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        kept = reading.session.get_one(WorkOrder, order)
        (found,) = repair_clock.clocks_of(reading, [kept]).values()
    return found


def test_the_clock_counts_the_answer_then_the_promise(office: Office, world: SeededWorld) -> None:
    world.set_now(at("2026-11-23 16:30"))
    order = report_repair(office, promised=timedelta(days=2))
    now = clock(office, order)
    assert (now.answer_due, now.finish_due) == (at("2026-11-24 09:30"), at("2026-11-25 16:30"))
    assert (now.late, now.left) == (False, timedelta(hours=2))
    world.set_now(at("2026-11-24 10:00"))
    assert (clock(office, order).late, clock(office, order).left) == (True, -timedelta(minutes=30))
    order_event(office, order, "assign")
    assert clock(office, order).late  # sent, but has not said yes
    order_event(office, order, "accept")
    now = clock(office, order)
    assert (now.answer_due, now.late, now.left) == (None, False, timedelta(hours=12.5))
    order_event(office, order, "wait_tenant")
    world.set_now(at("2026-11-27 10:00"))
    now = clock(office, order)
    assert (now.stands, now.finish_due, now.late, now.left) == (True, None, False, None)
    order_event(office, order, "resume")
    assert clock(office, order).left == timedelta(hours=12.5)
    order_event(office, order, "finish")
    assert clock(office, order) == repair_clock.NO_CLOCK


def test_a_category_has_minutes_of_its_own_and_goes_up_by_them(office: Office, world: SeededWorld) -> None:
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        office_settings.change_setting(work, "repair_minutes", {"lift": {"urgent_answer": 10}})
    world.set_now(at("2026-11-23 22:00"))
    order = report_repair(office, urgent=True, category=RepairCategory.LIFT)
    report_repair(office, urgent=True)
    assert clock(office, order).answer_due == at("2026-11-23 22:10")
    later(office, minutes=29)
    assert [(fact.level, fact.subject_id) for fact in facts(office, "repair_answer")] == [(0, order), (1, order)]


def test_each_step_up_is_told_exactly_once_however_often_the_engine_runs(office: Office, world: SeededWorld) -> None:
    world.set_now(at("2026-11-23 08:30"))
    order = report_repair(office, promised=timedelta(hours=5))
    for _ in range(40):
        later(office, minutes=15)
    order_event(office, order, "assign")
    order_event(office, order, "accept")
    order_event(office, order, "wait_tenant")
    for _ in range(10):
        later(office, days=1)
    order_event(office, order, "resume")
    for _ in range(10):
        later(office, days=1)
    told = [(fact.rule, fact.level) for fact in facts(office)]
    for rule in ("repair_answer", "repair_finish"):
        assert [level for name, level in told if name == rule] == [0, 1, 2]


def test_an_order_of_before_the_clocks_counts_from_its_report() -> None:
    order = WorkOrder(
        state=WorkOrderState.REPORTED, category=RepairCategory.WATER, urgent=False, created_at=at("2026-02-09 08:30"),
        due_at=None, awaited_since=None, promised_at=None,
    )  # fmt: skip
    found = clock_of(RULES, order, (), at("2026-02-09 09:30"))
    assert found == Clock(at("2026-02-09 10:30"), None, False, False, timedelta(hours=1))


def test_a_clock_set_back_while_an_order_waits_for_the_tenant(office: Office, world: SeededWorld) -> None:
    """The lines of beginning and end then stand in the wrong order by their time; each end knows its beginning."""
    world.set_now(datetime(2026, 11, 23, 14, 0, tzinfo=OFFICE_ZONE))
    order = report_repair(office, promised=timedelta(hours=30))
    for event in ("assign", "accept"):
        order_event(office, order, event)
    promised = clock_now(office, order).finish_due
    world.advance(timedelta(days=3))  # the clock was wrong, three days ahead
    order_event(office, order, "wait_tenant")
    assert clock_now(office, order).stands
    world.advance(timedelta(days=-3))
    order_event(office, order, "resume")
    clock = clock_now(office, order)
    assert (clock.stands, clock.finish_due) == (False, promised)  # it stood for no time at all
    begun = world.now()
    for event, minutes in (("wait_tenant", 60), ("resume", 0), ("wait_tenant", 0), ("resume", 0)):
        order_event(office, order, event)
        world.advance(timedelta(minutes=minutes))
    with office.reading() as session:
        pauses = repair_clock.pauses_of(session.connection(), [order])[order]
    assert [(since, until) for since, until in pauses if until is None or until > since] == [
        (begun, begun + timedelta(hours=1))
    ]


def clock_now(office: Office, order_id: UUID) -> Clock:
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        return repair_clock.clocks_of(reading, [reading.session.get_one(WorkOrder, order_id)])[order_id]
