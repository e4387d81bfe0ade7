"""What happens to a lease after it was signed, and that money and rooms follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.billing import BillLine
from desktop.models.leases import Lease, LeaseRoom, Occupant
from desktop.models.places import Room
from desktop.models.values import (
    NIL,
    LeaseState,
    MeterKind,
    Money,
    ReadingKind,
    RoomCondition,
    total,
)
from desktop.services import billing, handover, lease_moves, leases, rent_charges, settlements
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound, Refused
from desktop.services.handover import ReadingForm
from desktop.services.office import Office
from desktop.services.transitions import ForbiddenMove
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.offices import check_in, rooms_of, sit_down, terms
from tests.services.lease_kit import RENT, days, open_of, pay, sound, state


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager", "cashier")


def _move_out(office: Office, clerk: Actor, lease_id: UUID, readings: Sequence[ReadingForm] = ()) -> int:
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        return lease_moves.move_out(work, lease_id, readings)


# ---- cancelling --------------------------------------------------------------------------------------------------


def test_a_cancelled_lease_frees_the_room_and_takes_its_bills_back(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    start = office.world.today() + timedelta(days=5)
    news = check_in(office, clerk, room, lease=terms(start))
    assert not news.moved_in
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, news.lease_id, "客户改租别处")
    assert (state(office, news.lease_id), open_of(office, news.lease_id)) == (LeaseState.CANCELLED, {})
    with office.reading() as session:
        lines = session.scalars(sa.select(BillLine).where(BillLine.lease_id == news.lease_id)).all()
        assert total(line.amount for line in lines) == NIL
        assert {line.reverses_id for line in lines if line.amount < NIL} == {
            line.id for line in lines if line.amount > NIL
        }
        held = session.scalars(sa.select(LeaseRoom).where(LeaseRoom.lease_id == news.lease_id)).one()
        assert held.valid_to < held.valid_from
    again = check_in(office, clerk, room, lease=terms(start))
    assert again.lease_id != news.lease_id
    sound(office)


def test_money_is_reversed_before_a_lease_is_cancelled(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0], lease=terms(office.world.today() + timedelta(days=5)))
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    with pytest.raises(billing.BillPaid), begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, news.lease_id, "客户改租别处")
    assert state(office, news.lease_id) is LeaseState.SIGNED


def test_a_reason_and_a_right_are_needed(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0], lease=terms(office.world.today() + timedelta(days=5)))
    with pytest.raises(ProblemsFound), begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, news.lease_id, " ")
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    with pytest.raises(Refused), begin(office, cashier, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, news.lease_id, "客户改租别处")


def test_who_lives_there_moves_out_and_is_not_cancelled(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    with pytest.raises(ForbiddenMove), begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, news.lease_id, "客户改租别处")


# ---- notice ------------------------------------------------------------------------------------------------------


def test_notice_is_given_and_withdrawn(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.give_notice(work, news.lease_id)
    with office.reading() as session:
        lease = session.get_one(Lease, news.lease_id)
        assert (lease.state, lease.notice_on) == (LeaseState.NOTICE, office.world.today())
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.withdraw_notice(work, news.lease_id)
    with office.reading() as session:
        lease = session.get_one(Lease, news.lease_id)
        assert (lease.state, lease.notice_on) == (LeaseState.ACTIVE, None)


# ---- moving out --------------------------------------------------------------------------------------------------


def test_moving_out_ends_the_room_and_brings_the_keys_back(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    news = check_in(office, clerk, room)
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    days(office, 40)
    today = office.world.today()
    assert _move_out(office, clerk, news.lease_id, [ReadingForm(MeterKind.WATER, Decimal("31.5"))]) == 4
    with look(office, PROGRAM) as reading:
        page = leases.lease_page(reading, news.lease_id)
        assert page.keys_out == ()
        assert [(r.kind, r.reading, r.value) for r in page.readings] == [
            (MeterKind.WATER, ReadingKind.FINAL, Decimal("31.5"))
        ]
        session = reading.session
        assert session.scalars(sa.select(LeaseRoom.valid_to).where(LeaseRoom.room_id == room)).all() == [today]
        assert session.scalars(sa.select(Occupant.valid_to)).all() == [today]
        assert session.get_one(Room, room).condition is RoomCondition.DIRTY
        assert page.moved_out_on == today
    days(office, 1)
    following = check_in(office, clerk, room)
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        assert handover.keys_out(reading, following.lease_id) == (("钥匙", 2), ("门卡", 2))
    sound(office)


def test_bills_for_later_are_taken_back_when_somebody_leaves_early(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work, date(2027, 6, 30))
    later = open_of(office, news.lease_id)
    assert len(later) == 2
    days(office, 60)
    _move_out(office, clerk, news.lease_id)
    assert open_of(office, news.lease_id) == {}
    sound(office)


def test_who_stayed_past_the_end_pays_to_the_day_of_leaving(office: Office, clerk: Actor) -> None:
    """The lease ended on 2026-12-21; the second month of the stay was paid whole, and they leave in its middle."""
    news = check_in(office, clerk, rooms_of(office)[0], lease=terms(office.world.today(), 1))
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    days(office, 70)
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    stayed = open_of(office, news.lease_id)
    assert list(stayed.values()) == [RENT, RENT]
    pay(office, clerk, news.party_id, stayed)
    _move_out(office, clerk, news.lease_id)
    # From 2027-01-22 to 02-21 was asked for; lived there were 10 of the 31 days of January.
    owed = open_of(office, news.lease_id)
    assert list(owed.values()) == [Money.yuan(600) - RENT]
    sound(office)
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        planned = settlements.settlement_of(work, news.lease_id)
        assert planned.returned == RENT + RENT - Money.yuan(600), "the deposit, and what was paid too much"
