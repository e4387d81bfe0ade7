"""Two years of an office: things are stored, change and go, engines run late, twice at once, die, and clocks jump.

After every pass the facts are those of an oracle that looks at everything there is, minute by minute where hours count.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.billing import Bill, BillLine
from desktop.models.due import DueFact, DueState
from desktop.models.leases import Lease
from desktop.models.offices import Project
from desktop.models.parties import Party
from desktop.models.plans import PlanRound
from desktop.models.values import FeeType, LeaseKind, LeaseState, Money, PartyKind, PlanUnit, RepairCategory
from desktop.services import derived, due_engine, due_lists, repair_ratings
from desktop.services.acts import Op
from desktop.services.lease_terms import LeaseTerms
from desktop.services.leases import term_row
from desktop.services.office import Office
from desktop.services.plans import PlanForm
from desktop.services.work import PROGRAM, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.services.due_kit import order_event, report_repair
from tests.services.plan_kit import put_plan

HOLIDAYS = Path(__file__).resolve().parents[2] / "resources" / "holidays.tsv"
START = datetime(2026, 1, 5, 9, 0, tzinfo=OFFICE_ZONE)
POINTS = (
    "due.begin", "due.begun", "due.settled", "due.some_produced", "due.produced", "due.marked", "work.before_commit",
)  # fmt: skip


# ---- the oracle ------------------------------------------------------------------------------------------------------

Key = tuple[str, int, UUID | None, object]
"""Rule, rung, subject, what the time is counted from."""


@dataclass
class Order:
    """A work order: from when its answer is awaited, by when it is promised, and what became of it."""

    told: datetime
    promised: datetime
    urgent: bool
    asked: bool
    """Somebody reported it who can be asked whether it was well done."""
    state: str = "reported"
    done: datetime | None = None
    rated: bool = False


@dataclass
class Truth:
    """What the office holds, as whoever entered it knows it."""

    leases: dict[UUID, tuple[date, bool]] = field(default_factory=dict)  # last day, and whether the tenant is there
    signed: dict[UUID, date] = field(default_factory=dict)
    """Leases whose keys are not handed over: the first day."""
    bills: dict[UUID, tuple[date, bool]] = field(default_factory=dict)  # due day, and whether something is open
    orders: dict[UUID, Order] = field(default_factory=dict)
    plans: dict[UUID, tuple[date, int, bool, int]] = field(default_factory=dict)
    """A day on which it is due, every so many months (else days), and how many days ahead its order is made."""
    rounds: dict[tuple[UUID, date], UUID] = field(default_factory=dict)
    """(plan, due day) that became an order: which."""
    backups: list[datetime] = field(default_factory=list)
    project: UUID | None = None
    off: set[str] = field(default_factory=lambda: {
        line[:10] for line in HOLIDAYS.read_text("utf-8").splitlines() if "\toff\t" in line
    })  # fmt: skip
    walked: dict[tuple[datetime, int, bool], datetime] = field(default_factory=dict)

    def standing(self, now: datetime) -> Iterator[tuple[Key, datetime]]:
        """Every fact whose cause stands, with its due time, those that are not due yet among them."""
        for subject, (day, there) in self.leases.items():
            for level, before in enumerate((60, 30, 7, 0, -30)):
                if there:
                    yield ("lease_end", level, subject, day), self.begins(day - timedelta(days=before))
        for subject, (day, open_) in self.bills.items():
            for level, after in enumerate((0, 1, 7, 15, 30)):
                if open_:
                    yield ("bill_open", level, subject, day), self.begins(day + timedelta(days=after))
        for subject, day in self.signed.items():
            for level, after in enumerate((0, 1, 3)):
                yield ("move_in", level, subject, day), self.begins(day + timedelta(days=after))
        for subject, order in self.orders.items():
            told, promised, urgent, state = order.told, order.promised, order.urgent, order.state
            if order.done is not None and order.asked and not order.rated:
                call = self.walk(order.done, 60, False)
                yield ("repair_rating", 0, subject, order.done), call
                yield ("repair_rating", 1, subject, order.done), max(call, order.done + timedelta(hours=24))
            first, more = (30, (0, 15, 60)) if urgent else (120, (0, 60, 240))
            for level, minutes in enumerate(more):
                if state in ("reported", "assigned"):
                    yield (
                        ("repair_answer", level, subject, told),
                        self.walk(self.walk(told, first, urgent), minutes, urgent),
                    )
            for level, minutes in enumerate((0, 60, 240) if urgent else (0, 240, 960)):
                if state in ("reported", "assigned", "working"):
                    yield ("repair_finish", level, subject, promised), self.walk(promised, minutes, urgent)
        for (plan, day), subject in self.rounds.items():
            if self.orders[subject].state in ("reported", "assigned", "working"):
                yield ("plan_due", 0, subject, day), self.begins(day - timedelta(days=self.plans[plan][3]))
        last = max(at for at in self.backups if at <= now)
        for level, days in enumerate((1, 3, 7)):
            yield ("backup_late", level, self.project, last), last + timedelta(days=days)

    def too_late(self, key: Key, now: datetime) -> bool:
        """Whether nobody is asked any more who was not asked yet: after 30 days they would not remember."""
        return key[0] == "repair_rating" and key[3] <= now - timedelta(days=30)  # type: ignore[operator]

    def round_begun(self, plan: UUID, today: date) -> date:
        """The latest day that is a round of the plan and close enough, looked for day by day from the far end."""
        anchor, every, months, lead = self.plans[plan]
        day = today + timedelta(days=lead)
        while True:
            if months:
                apart = (day.year - anchor.year) * 12 + day.month - anchor.month
                last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
                hit = apart % every == 0 and day.day == min(anchor.day, last.day)
            else:
                hit = (day - anchor).days % every == 0
            if hit:
                return day
            day -= timedelta(days=1)

    def rounds_wanted(self, today: date) -> set[tuple[UUID, date]]:
        """Rounds that are to become orders now: begun, not made, and no earlier one of the plan is open."""
        wanted = {(plan, self.round_begun(plan, today)) for plan in self.plans} - self.rounds.keys()
        open_ = [
            (plan, day)
            for (plan, day), order in self.rounds.items()
            if self.orders[order].state in ("reported", "assigned", "working")
        ]
        return {(plan, day) for plan, day in wanted if not any(p == plan and d < day for p, d in open_)}

    @staticmethod
    def begins(day: date) -> datetime:
        return datetime.combine(day, time(0), OFFICE_ZONE)

    def walk(self, at: datetime, minutes: int, urgent: bool) -> datetime:
        """Minute after minute, counting those in which the office works."""
        key, left = (at, minutes, urgent), minutes
        if urgent:
            return at + timedelta(minutes=minutes)
        while left and key not in self.walked:
            here = at.astimezone(OFFICE_ZONE)
            of_day = here.hour * 60 + here.minute
            left -= (510 <= of_day < 720 or 810 <= of_day < 1050) and str(here.date()) not in self.off
            at += timedelta(minutes=1)
        return self.walked.setdefault(key, at)


# ---- the office ------------------------------------------------------------------------------------------------------


class Life:
    """The office, what is known of it, and the facts that must be there."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.random, self.truth = office, random.Random(seed), Truth()
        self.world: SeededWorld = office.world  # type: ignore[assignment]
        self.known: dict[Key, DueState] = {}
        self.due: dict[Key, datetime] = {}
        self.seen: set[UUID] = set()
        self.skew = timedelta()
        self.passed = self.world.now() - due_engine.PATIENCE
        with begin(office, PROGRAM, Op.REGISTER_PARTY) as work:
            self.party = work.add(Party(number="T1", kind=PartyKind.PERSON, name="顾听澜", hold_erasure=False)).id
        with office.reading() as session:
            self.truth.project = session.scalars(sa.select(Project.id)).one()
            self.truth.backups.append(session.scalars(sa.select(Project.created_at)).one())

    # what people do

    def something(self) -> None:
        acts = (self.let, self.bill, self.bill, self.report, self.report, self.pay, self.leave, self.go_on, self.go_on,
                self.prolong, self.answer, self.back_up, self.sign, self.hand_keys, self.postpone, self.afterwards,
                self.afterwards, self.plan, self.do_rounds)  # fmt: skip
        self.random.choice(acts)()

    def let(self) -> None:
        """A lease, now and then one that has little or nothing left."""
        today = self.world.today()
        end = today + timedelta(days=self.random.choice((-3, 5, 20, 45, 90, 200, 365)))
        terms = LeaseTerms(end - timedelta(days=364), end, Money.yuan(1860), 1, Money.yuan(1860))
        with begin(self.office, PROGRAM, Op.CHECK_IN) as work:
            lease = work.add(
                Lease(number=work.world.new_id().hex, kind=LeaseKind.LEASE, state=LeaseState.ACTIVE, lessor_id=None)
            )
            work.session.flush()
            work.add(term_row(lease.id, terms, "居住"))
            self.truth.leases[lease.id] = (end, True)

    def sign(self) -> None:
        """A lease whose keys wait, now and then one that began some days ago."""
        begin_on = self.world.today() + timedelta(days=self.random.choice((-5, 0, 2, 20, 40)))
        terms = LeaseTerms(begin_on, begin_on + timedelta(days=364), Money.yuan(1860), 1, Money.yuan(1860))
        with begin(self.office, PROGRAM, Op.CHECK_IN) as work:
            lease = work.add(
                Lease(number=work.world.new_id().hex, kind=LeaseKind.LEASE, state=LeaseState.SIGNED, lessor_id=None)
            )
            work.session.flush()
            work.add(term_row(lease.id, terms, "居住"))
            self.truth.signed[lease.id] = begin_on

    def hand_keys(self) -> None:
        """Somebody moves in, or calls it off."""
        if lease := self._one(self.truth.signed):
            comes = self.random.random() < 0.7
            with begin(self.office, PROGRAM, Op.CHANGE_LEASE) as work:
                work.take(Lease, lease).state = LeaseState.ACTIVE if comes else LeaseState.CANCELLED
            day = self.truth.signed.pop(lease)
            if comes:
                self.truth.leases[lease] = (day + timedelta(days=364), True)

    def postpone(self) -> None:
        """A later first day, by terms that follow the old ones."""
        if lease := self._one(self.truth.signed):
            day = self.truth.signed[lease] + timedelta(days=self.random.choice((1, 6, 30)))
            with begin(self.office, PROGRAM, Op.CHANGE_LEASE) as work:
                terms = LeaseTerms(day, day + timedelta(days=364), Money.yuan(1860), 1, Money.yuan(1860))
                work.add(term_row(lease, terms, "居住"))
            self.truth.signed[lease] = day

    def leave(self) -> None:
        if lease := self._one(each for each, (_, there) in self.truth.leases.items() if there):
            with begin(self.office, PROGRAM, Op.CHANGE_LEASE) as work:
                work.take(Lease, lease).state = LeaseState.MOVED_OUT
            self.truth.leases[lease] = (self.truth.leases[lease][0], False)

    def prolong(self) -> None:
        """Another last day, by terms that follow the old ones."""
        if lease := self._one(each for each, (_, there) in self.truth.leases.items() if there):
            end = self.truth.leases[lease][0] + timedelta(days=self.random.choice((10, 100)))
            with begin(self.office, PROGRAM, Op.CHANGE_LEASE) as work:
                terms = LeaseTerms(end - timedelta(days=364), end, Money.yuan(1860), 1, Money.yuan(1860))
                work.add(term_row(lease, terms, "居住"))
            self.truth.leases[lease] = (end, True)

    def bill(self) -> None:
        """A bill, now and then one that was due long ago."""
        due = self.world.today() + timedelta(days=self.random.choice((-40, -3, 0, 5, 20)))
        with begin(self.office, PROGRAM, Op.POST_BILLS) as work:
            bill = work.add(
                Bill(
                    debtor_id=self.party, lease_id=None, room_id=None, issued_on=work.world.today(), due=due,
                    title="租金", source_key=work.world.new_id().hex, run_id=None,
                )
            ).id  # fmt: skip
            self._line(work, bill, 186000)
        self.truth.bills[bill] = (due, True)

    def pay(self) -> None:
        """What is open is settled, or what was settled is open again: a payment, and a payment taken back."""
        if bill := self._one(self.truth.bills):
            due, open_ = self.truth.bills[bill]
            with begin(self.office, PROGRAM, Op.POST_BILLS) as work:
                self._line(work, bill, -186000 if open_ else 186000)
            self.truth.bills[bill] = (due, not open_)

    def _line(self, work: object, bill: UUID, fen: int) -> None:
        work.session.flush()  # type: ignore[attr-defined]
        work.add(  # type: ignore[attr-defined]
            BillLine(
                bill_id=bill, debtor_id=self.party, fee_type=FeeType.RENT, amount=Money(fen),
                source_key=self.world.new_id().hex, explanation=[],
            )
        )  # fmt: skip
        work.session.flush()  # type: ignore[attr-defined]
        derived.refresh_balances(work.session, [bill])  # type: ignore[attr-defined]

    def report(self) -> None:
        urgent, promised = self.random.random() < 0.3, timedelta(hours=self.random.choice((4, 30, 100)))
        asked = self.random.random() < 0.7
        order = report_repair(self.office, urgent=urgent, promised=promised, party_id=self.party if asked else None)
        now = self.world.now()
        self.truth.orders[order] = Order(now, now + promised, urgent, asked)

    def go_on(self) -> None:
        moves = {"reported": ("assign", "assigned"), "assigned": ("begin", "working"), "working": ("finish", "done")}
        if order := self._one(each for each, known in self.truth.orders.items() if known.state in moves):
            known = self.truth.orders[order]
            event, known.state = moves[known.state]
            order_event(self.office, order, event)
            known.done = self.world.now() if event == "finish" else None

    def afterwards(self) -> None:
        """Of what is done: somebody is asked, now and then with a bad answer; it is closed, or it comes back."""
        moves = {"done": "check", "checked": "close"}
        if not (order := self._one(each for each, known in self.truth.orders.items() if known.done is not None)):
            return
        known, what, now = self.truth.orders[order], self.random.random(), self.world.now()
        if what < 0.5 and known.asked:
            stars = self.random.choice((1, 2, 4, 5))
            with begin(self.office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
                news = repair_ratings.rate_order(work, repair_ratings.Rating(order, stars, "又漏了"))
            known.rated = True
            if news.made:
                assert news.rectification_id is not None
                self.truth.orders[news.rectification_id] = Order(now, self.truth.walk(now, 900, False), False, True)
        elif what < 0.7:
            order_event(self.office, order, "reopen")
            promised = self.truth.walk(now, 240 if known.urgent else 900, known.urgent)
            self.truth.orders[order] = Order(now, promised, known.urgent, known.asked)
        elif known.state in moves:
            order_event(self.office, order, moves[known.state])
            known.state = {"done": "checked", "checked": "closed"}[known.state]

    def plan(self) -> None:
        """A plan, now and then one that holds since long ago; there are never more than four."""
        if len(self.truth.plans) < 4:
            anchor = self.world.today() + timedelta(days=self.random.randrange(-60, 60))
            every, months = self.random.choice(((7, False), (15, False), (1, True), (6, True)))
            lead = self.random.choice((0, 3, 10))
            form = PlanForm(
                "2 号电梯维保", category=RepairCategory.LIFT, every=every,
                unit=PlanUnit.MONTH if months else PlanUnit.DAY, anchor=anchor, lead_days=lead,
                valid_from=date(2020, 1, 1),
            )  # fmt: skip
            self.truth.plans[put_plan(self.office, form)] = (anchor, every, months, lead)

    def do_rounds(self) -> None:
        """Most of what plans have brought is done."""
        moves = {"reported": ("assign", "assigned"), "assigned": ("begin", "working"), "working": ("finish", "done")}
        for order in self.truth.rounds.values():
            known = self.truth.orders[order]
            while known.state in moves and self.random.random() < 0.95:
                event, known.state = moves[known.state]
                order_event(self.office, order, event)
                known.done = self.world.now() if event == "finish" else None

    def back_up(self) -> None:
        with begin(self.office, PROGRAM, Op.MAKE_BACKUP) as work:
            work.record(size=1)
        self.truth.backups.append(self.world.now())

    def answer(self) -> None:
        """Somebody deals with a thing that is shown: it and the rungs below it are done."""
        with look(self.office, PROGRAM) as reading:
            rows = due_lists.list_due(reading, limit=500)
        if rows:
            row = self.random.choice(rows)
            with begin(self.office, PROGRAM, Op.ANSWER_DUE) as work:
                cause = _cause(work.session.get_one(DueFact, row.id))
                due_lists.answer_due(work, row.id)
            for key, state in self.known.items():
                if (
                    key[0] == row.rule
                    and key[1] <= row.level
                    and key[2:] == (row.subject_id, cause)
                    and state is DueState.OPEN
                ):
                    self.known[key] = DueState.DONE

    def _one(self, some: Iterable[UUID]) -> UUID | None:
        every = list(some)
        return self.random.choice(every) if every else None

    # what happens to the program

    def go_by(self) -> None:
        """Time goes by, as a rule some hours, now and then an outage of days; the clock jumps and is set right."""
        r = self.random
        minutes = r.choice((20, 600, 2880, 5760, 8640)) if r.random() < 0.93 else r.randrange(3 * 1440, 30 * 1440)
        self.world.advance(timedelta(minutes=minutes))
        if r.random() < 0.06:
            jump = -self.skew if self.skew else timedelta(minutes=r.choice((-9, -2, -1, 1, 3, 12, 400)) * 1440)
            self.skew += jump
            self.world.advance(jump)

    def passes(self) -> None:
        """The engine runs: now and then it dies first, now and then two run at once; then all is held to the oracle."""
        # A rule by days looks again a quarter of an hour after it last did. Time goes by in longer steps here, only a
        # clock that is set back may stand just where it stood then: that quarter of an hour is waited for.
        if timedelta() <= self.world.now() - self.passed < due_engine.PATIENCE:
            self.world.advance(due_engine.PATIENCE)
        self.passed = self.world.now()
        if self.random.random() < 0.15:
            self._die(self.random.choice(POINTS))
        if self.random.random() < 0.25:
            threads = [threading.Thread(target=due_engine.catch_up, args=(self.office, 60)) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            due_engine.catch_up(self.office, self.random.choice((25, 20_000)))
        self._hold_rounds()
        self._expect()
        self._hold()

    def _hold_rounds(self) -> None:
        """Each round that is wanted is an order now, and nothing else is."""
        now, wanted = self.world.now(), self.truth.rounds_wanted(self.world.today())
        with self.office.reading() as session:
            stored = {
                (row.plan_id, row.due_on): row.work_order_id
                for row in session.execute(sa.select(PlanRound.plan_id, PlanRound.due_on, PlanRound.work_order_id))
            }
        assert stored.keys() == self.truth.rounds.keys() | wanted
        assert {key: stored[key] for key in self.truth.rounds} == self.truth.rounds
        for plan, day in wanted:
            order = self.truth.rounds[plan, day] = stored[plan, day]
            told = max(self.truth.begins(day), now)
            promised = self.truth.begins(day) + timedelta(minutes=1050)
            self.truth.orders[order] = Order(told, promised, False, asked=False)

    def _die(self, point: str) -> None:
        class DiedError(Exception):
            pass

        def fault(name: str) -> None:
            if name == point:
                raise DiedError

        self.world._fault = fault
        try:
            due_engine.run_pass(self.office)
        except DiedError:
            pass
        finally:
            self.world._fault = None
        assert self._stored().keys() == self.known.keys()
        with self.office.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(PlanRound)) == len(self.truth.rounds)

    def _expect(self) -> None:
        now = self.world.now()
        standing = dict(self.truth.standing(now))
        for key, due in standing.items():
            if due <= now and key not in self.known and not self.truth.too_late(key, now):
                self.known[key], self.due[key] = DueState.OPEN, due
        for key, state in self.known.items():
            if state is not DueState.DONE:
                again = state is DueState.OPEN or self.due[key] <= now
                self.known[key] = DueState.OPEN if key in standing and again else DueState.VOID

    def _stored(self) -> dict[Key, Any]:
        with self.office.reading() as session:
            facts = session.execute(sa.select(*_FACT).order_by(DueFact.id)).all()
        found = {(fact.rule, fact.level, fact.subject_id, _cause(fact)): fact for fact in facts}
        assert len(found) == len(facts), "told twice"
        return found

    def _hold(self) -> None:
        stored = self._stored()
        assert stored.keys() == self.known.keys()
        assert {key: fact.state for key, fact in stored.items()} == self.known
        assert {key: fact.due_at for key, fact in stored.items()} == self.due
        new = [fact for fact in stored.values() if fact.id not in self.seen]
        assert [fact.due_at for fact in new] == sorted(fact.due_at for fact in new), "not in order"
        self.seen |= {fact.id for fact in new}
        if self.random.random() < 0.3:
            self._hold_list(stored)

    def _hold_list(self, stored: dict[Key, Any]) -> None:
        """One line for each thing that is open, its highest rung whose time has come."""
        now = self.world.now()
        top: dict[tuple[object, ...], tuple[int, DueState]] = {}
        for (rule, level, *thing), fact in stored.items():
            if fact.due_at <= now and level >= top.get((rule, *thing), (-1, None))[0]:
                top[rule, *thing] = (level, fact.state)
        wanted = {(rule, level, thing[0]) for (rule, *thing), (level, state) in top.items() if state is DueState.OPEN}
        with look(self.office, PROGRAM) as reading:
            rows = due_lists.list_due(reading, limit=10_000)
            assert sum(due_lists.due_counts(reading).values()) == len(rows)
        assert {(row.rule, row.level, row.subject_id) for row in rows} == wanted
        assert [row.due_at for row in rows] == sorted(row.due_at for row in rows)


_FACT = [
    table_of(DueFact).c[name]
    for name in ("id", "rule", "level", "subject_id", "cause_on", "cause_at", "due_at", "state")
]  # fmt: skip


def _cause(fact: Any) -> object:
    return fact.cause_on or fact.cause_at


def _live(office: Office, seed: int, until: datetime) -> Life:
    life = Life(office, seed)
    while life.world.now() - life.skew < until:
        for _ in range(life.random.choice((0, 0, 1, 2, 5))):
            life.something()
        life.go_by()
        life.passes()
    return life


@pytest.fixture
def world() -> SeededWorld:
    return SeededWorld(START)


def test_a_year(office: Office) -> None:
    life = _live(office, 0, START.astimezone(UTC) + timedelta(days=365))
    rules = {key[0] for key in life.known}
    assert rules == {
        "lease_end", "bill_open", "plan_due", "repair_answer", "repair_finish", "backup_late", "move_in",
        "repair_rating",
    }  # fmt: skip
    assert {*life.known.values()} == set(DueState)
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.max(table_of(DueFact).c.reopened))) > 0
    assert len(life.known) > 150
    assert len(life.truth.rounds) > 15


@pytest.mark.long
@pytest.mark.parametrize("seed", range(31))
def test_two_years(office: Office, seed: int) -> None:
    _live(office, seed, START.astimezone(UTC) + timedelta(days=730))
