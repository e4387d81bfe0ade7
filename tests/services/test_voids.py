"""Voiding 作废 on both engines: in the open shift with every copy in hand; later only the red reversal is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.payments import Payment, PaymentKind, Receipt, Shift, ShiftState, Tender
from desktop.models.trust import AuditEntry
from desktop.models.values import NIL, FeeType, Money, PayMethod, Surplus
from desktop.services import (
    billing,
    checkup,
    opening,
    party_record,
    receipt_lists,
    receipt_papers,
    receipts,
    reversals,
    search_hits,
    timeline,
    voids,
)
from desktop.services.acts import Op
from desktop.services.errors import DomainError, NotFound, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.payments import TakePayment, TenderForm
from desktop.services.receipt_lists import ReceiptFilter, ReceiptScope
from desktop.services.work import PROGRAM, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.pay_kit import Desk, cash
from tests.services.test_replay import prove


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    clerk = sit_down(office, "front_desk")
    lead = sit_down(office, "finance_lead", login="zhaocw", name="赵财务")
    news = check_in(office, clerk, rooms_of(office)[0])
    made = Desk(office, lead, news.party_id, news.lease_id)
    yield made
    made.hold_books()
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()


def printed(desk: Desk, payment_id: object, form: str = "a5") -> None:
    with begin(desk.office, desk.cashier, Op.PRINT_PAPER) as work:
        receipt_papers.print_receipt(work, payment_id, form)  # type: ignore[arg-type]


def facts(desk: Desk, payment_id: object) -> voids.VoidFacts:
    with look(desk.office, desk.cashier) as reading:
        return voids.void_facts(reading, payment_id)  # type: ignore[arg-type]


def test_a_void_receipt_keeps_its_number_and_uses_no_other(desk: Desk) -> None:
    before = desk.bills()
    deposit, rent = before
    taken = desk.pay({deposit.id: deposit.owed, rent.id: Money.yuan(40)}, [cash(2000)], Surplus.CREDIT)
    made = desk.void(taken.payment_id)
    assert (made.receipt_number, made.amount) == (taken.receipt_number, Money.yuan(2000))
    assert desk.bills() == before
    assert desk.credit_of(desk.tenant) == NIL
    page = desk.page(taken.payment_id)
    assert (page.row.voided, page.row.reversed_by, page.row.stands) == (True, None, False)
    assert (page.void_reason, page.voided_by) == ("金额录错", "赵财务")
    again = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    assert [int(each.rsplit("-", 1)[1]) for each in (taken.receipt_number, again.receipt_number)] == [1, 2]
    with desk.office.reading() as session:
        counter = session.scalars(sa.select(Payment).where(Payment.kind == PaymentKind.VOID)).one()
        first = session.get_one(Payment, taken.payment_id)
        assert (counter.reverses_id, counter.shift_id, counter.amount) == (first.id, first.shift_id, -first.amount)
        assert session.scalar(sa.select(Receipt.id).where(Receipt.payment_id == counter.id)) is None
        assert [t.amount for t in session.scalars(sa.select(Tender).where(Tender.payment_id == counter.id))] == [
            -Money.yuan(2000)
        ]


def test_every_printed_copy_must_be_in_hand(desk: Desk) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    assert facts(desk, taken.payment_id) == voids.VoidFacts((), "")
    printed(desk, taken.payment_id)
    printed(desk, taken.payment_id, "roll")
    found = facts(desk, taken.payment_id)
    assert len(found.copies) >= 3
    assert sum(copy.startswith("补打 1 ") for copy in found.copies) >= 1
    for some in ((), found.copies[:1], found.copies[:-1]):
        with pytest.raises(ProblemsFound) as caught:
            desk.void(taken.payment_id, copies=frozenset(some))
        assert found.copies[-1] in caught.value.problems["copies"]
    desk.void(taken.payment_id, copies=frozenset(found.copies))


@pytest.mark.parametrize("reason", ["", " ", "错"])
def test_a_void_wants_a_reason(desk: Desk, reason: str) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    with pytest.raises(ProblemsFound) as caught:
        desk.void(taken.payment_id, reason)
    assert list(caught.value.problems) == ["reason"]


def test_void_of_a_void_of_a_reversal_and_of_a_reversed_one_is_refused_in_words(desk: Desk) -> None:
    deposit, rent = desk.bills()
    gone = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    desk.void(gone.payment_id)
    with pytest.raises(voids.AlreadyVoid, match=gone.receipt_number):
        desk.void(gone.payment_id)
    with pytest.raises(voids.AlreadyVoid):
        desk.reverse(gone.payment_id)
    with desk.office.reading() as session:
        counter = session.scalars(sa.select(Payment.id).where(Payment.kind == PaymentKind.VOID)).one()
    with pytest.raises(voids.NotVoidable, match="作废留下"):
        desk.void(counter)
    with pytest.raises(DomainError, match="作废留下"):
        desk.reverse(counter)
    taken = desk.pay({rent.id: rent.owed}, [cash(5580)])
    red = desk.reverse(taken.payment_id)
    with pytest.raises(voids.AlreadyReversed, match=red.receipt_number):
        desk.void(taken.payment_id)
    with pytest.raises(voids.NotVoidable, match="红字收据"):
        desk.void(red.payment_id)
    with pytest.raises(NotFound):
        desk.void(desk.office.world.new_id())
    back = desk.pay({}, [cash(10)], Surplus.CREDIT)
    paid_out = desk.refund(10)
    with pytest.raises(voids.NotVoidable, match="退款单"):
        desk.void(paid_out.payment_id)
    assert "冲红" in facts(desk, paid_out.payment_id).refusal
    assert facts(desk, back.payment_id).refusal == ""


def test_after_the_day_only_a_reversal_is_left(desk: Desk, world: SeededWorld) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    world.advance(timedelta(days=1))
    with pytest.raises(voids.NotVoidable, match="冲红"):
        desk.void(taken.payment_id)
    assert "过了当天" in facts(desk, taken.payment_id).refusal
    desk.reverse(taken.payment_id)


@pytest.mark.parametrize("state", [ShiftState.COUNTED, ShiftState.CLOSED])
def test_after_the_shift_was_counted_only_a_reversal_is_left(desk: Desk, state: ShiftState) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    with begin(desk.office, PROGRAM, Op.CHANGE_SETTING) as work:
        work.get(Shift, desk.stored(taken.payment_id).shift_id).state = state
    with pytest.raises(voids.NotVoidable, match=r"交班.*冲红"):
        desk.void(taken.payment_id)


def test_another_desk_cannot_void_it(desk: Desk, tmp_path: Path) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    here = desk.office.desk
    elsewhere = type(here)(desk.office.world.new_id(), *[getattr(here, name) for name in here.__slots__[1:]])
    desk.office.desk = elsewhere
    try:
        with pytest.raises(voids.NotVoidable, match=f"在{here.name}收的"):
            desk.void(taken.payment_id)
    finally:
        desk.office.desk = here


def test_nobody_voids_without_the_right_but_with_a_colleagues_word(desk: Desk) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    clerk = sit_down(desk.office, "front_desk", login="lujx", name="陆见夏")
    with pytest.raises(Refused) as caught, begin(desk.office, clerk, Op.VOID_PAYMENT) as work:
        voids.void_payment(work, voids.VoidPayment(taken.payment_id, "金额录错"))
    assert caught.value.right == "void_payment"
    cashier = sit_down(desk.office, "cashier", login="shenrx", name="沈若溪")
    with begin(desk.office, cashier, Op.VOID_PAYMENT) as work:
        voids.void_payment(work, voids.VoidPayment(taken.payment_id, "金额录错"))
    with desk.office.reading() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.op == Op.VOID_PAYMENT)).one()
        assert entry.subject_id == taken.payment_id
        assert entry.facts["reason"] == "金额录错"
        assert entry.facts["receipt"] == taken.receipt_number


def test_everywhere_the_receipt_says_that_it_is_void(desk: Desk) -> None:
    deposit, rent = desk.bills()
    kept = desk.pay({rent.id: Money.yuan(100)}, [cash(100)])
    taken = desk.pay({deposit.id: deposit.owed}, [TenderForm(PayMethod.WECHAT, Money.yuan(1860), "42000019")])
    desk.void(taken.payment_id)
    red = desk.reverse(kept.payment_id)
    with look(desk.office, desk.cashier) as reading:
        figures = receipt_lists.receipt_figures(reading)
        assert figures[ReceiptScope.TODAY].rows == figures[ReceiptScope.ALL].rows == 3
        assert figures[ReceiptScope.TAKEN_BACK].rows == 2
        assert receipt_lists.count_receipts(reading, ReceiptFilter(ReceiptScope.ALL)).amount == NIL
        rows = {
            row.number: row
            for row in receipt_lists.list_receipts(reading, ReceiptFilter(ReceiptScope.ALL), Span(0, 50))
        }
        assert [row.voided for row in rows.values()].count(True) == 1
        assert rows[taken.receipt_number].voided
        back = receipt_lists.list_receipts(reading, ReceiptFilter(ReceiptScope.TAKEN_BACK), Span(0, 50))
        assert {row.number for row in back} == {taken.receipt_number, red.receipt_number}
        only = ReceiptFilter(ReceiptScope.ALL, chosen=(("kind", ("voided",)),))
        assert [row.number for row in receipt_lists.list_receipts(reading, only, Span(0, 50))] == [taken.receipt_number]
        assert len(receipts.receipts_of(reading, party_id=desk.tenant)) == 3
        page = billing.bill_page(reading, deposit.id)
        assert [(number, amount) for _, number, _, amount in page.payments] == [
            (taken.receipt_number, Money.yuan(1860)), (taken.receipt_number, -Money.yuan(1860)),
        ]  # fmt: skip
        assert {payment_id for payment_id, *_ in page.payments} == {taken.payment_id}
        reading.authorised += 1
        moves = party_record._deposits(reading, desk.tenant)
        paper = receipt_papers.receipt_of(reading, taken.payment_id)
        hits, _ = search_hits.ask_receipts_of(reading, [desk.tenant], 10, 10)()
        reading.authorised -= 1
    assert [(move.receipt, move.payment_id, move.reversal) for move in moves] == [
        (taken.receipt_number, taken.payment_id, True), (taken.receipt_number, taken.payment_id, False),
    ]  # fmt: skip
    assert (paper.void, paper.stamp, paper.reason, paper.reversed_by) == (True, "作废", "金额录错", "")
    assert {hit.title: hit.note for hit in hits} == {
        taken.receipt_number: "作废", red.receipt_number: "冲红", kept.receipt_number: "已冲红",
    }  # fmt: skip
    with look(desk.office, desk.cashier) as reading:
        stream = timeline.party_timeline(reading, desk.tenant)
    void = next(entry for entry in stream if entry.op is Op.VOID_PAYMENT)
    assert void.title == "作废 1,860.00"
    assert taken.receipt_number in void.detail
    assert void.subject_id == taken.payment_id


def test_a_part_of_a_void_payment_may_be_paid_again_and_the_deposit_is_held_once(desk: Desk) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    desk.void(taken.payment_id)
    desk.pay({deposit.id: Money.yuan(860)}, [cash(860)])
    with look(desk.office, desk.cashier) as reading:
        page = billing.bill_page(reading, deposit.id)
        assert page.row.owed == Money.yuan(1000)
        assert [line.paid for line in page.lines if line.fee_type is FeeType.DEPOSIT] == [Money.yuan(860)]


def test_two_who_take_it_back_at_once(desk: Desk, tmp_path: Path) -> None:
    import threading

    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    other = opening.open_office(
        SeededWorld(desk.office.world.now(), seed=99), tmp_path / "office", desk.office.engine.url
    )
    start, news = threading.Barrier(2), list[object]()

    def undo(at: Office, red: bool) -> None:
        start.wait()
        try:
            if red:
                with begin(at, desk.cashier, Op.REVERSE_PAYMENT) as work:
                    news.append(reversals.reverse_payment(work, taken.payment_id, "收错了"))
            else:
                with begin(at, desk.cashier, Op.VOID_PAYMENT) as work:
                    news.append(voids.void_payment(work, voids.VoidPayment(taken.payment_id, "收错了")))
        except DomainError as error:
            news.append(error)

    threads = [threading.Thread(target=undo, args=(at, red)) for at, red in ((desk.office, False), (other, True))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    other.close()
    assert sum(isinstance(each, voids.AlreadyVoid | voids.AlreadyReversed) for each in news) == 1, news
    assert desk.owed(deposit.id) == [Money.yuan(1860)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_everything_at_the_till_travels(desk: Desk, databases: Databases, tmp_path: Path, kind: str) -> None:
    deposit, rent = desk.bills()
    favour = desk.bill((FeeType.WATER, "-30.00"))
    desk.pay({}, [cash(300)], Surplus.CREDIT)
    desk.take(
        TakePayment(
            desk.tenant, {rent.id: Money.yuan("500.03"), favour: -Money.yuan(30)}, [cash(370)],
            credit=Money.yuan(100), rounding=Money(3),
        )
    )  # fmt: skip
    gone = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    desk.void(gone.payment_id)
    desk.refund(50)
    prove(desk.office, databases.clone(kind), tmp_path / "copy")  # type: ignore[arg-type]
