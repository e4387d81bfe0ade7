"""Random histories of orders: somebody answers for each, one person does it or a reason is told; its clocks are what an
oracle finds that steps from minute to minute; each missed deadline is told exactly once.

Clocks of the PC are set forward and back, two desks send somebody at the same moment, technicians leave while they have
orders in hand, and a storm brings 500 calls in an hour."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from desktop.models.due import DueFact
from desktop.models.values import RepairCategory
from desktop.models.work_orders import IN_HAND, OPEN, UNANSWERED, WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import board, dispatch, due_engine, repair_clock, repair_intake, technicians, work_orders
from desktop.services.acts import Op
from desktop.services.dispatch import AlreadyAssigned, Assign
from desktop.services.errors import DomainError
from desktop.services.office import Office
from desktop.services.repair_intake import Again, Report, SimilarOpen
from desktop.services.technicians import StillHolding
from desktop.services.transitions import WORK_ORDER
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.services.working_time import Pause
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import sit_down
from tests.services.test_changed_first import at_once
from tests.services.test_dispatch import hire
from tests.services.test_due_simulation import HOLIDAYS

MINUTE = timedelta(minutes=1)
EVENTS = sorted(set(WORK_ORDER.events) - work_orders.DISPATCH)


@dataclass
class Known:
    """An order as whoever drives the history knows it."""

    urgent: bool
    reported: datetime
    due: datetime
    state: str = "reported"
    awaited: datetime | None = None
    promised: datetime | None = None
    technician: UUID | None = None
    pauses: list[Pause] = field(default_factory=list)
    assigned: int = 0


OFF = {line[:10] for line in HOLIDAYS.read_text("utf-8").splitlines() if "\toff\t" in line}


def works(at: datetime) -> bool:
    """Whether the office is open in the minute that begins then."""
    here = at.astimezone(OFFICE_ZONE)
    of_day = here.hour * 60 + here.minute
    return (510 <= of_day < 720 or 810 <= of_day < 1050) and str(here.date()) not in OFF


_WALKED: dict[tuple[object, ...], datetime | None] = {}


def stepped(since: datetime, budget: int, urgent: bool, pauses: Sequence[Pause], limit: datetime) -> datetime | None:
    """When so many counted minutes have gone by; None: not by the limit."""
    key = (since, budget, urgent, tuple(pauses), limit)
    if key not in _WALKED:
        at = since
        while budget and at <= limit:
            stood = any(pause[0] <= at and (pause[1] is None or at < pause[1]) for pause in pauses)
            budget -= (urgent or works(at)) and not stood
            at += MINUTE
        _WALKED[key] = at if not budget and at <= limit else None
    return _WALKED[key]


class Histories(RuleBasedStateMachine):
    """One office, in which every example begins with orders of its own."""

    office: Office
    house: UUID
    people: list[UUID]
    lead: Actor

    def __init__(self) -> None:
        super().__init__()
        self.world: SeededWorld = self.office.world  # type: ignore[assignment]
        # Each example begins at the same hour, so that it can be told again.
        midnight = self.world.now().astimezone(OFFICE_ZONE).replace(hour=0, minute=0)
        self.world.set_now(midnight + timedelta(days=1, hours=8))
        self.orders: dict[UUID, Known] = {}
        self.told: set[tuple[str, int, UUID, datetime]] = set()

    @initialize(seed=st.integers(0, 2**32))
    def begins(self, seed: int) -> None:
        self.report(False, 30)
        self.report(seed % 2 == 0, 3)
        self.some_days(seed)

    @rule(urgent=st.booleans(), hours=st.integers(1, 30))
    def report(self, urgent: bool, hours: int) -> None:
        now = self.world.now()
        request = Report(
            self.world.new_id(), "水龙头滴水", RepairCategory.WATER, urgent, building_id=self.house,
            facility=f"车库 {len(self.orders)}", promised=now + timedelta(hours=hours),
        )  # fmt: skip
        with begin(self.office, PROGRAM, Op.REPORT_REPAIR) as work:
            repair_intake.report_repair(work, request)
        self.orders[request.key] = Known(urgent, now, now + timedelta(hours=hours), awaited=now, promised=now)

    @rule(seed=st.integers(0, 2**32))
    def some_days(self, seed: int) -> None:
        """Much that may follow, with time between: single steps alone seldom lead an order anywhere."""
        r = random.Random(seed)
        for _ in range(25):
            which = r.randrange(51)
            possible = [each for each in WORK_ORDER.possible(WorkOrderState(self._one(which)[1].state))
                        if each != "cancel" or r.random() < 0.1]  # fmt: skip
            event = r.choice(possible) if possible and r.random() < 0.85 else r.choice(sorted(WORK_ORDER.events))
            if event in work_orders.DISPATCH:
                self.dispatch(which, r.randrange(3), event)
            else:
                self.go_on(which, event)
            if r.random() < 0.3:
                self.go_by(r.choice((10, 29, 31, 60, 121, 300, 700, 1440, 3000)))
            self.nobody_is_forgotten()
        self.every_missed_deadline_is_told_exactly_once()

    @rule(which=st.integers(0, 50), event=st.sampled_from(EVENTS))
    def anything(self, which: int, event: str) -> None:
        self.go_on(which, event)

    def go_on(self, which: int, event: str) -> None:
        order, known = self._one(which)
        possible = event in WORK_ORDER.moves.get(WorkOrderState(known.state), {})
        before = known.state
        try:
            with begin(self.office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
                known.state = work_orders.go_on(work, work_orders.Step(order, event, "约好再来"))
            assert possible
        except DomainError:
            assert not possible
            return
        self._moved(known, before)
        if event == "reopen":
            known.technician, known.promised = None, self.world.now()
            with self.office.reading() as session:
                promise = session.get_one(WorkOrder, order).due_at
            minutes = 240 if known.urgent else 900
            limit = self.world.now() + timedelta(days=30)
            assert promise == stepped(self.world.now(), minutes, known.urgent, (), limit)
            assert promise is not None
            known.due = promise

    @rule(which=st.integers(0, 50), man=st.integers(0, 2), event=st.sampled_from(sorted(work_orders.DISPATCH)))
    def anybody(self, which: int, man: int, event: str) -> None:
        self.dispatch(which, man, event)

    def dispatch(self, which: int, man: int, event: str) -> None:
        order, known = self._one(which)
        request, before = Assign(order, self.people[man], "临时去抢修", anyway=True), known.state
        state = WorkOrderState(known.state)
        same = event == "hand_over" and known.technician == self.people[man]
        possible = event in WORK_ORDER.moves.get(state, {}) and not same
        try:
            with begin(self.office, PROGRAM, Op.ASSIGN_REPAIR) as work:
                if event == "assign":
                    dispatch.assign(work, request)
                elif event == "hand_over":
                    dispatch.hand_over(work, request)
                else:
                    dispatch.take_back(work, order, "临时去抢修")
            assert possible
        except AlreadyAssigned:
            assert (event, state in IN_HAND) == ("assign", True)
            return
        except DomainError:
            assert not possible
            assert event != "assign" or state not in IN_HAND
            return
        known.state = "reported" if event == "take_back" else "assigned"
        known.technician = None if event == "take_back" else self.people[man]
        known.assigned += event == "assign"
        self._moved(known, before)

    @rule(which=st.integers(0, 50), man=st.integers(0, 2), other=st.integers(0, 2))
    def two_at_once(self, which: int, man: int, other: int) -> None:
        """Two desks send somebody at the same moment: one of them does, the other is told who has it."""
        order, known = self._one(which)
        if known.state != "reported":
            return
        before = known.state

        def send(which_man: int) -> None:
            with begin(self.office, PROGRAM, Op.ASSIGN_REPAIR) as work:
                dispatch.assign(work, Assign(order, self.people[which_man], anyway=True))

        raised = at_once(lambda: send(man), lambda: send(other))
        assert [type(error) for error in raised] == [AlreadyAssigned]
        with self.office.reading() as session:
            sent = session.get_one(WorkOrder, order).technician_id
        assert sent in (self.people[man], self.people[other])
        known.state, known.technician = "assigned", sent
        known.assigned += 1
        self._moved(known, before)

    @rule(man=st.integers(0, 2))
    def leaves(self, man: int) -> None:
        """A technician goes for good; not while somebody waits for them, and nothing is sent to them afterwards."""
        gone = self.people[man]
        holding = [k for k in self.orders.values() if k.technician == gone and WorkOrderState(k.state) in IN_HAND]
        if holding:
            with pytest.raises(StillHolding) as told, begin(self.office, self.lead, Op.CHANGE_TECHNICIANS) as work:
                technicians.retire_technician(work, gone)
            assert len(told.value.numbers) == len(holding)
            return
        with begin(self.office, self.lead, Op.CHANGE_TECHNICIANS) as work:
            technicians.retire_technician(work, gone)
        order, known = self._one(0)
        if known.state == "reported":
            with pytest.raises(DomainError, match="已经离岗"), begin(self.office, PROGRAM, Op.ASSIGN_REPAIR) as work:
                dispatch.assign(work, Assign(order, gone, anyway=True))
        self.people[man] = hire(self.office, self.lead, f"新来的{len(self.orders)}")

    @rule(minutes=st.sampled_from([-1440, -90, -7, 3, 95, 2880]))
    def the_clock_is_set(self, minutes: int) -> None:
        """The PC's clock was wrong: it jumps, and nothing is told twice or lost when the engine runs next."""
        self.go_by(minutes)

    @rule(minutes=st.sampled_from([29, 31, 60, 121, 300, 700, 1440]))
    def a_while(self, minutes: int) -> None:
        self.go_by(minutes)

    @rule(minutes=st.sampled_from([1, 7, 15, 119, 240, 3000]))
    def go_by(self, minutes: int) -> None:
        self.world.advance(timedelta(minutes=minutes))
        due_engine.run_pass(self.office)
        now = self.world.now()
        for order, known in self.orders.items():
            self.told |= set(self._due(order, known, now))

    @invariant()
    def nobody_is_forgotten(self) -> None:
        with look(self.office, PROGRAM) as reading:
            reading.authorised += 1
            kept = [reading.session.get_one(WorkOrder, order) for order in self.orders]
            clocks = repair_clock.clocks_of(reading, kept)
            events = Counter(
                reading.session.scalars(
                    sa.select(WorkOrderEvent.work_order_id).where(
                        WorkOrderEvent.work_order_id.in_(self.orders), WorkOrderEvent.kind == "assign"
                    )
                )
            )
        limit = self.world.now() + timedelta(days=400)
        for order in kept:
            known = self.orders[order.id]
            assert work_orders.faults_of(order) == []
            assert order.state == known.state
            assert order.technician_id == known.technician
            assert events[order.id] == known.assigned
            clock = clocks[order.id]
            assert clock.answer_due == self._answer(known, limit)
            assert clock.stands == (known.state == "waiting_tenant")
            if order.state in OPEN:
                assert clock.finish_due == self._finish(known, limit)

    @invariant()
    def every_missed_deadline_is_told_exactly_once(self) -> None:
        with self.office.reading() as session:
            rows = session.scalars(sa.select(DueFact).where(DueFact.subject_id.in_(self.orders))).all()
        found = Counter((row.rule, row.level, row.subject_id, row.cause_at) for row in rows)
        assert set(found.values()) <= {1}
        assert set(found) == self.told

    def teardown(self) -> None:
        for order, known in self.orders.items():
            if WorkOrderState(known.state) in OPEN:
                with begin(self.office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
                    work_orders.go_on(work, work_orders.Step(order, "cancel", "例子完了"))

    # what the oracle knows

    def _one(self, which: int) -> tuple[UUID, Known]:
        order = list(self.orders)[which % len(self.orders)]
        return order, self.orders[order]

    def _moved(self, known: Known, before: str) -> None:
        now = self.world.now()
        if known.state in UNANSWERED and before not in UNANSWERED:
            known.awaited = now
        if known.state == "waiting_tenant" and before != "waiting_tenant":
            known.pauses.append((now, None))
        elif before == "waiting_tenant" and known.state != "waiting_tenant":
            known.pauses[-1] = (known.pauses[-1][0], now)
        if known.state == "reported":
            known.technician = None

    def _answer(self, known: Known, limit: datetime) -> datetime | None:
        if known.state not in UNANSWERED or known.awaited is None:
            return None
        return stepped(known.awaited, 30 if known.urgent else 120, known.urgent, known.pauses, limit)

    def _finish(self, known: Known, limit: datetime) -> datetime | None:
        if not known.pauses:
            return known.due
        assert known.promised is not None
        ahead = int((known.due - known.promised) / MINUTE)
        budget = sum(known.urgent or works(known.promised + n * MINUTE) for n in range(ahead))
        moved = (
            stepped(known.promised, budget, known.urgent, known.pauses, limit) if budget
            else stepped(known.promised, ahead, True, known.pauses, limit)
        )  # fmt: skip
        return None if moved is None else max(known.due, moved)

    def _due(self, order: UUID, known: Known, now: datetime) -> list[tuple[str, int, UUID, datetime]]:
        """The facts that are due by now and whose cause stands."""
        found: list[tuple[str, int, UUID, datetime]] = []
        answer = self._answer(known, now)
        finish = self._finish(known, now) if WorkOrderState(known.state) in OPEN else None
        later = {"repair_answer": (0, 15, 60) if known.urgent else (0, 60, 240),
                 "repair_finish": (0, 60, 240) if known.urgent else (0, 240, 960)}  # fmt: skip
        for name, first, cause in (("repair_answer", answer, known.awaited), ("repair_finish", finish, known.due)):
            if first is None or first > now or cause is None:
                continue
            for level, minutes in enumerate(later[name]):
                at = stepped(first, minutes, known.urgent, known.pauses, now)
                if at is not None:
                    found.append((name, level, order, cause))
        return found


def _live(office: Office, examples: int, steps: int) -> None:
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    people = [hire(office, lead, name) for name in ("方一鸣", "卢大勇", "石磊")]
    with look(office, PROGRAM) as reading:
        house = board.board(reading).tiles[0].building_id
    said = {"office": office, "house": house, "people": people, "lead": lead}
    machine = type("TheHistories", (Histories,), said)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            # The shortest history is not looked for: it would take longer than a test may.
            phases=[Phase.generate],
        ),
    )


def test_random_histories(office: Office) -> None:
    _live(office, 6, 10)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_two_thousand_orders(office: Office, part: int) -> None:
    """In ten parts, each with histories of its own: all in one take longer than a test may."""
    _live(office, 20, 40)


def _storm(office: Office, calls: int) -> None:
    """So many calls in an hour, a tenth of them of the same two lifts, taken in at two desks and sent at both."""
    world: SeededWorld = office.world  # type: ignore[assignment]
    world.set_now(world.now().astimezone(OFFICE_ZONE).replace(hour=9, minute=0) + timedelta(days=1))
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    people = [hire(office, lead, name) for name in ("方一鸣", "卢大勇", "石磊")]
    with look(office, PROGRAM) as reading:
        tiles = board.board(reading).tiles
    known: dict[UUID, Known] = {}
    again = 0
    for n in range(calls):
        world.advance(timedelta(minutes=60) / calls)
        lift = n % 10 == 0
        request = Report(
            world.new_id(), "电梯停了" if lift else "窗户进水", RepairCategory.LIFT if lift else RepairCategory.DOOR,
            n % 4 == 0, building_id=tiles[0].building_id,
            facility=f"{n // 10 % 2 + 1} 号电梯" if lift else f"{n:03d} 号窗",
        )  # fmt: skip
        try:
            with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
                news = repair_intake.report_repair(work, request)
        except SimilarOpen as told:
            with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
                repair_intake.report_again(work, Again(told.orders[0].order_id, request.summary))
            again += 1
            continue
        with office.reading() as session:
            promised = session.get_one(WorkOrder, news.order_id).due_at
        assert promised is not None
        known[news.order_id] = Known(request.urgent, world.now(), promised, awaited=world.now(), promised=world.now())
    # What is the same was added to what stands: as many orders as things.
    assert len(known) == 2 + calls - -(-calls // 10)
    assert len(known) + again == calls
    for n, order in enumerate(list(known)[:20]):
        raised = at_once(*(
            lambda man=man, order=order: _send(office, order, man) for man in (people[n % 3], people[(n + 1) % 3])
        ))  # fmt: skip
        assert [type(error) for error in raised] == [AlreadyAssigned]
        known[order].state = "assigned"
    judge = Histories.__new__(Histories)
    told: set[tuple[str, int, UUID, datetime]] = set()
    for minutes in (31, 60, 45, 90, 300, 1440):
        world.advance(timedelta(minutes=minutes))
        due_engine.run_pass(office)
        for order, each in known.items():
            told |= set(judge._due(order, each, world.now()))
    with office.reading() as session:
        rows = session.scalars(sa.select(DueFact).where(DueFact.subject_id.in_(known))).all()
    found = Counter((row.rule, row.level, row.subject_id, row.cause_at) for row in rows)
    assert set(found.values()) == {1}
    assert set(found) == told


def _send(office: Office, order: UUID, man: UUID) -> None:
    with begin(office, PROGRAM, Op.ASSIGN_REPAIR) as work:
        dispatch.assign(work, Assign(order, man, anyway=True))


def test_a_storm(office: Office) -> None:
    _storm(office, 40)


@pytest.mark.long
def test_a_storm_of_500_calls(office: Office) -> None:
    _storm(office, 500)
