"""Renewals and the days they bill: each by one lease and by one only, whenever the next one begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from desktop.models.leases import LeaseRoom
from desktop.models.values import (
    NIL,
    CollectionBasis,
    LeaseState,
    Money,
    StubPlacement,
    StubRule,
    total,
)
from desktop.services import (
    lease_moves,
    leases,
    rent_charges,
)
from desktop.services.acts import Op
from desktop.services.lease_terms import LeaseTerms, RentStep, end_after
from desktop.services.office import Office
from desktop.services.renewal_forms import (
    Renewal,
    begin_with,
    renewal_doubts,
    renewal_problems,
    sums_of,
)
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.offices import check_in, first_start, make_office, person, rooms_of, sit_down
from tests.services.lease_kit import RENT, days, open_of, pay, sound, state
from tests.services.renewal_kit import (
    billed_days,
    facts,
    renew,
    settled_lease,
    usual,
    withdraw,
)
from tests.services.test_replay import prove


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


@pytest.fixture
def settled(office: Office, clerk: Actor) -> tuple[UUID, UUID]:
    return settled_lease(office, clerk)


# ---- which days --------------------------------------------------------------------------------------------------


def test_an_earlier_beginning_cuts_what_was_billed_and_paid(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID], databases: Databases, tmp_path: Path
) -> None:
    """The quarter was paid to its end; the new lease begins 10 days before it: those days stand to the tenant's credit
    on the old bill, and the next payment sets them off."""
    lease_id, party_id = settled
    end = facts(office, clerk, lease_id).terms.end
    start = end - timedelta(days=9)
    form = usual(office, clerk, lease_id, start=start, end=end_after(start, 12))
    assert form.shown is not None
    assert form.shown.corrected < NIL
    done = renew(office, clerk, form)
    assert total(open_of(office, lease_id).values()) == form.shown.corrected
    with office.reading() as session:
        held = session.scalars(sa.select(LeaseRoom).where(LeaseRoom.lease_id == lease_id)).one()
        assert held.valid_to == start - timedelta(days=1)
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        assert [row.id for row in leases.leases_of(reading, party_id=party_id)] == [done.lease_id, lease_id]
        assert leases.lease_facts(reading, lease_id).terms.end == start - timedelta(days=1)
    assert max(billed_days(office, lease_id, done.lease_id).values()) == 1
    sound(office)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")
    withdraw(office, clerk, lease_id)
    assert open_of(office, lease_id) == {}
    assert facts(office, clerk, lease_id).terms.end == end
    assert state(office, done.lease_id) is LeaseState.CANCELLED
    sound(office)
    prove(office, databases.clone("sqlite"), tmp_path / "again")


def test_a_tenant_who_stayed_on_is_renewed_from_the_old_end(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    """Rent of the stay was billed month by month and paid: the new lease has these days, so it comes back as credit."""
    lease_id, party_id = settled
    days(office, 50)
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    stayed = open_of(office, lease_id)
    assert len(stayed) == 2  # 期满未退, whole months
    pay(office, clerk, party_id, {next(iter(stayed)): RENT})
    form = usual(office, clerk, lease_id)
    assert form.shown is not None
    assert form.shown.corrected == -RENT * 2
    done = renew(office, clerk, form)
    assert list(open_of(office, lease_id).values()) == [-RENT]
    assert max(billed_days(office, lease_id, done.lease_id).values()) == 1
    sound(office)
    withdraw(office, clerk, done.lease_id)
    assert open_of(office, lease_id) == {bill: fen for bill, fen in stayed.items() if bill != next(iter(stayed))}
    sound(office)


def test_days_between_are_billed_at_the_old_rent(office: Office, clerk: Actor, settled: tuple[UUID, UUID]) -> None:
    lease_id, _ = settled
    end = facts(office, clerk, lease_id).terms.end
    start = end + timedelta(days=11)
    form = usual(office, clerk, lease_id, start=start, end=end_after(start, 12))
    assert form.shown is not None
    assert "10 天" in renewal_doubts(form, facts(office, clerk, lease_id))["start"]
    done = renew(office, clerk, form)
    found = billed_days(office, lease_id, done.lease_id)
    assert [found[end + timedelta(days=n)] for n in range(1, 12)] == [1] * 11
    days(office, 60)
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    assert max(billed_days(office, lease_id, done.lease_id).values()) == 1
    sound(office)


def test_the_old_lease_does_not_bill_beside_the_new_one(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    done = renew(office, clerk, usual(office, clerk, lease_id))
    days(office, 500)  # past the new end as well: now the new one goes on without a term
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    found = billed_days(office, lease_id, done.lease_id)
    assert set(found.values()) == {1}
    first, last = min(found), max(found)
    assert len(found) == (last - first).days + 1, "no day is left out"
    assert last >= office.world.today()
    sound(office)


STARTS = st.integers(-200, 120)


@given(
    months=st.integers(1, 14), cycle=st.sampled_from((1, 2, 3, 6)), shift=STARTS, again=st.integers(1, 13),
    lived=st.integers(0, 520), basis=st.sampled_from(list(CollectionBasis)), stub=st.sampled_from(list(StubRule)),
    place=st.sampled_from(list(StubPlacement)), step=st.none() | st.integers(20, 200), ahead=st.sampled_from((0, 7)),
    start_day=st.integers(0, 30), free=st.sampled_from((0, 0, 5)), renews_again=st.booleans(),
)  # fmt: skip
@settings(
    max_examples=25, deadline=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_every_day_is_billed_by_one_lease_and_by_one_only(
    sandbox: tuple[Office, Actor], months: int, cycle: int, shift: int, again: int, lived: int,
    basis: CollectionBasis, stub: StubRule, place: StubPlacement, step: int | None, ahead: int, start_day: int,
    free: int, renews_again: bool,
) -> None:  # fmt: skip
    """Whatever the terms, whenever the renewal is made and whenever it begins: from the first day of the old lease to
    the last of the new one each day stands on one line of rent, before and after a renewal was withdrawn."""
    office, clerk = sandbox
    office.world.set_now(MORNING)  # type: ignore[attr-defined]
    room = next(each for each in rooms_of(office) if each not in USED)
    USED.add(room)
    start = office.world.today() + timedelta(days=start_day)
    end = end_after(start, months)
    steps = (RentStep(start + timedelta(days=step), Money.yuan(2000)),) if step and step < (end - start).days else ()
    lease = LeaseTerms(
        start, end, RENT, cycle, RENT, basis=basis, stub_rule=stub, stub_placement=place, pay_ahead_days=ahead,
        steps=steps, free_days=free,
    )  # fmt: skip
    news = check_in(office, clerk, room, person(sequence=len(USED), phone=f"138{len(USED):08d}"), lease)
    if not news.moved_in:
        days(office, start_day)
        with begin(office, clerk, Op.CHANGE_LEASE) as work:
            lease_moves.move_in(work, news.lease_id)
    days(office, min(lived, (end - start).days + 150))
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    known = facts(office, clerk, news.lease_id)
    begins = max(start + timedelta(days=1), known.usual_start + timedelta(days=shift))
    form = Renewal(news.lease_id, replace(begin_with(known), start=begins, end=end_after(begins, again), free_days=0))
    assert renewal_problems(form, known) == {}
    form = replace(form, shown=sums_of(form, known))
    first = renew(office, clerk, form)
    assert first.sums == form.shown
    _each_day_once(office, news.lease_id, first.lease_id, start, None)
    withdraw(office, clerk, first.lease_id)
    assert max(billed_days(office, news.lease_id, first.lease_id).values(), default=0) <= 1
    if not renews_again:
        days(office, 400)
        with begin(office, clerk, Op.POST_BILLS) as work:
            rent_charges.post_due_bills(work)
        _each_day_once(office, news.lease_id, first.lease_id, start, office.world.today())
        with begin(office, clerk, Op.CHANGE_LEASE) as work:
            lease_moves.move_out(work, news.lease_id)
        return
    known = facts(office, clerk, news.lease_id)
    anew = sums_of(form, known)
    assert (anew.to_pay, anew.moved, anew.more) == (first.sums.to_pay, first.sums.moved, first.sums.more)
    done = renew(office, clerk, replace(form, shown=anew))
    days(office, 900)
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.give_notice(work, done.lease_id)
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    _each_day_once(office, news.lease_id, done.lease_id, start, office.world.today())
    owed = total(open_of(office, news.lease_id).values()) + total(open_of(office, done.lease_id).values())
    days_left = free_days(lease, begins)
    assert owed > NIL or days_left
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, done.lease_id)


def free_days(lease: LeaseTerms, begins: date) -> bool:
    """Whether the old lease was wholly free of rent."""
    return lease.free_days >= (begins - lease.start).days


USED: set[UUID] = set()


def _each_day_once(office: Office, old: UUID, new: UUID, start: date, until: date | None) -> None:
    found = billed_days(office, old, new)
    assert set(found.values()) <= {1}
    if until is not None:
        missing = [day for day in days_between(start, until) if day not in found]
        assert len(missing) <= 5, missing  # rent-free days stand on no line where the whole month is free
        assert all((day - start).days < 5 for day in missing)


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sandbox(request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[
    tuple[Office, Actor]
]:  # fmt: skip
    world = SeededWorld(MORNING, 7)
    folder = tmp_path_factory.mktemp("renewals")
    office = make_office(world, folder, databases.clone(request.param), first_start(8, 12))
    USED.clear()
    yield office, sit_down(office, "manager")
    office.close()
