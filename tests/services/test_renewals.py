"""Renewals: the deposit carried over, each day billed once, people and keys going on, refusals, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from desktop.models.deposits import DepositMove
from desktop.models.enquiries import Reservation
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.values import (
    NIL,
    Account,
    CollectionBasis,
    DepositAct,
    DiscountKind,
    FeeType,
    HoldingMoney,
    LeaseRole,
    LeaseState,
    Money,
    ReservationState,
    RoomState,
    StubPlacement,
    StubRule,
    total,
)
from desktop.services import (
    board,
    discount_rules,
    handover,
    journal,
    lease_moves,
    lease_record,
    leases,
    renewals,
    rent_charges,
    timeline,
)
from desktop.services.acts import Op
from desktop.services.billing import BillPaid
from desktop.services.discount_rules import DiscountForm
from desktop.services.errors import DomainError, ProblemsFound, Refused
from desktop.services.lease_terms import LeaseTerms, RentStep, end_after
from desktop.services.office import Office
from desktop.services.renewal_forms import (
    AlreadyRenewed,
    Renewal,
    RenewalChanged,
    begin_with,
    debt_words,
    months_of,
    renewal_doubts,
    renewal_problems,
    sums_of,
)
from desktop.services.transitions import ForbiddenMove
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.offices import check_in, first_start, make_office, person, rooms_of, sit_down, terms
from tests.services.deposit_kit import KEYS, agree, bill_of, deduct, let, move
from tests.services.deposit_kit import facts as deposit_facts
from tests.services.lease_kit import RENT, days, open_of, pay, sound, state
from tests.services.renewal_kit import billed_days, facts, refunding, renew, usual, withdraw
from tests.services.test_changed_first import at_once
from tests.services.test_replay import prove


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


@pytest.fixture
def settled(office: Office, clerk: Actor) -> tuple[UUID, UUID]:
    """(lease, tenant) who moved in, paid all that was due then, and whose lease ends in 20 days."""
    lease_id, party_id = let(office, clerk)
    pay(office, clerk, party_id, open_of(office, lease_id))
    days(office, 345)
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    pay(office, clerk, party_id, open_of(office, lease_id))
    return lease_id, party_id


def held_by(office: Office, lease_id: UUID) -> Money:
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        return -journal.balance(reading, Account.DEPOSIT_HELD, lease_id=lease_id)


# ---- the usual case ------------------------------------------------------------------------------------------------


def test_the_same_terms_for_another_year_move_the_deposit_and_ask_for_rent_only(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID], databases: Databases, tmp_path: Path
) -> None:
    lease_id, _ = settled
    known = facts(office, clerk, lease_id)
    form = usual(office, clerk, lease_id)
    assert (form.terms.start, form.terms.end) == (known.terms.end + timedelta(days=1), end_after(known.usual_start, 12))
    assert form.shown is not None
    assert (form.shown.moved, form.shown.more, form.shown.back) == (RENT + KEYS, NIL, NIL)
    assert form.shown.to_pay == RENT * 3
    done = renew(office, clerk, form)
    assert (state(office, lease_id), state(office, done.lease_id)) == (LeaseState.RENEWED, LeaseState.ACTIVE)
    assert (held_by(office, lease_id), held_by(office, done.lease_id)) == (NIL, RENT + KEYS)
    assert list(open_of(office, done.lease_id).values()) == [RENT * 3]
    assert open_of(office, lease_id) == {}
    with office.reading() as session:
        new, old = session.get_one(Lease, done.lease_id), session.get_one(Lease, lease_id)
        assert (new.renews_id, new.moved_in_on, new.signed_on) == (lease_id, old.moved_in_on, office.world.today())
        assert new.number != old.number
        acts = session.scalars(sa.select(DepositMove.act)).all()
        assert set(acts) == {DepositAct.TRANSFER}
    agree(office)
    sound(office)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_who_lives_there_and_holds_the_keys_goes_on(office: Office, clerk: Actor, settled: tuple[UUID, UUID]) -> None:
    lease_id, party_id = settled
    done = renew(office, clerk, usual(office, clerk, lease_id))
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        assert handover.keys_out(reading, lease_id) == ()
        assert handover.keys_out(reading, done.lease_id) == (("钥匙", 2), ("门卡", 2))
        old, new = leases.lease_facts(reading, lease_id), leases.lease_facts(reading, done.lease_id)
        assert [(each.party_id, each.role) for each in new.parties] == [
            (each.party_id, each.role) for each in old.parties
        ]
        assert [each.party_id for each in old.occupants] == [each.party_id for each in new.occupants] == [party_id]
        assert new.deposit_held == RENT + KEYS
        record = lease_record.lease_record(reading, done.lease_id)
        assert [link.number for link in record.chain] == [old.row.number, new.row.number]


def test_the_board_still_says_let_and_nothing_of_the_end(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, party_id = settled
    room = rooms_of(office)[0]
    assert tile_of(office, clerk, room).days_left == 19
    done = renew(office, clerk, usual(office, clerk, lease_id))
    for later in (0, 19, 1, 30):  # before, on the last day, on the first day, and in the new lease
        days(office, later)
        tile = tile_of(office, clerk, room)
        assert (tile.state, tile.lease_id, tile.tenant_id) == (RoomState.LET, done.lease_id, party_id)
        assert tile.days_left is not None
        assert tile.days_left > 250


def tile_of(office: Office, clerk: Actor, room_id: UUID) -> board.TileFacts:
    with look(office, clerk) as reading:
        return next(tile for tile in board.board(reading).tiles if tile.room_id == room_id)


def test_a_higher_rent_and_deposit_ask_for_the_difference_only(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, party_id = settled
    more = Money.yuan(2000)
    form = usual(office, clerk, lease_id, rent=more, deposit=more, steps=())
    assert form.shown is not None
    assert (form.shown.moved, form.shown.more) == (RENT + KEYS, more - RENT)
    done = renew(office, clerk, form)
    opened = open_of(office, done.lease_id)
    assert sorted(opened.values()) == [more - RENT, more * 3]
    pay(office, clerk, party_id, opened)
    assert held_by(office, done.lease_id) == more + KEYS
    agree(office)
    sound(office)


def test_a_lower_deposit_goes_back_to_who_paid_it(office: Office, clerk: Actor, settled: tuple[UUID, UUID]) -> None:
    lease_id, _ = settled
    less = Money.yuan(1000)
    form = refunding(office, clerk, usual(office, clerk, lease_id, deposit=less))
    assert form.shown is not None
    assert form.shown.back == RENT - less
    done = renew(office, clerk, form)
    assert (held_by(office, lease_id), held_by(office, done.lease_id)) == (NIL, less + KEYS)
    agree(office)
    sound(office)


def test_what_is_held_above_the_new_deposit_may_stay(office: Office, clerk: Actor, settled: tuple[UUID, UUID]) -> None:
    lease_id, _ = settled
    less = Money.yuan(1000)
    front = sit_down(office, "front_desk", login="shenrx", name="沈若溪")
    with pytest.raises(Refused):
        renew(office, front, refunding(office, front, usual(office, front, lease_id, deposit=less)))
    done = renew(office, front, usual(office, front, lease_id, deposit=less))
    assert (held_by(office, lease_id), held_by(office, done.lease_id)) == (RENT - less, less + KEYS)
    agree(office)
    sound(office)


def test_what_was_never_paid_of_the_old_deposit_is_asked_for_once(office: Office, clerk: Actor) -> None:
    lease_id, party_id = let(office, clerk)
    bill = bill_of(office, lease_id)
    pay(office, clerk, party_id, {bill: Money.yuan(600)})
    form = usual(office, clerk, lease_id)
    assert form.shown is not None
    assert (form.shown.moved, form.shown.more) == (Money.yuan(600), RENT + KEYS - Money.yuan(600))
    done = renew(office, clerk, form)
    opened = open_of(office, done.lease_id)
    new_bill = bill_of(office, done.lease_id)
    assert opened[new_bill] == RENT - Money.yuan(600)
    assert bill not in open_of(office, lease_id)
    assert deposit_facts(office, bill).billed == RENT, "the old bill still says what was agreed then"
    agree(office)
    sound(office)
    withdraw(office, clerk, done.lease_id)
    assert open_of(office, lease_id)[bill] == RENT - Money.yuan(600)
    assert held_by(office, lease_id) == Money.yuan(600)
    agree(office)
    sound(office)


def test_a_deposit_of_which_something_was_deducted_is_filled_up(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    move(office, clerk, deduct(bill_of(office, lease_id), Money.yuan(300)))
    form = usual(office, clerk, lease_id)
    assert form.shown is not None
    assert (form.shown.moved, form.shown.more) == (RENT + KEYS - Money.yuan(300), Money.yuan(300))
    renew(office, clerk, form)
    agree(office)
    sound(office)


def test_a_guarantor_goes_on_only_where_they_agreed(office: Office, clerk: Actor, settled: tuple[UUID, UUID]) -> None:
    lease_id, _ = settled
    other = check_in(office, clerk, rooms_of(office)[1], person("沈知微", 7, phone="13700000007"))
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        work.add(
            LeaseParty(
                lease_id=lease_id, party_id=other.party_id, role=LeaseRole.GUARANTOR, valid_from=date(2026, 1, 1),
                valid_to=None, basis="连带责任保证",
            )
        )  # fmt: skip
    known, form = facts(office, clerk, lease_id), usual(office, clerk, lease_id)
    assert "guaranteed" in renewal_doubts(form, known)
    assert "guaranteed" not in renewal_doubts(replace(form, guaranteed=True), known)
    done = renew(office, clerk, form)
    with office.reading() as session:
        roles = session.scalars(sa.select(LeaseParty.role).where(LeaseParty.lease_id == done.lease_id)).all()
        assert roles == [LeaseRole.TENANT]
    withdraw(office, clerk, done.lease_id)
    again = renew(office, clerk, replace(usual(office, clerk, lease_id), guaranteed=True))
    with office.reading() as session:
        rows = session.scalars(sa.select(LeaseParty).where(LeaseParty.lease_id == again.lease_id)).all()
        assert {row.role: row.basis for row in rows}[LeaseRole.GUARANTOR] == "连带责任保证"


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
    start_day=st.integers(0, 30), free=st.sampled_from((0, 0, 5)),
)  # fmt: skip
@settings(
    max_examples=25, deadline=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_every_day_is_billed_by_one_lease_and_by_one_only(
    sandbox: tuple[Office, Actor], months: int, cycle: int, shift: int, again: int, lived: int,
    basis: CollectionBasis, stub: StubRule, place: StubPlacement, step: int | None, ahead: int, start_day: int,
    free: int,
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


# ---- refusals ------------------------------------------------------------------------------------------------------


def test_terms_that_no_renewal_can_have_are_told_by_field(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    known, form = facts(office, clerk, lease_id), usual(office, clerk, lease_id)

    def told(**other: object) -> dict[str, str]:
        return renewal_problems(Renewal(lease_id, replace(form.terms, **other)), known)  # type: ignore[arg-type]

    assert told() == {}
    start = form.terms.start
    assert "才开始" in told(start=known.terms.start, end=end_after(known.terms.start, 12))["start"]
    assert "核对年份" in told(start=start + timedelta(days=400), end=end_after(start, 24))["start"]
    assert "早于起租日" in told(end=start - timedelta(days=1))["end"]
    latest = end_after(office.world.today(), 240)
    assert told(end=latest) == {}
    over = told(end=latest + timedelta(days=1))["end"]
    assert "最长 20 年" in over, "the renewal counts from the day on which it is agreed, not from its first day"
    assert str(latest) in over
    assert "负数" in told(rent=-RENT)["rent"]
    with pytest.raises(ProblemsFound), begin(office, clerk, Op.RENEW_LEASE) as work:
        renewals.renew_lease(work, Renewal(lease_id, replace(form.terms, rent=-RENT)))
    assert state(office, lease_id) is LeaseState.ACTIVE


def test_the_room_let_or_kept_for_somebody_else_afterwards(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    form = usual(office, clerk, lease_id)
    begins = form.terms.start + timedelta(days=5)
    following = check_in(office, clerk, rooms_of(office)[0], person("沈知微", 9, phone="13700000009"), terms(begins))
    known = facts(office, clerk, lease_id)
    told = renewal_problems(form, known)["end"]
    assert "沈知微" in told
    assert str(begins - timedelta(days=1)) in told
    with pytest.raises(ProblemsFound):
        renew(office, clerk, replace(form, shown=None))
    short = replace(form, terms=replace(form.terms, end=begins - timedelta(days=1)), shown=None)
    assert renewal_problems(short, known) == {}
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, following.lease_id, "客户改租别处")
    assert renewal_problems(form, facts(office, clerk, lease_id)) == {}


def test_a_room_reserved_after_the_end_is_not_renewed_away(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    form = usual(office, clerk, lease_id)
    other = check_in(office, clerk, rooms_of(office)[1], person("沈知微", 9, phone="13700000009"))
    comes = form.terms.start + timedelta(days=2)
    with begin(office, PROGRAM, Op.RESERVE_ROOM) as work:
        work.add(reservation_row(rooms_of(office)[0], other.party_id, office.world.today(), comes))
    told = renewal_problems(form, facts(office, clerk, lease_id))["end"]
    assert "先结束那份预订" in told
    assert str(comes - timedelta(days=1)) in told


def reservation_row(room_id: UUID, party_id: UUID, today: date, comes: date) -> Reservation:
    return Reservation(
        number="YD-1", state=ReservationState.HELD, party_id=party_id, room_id=room_id, money=HoldingMoney.NONE,
        amount=NIL, valid_from=today, valid_to=comes + timedelta(days=3), moves_in_on=comes,
    )  # fmt: skip


def test_a_lease_that_has_ended_or_was_renewed_is_told_so(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    form = usual(office, clerk, lease_id)
    done = renew(office, clerk, form)
    with pytest.raises(AlreadyRenewed) as told:
        facts(office, clerk, lease_id)
    assert told.value.number == done.lease_number
    with pytest.raises(AlreadyRenewed):
        renew(office, clerk, form)
    with pytest.raises(ForbiddenMove), begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, lease_id)
    with pytest.raises(DomainError, match="先撤销续租"), begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, done.lease_id)
    days(office, 40)
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        assert lease_moves.move_out(work, done.lease_id) == 4  # keys that were given out with the first lease
    with pytest.raises(ForbiddenMove, match="已搬离"):
        facts(office, clerk, done.lease_id)
    sound(office)


def test_two_pcs_that_renew_at_once_make_one_lease(office: Office, clerk: Actor, settled: tuple[UUID, UUID]) -> None:
    lease_id, _ = settled
    form = usual(office, clerk, lease_id)
    other = sit_down(office, "manager", login="zhouyq", name="周砚秋")
    raised = at_once(lambda: renew(office, clerk, form), lambda: renew(office, other, form))
    assert [type(error) for error in raised] == [AlreadyRenewed]
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Lease.renews_id == lease_id)) == 1
    agree(office)
    sound(office)


def test_money_that_moved_meanwhile_is_told_with_both_sums(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    form = usual(office, clerk, lease_id)
    move(office, clerk, deduct(bill_of(office, lease_id), Money.yuan(300)))
    with pytest.raises(RenewalChanged) as told:
        renew(office, clerk, form)
    assert told.value.now.moved == told.value.shown.moved - Money.yuan(300)
    assert "1,960.00 变为 1,660.00" in told.value.message
    assert state(office, lease_id) is LeaseState.ACTIVE


def test_debts_are_a_word_and_no_bar(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    known = facts(office, clerk, news.lease_id)
    assert "5,580.00" in debt_words(known)
    done = renew(office, clerk, usual(office, clerk, news.lease_id))
    assert total(open_of(office, news.lease_id).values()) == RENT * 3, "the rent of the old lease stays asked for"
    assert total(open_of(office, done.lease_id).values()) == RENT * 4
    sound(office)


def test_notice_that_was_given_is_void_with_the_renewal(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.give_notice(work, lease_id)
    form = usual(office, clerk, lease_id)
    assert "通知过要退租" in renewal_doubts(form, facts(office, clerk, lease_id))["start"]
    renew(office, clerk, form)
    assert state(office, lease_id) is LeaseState.RENEWED


def test_rights(office: Office, clerk: Actor, settled: tuple[UUID, UUID]) -> None:
    lease_id, _ = settled
    front = sit_down(office, "front_desk", login="shenrx", name="沈若溪")
    cashier = sit_down(office, "cashier", login="hanqh", name="韩清和")
    with pytest.raises(Refused):
        renew(office, cashier, Renewal(lease_id, terms(date(2027, 11, 22))))
    done = renew(office, front, usual(office, front, lease_id))
    with pytest.raises(Refused):
        withdraw(office, front, done.lease_id)


# ---- taking it back ------------------------------------------------------------------------------------------------


def test_a_renewal_withdrawn_leaves_everything_as_it_was(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID], databases: Databases, tmp_path: Path
) -> None:
    lease_id, party_id = settled
    before = facts(office, clerk, lease_id)
    done = renew(office, clerk, usual(office, clerk, lease_id))
    with pytest.raises(ProblemsFound), begin(office, clerk, Op.RENEW_LEASE) as work:
        renewals.withdraw_renewal(work, done.lease_id, " ")
    withdraw(office, clerk, done.lease_id)
    assert (state(office, lease_id), state(office, done.lease_id)) == (LeaseState.ACTIVE, LeaseState.CANCELLED)
    assert held_by(office, lease_id) == RENT + KEYS
    assert open_of(office, done.lease_id) == {}
    after = facts(office, clerk, lease_id)
    assert (after.terms, after.deposits, after.bills, after.owed, after.row) == (
        before.terms, before.deposits, before.bills, before.owed, before.row,
    )  # fmt: skip
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        assert handover.keys_out(reading, lease_id) == (("钥匙", 2), ("门卡", 2))
        assert [each.party_id for each in leases.lease_facts(reading, lease_id).occupants] == [party_id]
        assert len(lease_record.lease_record(reading, lease_id).chain) == 1
    agree(office)
    sound(office)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")
    again = renew(office, clerk, usual(office, clerk, lease_id))
    assert again.lease_number != done.lease_number
    days(office, 100)
    sound(office)


def test_money_is_reversed_before_a_renewal_is_withdrawn(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, party_id = settled
    done = renew(office, clerk, usual(office, clerk, lease_id))
    pay(office, clerk, party_id, open_of(office, done.lease_id))
    with pytest.raises(BillPaid):
        withdraw(office, clerk, done.lease_id)
    assert state(office, done.lease_id) is LeaseState.ACTIVE
    agree(office)


def test_a_deposit_paid_out_with_it_keeps_a_renewal_from_being_withdrawn(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    done = renew(office, clerk, refunding(office, clerk, usual(office, clerk, lease_id, deposit=Money.yuan(1000))))
    with pytest.raises(DomainError, match=r"860\.00：先冲红"):
        withdraw(office, clerk, done.lease_id)
    agree(office)


def test_a_lease_that_is_no_renewal_has_none_to_withdraw(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    with pytest.raises(DomainError, match="不是续租来的"):
        withdraw(office, clerk, news.lease_id)


# ---- what follows --------------------------------------------------------------------------------------------------


def test_loyal_tenants_pay_less_rent_from_the_renewal_on(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID]
) -> None:
    lease_id, _ = settled
    admin = sit_down(office, "administrator", login="jiangws", name="江望舒")
    rule = DiscountForm(
        "老租户续约优惠", DiscountKind.LOYAL_RENEWAL, Decimal(5), date(2026, 1, 1), threshold=1, of_rent=True
    )  # fmt: skip
    with begin(office, admin, Op.SAVE_TARIFF) as work:
        discount_rules.add_discount(work, rule)
    form = usual(office, clerk, lease_id)
    assert form.shown is not None
    quarter = Money.yuan(5301)  # 3 × 1,860.00 = 5,580.00, less 5 % = 279.00
    assert form.shown.to_pay == quarter
    done = renew(office, clerk, form)
    assert list(open_of(office, done.lease_id).values()) == [quarter]
    days(office, 120)
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    assert list(open_of(office, done.lease_id).values()) == [quarter, quarter]
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        periods = lease_record.lease_record(reading, done.lease_id).periods
        assert [each.planned.money for each in periods if each.planned.fee_type is FeeType.RENT] == [quarter] * 4
    sound(office)


def test_the_chain_of_a_tenancy_grows(office: Office, clerk: Actor, settled: tuple[UUID, UUID]) -> None:
    lease_id, party_id = settled
    numbers = []
    ids = [lease_id]
    for _ in range(2):
        done = renew(office, clerk, usual(office, clerk, ids[-1]))
        pay(office, clerk, party_id, open_of(office, done.lease_id))
        ids.append(done.lease_id)
        numbers.append(done.lease_number)
        days(office, 366)
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        chains = [lease_record.lease_record(reading, each).chain for each in ids]
        assert [link.id for link in chains[0]] == ids
        assert chains[0] == chains[1] == chains[2]
        for subject in (
            timeline.party_timeline(reading, party_id), timeline.room_timeline(reading, rooms_of(office)[0]),
            timeline.lease_timeline(reading, lease_id),
        ):  # fmt: skip
            told = [entry for entry in subject if entry.title == "续租"]
            assert numbers[0] in told[-1].detail
    agree(office)
    sound(office)


def test_months_of() -> None:
    assert months_of(terms(date(2026, 1, 31), 1).period) == 1
    assert months_of(terms(date(2026, 11, 25), 12).period) == 12
    assert months_of(terms(date(2026, 8, 31), 6).period) == 6
    assert months_of(replace(terms(date(2026, 1, 1), 3), end=date(2026, 4, 9)).period) == 12
