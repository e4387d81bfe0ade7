"""Credit 预存 on both engines: paid ahead, used, given back, and never below zero, also with two desks at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.models.values import NIL, Account, FeeType, Money, PayMethod, Surplus
from desktop.services import checkup, credit, opening, payments, voids
from desktop.services.acts import Op
from desktop.services.errors import DomainError, NotFound, Outage, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.payments import TakePayment
from desktop.services.work import PROGRAM, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, person, rooms_of, sit_down
from tests.services.pay_kit import Desk, cash


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


def ahead(desk: Desk, yuan: int) -> payments.PaymentTaken:
    return desk.pay({}, [cash(yuan)], Surplus.CREDIT)


def test_money_may_be_paid_ahead_without_a_bill(desk: Desk) -> None:
    taken = ahead(desk, 500)
    assert (taken.amount, taken.credited, taken.change) == (Money.yuan(500), Money.yuan(500), NIL)
    page = desk.page(taken.payment_id)
    assert (page.row.title, page.lines, page.allocated_by) == ("预存款收据", (), None)
    assert desk.credit_of(desk.tenant) == Money.yuan(500)
    assert desk.postings(taken.payment_id)[Account.PREPAID, None] == -Money.yuan(500)


def test_nothing_at_all_is_no_payment(desk: Desk) -> None:
    for tenders in ((), (cash(0),)):
        with pytest.raises(ProblemsFound) as caught:
            desk.pay({}, tenders, Surplus.CREDIT)
        assert "given" in caught.value.problems
    with pytest.raises(ProblemsFound) as caught:
        desk.pay({}, ())
    assert "amounts" in caught.value.problems


def test_credit_pays_a_part_and_the_rest_comes_in_cash(desk: Desk) -> None:
    ahead(desk, 500)
    deposit, _ = desk.bills()
    request = TakePayment(desk.tenant, {deposit.id: deposit.owed}, [cash(1400)], Surplus.CHANGE, credit=Money.yuan(500))
    assert request.due == Money.yuan(1360)
    taken = desk.take(request)
    assert (taken.amount, taken.change, taken.credited) == (Money.yuan(1360), Money.yuan(40), -Money.yuan(500))
    assert desk.credit_of(desk.tenant) == NIL
    posted = desk.postings(taken.payment_id)
    assert posted[Account.PREPAID, None] == Money.yuan(500)
    assert posted[Account.CASH, PayMethod.CASH] == Money.yuan(1360)
    assert desk.page(taken.payment_id).row.title == "押金收据"


def test_credit_alone_pays_a_bill_and_nothing_changes_hands(desk: Desk) -> None:
    ahead(desk, 2000)
    deposit, _ = desk.bills()
    taken = desk.take(TakePayment(desk.tenant, {deposit.id: deposit.owed}, (), credit=deposit.owed))
    assert (taken.amount, taken.credited, taken.still_owed) == (NIL, -Money.yuan(1860), NIL)
    assert desk.credit_of(desk.tenant) == Money.yuan(140)
    assert desk.page(taken.payment_id).row.title == "抵扣单"
    back = desk.reverse(taken.payment_id)
    assert (back.credited, desk.credit_of(desk.tenant)) == (Money.yuan(1860), Money.yuan(2000))


def test_no_more_credit_than_there_is_nor_than_is_asked(desk: Desk) -> None:
    ahead(desk, 100)
    deposit, _ = desk.bills()
    with pytest.raises(credit.CreditChanged) as changed:
        desk.take(TakePayment(desk.tenant, {deposit.id: deposit.owed}, [cash(1660)], credit=Money.yuan(200)))
    assert changed.value.left == Money.yuan(100)
    for amount, used in ((Money.yuan(50), Money.yuan(60)), (Money.yuan(50), -Money.yuan(10))):
        request = TakePayment(desk.tenant, {deposit.id: amount}, [cash(70)], Surplus.CHANGE, credit=used)
        with pytest.raises(ProblemsFound) as caught:
            desk.take(request)
        assert "credit" in caught.value.problems
    stranger = TakePayment(desk.office.world.new_id(), {deposit.id: Money.yuan(10)}, (), credit=Money.yuan(10))
    with pytest.raises(NotFound):
        desk.take(stranger)


def test_using_credit_and_paying_into_it_at_once_is_no_payment(desk: Desk) -> None:
    ahead(desk, 100)
    deposit, _ = desk.bills()
    request = TakePayment(desk.tenant, {deposit.id: Money.yuan(50)}, [cash(20)], Surplus.CREDIT, credit=Money.yuan(40))
    with pytest.raises(ProblemsFound) as caught:
        desk.take(request)
    assert list(caught.value.problems) == ["surplus"]


def test_the_credit_of_who_pays_is_used_not_of_who_owes(desk: Desk) -> None:
    clerk = sit_down(desk.office, "front_desk", login="songsq", name="宋思齐")
    other = check_in(desk.office, clerk, rooms_of(desk.office)[1], person("顾知夏", 2, phone="13900002046"))
    ahead(desk, 100)
    deposit, _ = desk.bills()
    with pytest.raises(credit.CreditChanged):
        desk.take(TakePayment(other.party_id, {deposit.id: Money.yuan(50)}, (), credit=Money.yuan(50)))


def test_credit_goes_back_on_a_paper_of_its_own(desk: Desk) -> None:
    ahead(desk, 500)
    with pytest.raises(credit.CreditChanged):
        desk.refund(501)
    back = desk.refund("200.50")
    assert (back.amount, back.credited) == (-Money.yuan("200.50"), -Money.yuan("200.50"))
    assert desk.page(back.payment_id).row.title == "退款单"
    assert desk.credit_of(desk.tenant) == Money.yuan("299.50")
    desk.reverse(back.payment_id)
    assert desk.credit_of(desk.tenant) == Money.yuan(500)


def test_what_a_refund_lacks_is_said_at_its_field(desk: Desk) -> None:
    ahead(desk, 50)
    wrong = credit.RefundCredit(desk.tenant, NIL, PayMethod.WECHAT)
    with pytest.raises(ProblemsFound) as caught, begin(desk.office, desk.cashier, Op.TAKE_PAYMENT) as work:
        credit.refund_credit(work, wrong)
    assert set(caught.value.problems) == {"amount", "reference", "reason"}
    clerk = sit_down(desk.office, "front_desk", login="lujx", name="陆见夏")
    with pytest.raises(Refused), begin(desk.office, clerk, Op.TAKE_PAYMENT) as work:
        credit.refund_credit(work, credit.RefundCredit(desk.tenant, Money.yuan(1), reason="不再使用"))


@pytest.mark.parametrize("how", ["reverse", "void"])
def test_a_payment_whose_credit_was_used_stays_until_that_is_undone(desk: Desk, how: str) -> None:
    deposit, rent = desk.bills()
    first = desk.pay({deposit.id: deposit.owed}, [cash(2000)], Surplus.CREDIT)
    used = desk.take(TakePayment(desk.tenant, {rent.id: Money.yuan(100)}, (), credit=Money.yuan(100)))
    undo = desk.reverse if how == "reverse" else desk.void
    with pytest.raises(credit.CreditUsed) as caught:
        undo(first.payment_id)
    error = caught.value
    assert (error.credited, error.left, error.by) == (Money.yuan(140), Money.yuan(40), used.receipt_number)
    assert used.receipt_number in error.message
    desk.void(used.payment_id)
    undo(first.payment_id)
    assert desk.credit_of(desk.tenant) == NIL
    assert desk.owed(deposit.id, rent.id) == [Money.yuan(1860), Money.yuan(5580)]


@pytest.mark.parametrize("second", ["use", "refund", "reverse", "void"])
def test_two_desks_cannot_use_the_same_credit(desk: Desk, tmp_path: Path, second: str) -> None:
    """One uses the credit while the other uses it, gives it back, or takes the payment back that brought it."""
    office = desk.office
    other = opening.open_office(SeededWorld(office.world.now(), seed=99), tmp_path / "office", office.engine.url)
    brought = ahead(desk, 100)
    deposit, rent = desk.bills()
    start, news = threading.Barrier(2), list[Any]()

    def use(work: Any, bill_id: Any) -> Any:
        return payments.take_payment(
            work, TakePayment(desk.tenant, {bill_id: Money.yuan(100)}, (), credit=Money.yuan(100))
        )

    def undo(work: Any) -> Any:
        from desktop.services import reversals

        if second == "use":
            return use(work, rent.id)
        if second == "refund":
            return credit.refund_credit(work, credit.RefundCredit(desk.tenant, Money.yuan(100), reason="不再使用"))
        if second == "reverse":
            return reversals.reverse_payment(work, brought.payment_id, "录错了人")
        return voids.void_payment(work, voids.VoidPayment(brought.payment_id, "录错了人"))

    op = {"reverse": Op.REVERSE_PAYMENT, "void": Op.VOID_PAYMENT}.get(second, Op.TAKE_PAYMENT)

    def run(at: Office, of: Op, act: Any) -> None:
        start.wait()
        try:
            with begin(at, desk.cashier, of) as work:
                news.append(act(work))
        except (DomainError, Outage) as error:
            news.append(error)

    # The second desk is the same one on another PC, so that it may void as well.
    threads = [
        threading.Thread(target=run, args=(office, Op.TAKE_PAYMENT, lambda work: use(work, deposit.id))),
        threading.Thread(target=run, args=(other, op, undo)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    other.close()
    errors = [each for each in news if isinstance(each, Exception)]
    assert len(errors) == 1, news
    assert isinstance(errors[0], credit.CreditChanged | credit.CreditUsed), news
    assert desk.credit_of(desk.tenant) == NIL


def test_credit_is_read_by_who_may_see_bills(desk: Desk) -> None:
    ahead(desk, 30)
    with look(desk.office, desk.cashier) as reading:
        assert credit.credit_now(reading, desk.tenant) == Money.yuan(30)
    repair = sit_down(desk.office, "repair_lead", login="weix", name="魏修")
    with look(desk.office, repair) as reading, pytest.raises(Refused):
        credit.credit_now(reading, desk.tenant)


def test_bills_in_the_debtors_favour_go_to_credit(desk: Desk) -> None:
    """A counter-bill alone: what the office owes stands to the credit, and is given back from there."""
    favour = desk.bill((FeeType.WATER, "-30.00"))
    with pytest.raises(payments.ChoiceNeeded) as caught:
        desk.pay({favour: -Money.yuan(30)}, ())
    assert caught.value.over == Money.yuan(30)
    taken = desk.pay({favour: -Money.yuan(30)}, (), Surplus.CREDIT)
    assert (taken.amount, taken.credited) == (NIL, Money.yuan(30))
    assert desk.page(taken.payment_id).row.title == "抵扣单"
    assert desk.owed(favour) == [NIL]
    with pytest.raises(ProblemsFound) as found:
        desk.pay({desk.bill((FeeType.WATER, "-30.00")): -Money.yuan(30)}, [], Surplus.CHANGE)
    assert list(found.value.problems) == ["surplus"]
