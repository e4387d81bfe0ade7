"""What the till shows: who owes today, what is open, and a preview that is what will be allocated and printed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from desktop.models.values import NIL, FeeType, Money, PayMethod, Surplus, total
from desktop.services import payments, receipt_papers, till
from desktop.services.acts import Op
from desktop.services.errors import NotFound, Refused
from desktop.services.office import Office
from desktop.services.payments import TakePayment, TenderForm
from desktop.services.receipt_kinds import ReceiptKind, receipt_kind
from desktop.services.work import Actor, begin, look
from tests.offices import check_in, person, rooms_of, sit_down, terms


@dataclass
class Counter:
    office: Office
    cashier: Actor
    late: UUID
    """Moved in on the first, paid nothing."""
    today: UUID
    """Moved in today."""

    def facts(self, party_id: UUID | None = None, bill_ids: tuple[UUID, ...] = ()) -> till.TillFacts:
        with look(self.office, self.cashier) as reading:
            return till.till_facts(reading, party_id, bill_ids)

    def payers(self, text: str = "") -> list[till.PayerRow]:
        with look(self.office, self.cashier) as reading:
            return till.find_payers(reading, text)


@pytest.fixture
def counter(office: Office) -> Counter:
    clerk = sit_down(office, "front_desk")
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    rooms, day = rooms_of(office), office.world.today()
    today = check_in(office, clerk, rooms[0], person("林以宁", 2, phone="13900000002"), terms(day))
    late = check_in(office, clerk, rooms[1], person("沈知微", 3, phone="13900000003"), terms(day.replace(day=1)))
    return Counter(office, cashier, late.party_id, today.party_id)


def test_with_nothing_typed_everybody_who_owes_today_the_latest_first(counter: Counter) -> None:
    rows = counter.payers()
    assert [row.name for row in rows] == ["沈知微", "林以宁"]
    late, now = rows
    day = counter.office.world.today()
    assert (late.overdue_days(day), now.overdue_days(day)) == (21, 0)
    assert late.owed == now.owed == Money.yuan(7440)
    assert late.bills == 2
    assert late.rooms.startswith("1 栋 ")


@pytest.mark.parametrize("text", ["沈知微", "szw", "知微", "13900000003", "0003"])
def test_a_payer_is_found_by_name_sound_and_phone(counter: Counter, text: str) -> None:
    assert [row.id for row in counter.payers(text)] == [counter.late]


def test_a_payer_is_found_by_room_and_signs_typed_mean_nothing(counter: Counter) -> None:
    number = counter.facts(counter.late).rooms.removeprefix("1 栋 ")
    for text in (number, f"1 栋 {number}", f"1-{number}"):
        assert [row.id for row in counter.payers(text)] == [counter.late]
    assert counter.payers("1%") == []
    assert counter.payers("999") == []


def test_who_owes_nothing_is_found_but_not_listed(counter: Counter) -> None:
    facts = counter.facts(counter.today)
    amounts = {bill.row.id: bill.row.owed for bill in facts.bills}
    with begin(counter.office, counter.cashier, Op.TAKE_PAYMENT) as work:
        payments.take_payment(
            work, TakePayment(counter.today, amounts, [TenderForm(PayMethod.CASH, Money.yuan(7500))], Surplus.CREDIT)
        )
    assert [row.id for row in counter.payers()] == [counter.late]
    (found,) = counter.payers("林以宁")
    assert (found.owed, found.bills, found.oldest) == (NIL, 0, None)
    facts = counter.facts(counter.today)
    assert facts.bills == ()
    assert facts.prepaid == Money.yuan(60)


def test_bills_named_bring_their_debtor(counter: Counter) -> None:
    mine, other = counter.facts(counter.late), counter.facts(counter.today)
    facts = counter.facts(bill_ids=(mine.bills[1].row.id,))
    assert facts == mine
    both = counter.facts(counter.late, (other.bills[0].row.id,))
    assert {bill.row.id for bill in both.bills} == {bill.row.id for bill in (*mine.bills, other.bills[0])}
    with pytest.raises(NotFound):
        counter.facts(bill_ids=(counter.office.world.new_id(),))
    with pytest.raises(NotFound):
        counter.facts(counter.office.world.new_id())


def test_who_may_not_see_bills_sees_no_till(counter: Counter) -> None:
    repair = sit_down(counter.office, "repair_lead", login="weix", name="魏修")
    with look(counter.office, repair) as reading:
        with pytest.raises(Refused):
            till.find_payers(reading)
        with pytest.raises(Refused):
            till.till_facts(reading, counter.late)


@pytest.mark.parametrize("surplus", list(Surplus))
def test_the_preview_is_what_is_then_printed(counter: Counter, surplus: Surplus) -> None:
    """Also of a bill paid in part, twice: lines are filled in the same order."""
    office = counter.office
    for share in (1234, 99_999, 350_000):
        facts = counter.facts(counter.late)
        amounts = {bill.row.id: min(Money(share), bill.row.owed) for bill in facts.bills}
        due = total(amounts.values())
        tenders = [TenderForm(PayMethod.POS, Money(due.fen // 3), "8812"), TenderForm(PayMethod.CASH, due)]
        request = TakePayment(counter.late, amounts, tenders, surplus)
        shown = till.receipt_preview(
            facts, request, office=office.organisation, cashier="沈若溪", desk=office.desk.name
        )  # fmt: skip
        with begin(office, counter.cashier, Op.TAKE_PAYMENT) as work:
            taken = payments.take_payment(work, request)
        with begin(office, counter.cashier, Op.PRINT_PAPER) as work:
            work.authorised += 1
            printed = receipt_papers.receipt_of(work, taken.payment_id)
            work.authorised -= 1
        assert shown.number == receipt_papers.NUMBER_LATER
        assert replace(shown, number=printed.number) == printed


def test_three_kinds_of_receipt() -> None:
    assert receipt_kind({FeeType.DEPOSIT, FeeType.KEY_DEPOSIT}) is ReceiptKind.DEPOSIT
    assert receipt_kind({FeeType.EARNEST}) is ReceiptKind.EARNEST
    assert receipt_kind({FeeType.EARNEST, FeeType.DEPOSIT}) is ReceiptKind.INCOME
    assert receipt_kind({FeeType.RENT, FeeType.DEPOSIT}) is ReceiptKind.INCOME
    assert receipt_kind({FeeType.ADVANCE}) is ReceiptKind.ADVANCE
    assert receipt_kind({FeeType.ADVANCE, FeeType.EARNEST}) is ReceiptKind.INCOME
    assert receipt_kind(set()) is ReceiptKind.INCOME
