"""Renewals: the deposit carried over, people and keys going on, the way back, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.deposits import DepositMove
from desktop.models.leases import Lease, LeaseParty
from desktop.models.values import (
    NIL,
    DepositAct,
    DiscountKind,
    FeeType,
    LeaseRole,
    LeaseState,
    Money,
    RoomState,
)
from desktop.services import (
    board,
    discount_rules,
    handover,
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
from desktop.services.lease_terms import end_after
from desktop.services.office import Office
from desktop.services.renewal_forms import (
    months_of,
    renewal_doubts,
)
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, person, rooms_of, sit_down, terms
from tests.services.deposit_kit import KEYS, agree, bill_of, deduct, let, move
from tests.services.deposit_kit import facts as deposit_facts
from tests.services.lease_kit import RENT, days, open_of, pay, sound, state
from tests.services.renewal_kit import (
    facts,
    held_by,
    refunding,
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
