"""Each due fact once: late, repeated, twice at once, with a clock that jumps, killed at any point."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.billing import Bill
from desktop.models.due import DueFact, DueMark, DueState
from desktop.models.leases import Lease, LeaseTerm
from desktop.models.trust import AuditEntry
from desktop.models.values import PayMethod, Right
from desktop.services import (
    access,
    database,
    due_engine,
    due_lists,
    due_rules,
    lease_moves,
    move_office,
    opening,
    reversals,
    settings,
    settlements,
)
from desktop.services.acts import Op
from desktop.services.due_lists import AlreadySettled
from desktop.services.due_rules import RULES
from desktop.services.errors import Refused
from desktop.services.office import Office
from desktop.services.sync.apply import apply_acts
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import Databases
from tests.offices import check_in, make_office, many, rooms_of, sit_down, terms
from tests.services.due_kit import facts, later, order_event, report_repair, told
from tests.services.lease_kit import open_of, pay, sound
from tests.services.test_replay import acts_of, prove, replica, trusted_of


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager", "cashier")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)


# ---- the rules -------------------------------------------------------------------------------------------------------


def test_a_lease_is_told_four_times_before_its_end(office: Office, clerk: Actor, world: SeededWorld) -> None:
    lease = check_in(office, clerk, rooms_of(office)[0], lease=terms(world.today(), 4))
    end = terms(world.today(), 4).end
    seen = []
    for _ in range(140):
        later(office, days=1)
        new = [fact for fact in facts(office, "lease_end") if fact.id not in {one[0] for one in seen}]
        seen += [(fact.id, fact.level, world.today()) for fact in new]
    assert [(level, (end - day).days) for _, level, day in seen] == [(0, 60), (1, 30), (2, 7), (3, 0)]
    assert {fact.subject_id for fact in facts(office, "lease_end")} == {lease.lease_id}
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, lease.lease_id)
    later(office, minutes=15)
    assert told(office, "lease_end") == [(level, "void") for level in range(4)]
    assert {fact.reason for fact in facts(office, "lease_end")} == {RULES["lease_end"].gone}


def test_a_lease_typed_in_late_is_told_all_the_same(office: Office, clerk: Actor, world: SeededWorld) -> None:
    later(office, days=1)  # the engine has looked past the day on which the reminder would have been due
    check_in(office, clerk, rooms_of(office)[0], lease=replace(terms(world.today()), end=world.today() + timedelta(20)))
    later(office, minutes=16)
    assert told(office, "lease_end") == [(0, "open"), (1, "open")]


def test_a_lease_with_another_end_is_told_anew(office: Office, clerk: Actor, world: SeededWorld) -> None:
    lease = check_in(office, clerk, rooms_of(office)[0], lease=terms(world.today(), 1))
    later(office, minutes=1)
    assert told(office, "lease_end") == [(0, "open"), (1, "open")]
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        old = work.session.scalars(sa.select(LeaseTerm).where(LeaseTerm.lease_id == lease.lease_id)).one()
        values = {c.key: getattr(old, c.key) for c in sa.inspect(LeaseTerm).column_attrs}
        for name in ("id", "project_id", "created_at", "created_by", "updated_at", "version", "deleted_at"):
            del values[name]
        values |= {"effective_from": world.today(), "end": world.today() + timedelta(days=45)}
        work.add(LeaseTerm(**values))
    later(office, minutes=16)
    assert told(office, "lease_end") == [(0, "void"), (1, "void"), (0, "open")]


def test_a_renewed_lease_is_not_told_any_more(office: Office, clerk: Actor, world: SeededWorld) -> None:
    old = check_in(office, clerk, rooms_of(office)[0], lease=terms(world.today(), 1))
    new = check_in(office, clerk, rooms_of(office)[1], many(3)[2])
    later(office, minutes=1)
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        work.take(Lease, new.lease_id).renews_id = old.lease_id
    later(office, minutes=16)
    assert [state for _, state in told(office, "lease_end")] == ["void", "void"]
    assert later(office, days=40).produced > 0  # bills
    assert len(facts(office, "lease_end")) == 2


def test_a_bill_is_due_then_overdue_until_it_is_paid(office: Office, clerk: Actor) -> None:
    lease = check_in(office, clerk, rooms_of(office)[0])
    owed = open_of(office, lease.lease_id)
    for days in (0, 1, 5, 1, 8, 15):
        later(office, days=days, minutes=1)
    assert sorted(told(office, "bill_open")) == sorted((level, "open") for level in range(5) for _ in owed)
    taken = pay(office, clerk, lease.party_id, owed)
    with look(office, clerk) as reading:  # at once, before any pass
        assert due_lists.list_due(reading, rules=["bill_open"]) == []
        assert "bill_open" not in due_lists.due_counts(reading)
    news = later(office, minutes=15)
    assert news.settled == 5 * len(owed)
    assert {fact.state for fact in facts(office, "bill_open")} == {DueState.VOID}
    with begin(office, clerk, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, taken.payment_id, "支票退回")
    news = later(office, minutes=16)
    # A debt that comes back is in everybody's sight again, by the same facts.
    assert (news.produced, news.reopened) == (0, 5 * len(owed))
    assert {(fact.state, fact.reopened) for fact in facts(office, "bill_open")} == {(DueState.OPEN, 1)}


def test_a_deposit_must_be_back(office: Office, clerk: Actor) -> None:
    lease = check_in(office, clerk, rooms_of(office)[0])
    pay(office, clerk, lease.party_id, open_of(office, lease.lease_id))
    later(office, days=20)
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, lease.lease_id)
    later(office, days=6)
    assert told(office, "deposit_back") == []
    later(office, days=1)
    assert told(office, "deposit_back") == [(0, "open")]
    later(office, days=1)
    assert told(office, "deposit_back") == [(0, "open"), (1, "open")]
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        settlements.settle_lease(work, lease.lease_id, settlements.settlement_of(work, lease.lease_id), PayMethod.CASH)
    later(office, minutes=15)
    assert told(office, "deposit_back") == [(0, "void"), (1, "void")]


def test_a_repair_goes_up_in_working_time(office: Office, world: SeededWorld) -> None:
    world.set_now(at("2026-11-23 16:30"))
    order = report_repair(office, promised=timedelta(days=2))
    world.set_now(at("2026-11-24 09:29"))
    later(office)
    assert told(office, "repair_answer") == []
    later(office, minutes=1)
    assert told(office, "repair_answer") == [(0, "open")]
    later(office, minutes=60)
    assert told(office, "repair_answer")[-1] == (1, "open")
    world.set_now(at("2026-11-24 15:00"))
    later(office)
    assert told(office, "repair_answer")[-1] == (2, "open")
    order_event(office, order, "assign")
    later(office, minutes=1)
    assert {state for _, state in told(office, "repair_answer")} == {"open"}  # sent, but has not said yes
    order_event(office, order, "accept")
    later(office, minutes=1)
    assert told(office, "repair_answer") == [(0, "void"), (1, "void"), (2, "void")]
    world.set_now(at("2026-11-25 16:30"))
    later(office)
    assert told(office, "repair_finish") == [(0, "open")]
    order_event(office, order, "begin")
    order_event(office, order, "finish")
    later(office, minutes=1)
    assert told(office, "repair_finish") == [(0, "void")]
    order_event(office, order, "reopen")  # it waits anew, from now
    later(office, minutes=100)
    assert len(told(office, "repair_answer")) == 3
    world.set_now(at("2026-11-26 10:30"))
    later(office)
    assert told(office, "repair_answer")[-1] == (0, "open")


def test_an_urgent_repair_does_not_wait_for_the_morning(office: Office, world: SeededWorld) -> None:
    world.set_now(at("2026-11-23 23:00"))
    report_repair(office, urgent=True)
    later(office, minutes=30)
    later(office, minutes=15)
    later(office, minutes=45)
    rows = [(fact.level, fact.due_at.astimezone(OFFICE_ZONE)) for fact in facts(office, "repair_answer")]
    assert rows == [(0, at("2026-11-23 23:30")), (1, at("2026-11-23 23:45")), (2, at("2026-11-24 00:30"))]


def test_a_repair_that_stands_still_is_not_late(office: Office, world: SeededWorld) -> None:
    world.set_now(at("2026-11-23 09:00"))
    order = report_repair(office, promised=timedelta(hours=2))
    order_event(office, order, "assign")
    order_event(office, order, "accept")
    later(office, minutes=30)
    order_event(office, order, "wait_tenant")
    later(office, days=3)
    assert told(office, "repair_finish") == []
    order_event(office, order, "resume")
    later(office, minutes=89)
    assert told(office, "repair_finish") == []
    later(office, minutes=1)
    assert told(office, "repair_finish") == [(0, "open")]


def test_a_backup_is_asked_for(office: Office) -> None:
    for days in (1, 2, 4):
        later(office, days=days)
    assert told(office, "backup_late") == [(0, "open"), (1, "open"), (2, "open")]
    with begin(office, PROGRAM, Op.MAKE_BACKUP) as work:
        work.record(size=1, up_to=1, engine="sqlite")
    later(office, minutes=1)
    assert [state for _, state in told(office, "backup_late")] == ["void"] * 3
    later(office, days=1)
    assert told(office, "backup_late")[-1] == (0, "open")


def test_an_office_that_changes_a_rule_is_not_told_twice(office: Office, world: SeededWorld) -> None:
    later(office, days=1)
    assert told(office, "backup_late") == [(0, "open")]
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_setting(work, "backup_days", 2)
    later(office, days=1)
    assert told(office, "backup_late") == [(0, "open")]


def test_hours_that_cannot_be_read_stop_nothing(office: Office, world: SeededWorld) -> None:
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_setting(work, "office_hours", "上午")
    world.set_now(at("2026-11-23 09:00"))
    report_repair(office)
    later(office, hours=2)
    assert told(office, "repair_answer") == [(0, "open")]


# ---- once ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(office: Office, clerk: Actor, world: SeededWorld) -> Office:
    """Four tenants who owe, two repairs, and two months without a look."""
    for room, form in zip(rooms_of(office), many(4), strict=False):
        check_in(office, clerk, room, form, terms(world.today(), 3))
        world.advance(timedelta(hours=1))
    report_repair(office)
    report_repair(office, urgent=True, promised=timedelta(hours=4))
    world.advance(timedelta(days=65))
    return office


def keys(office: Office) -> list[str]:
    return [fact.key for fact in facts(office)]


def test_two_weeks_and_more_are_caught_up_once_and_in_order(busy: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_engine, "MANY", 10)  # PostgreSQL counts its table anew within the act
    news = due_engine.run_pass(busy)
    assert news.produced == len(facts(busy)) > 40
    assert [fact.due_at for fact in facts(busy)] == sorted(fact.due_at for fact in facts(busy))
    with busy.reading() as session:
        acts = session.scalars(sa.select(AuditEntry.op).where(AuditEntry.op == "find_due")).all()
    for _ in range(3):
        again = due_engine.run_pass(busy)
        assert (again.produced, again.settled, again.reopened, again.more) == (0, 0, 0, False)
    with busy.reading() as session:
        assert acts == session.scalars(sa.select(AuditEntry.op).where(AuditEntry.op == "find_due")).all()
    assert len(set(keys(busy))) == len(keys(busy))
    sound(busy)


def test_little_by_little_is_the_same_and_in_the_same_order(busy: Office) -> None:
    passes = due_engine.catch_up(busy, most=7)
    assert [one.more for one in passes] == [True] * (len(passes) - 1) + [False]
    assert all(one.produced == 7 for one in passes[:-1])
    assert [fact.due_at for fact in facts(busy)] == sorted(fact.due_at for fact in facts(busy))
    assert due_engine.run_pass(busy).produced == 0


@pytest.mark.parametrize(
    "point",
    ["due.begin", "due.settled", "due.some_produced", "due.produced", "due.marked", "work.after_flush",
     "work.after_outbox", "work.after_changes", "work.after_audit", "work.before_commit"],
)  # fmt: skip
def test_a_pass_that_dies_leaves_nothing_and_the_next_finds_all(busy: Office, world: SeededWorld, point: str) -> None:
    class DiedError(Exception):
        pass

    def die(name: str) -> None:
        if name == point:
            raise DiedError

    world._fault = die
    with pytest.raises(DiedError):
        due_engine.run_pass(busy)
    world._fault = None
    assert keys(busy) == []
    with busy.reading() as session:
        assert session.scalars(sa.select(DueMark.looked_until)).all() == []
    assert due_engine.run_pass(busy).produced == len(keys(busy)) > 40
    sound(busy)


def test_two_engines_at_once_tell_everything_once(busy: Office) -> None:
    gate, news, troubles = threading.Barrier(4), [], []

    def run() -> None:
        gate.wait()
        try:
            news.append(due_engine.run_pass(busy))
        except Exception as error:  # noqa: BLE001 - shown below
            troubles.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert sorted(one.produced for one in news)[:3] == [0, 0, 0]
    assert sum(one.produced for one in news) == len(keys(busy)) == len(set(keys(busy)))
    sound(busy)


def test_the_key_decides_even_where_the_lock_does_not(busy: Office) -> None:
    due_engine.run_pass(busy)
    before = [(fact.key, fact.id) for fact in facts(busy)]
    with begin(busy, PROGRAM, Op.FIND_DUE) as work:
        work.authorised += 1
        found = [
            due_rules.Found(fact.due_at, fact.rule, fact.level, fact.subject_id, fact.cause_on or fact.cause_at)  # type: ignore[arg-type]
            for fact in facts(busy)
        ]
        assert [one.key for one in found] == [key for key, _ in before]
        assert due_engine._produce(work, found) == (0, 0)
    assert [(fact.key, fact.id) for fact in facts(busy)] == before


def test_an_answer_and_a_pass_come_one_after_the_other(busy: Office, clerk: Actor, world: SeededWorld) -> None:
    due_engine.run_pass(busy)
    with look(busy, clerk) as reading:
        [row, *_] = due_lists.list_due(reading, rules=["bill_open"])
        bill = reading.get(Bill, row.subject_id)
    assert bill.lease_id is not None
    pay(busy, clerk, bill.debtor_id, {bill.id: open_of(busy, bill.lease_id)[bill.id]})
    world.advance(timedelta(minutes=16))
    news: list[due_engine.DuePass] = []
    engine = threading.Thread(target=lambda: news.append(due_engine.run_pass(busy)))
    with begin(busy, clerk, Op.ANSWER_DUE) as work:
        answered = due_lists.answer_due(work, row.id)
        engine.start()
        engine.join(0.5)
        assert engine.is_alive()  # it waits for us
    engine.join()
    assert [one.settled for one in news] == [0]
    states = [fact.state for fact in facts(busy, "bill_open") if fact.subject_id == bill.id]
    assert states == [DueState.DONE] * answered  # what a person said stands, though the bill is paid


# ---- clocks ----------------------------------------------------------------------------------------------------------


def test_a_clock_set_back_tells_nothing_twice_and_loses_nothing(busy: Office, world: SeededWorld) -> None:
    due_engine.run_pass(busy)
    before = keys(busy)
    news = later(busy, days=-5)
    assert news.produced == 0
    assert news.clock_back == timedelta(days=5)
    assert news.early > 0
    assert later(busy, minutes=1).clock_back is None  # told once
    with busy.reading() as session:
        told_in_log = [e.facts for e in session.scalars(sa.select(AuditEntry).where(AuditEntry.op == "find_due"))]
    assert sum("clock_was_ahead_minutes" in one for one in told_in_log) == 1
    order = report_repair(busy, urgent=True)  # due within the days that come a second time
    for _ in range(12):
        later(busy, hours=12)
    assert [fact.level for fact in facts(busy, "repair_answer") if fact.subject_id == order] == [0, 1, 2]
    assert set(before) < set(keys(busy))
    assert len(set(keys(busy))) == len(keys(busy))


def test_a_clock_far_ahead_and_back_again_hides_nothing(office: Office, clerk: Actor, world: SeededWorld) -> None:
    check_in(office, clerk, rooms_of(office)[0], lease=terms(world.today(), 3))
    later(office, minutes=1)
    with look(office, PROGRAM) as reading:
        shown = [row.id for row in due_lists.list_due(reading)]
    later(office, days=400)
    assert len(facts(office, "lease_end")) == 5
    news = later(office, days=-400)
    assert news.clock_back is not None
    assert news.early >= 5
    # What the clock was ahead of is kept back, and what was shown before is shown again: no later rung hides it.
    with look(office, PROGRAM) as reading:
        assert [row.id for row in due_lists.list_due(reading)] == shown
        assert due_lists.due_health(reading).early == news.early
    end = terms(world.today(), 3).end
    seen: dict[str, int] = {}
    while world.today() < end:
        later(office, days=1)
        with look(office, PROGRAM) as reading:
            for row in due_lists.list_due(reading, rules=["lease_end"]):
                seen.setdefault(row.words, (end - world.today()).days)
    assert seen == {rung.words: days for rung, days in zip(RULES["lease_end"].rungs[:4], (60, 30, 7, 0), strict=True)}


def test_a_long_silence_is_told(office: Office) -> None:
    assert due_engine.run_pass(office).silent_for is None
    assert not later(office, hours=20).long_silence
    news = later(office, days=14)
    assert news.silent_for == timedelta(days=14)
    assert news.long_silence


# ---- people ----------------------------------------------------------------------------------------------------------


def test_one_line_a_thing_until_somebody_answers_it(office: Office, clerk: Actor, world: SeededWorld) -> None:
    lease = check_in(office, clerk, rooms_of(office)[0], lease=terms(world.today(), 1))
    later(office, minutes=1)
    with look(office, clerk) as reading:
        [row] = due_lists.list_due(reading, rules=["lease_end"])
        assert (row.level, row.role, row.words) == (1, "front_desk", "30 天后到期：给出续租方案")
        assert row.subject.endswith(" 1 栋 301 顾听澜")
        assert due_lists.due_counts(reading)["lease_end"] == 1
    with begin(office, clerk, Op.ANSWER_DUE) as work:
        assert due_lists.answer_due(work, row.id) == 2
    with pytest.raises(AlreadySettled), begin(office, clerk, Op.ANSWER_DUE) as work:
        due_lists.answer_due(work, row.id)
    with look(office, clerk) as reading:
        assert due_lists.list_due(reading, rules=["lease_end"]) == []
    later(office, minutes=20)
    assert told(office, "lease_end") == [(0, "done"), (1, "done")]
    assert {fact.settled_by for fact in facts(office, "lease_end")} == {clerk.staff_id}
    later(office, days=25)  # the next rung comes all the same
    with look(office, clerk) as reading:
        [row] = due_lists.list_due(reading, rules=["lease_end"], roles=["manager"])
        assert (row.level, row.subject_id) == (2, lease.lease_id)


def test_pages_follow_each_other(busy: Office, clerk: Actor) -> None:
    due_engine.run_pass(busy)
    with look(busy, PROGRAM) as reading:
        whole = due_lists.list_due(reading)
        pages, last = [], None
        while page := due_lists.list_due(reading, after=last, limit=3):
            pages += page
            last = page[-1]
    assert pages == whole
    assert sum(1 for row in whole if row.rule == "lease_end") == 4


def test_nobody_sees_or_answers_what_is_not_theirs(busy: Office) -> None:
    due_engine.run_pass(busy)
    lead = sit_down(busy, "repair_lead", login="hezw", name="何志伟")
    with look(busy, lead) as reading:
        assert {row.rule for row in due_lists.list_due(reading)} == {"repair_answer", "repair_finish"}
    [bill, *_] = facts(busy, "bill_open")
    with pytest.raises(Refused) as caught, begin(busy, lead, Op.ANSWER_DUE) as work:
        due_lists.answer_due(work, bill.id)
    assert caught.value.right == Right.SEE_BILLS


def test_every_rung_has_a_role_of_ours_that_may_see_it() -> None:
    for rule in RULES.values():
        for rung in rule.rungs:
            assert rule.right in access.SHIPPED[rung.role][1], (rule.name, rung.role)


# ---- two databases ---------------------------------------------------------------------------------------------------


def test_what_was_answered_travels_and_makes_no_doubles(busy: Office, databases: Databases, tmp_path: Path) -> None:
    due_engine.run_pass(busy)
    clerk = sit_down(busy, "manager", login="fangm", name="方敏")
    with look(busy, clerk) as reading:
        row, other, *_ = due_lists.list_due(reading, rules=["bill_open"])
    with begin(busy, clerk, Op.ANSWER_DUE) as work:
        due_lists.answer_due(work, row.id)
    copy = replica(busy, databases.clone("sqlite"), tmp_path / "copy")
    try:
        apply_acts(copy, acts_of(busy), trusted_of(busy))
        due_engine.run_pass(copy)
        here = {fact.key: fact.state for fact in facts(busy) if fact.rule != "backup_late"}
        assert {fact.key: fact.state for fact in facts(copy) if fact.rule != "backup_late"} == here
        assert DueState.DONE in here.values()
        with begin(busy, clerk, Op.ANSWER_DUE) as work:
            due_lists.answer_due(work, other.id)
        apply_acts(copy, acts_of(busy), trusted_of(busy))
        due_engine.run_pass(copy)
        there = {fact.key: fact.state for fact in facts(copy)}
        assert all(there[fact.key] is fact.state for fact in facts(busy) if fact.rule == "bill_open")
    finally:
        copy.close()
    prove(busy, databases.clone("postgresql"), tmp_path / "second")


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_an_office_that_moves_takes_along_what_it_was_told(
    busy: Office, databases: Databases, tmp_path: Path, world: SeededWorld
) -> None:
    due_engine.run_pass(busy)
    before = [(fact.key, fact.id, fact.state) for fact in facts(busy)]
    url = database.parse_url(databases.empty("postgresql"))
    move_office.move_office(busy, sit_down(busy, "administrator", login="fangm", name="方敏"), url)
    moved = opening.open_office(world, tmp_path / "office", url)
    try:
        assert due_engine.run_pass(moved).produced == 0
        assert [(fact.key, fact.id, fact.state) for fact in facts(moved)] == before
    finally:
        moved.close()


def test_a_first_look_at_an_empty_office_is_quiet(world: SeededWorld, tmp_path: Path, databases: Databases) -> None:
    office = make_office(world, tmp_path / "empty", databases.clone("sqlite"))
    assert due_engine.run_pass(office).produced == 0
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(DueFact)) == 0
        assert set(session.scalars(sa.select(DueMark.rule))) == set(RULES)
    office.close()
