"""A lease settled and put away: what is shown before is what is posted, or nothing is."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from desktop.models.billing import BillLine
from desktop.models.payments import Payment, PaymentKind, Receipt
from desktop.models.values import NIL, Account, FeeType, LeaseState, Money, PayMethod
from desktop.services import journal, lease_moves, reversals, settlements
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound
from desktop.services.office import Office
from desktop.services.settlements import Settlement, SettlementChanged
from desktop.services.transitions import ForbiddenMove
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, person, rooms_of, sit_down, terms
from tests.services.lease_kit import RENT, days, open_of, pay, sound, state
from tests.services.test_replay import prove

_SEQUENCE = count(11)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager", "cashier")


def _move_out(office: Office, clerk: Actor, lease_id: UUID) -> None:
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, lease_id)


def _sums(office: Office, clerk: Actor, lease_id: UUID) -> Settlement:
    with look(office, clerk) as reading:
        return settlements.settlement_of(reading, lease_id)


def _settle(
    office: Office, clerk: Actor, lease_id: UUID, method: PayMethod = PayMethod.CASH, reference: str = ""
) -> settlements.Settled:
    """Settled as the clerk saw it a moment before; what was shown must come about."""
    shown = _sums(office, clerk, lease_id)
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        done = settlements.settle_lease(work, lease_id, shown, method, reference)
    assert (done.returned, done.still_owed) == (shown.returned, shown.still_owed)
    return done


def test_the_deposit_comes_back_with_a_receipt(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    days(office, 89)
    _move_out(office, clerk, news.lease_id)
    done = _settle(office, clerk, news.lease_id, PayMethod.TRANSFER, "8812")
    assert (done.returned, done.still_owed) == (RENT, NIL)
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        assert journal.balance(reading, Account.DEPOSIT_HELD) == NIL
        assert journal.balance(reading, Account.DEPOSIT_BILLED) == NIL
        payment = reading.session.get_one(Payment, done.payment_id)
        assert (payment.kind, payment.amount) == (PaymentKind.REFUND, -RENT)
        number = reading.session.scalars(sa.select(Receipt.number).where(Receipt.payment_id == payment.id)).one()
        assert number == done.receipt_number
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        settlements.close_lease(work, news.lease_id)
    assert state(office, news.lease_id) is LeaseState.CLOSED
    sound(office)


def test_debts_are_set_off_before_anything_is_paid_out(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    owed = open_of(office, news.lease_id)
    rent = next(bill for bill, amount in owed.items() if amount == RENT * 3)
    deposit = next(bill for bill, amount in owed.items() if amount == RENT)
    pay(office, clerk, news.party_id, {deposit: RENT, rent: RENT * 3 - Money.yuan(500)})
    days(office, 89)
    _move_out(office, clerk, news.lease_id)
    done = _settle(office, clerk, news.lease_id)
    assert (done.returned, done.still_owed) == (RENT - Money.yuan(500), NIL)
    assert open_of(office, news.lease_id) == {}
    sound(office)


def test_what_the_deposit_does_not_cover_stays_owed(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    owed = open_of(office, news.lease_id)
    deposit = next(bill for bill, amount in owed.items() if amount == RENT)
    pay(office, clerk, news.party_id, {deposit: RENT})
    days(office, 89)
    _move_out(office, clerk, news.lease_id)
    done = _settle(office, clerk, news.lease_id)
    assert (done.returned, done.still_owed) == (NIL, RENT * 2)
    assert list(open_of(office, news.lease_id).values()) == [RENT * 2]
    with pytest.raises(settlements.StillOwed) as refused, begin(office, clerk, Op.CHANGE_LEASE) as work:
        settlements.close_lease(work, news.lease_id)
    assert refused.value.owed == RENT * 2
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        settlements.close_lease(work, news.lease_id)
    sound(office)


def test_a_deposit_that_was_never_paid_is_not_paid_out(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    owed = open_of(office, news.lease_id)
    rent = next(bill for bill, amount in owed.items() if amount == RENT * 3)
    deposit = next(bill for bill, amount in owed.items() if amount == RENT)
    pay(office, clerk, news.party_id, {rent: RENT * 3, deposit: Money.yuan(600)})
    days(office, 89)
    _move_out(office, clerk, news.lease_id)
    done = _settle(office, clerk, news.lease_id)
    assert (done.returned, done.still_owed) == (Money.yuan(600), NIL)
    sound(office)


def test_a_refund_by_transfer_needs_its_number(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    _move_out(office, clerk, news.lease_id)
    with pytest.raises(ProblemsFound) as refused:
        _settle(office, clerk, news.lease_id, PayMethod.WECHAT)
    assert refused.value.field == "reference"
    assert state(office, news.lease_id) is LeaseState.MOVED_OUT


def test_settling_waits_for_the_keys(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    with pytest.raises(ForbiddenMove, match="办理搬离"):
        _settle(office, clerk, news.lease_id)


def test_a_refund_can_be_reversed_like_any_payment(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    days(office, 89)
    _move_out(office, clerk, news.lease_id)
    done = _settle(office, clerk, news.lease_id)
    assert done.payment_id is not None
    with begin(office, clerk, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, done.payment_id, "退错了人")
    assert list(open_of(office, news.lease_id).values()) == [-RENT]
    sound(office)


def test_key_deposits_come_back_too(office: Office, clerk: Actor) -> None:
    lease = replace(terms(office.world.today()), key_deposit=Money.yuan(100))
    news = check_in(office, clerk, rooms_of(office)[0], lease=lease)
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    days(office, 89)
    _move_out(office, clerk, news.lease_id)
    done = _settle(office, clerk, news.lease_id)
    assert done.returned == RENT + Money.yuan(100)
    with office.reading() as session:
        kinds = set(session.scalars(sa.select(BillLine.fee_type).where(BillLine.reverses_id.is_not(None))))
    assert kinds == {FeeType.DEPOSIT, FeeType.KEY_DEPOSIT}
    sound(office)


# ---- what was shown ------------------------------------------------------------------------------------------------


def test_money_that_came_in_meanwhile_is_told_with_both_sums(
    office: Office, clerk: Actor, databases: Databases, tmp_path: Path
) -> None:
    """Another PC takes the rent between the dialog and its key: nothing is posted, the clerk hears what changed."""
    news = check_in(office, clerk, rooms_of(office)[0])
    owed = open_of(office, news.lease_id)
    deposit = next(bill for bill, amount in owed.items() if amount == RENT)
    rent = next(bill for bill, amount in owed.items() if amount == RENT * 3)
    pay(office, clerk, news.party_id, {deposit: RENT})
    days(office, 89)
    _move_out(office, clerk, news.lease_id)
    shown = _sums(office, clerk, news.lease_id)
    assert shown == Settlement(RENT, RENT * 3)
    pay(office, clerk, news.party_id, {rent: RENT * 2})
    with pytest.raises(SettlementChanged) as refused, begin(office, clerk, Op.CHANGE_LEASE) as work:
        settlements.settle_lease(work, news.lease_id, shown)
    assert (refused.value.shown, refused.value.now) == (shown, Settlement(RENT, RENT))
    assert "未付由 5,580.00 变为 1,860.00" in refused.value.message
    assert "押金在管" not in refused.value.message, "only what changed is told"
    assert state(office, news.lease_id) is LeaseState.MOVED_OUT
    assert open_of(office, news.lease_id) == {rent: RENT}
    sound(office)
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        done = settlements.settle_lease(work, news.lease_id, refused.value.now)
    assert (done.returned, done.still_owed, open_of(office, news.lease_id)) == (NIL, NIL, {})
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_a_deposit_payment_reversed_meanwhile_is_not_paid_out(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    owed = open_of(office, news.lease_id)
    deposit = next(bill for bill, amount in owed.items() if amount == RENT)
    paid = pay(office, clerk, news.party_id, {deposit: RENT})
    pay(office, clerk, news.party_id, {bill: amount for bill, amount in owed.items() if bill != deposit})
    days(office, 89)
    _move_out(office, clerk, news.lease_id)
    shown = _sums(office, clerk, news.lease_id)
    with begin(office, clerk, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, paid.payment_id, "微信实际未到账")
    with pytest.raises(SettlementChanged) as refused, begin(office, clerk, Op.CHANGE_LEASE) as work:
        settlements.settle_lease(work, news.lease_id, shown)
    assert "押金在管由 1,860.00 变为 0.00" in refused.value.message
    assert _sums(office, clerk, news.lease_id) == Settlement(NIL, NIL)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@given(st.data())
@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_was_paid_the_sums_shown_are_the_sums_posted(
    office: Office, clerk: Actor, data: st.DataObject
) -> None:
    """Any part of any bill paid, deposit or rent: `_settle` asserts that the preview came about to the fen."""
    days(office, 2)  # the next example moves into the same room
    lease = replace(terms(office.world.today()), key_deposit=Money.yuan(100))
    sequence = next(_SEQUENCE)
    news = check_in(office, clerk, rooms_of(office)[0], person(sequence=sequence, phone=f"139{sequence:08d}"), lease)
    owed = open_of(office, news.lease_id)
    parts = {bill: Money(data.draw(st.integers(0, amount.fen))) for bill, amount in owed.items()}
    if paid := {bill: amount for bill, amount in parts.items() if amount != NIL}:
        pay(office, clerk, news.party_id, paid)
    days(office, 1)
    _move_out(office, clerk, news.lease_id)
    _settle(office, clerk, news.lease_id)
    sound(office)
