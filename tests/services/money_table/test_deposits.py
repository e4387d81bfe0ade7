"""By hand: deposits, what a settlement gives back, 定金 and its limit (DOMAIN §4; Civil Code 586, 587)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from desktop.models.values import CollectionBasis, FeeType, HoldingMoney, Money, total
from desktop.services import reservations
from desktop.services.acts import Op
from desktop.services.lease_terms import LeaseTerms, term_from_choice, with_choice
from desktop.services.office import Office
from desktop.services.reservations import ReservationForm, earnest_limit, reservation_problems
from desktop.services.schedule import due_at_signing, plan_bills, sum_of
from desktop.services.settlements import Settlement
from desktop.services.work import Actor, begin
from tests.offices import rooms_of, sit_down
from tests.services.money_table.kit import Case, day, each, span, yuan, yuans
from tests.services.test_reservations import TODAY, form, pay, reserve

DEPOSITS = (FeeType.DEPOSIT, FeeType.KEY_DEPOSIT)


@dataclass(frozen=True, slots=True)
class Signing(Case):
    """What is asked for when a lease is signed: the deposit, the first rent, and both."""

    choice: str
    days: str
    rent: str
    deposit: str
    first_rent: str
    asked: str
    more: dict[str, Any] = field(default_factory=dict)


SIGNINGS = (
    Signing("押一付三", "deposit 1 × 1860; rent 3 × 1860 = 5580; together 4 × 1860 = 7440",
            "押一付三", "2026-12-01 2027-11-30", "1860.00", "1860.00", "5580.00", "7440.00"),
    Signing("押一付三 with a stub", "deposit 1860; 6 days of November 372 + 5580 = 5952; together 7812",
            "押一付三", "2026-11-25 2027-11-24", "1860.00", "1860.00", "5952.00", "7812.00",
            {"basis": CollectionBasis.CALENDAR}),
    Signing("押一付一", "1 + 1 months: 2 × 1250.50 = 2501.00",
            "押一付一", "2026-12-01 2027-11-30", "1250.50", "1250.50", "1250.50", "2501.00"),
    Signing("押二付六", "deposit 2 × 2000 = 4000; rent 6 × 2000 = 12000; together 8 × 2000 = 16000",
            "押二付六", "2026-12-01 2027-11-30", "2000.00", "4000.00", "12000.00", "16000.00"),
    Signing("年付", "a bare 年付 carries one month's deposit: 1500 + 12 × 1500 = 1500 + 18000 = 19500",
            "年付", "2026-12-01 2027-11-30", "1500.00", "1500.00", "18000.00", "19500.00"),
    Signing("无押金付一", "no deposit: 1 × 1860",
            "无押金付一", "2026-12-01 2027-11-30", "1860.00", "0.00", "1860.00", "1860.00"),
    Signing("a deposit for the key beside it", "1860 + 50 for the key = 1910; rent 5580; together 7490",
            "押一付三", "2026-12-01 2027-11-30", "1860.00", "1910.00", "5580.00", "7490.00",
            {"key_deposit": yuan("50.00")}),
)  # fmt: skip


@each(SIGNINGS)
def test_asked_for_at_signing(case: Signing) -> None:
    lease = span(case.days)
    terms = LeaseTerms(lease.start, lease.end, yuan(case.rent), **case.more)
    terms = with_choice(terms, term_from_choice(case.choice))
    asked = due_at_signing(plan_bills(terms), lease.start)
    deposits = total(bill.money for bill in asked if bill.fee_type in DEPOSITS)
    rent = total(bill.money for bill in asked if bill.fee_type is FeeType.RENT)
    assert (deposits, rent, sum_of(asked)) == (yuan(case.deposit), yuan(case.first_rent), yuan(case.asked))


@dataclass(frozen=True, slots=True)
class MoveOut(Case):
    """A deposit held, what is open beside it (below zero: we owe the tenant), what goes back and what stays owed."""

    held: str
    open: str
    returned: str
    still_owed: str


MOVE_OUTS = (
    MoveOut("nothing is owed", "1860 − 0 = 1860", "1860.00", "0", "1860.00", "0.00"),
    MoveOut("a deduction and electricity",
            "a broken door 300.00 + electricity 130.25 = 430.25; 1860.00 − 430.25 = 1429.75",
            "1860.00", "300.00 130.25", "1429.75", "0.00"),
    MoveOut("more is owed than held", "2000.50 − 1860.00 = 140.50 stays owed, nothing goes back",
            "1860.00", "2000.50", "0.00", "140.50"),
    MoveOut("exactly as much", "1860.00 − 1860.00 = 0.00 both ways", "1860.00", "1500.00 360.00", "0.00", "0.00"),
    MoveOut("one fen less than held", "1860.00 − 1859.99 = 0.01", "1860.00", "1859.99", "0.01", "0.00"),
    MoveOut("rent was paid ahead",
            "moved out on 20 Nov, rent paid to the 30th: 10 × 1860 ÷ 30 = 620 back; 1860 + 620 = 2480",
            "1860.00", "-620.00", "2480.00", "0.00"),
    MoveOut("paid ahead, less a deduction", "− 620.00 + 455.55 = − 164.45; 1860.00 + 164.45 = 2024.45",
            "1860.00", "-620.00 455.55", "2024.45", "0.00"),
    MoveOut("a deposit only partly paid", "of 1860 only 600 was paid: 600.00 − 430.25 = 169.75",
            "600.00", "430.25", "169.75", "0.00"),
)  # fmt: skip


@each(MOVE_OUTS)
def test_goes_back_at_settlement(case: MoveOut) -> None:
    settlement = Settlement(yuan(case.held), total(yuans(case.open)))
    assert (settlement.returned, settlement.still_owed) == (yuan(case.returned), yuan(case.still_owed))


@dataclass(frozen=True, slots=True)
class Limit(Case):
    """The most 定金 of a contract: 20 % of its sum, in whole fen, rounded down, since it may not be above."""

    rent: str
    months: int
    most: str


LIMITS = (
    Limit("a year of 1860", "12 × 1860 = 22320; ÷ 5 = 4464", "1860.00", 12, "4464.00"),
    Limit("seven months of 1234.56", "7 × 1234.56 = 8641.92; ÷ 5 = 1728.384: down to 1728.38", "1234.56", 7, "1728.38"),
    Limit("never up", "6 × 999.99 = 5999.94; ÷ 5 = 1199.988: down to 1199.98, for 1199.99 is above a fifth",
          "999.99", 6, "1199.98"),
)  # fmt: skip


@each(LIMITS)
def test_earnest_money_is_a_fifth_at_most(case: Limit) -> None:
    def asked(amount: Money) -> ReservationForm:
        return ReservationForm(
            UUID(int=7), day("2026-11-29"), UUID(int=8), money=HoldingMoney.EARNEST, amount=amount,
            rent=yuan(case.rent), months=case.months,
        )  # fmt: skip

    most = yuan(case.most)
    assert earnest_limit(asked(most)) == most
    assert reservation_problems(asked(most), TODAY) == {}
    assert list(reservation_problems(asked(most + yuan("0.01")), TODAY)) == ["amount"]


@dataclass(frozen=True, slots=True)
class End(Case):
    """How money that held a room ends: what the till pays out (never above zero)."""

    money: HoldingMoney
    paid: str
    act: str
    till: str


ENDS = (
    End("定金 returned double", "the office breaks its word: 2 × 1234.56 = 2469.12 leaves the till",
        HoldingMoney.EARNEST, "1234.56", "double", "-2469.12"),
    End("定金 forfeited", "the guest breaks their word: the office keeps 1234.56, nothing leaves the till",
        HoldingMoney.EARNEST, "1234.56", "forfeit", "0.00"),
    End("定金 given back", "both agree to part: 1 × 1234.56", HoldingMoney.EARNEST, "1234.56", "return", "-1234.56"),
    End("订金 given back", "an advance only goes back: 1 × 800.00",
        HoldingMoney.ADVANCE, "800.00", "return", "-800.00"),
)  # fmt: skip
ACTS = {
    "double": reservations.double_earnest, "forfeit": reservations.forfeit_earnest, "return": reservations.return_money,
}  # fmt: skip


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


@each(ENDS)
def test_money_that_held_a_room(office: Office, clerk: Actor, case: End) -> None:
    news = reserve(office, clerk, form(rooms_of(office)[0], money=case.money, amount=yuan(case.paid)))
    pay(office, clerk, news)
    with begin(office, clerk, Op.CHANGE_RESERVATION) as work:
        done = ACTS[case.act](work, news.reservation_id, "没有成交")
    assert done is not None
    assert done.amount == yuan(case.till)
