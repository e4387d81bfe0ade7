"""What no renewal can have, who was quicker, and what breaks off: told in words, nothing stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.enquiries import Reservation
from desktop.models.leases import Lease
from desktop.models.values import (
    NIL,
    HoldingMoney,
    LeaseState,
    Money,
    ReservationState,
    total,
)
from desktop.services import (
    lease_moves,
    renewals,
)
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound, Refused
from desktop.services.lease_terms import end_after
from desktop.services.office import Office
from desktop.services.renewal_forms import (
    AlreadyRenewed,
    Renewal,
    RenewalChanged,
    debt_words,
    renewal_doubts,
    renewal_problems,
)
from desktop.services.transitions import ForbiddenMove
from desktop.services.work import PROGRAM, Actor, begin
from tests.offices import check_in, person, rooms_of, sit_down, terms
from tests.services.deposit_kit import agree, bill_of, deduct, move
from tests.services.lease_kit import RENT, days, open_of, sound, state
from tests.services.renewal_kit import (
    facts,
    renew,
    settled_lease,
    usual,
    withdraw,
)
from tests.services.test_changed_first import at_once


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


@pytest.fixture
def settled(office: Office, clerk: Actor) -> tuple[UUID, UUID]:
    return settled_lease(office, clerk)


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


@pytest.mark.parametrize("point", ["checked", "lease", "bills", "deposits"])
def test_a_renewal_that_breaks_off_leaves_no_trace(
    office: Office, clerk: Actor, settled: tuple[UUID, UUID], point: str
) -> None:
    lease_id, _ = settled
    before, form = facts(office, clerk, lease_id), usual(office, clerk, lease_id)

    def break_off(name: str) -> None:
        if name == f"renewal.{point}":
            raise RuntimeError("the power went")

    office.world._fault = break_off  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError):
        renew(office, clerk, form)
    office.world._fault = None  # type: ignore[attr-defined]
    assert facts(office, clerk, lease_id) == before
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Lease.renews_id.is_not(None))) == 0
    assert renew(office, clerk, form).sums == form.shown, "and it can be made as it was shown"
    sound(office)
