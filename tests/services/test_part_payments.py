"""Which bills a sum pays: as the payer chose, in the legal order, with what is in their favour set off, 抹零, 代付."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from desktop.models.leases import LeaseParty
from desktop.models.payments import Allocation
from desktop.models.trust import AuditEntry
from desktop.models.values import NIL, Account, AllocationRule, FeeType, LeaseRole, Money, PayMethod, Surplus, total
from desktop.services import cash_off, checkup, credit, on_the_spot, payments, references, till, voids
from desktop.services import settings as rules
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.payments import TakePayment, TenderForm
from desktop.services.receipt_lists import ReceiptFilter, ReceiptScope, count_receipts
from desktop.services.work import PROGRAM, Approval, begin, look
from tests.offices import PIN, check_in, person, rooms_of, sit_down, with_pin
from tests.services.pay_kit import Desk, cash
from tests.services.test_payments import _desk_of, lived

__all__ = ["lived"]
LEGAL = AllocationRule.LEGAL_ORDER


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


def paid_on(desk: Desk, payment_id: UUID) -> dict[UUID, list[Money]]:
    """What each bill's lines got, in the order of the lines."""
    with desk.office.reading() as session:
        found: dict[UUID, list[Money]] = {}
        for row in session.scalars(
            sa.select(Allocation).where(Allocation.payment_id == payment_id).order_by(Allocation.bill_line_id)
        ):
            found.setdefault(row.bill_id, []).append(row.amount)
        return found


# ---- who chose ---------------------------------------------------------------------------------------------------


def test_it_is_kept_who_chose(desk: Desk) -> None:
    deposit, rent = desk.bills()
    part = desk.pay({rent.id: Money.yuan(100)}, [cash(100)])
    one = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    rest = desk.pay({rent.id: Money.yuan(5480)}, [cash(5480)])
    found = [desk.stored(each.payment_id).allocated_by for each in (part, one, rest)]
    assert found == [AllocationRule.CHOSEN, AllocationRule.CHOSEN, None]  # at last everything was paid


def test_a_sum_over_everything_by_the_legal_order(desk: Desk) -> None:
    """Not yet due last; due ones: without a guarantor first, then the higher late fee, then the earlier day."""
    deposit, rent = desk.bills()
    late = desk.bill((FeeType.WATER, "80.00"), due=-20, lease=False)
    later = desk.bill((FeeType.WATER, "70.00"), due=-10, lease=False)
    coming = desk.bill((FeeType.WATER, "60.00"), due=5, lease=False)
    facts = desk.facts()
    assert {bill.row.id: bill.debt.late_fee_per_mille for bill in facts.bills if bill.row.lease_id} == {
        deposit.id: Decimal("0.5"), rent.id: Decimal("0.5"),
    }  # fmt: skip
    assert facts.in_legal_order(Money.yuan(100))[deposit.id] > NIL  # the lease has a late fee, the water has none
    whole = desk.facts().in_legal_order(Money.yuan(7440))
    assert set(whole) == {deposit.id, rent.id}
    beyond = desk.facts().in_legal_order(Money.yuan(7440 + 100))
    assert (beyond[late], beyond[later]) == (Money.yuan(80), Money.yuan(20))
    assert coming not in beyond
    with begin(desk.office, PROGRAM, Op.CHANGE_LEASE) as work:
        today = work.world.today()
        work.add(
            LeaseParty(
                lease_id=desk.lease, party_id=desk.tenant, role=LeaseRole.GUARANTOR, valid_from=today, valid_to=None,
                basis="连带责任保证",
            )
        )  # fmt: skip
    secured = desk.facts().in_legal_order(Money.yuan(100))
    assert secured == {late: Money.yuan(80), later: Money.yuan(20)}
    taken = desk.take(TakePayment(desk.tenant, secured, [cash(100)], rule=LEGAL))
    assert desk.stored(taken.payment_id).allocated_by is LEGAL
    assert desk.owed(late, later, coming) == [NIL, Money.yuan(50), Money.yuan(60)]
    assert desk.page(taken.payment_id).allocated_by is LEGAL


def test_in_the_legal_order_late_fees_come_before_what_they_are_for(desk: Desk) -> None:
    deposit, rent = desk.bills()
    desk.pay({deposit.id: deposit.owed, rent.id: rent.owed}, [cash(7440)])
    bill = desk.bill((FeeType.RENT, "100.00"), (FeeType.LATE_FEE, "8.00"), (FeeType.RENT, "50.00"))
    taken = desk.take(TakePayment(desk.tenant, {bill: Money.yuan(20)}, [cash(20)], rule=LEGAL))
    assert paid_on(desk, taken.payment_id) == {bill: [Money.yuan(12), Money.yuan(8)]}
    chosen = desk.take(TakePayment(desk.tenant, {bill: Money.yuan(100)}, [cash(100)]))
    assert paid_on(desk, chosen.payment_id) == {bill: [Money.yuan(88), Money.yuan(12)]}


def test_amounts_that_are_not_the_legal_ones_are_not_called_so(desk: Desk) -> None:
    deposit, rent = desk.bills()
    lawful = desk.facts().in_legal_order(Money.yuan(2000))
    wrong = {deposit.id: Money.yuan(1000), rent.id: Money.yuan(1000)}
    assert lawful != wrong
    with pytest.raises(payments.BillsChanged):
        desk.take(TakePayment(desk.tenant, wrong, [cash(2000)], rule=LEGAL))
    desk.bill((FeeType.WATER, "10.00"), due=-400)  # meanwhile an older debt came up
    desk.pay({deposit.id: Money.yuan(1)}, [cash(1)])
    with pytest.raises(payments.BillsChanged):
        desk.take(TakePayment(desk.tenant, lawful, [cash(2000)], rule=LEGAL))


def test_the_legal_order_is_about_one_debtor(desk: Desk) -> None:
    other, bill = _neighbour(desk)
    deposit, _ = desk.bills()
    with pytest.raises(ProblemsFound) as caught:
        desk.take(TakePayment(desk.tenant, {deposit.id: Money.yuan(10), bill: Money.yuan(10)}, [cash(20)], rule=LEGAL))
    assert "替别人" in caught.value.problems["amounts"]
    assert other != desk.tenant


# ---- for others --------------------------------------------------------------------------------------------------


def _neighbour(desk: Desk) -> tuple[UUID, UUID]:
    clerk = sit_down(desk.office, "front_desk", login="songsq", name="宋思齐")
    news = check_in(desk.office, clerk, rooms_of(desk.office)[1], person("顾知夏", 2, phone="13900002046"))
    return news.party_id, desk.bill((FeeType.WATER, "66.00"), debtor=news.party_id, lease=False)


def test_one_pays_for_several(desk: Desk) -> None:
    other, bill = _neighbour(desk)
    deposit, _ = desk.bills()
    facts = desk.facts(bill)
    assert {each.row.debtor for each in facts.bills} == {"顾听澜", "顾知夏"}
    amounts = {deposit.id: deposit.owed, bill: Money.yuan(66)}
    request = TakePayment(desk.tenant, amounts, [cash(1926)])
    shown = till.receipt_preview(facts, request, office="", cashier="", desk="")
    assert [line.item for line in shown.lines] == ["押金", "水费（顾知夏）"]
    assert shown.remark == "代顾知夏交"
    taken = desk.take(request)
    assert desk.page(taken.payment_id).row.title == "收款收据"
    with desk.office.reading() as session:
        parties = set(
            session.scalars(
                sa.select(payments.journal.Posting.party_id).where(
                    payments.journal.Posting.account == Account.RECEIVABLE, payments.journal.Posting.amount < NIL
                )
            )
        )
    assert parties == {desk.tenant, other}
    with look(desk.office, desk.cashier) as reading:
        printed = till.receipt_paper(reading, taken.payment_id)
    assert (printed.lines, printed.remark, printed.payer) == (shown.lines, shown.remark, "顾听澜")


# ---- set off -----------------------------------------------------------------------------------------------------


def test_a_bill_in_the_tenants_favour_is_set_off(desk: Desk) -> None:
    deposit, _ = desk.bills()
    favour = desk.bill((FeeType.WATER, "-30.00"))
    taken = desk.pay({deposit.id: deposit.owed, favour: -Money.yuan(30)}, [cash(1830)])
    assert (taken.amount, taken.still_owed) == (Money.yuan(1830), NIL)
    assert desk.owed(deposit.id, favour) == [NIL, NIL]


def test_a_payment_that_comes_to_nothing_is_a_paper_of_setting_off(desk: Desk) -> None:
    deposit, _ = desk.bills()
    favour = desk.bill((FeeType.WATER, "-30.00"), (FeeType.WATER, "5.00"))
    taken = desk.pay({deposit.id: Money.yuan(20), favour: -Money.yuan(20)}, ())
    page = desk.page(taken.payment_id)
    assert (page.row.amount, page.row.title, page.tenders) == (NIL, "抵扣单", ())
    assert desk.owed(deposit.id, favour) == [Money.yuan(1840), -Money.yuan(5)]
    back = desk.reverse(taken.payment_id)
    assert back.amount == NIL
    assert desk.owed(deposit.id, favour) == [Money.yuan(1860), -Money.yuan(25)]


def test_no_more_is_set_off_than_there_is(desk: Desk) -> None:
    deposit, _ = desk.bills()
    favour = desk.bill((FeeType.WATER, "-30.00"))
    with pytest.raises(payments.BillsChanged):
        desk.pay({deposit.id: deposit.owed, favour: -Money.yuan(31)}, [cash(1829)])
    with pytest.raises(payments.BillsChanged):
        desk.pay({favour: Money.yuan(1)}, [cash(1)])
    with pytest.raises(ProblemsFound) as caught:
        desk.pay({deposit.id: deposit.owed, favour: NIL}, [cash(1860)])
    assert "最多抵 30.00" in caught.value.problems["amounts"]


def test_what_is_held_for_somebody_is_not_set_off_here(desk: Desk) -> None:
    """A deposit in the tenant's favour is let go with a reason and a right of its own."""
    _, rent = desk.bills()
    held = desk.bill((FeeType.DEPOSIT, "-100.00"))
    assert held not in {bill.row.id for bill in desk.facts().bills}
    with pytest.raises(ProblemsFound) as caught:
        desk.pay({rent.id: Money.yuan(100), held: -Money.yuan(100)}, ())
    assert caught.value.problems == {"amounts": payments.NO_DEPOSITS}


def test_a_discount_line_within_a_bill_is_used_up_first(desk: Desk) -> None:
    bill = desk.bill((FeeType.RENT, "100.00"), (FeeType.RENT, "-10.00"), (FeeType.WATER, "20.00"))
    taken = desk.pay({bill: Money.yuan(50)}, [cash(50)])
    assert paid_on(desk, taken.payment_id) == {bill: [Money.yuan(60), -Money.yuan(10)]}
    assert desk.owed(bill) == [Money.yuan(60)]
    last = desk.pay({bill: Money.yuan(60)}, [cash(60)])
    assert paid_on(desk, last.payment_id) == {bill: [Money.yuan(40), Money.yuan(20)]}


# ---- 抹零 --------------------------------------------------------------------------------------------------------


def test_small_coins_are_let_off_as_a_line_of_their_own(desk: Desk) -> None:
    bill = desk.bill((FeeType.WATER, "12.33"))
    facts = desk.facts()
    off = facts.rounding.offered(Money(1233))
    assert off == Money(3)
    taken = desk.take(TakePayment(desk.tenant, {bill: Money(1233)}, [cash(20)], Surplus.CHANGE, rounding=off))
    assert (taken.amount, taken.change, taken.rounding) == (Money(1230), Money(770), Money(3))
    posted = desk.postings(taken.payment_id)
    assert posted[Account.ROUNDING, None] == Money(3)
    assert posted[Account.RECEIVABLE, None] == -Money(1233)
    assert desk.owed(bill) == [NIL]
    with look(desk.office, desk.cashier) as reading:
        paper = till.receipt_paper(reading, taken.payment_id)
    assert [(line.item, line.amount) for line in paper.lines] == [("水费", Money(1233)), ("抹零", -Money(3))]
    assert (paper.total, paper.received, paper.change) == (Money(1230), Money(2000), Money(770))
    desk.void(taken.payment_id)
    assert desk.owed(bill) == [Money(1233)]


@pytest.mark.parametrize(
    ("tenders", "rounding", "surplus", "field"),
    [
        ((TenderForm(PayMethod.WECHAT, Money(1230), "42000019"),), 3, None, "rounding"),  # no small coins there
        ((cash("11.33"),), 100, None, "rounding"),  # not less than a yuan
        ((cash("12.38"),), -5, None, "rounding"),
        ((cash(20),), 3, Surplus.CREDIT, "surplus"),  # what is let off does not become credit
        ((cash("12.29"),), 3, None, "given"),
    ],
)
def test_what_may_not_be_let_off(
    desk: Desk, tenders: tuple[TenderForm, ...], rounding: int, surplus: Surplus | None, field: str
) -> None:
    bill = desk.bill((FeeType.WATER, "12.33"))
    with pytest.raises(ProblemsFound) as caught:
        desk.take(TakePayment(desk.tenant, {bill: Money(1233)}, tenders, surplus, rounding=Money(rounding)))
    assert field in caught.value.problems


def test_the_office_sets_how_much_may_be_let_off(desk: Desk) -> None:
    with begin(desk.office, PROGRAM, Op.CHANGE_SETTING) as work:
        rules.change_setting(work, "cash_rounding_below", "0")
    bill = desk.bill((FeeType.WATER, "12.33"))
    facts = desk.facts()
    assert facts.rounding.offered(Money(1233)) == NIL
    with pytest.raises(ProblemsFound) as caught:
        desk.take(TakePayment(desk.tenant, {bill: Money(1233)}, [cash("12.30")], rounding=Money(3)))
    assert "不抹零" in caught.value.problems["rounding"]
    with begin(desk.office, PROGRAM, Op.CHANGE_SETTING) as work:
        rules.change_setting(work, "cash_rounding_below", "2.5")
        rules.change_setting(work, "cash_rounding_to", "1")
    assert desk.facts().rounding == cash_off.RoundingRule(Money(250), Money(100))
    desk.take(TakePayment(desk.tenant, {bill: Money(1233)}, [cash(12)], rounding=Money(33)))


def test_letting_off_is_a_right_that_a_colleague_may_lend(desk: Desk) -> None:
    office = desk.office
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    lead = with_pin(office, desk.cashier)
    bill = desk.bill((FeeType.WATER, "12.33"))
    request = TakePayment(desk.tenant, {bill: Money(1233)}, [cash("12.30")], rounding=Money(3))
    with pytest.raises(Refused) as caught:
        desk.take(request, cashier)
    assert caught.value.right == "round_cash"
    assert on_the_spot.can_be_lent(Op.TAKE_PAYMENT, caught.value.right)
    from desktop.services import opening

    passwords = opening.passwords_for(office.world, demo=True)
    assert lead.staff_id is not None
    approval: Approval = on_the_spot.approve(
        office, cashier, Op.TAKE_PAYMENT, on_the_spot.Right.ROUND_CASH, lead.staff_id, PIN, passwords
    )
    with begin(office, cashier, Op.TAKE_PAYMENT, approval) as work:
        taken = payments.take_payment(work, request)
    assert desk.stored(taken.payment_id).rounding == Money(3)


# ---- bank serials ------------------------------------------------------------------------------------------------


def test_a_serial_that_was_taken_before_is_asked_about_and_never_dropped(desk: Desk) -> None:
    deposit, rent = desk.bills()
    first = desk.pay({deposit.id: Money.yuan(100)}, [TenderForm(PayMethod.WECHAT, Money.yuan(100), "wx4200 0019")])
    tender = TenderForm(PayMethod.WECHAT, Money.yuan(250), "ＷＸ42000019")
    request = TakePayment(desk.tenant, {rent.id: Money.yuan(250)}, [tender], asks_repeats=True)
    with pytest.raises(references.ReferenceRepeated) as caught:
        desk.take(request)
    (repeat,) = caught.value.repeats
    assert (repeat.receipt_number, repeat.amount, repeat.payer, repeat.cashier) == (
        first.receipt_number, Money.yuan(100), "顾听澜", "赵财务",
    )  # fmt: skip
    assert "11-22 09:00" in caught.value.message
    assert desk.owed(rent.id) == [rent.owed]
    taken = desk.take(TakePayment(desk.tenant, {rent.id: Money.yuan(250)}, [tender]))
    with desk.office.reading() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_id == taken.payment_id)).one()
        assert entry.facts["reference_repeats"] == [first.receipt_number]
    with look(desk.office, desk.cashier) as reading:
        (group,) = references.list_repeats(reading)
        assert [each.receipt_number for each in group] == [taken.receipt_number, first.receipt_number]
        only = ReceiptFilter(ReceiptScope.ALL, chosen=(("reference", ("repeated",)),))
        assert count_receipts(reading, only).rows == 2
    desk.void(first.payment_id)
    with look(desk.office, desk.cashier) as reading:
        assert references.list_repeats(reading) == []
        assert count_receipts(reading, only).rows == 0


def test_another_means_another_serial_or_a_taken_back_payment_is_no_repeat(desk: Desk) -> None:
    deposit, rent = desk.bills()
    gone = desk.pay({deposit.id: Money.yuan(10)}, [TenderForm(PayMethod.WECHAT, Money.yuan(10), "42000019")])
    desk.reverse(gone.payment_id)
    for method, reference in (
        (PayMethod.WECHAT, "42000019"), (PayMethod.POS, "42000019"), (PayMethod.WECHAT, "42000020"),
    ):  # fmt: skip
        tender = TenderForm(method, Money.yuan(10), reference)
        desk.take(TakePayment(desk.tenant, {rent.id: Money.yuan(10)}, [tender], asks_repeats=True))


def test_the_last_four_digits_repeat_by_chance(desk: Desk, world: Any) -> None:
    """A short number is told when the amount is the same or the day is near; else it says nothing."""
    _, rent = desk.bills()

    def pay(yuan: int) -> None:
        tender = TenderForm(PayMethod.ALIPAY, Money.yuan(yuan), "4821")
        desk.take(TakePayment(desk.tenant, {rent.id: Money.yuan(yuan)}, [tender], asks_repeats=True))

    pay(10)
    with pytest.raises(references.ReferenceRepeated):
        pay(20)
    world.advance(timedelta(days=3))
    pay(20)
    world.advance(timedelta(days=3))
    with pytest.raises(references.ReferenceRepeated):
        pay(20)


# ---- any story ---------------------------------------------------------------------------------------------------

steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("pay"), st.dictionaries(st.integers(0, 3), st.integers(-4_000, 8_000), max_size=4),
            st.integers(0, 9_000), st.integers(0, 4_000), st.integers(0, 120), st.sampled_from([None, *Surplus]),
        ),
        st.tuples(st.just("legal"), st.integers(1, 20_000)),
        st.tuples(st.just("ahead"), st.integers(1, 9_000)),
        st.tuples(st.just("refund"), st.integers(1, 9_000)),
        st.tuples(st.just("reverse"), st.integers(0, 8)),
        st.tuples(st.just("void"), st.integers(0, 8)),
    ),
    min_size=1,
    max_size=10,
)  # fmt: skip


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # each example moves into a room
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(story=steps)
def test_after_any_story_at_the_till_the_books_agree(
    engine_kind: Any, lived: dict[str, Any], story: list[tuple[Any, ...]]
) -> None:
    """What bills get = kept − credit + 抹零; entries sum to zero; balances are the journal; credit is never below 0."""
    desk = _desk_of(lived, engine_kind)
    bills = [row.id for row in desk.bills()]
    bills += [desk.bill((FeeType.WATER, "-30.00")), desk.bill((FeeType.RENT, "90.05"), (FeeType.LATE_FEE, "3.33"))]
    taken: list[UUID] = []
    done = 0
    for step in story:
        try:
            taken.append(_live(desk, bills, taken, step))
            done += 1
        except DomainError:
            pass  # refused whole: the sums below prove that nothing of it stayed
    desk.hold_books()
    assert desk.credit_of(desk.tenant) >= NIL
    with look(desk.office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()


def _live(desk: Desk, bills: list[UUID], taken: list[UUID], step: tuple[Any, ...]) -> UUID:
    match step:
        case ("pay", amounts, given_fen, used, off, surplus):
            tenders = [TenderForm(PayMethod.CASH, Money(given_fen))] if given_fen else []
            order = TakePayment(
                desk.tenant, {bills[at]: Money(fen) for at, fen in amounts.items()}, tenders, surplus,
                credit=Money(used % 500), rounding=Money(off),
            )  # fmt: skip
            owed = dict(zip(bills, desk.owed(*bills), strict=True))
            said = payments.payment_problems(order, owed, desk.credit_of(desk.tenant))
            try:
                return desk.take(order).payment_id
            except ProblemsFound:
                assert said  # the till says beforehand whatever the act would refuse
                raise
        case ("legal", fen):
            amounts = desk.facts().in_legal_order(Money(fen))
            whole = total(amounts.values())
            order = TakePayment(desk.tenant, amounts, [TenderForm(PayMethod.CASH, whole)], rule=LEGAL)
            return desk.take(order).payment_id
        case ("ahead", fen):
            return desk.pay({}, [TenderForm(PayMethod.CASH, Money(fen))], Surplus.CREDIT).payment_id
        case ("refund", fen):
            with begin(desk.office, desk.cashier, Op.TAKE_PAYMENT) as work:
                back = credit.RefundCredit(desk.tenant, Money(fen), reason="不再使用")
                return credit.refund_credit(work, back).payment_id
        case ("reverse", at) if taken:
            return desk.reverse(taken[at % len(taken)]).payment_id
        case ("void", at) if taken:
            with begin(desk.office, desk.cashier, Op.VOID_PAYMENT) as work:
                return voids.void_payment(work, voids.VoidPayment(taken[at % len(taken)], "录错")).payment_id
    raise ProblemsFound({"step": "nothing to do"})
