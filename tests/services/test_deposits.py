"""Deposits: held is received less moved in every history, what was shown is what is posted, and the law's refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from desktop.models.billing import BillBalance, BillLine
from desktop.models.deposits import DepositMove
from desktop.models.payments import Payment, PaymentKind
from desktop.models.values import NIL, Account, DepositAct, FeeType, Money, PayMethod
from desktop.services import (
    deposit_lists,
    deposit_moves,
    deposits,
    journal,
    lease_moves,
    receipt_papers,
    settlements,
)
from desktop.services.acts import Op
from desktop.services.deposit_forms import (
    Cause,
    Deduct,
    DepositChanged,
    Forfeit,
    MoveSums,
    Transfer,
    clause_problem,
    move_doubts,
    move_problems,
    sums_of,
)
from desktop.services.deposit_lines import DepositMovedOn
from desktop.services.deposit_lists import DepositFilter, DepositOrder, DepositScope
from desktop.services.deposits import Happened
from desktop.services.errors import DomainError, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.offices import first_start, make_office, rooms_of, sit_down
from tests.services.deposit_kit import (
    CLAUSE,
    KEYS,
    PHOTO,
    agree,
    bill_of,
    deduct,
    facts,
    later,
    let,
    move,
    refund,
    reverse,
)
from tests.services.lease_kit import RENT, open_of, pay, sound
from tests.services.test_changed_first import at_once
from tests.services.test_replay import prove


@pytest.fixture
def lead(office: Office) -> Actor:
    return sit_down(office, "manager", "finance_lead", login="hanqh", name="韩清和")


@pytest.fixture
def held(office: Office, lead: Actor) -> tuple[UUID, UUID, UUID]:
    """(deposit bill, lease, tenant): all due at signing is paid."""
    lease_id, party_id = let(office, lead)
    pay(office, lead, party_id, open_of(office, lease_id))
    return bill_of(office, lease_id), lease_id, party_id


# ---- 扣 -----------------------------------------------------------------------------------------------------------


def test_a_deduction_makes_the_bill_of_the_damage_and_pays_it(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID], databases: Databases, tmp_path: Path
) -> None:
    bill_id, lease_id, _ = held
    done = move(office, lead, deduct(bill_id, Money.yuan(300)))
    now = facts(office, bill_id)
    assert (now.received, now.moved, now.held, now.owed) == (RENT, Money.yuan(300), RENT - Money.yuan(300), NIL)
    with office.reading() as session:
        row = session.get_one(DepositMove, done.move_id)
        assert (row.act, row.amount, row.clause) == (DepositAct.DEDUCT, Money.yuan(300), CLAUSE)
        assert row.to_bill_id is not None
        assert session.scalar(sa.select(BillBalance.owed).where(BillBalance.bill_id == row.to_bill_id)) == NIL
        lines = session.scalars(sa.select(BillLine).where(BillLine.bill_id == row.to_bill_id)).all()
        assert [(line.fee_type, line.amount) for line in lines] == [(FeeType.DAMAGE, Money.yuan(300))]
        payment = session.get_one(Payment, done.payment_id)
        assert (payment.kind, payment.amount) == (PaymentKind.REFUND, NIL)
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        assert journal.balance(reading, Account.DEPOSIT_HELD, lease_id=lease_id) == -(now.held + KEYS)
        assert journal.balance(reading, Account.DEPOSIT_BILLED) == NIL
    assert open_of(office, lease_id) == {}
    agree(office)
    sound(office)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_what_is_still_asked_for_of_a_deposit_stays_asked_for(office: Office, lead: Actor) -> None:
    """A deposit that was paid in part: a deduction is no settlement, nothing is set off against the deposit itself."""
    lease_id, party_id = let(office, lead)
    bill_id = bill_of(office, lease_id)
    pay(office, lead, party_id, {bill_id: Money.yuan(600)})
    move(office, lead, deduct(bill_id, Money.yuan(200)))
    now = facts(office, bill_id)
    assert (now.received, now.moved, now.held) == (Money.yuan(600), Money.yuan(200), Money.yuan(400))
    assert now.owed == RENT - Money.yuan(600)
    pay(office, lead, party_id, {bill_id: now.owed})
    assert facts(office, bill_id).held == RENT - Money.yuan(200)
    agree(office)
    sound(office)


def test_it_is_set_off_against_chosen_bills_the_oldest_first(office: Office, lead: Actor) -> None:
    lease_id, party_id = let(office, lead)
    bill_id, rent = bill_of(office, lease_id), bill_of(office, lease_id, FeeType.RENT)
    pay(office, lead, party_id, {bill_id: RENT})
    asked = deduct(
        bill_id, Money.yuan(1000), cause=Cause.ARREARS, reason="抵第一期租金", against=(rent,), evidence=()
    )  # fmt: skip
    assert sums_of(asked, facts(office, bill_id)).pays == ((rent, Money.yuan(1000)),)
    move(office, lead, asked)
    assert open_of(office, lease_id)[rent] == RENT * 3 - Money.yuan(1000)
    with office.reading() as session:
        assert session.scalars(sa.select(DepositMove.to_bill_id)).all() == [rent]
    agree(office)


@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        ({"cause": None}, "cause", "先选扣款原因"),
        ({"cause": Cause.WEAR}, "cause", "第七百一十条"),
        ({"reason": " "}, "reason", "写明原因"),
        ({"clause": ""}, "clause", "第十条"),
        ({"clause": "押金条款"}, "clause", "写出条号"),
        ({"evidence": ()}, "evidence", "凭据"),
        ({"amount": NIL}, "amount", "大于 0"),
        ({"amount": RENT + Money(1)}, "amount", "扣 1,860.01 超过在管的 1,860.00"),
        ({"fee": FeeType.DEPOSIT}, "fee", "不能再记成押金"),
        ({"cause": Cause.ARREARS}, "against", "没有未付的账单"),
    ],
)
@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_deduction_that_may_not_be_is_refused_in_words(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID], change: dict[str, Any], field: str, word: str
) -> None:
    asked = replace(deduct(held[0], Money.yuan(300)), **change)
    assert word in move_problems(asked, facts(office, held[0]))[field]
    with pytest.raises(ProblemsFound) as refused, begin(office, lead, Op.MOVE_DEPOSIT) as work:
        deposit_moves.deduct_deposit(work, asked)
    assert refused.value.field == field
    assert facts(office, held[0]).held == RENT


@pytest.mark.parametrize("clause", ["6.3", "第七条", "第 7 条第二款", "7.2 押金的扣除", "补充协议第十二条"])
def test_a_clause_is_known_by_its_number(clause: str) -> None:
    assert clause_problem(clause) == ""


@pytest.mark.parametrize("clause", ["", "押金", "条", "2026.11.22", "1860.00", "按约定"])
def test_words_without_a_number_name_no_clause(clause: str) -> None:
    assert clause_problem(clause)


def test_the_clauses_of_the_printed_lease_are_offered(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]
) -> None:
    with look(office, lead) as reading:
        clauses = deposits.clauses_of(reading, held[1])
    assert "押金" in clauses[0].title + clauses[0].text
    assert all(clause_problem(f"{clause.number} {clause.title}") == "" for clause in clauses)
    assert any("只有下列情形可以从押金中扣除" in clause.text for clause in clauses[:12])


# ---- 退 -----------------------------------------------------------------------------------------------------------


def test_a_refund_goes_to_whoever_paid(office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]) -> None:
    bill_id, _, party_id = held
    done = move(office, lead, replace(refund(bill_id, RENT, party_id), method=PayMethod.TRANSFER, reference="8812"))
    assert done.paid_out == RENT
    with office.reading() as session:
        payment = session.get_one(Payment, done.payment_id)
        assert (payment.kind, payment.amount, payment.payer_id) == (PaymentKind.REFUND, -RENT, party_id)
    now = facts(office, bill_id)
    assert (now.held, now.owed, now.payers[0].left) == (NIL, NIL, NIL)
    agree(office)
    sound(office)
    again = move_problems(refund(bill_id, Money.yuan(1), party_id), now)
    assert "没有在管的钱" in again["amount"]


def test_a_refund_above_what_was_paid_is_refused_in_words(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]
) -> None:
    asked = refund(held[0], RENT + Money.yuan(140), held[2])
    found = move_problems(asked, facts(office, held[0]))
    assert found["amount"] == "退 2,000.00 超过收了还在管的 1,860.00：最多退 1,860.00"
    with pytest.raises(ProblemsFound), begin(office, lead, Op.MOVE_DEPOSIT) as work:
        deposit_moves.refund_deposit(work, asked)
    assert facts(office, held[0]).held == RENT


def test_somebody_else_is_paid_with_a_written_authority_only(office: Office, lead: Actor) -> None:
    lease_id, party_id = let(office, lead)
    bill_id = bill_of(office, lease_id)
    _, sister = let(office, lead, room=1, sequence=2)
    pay(office, lead, sister, {bill_id: RENT})
    now = facts(office, bill_id)
    assert [(payer.party_id, payer.paid) for payer in now.payers] == [(sister, RENT)]
    tenant = refund(bill_id, RENT, party_id)
    assert "书面授权" in move_problems(tenant, now)["authority"], "the tenant did not pay it"
    worded = replace(tenant, authority="顾知夏 2026-11-22 授权退给顾听澜")
    assert "照片或扫描件" in move_problems(worded, now)["authority_files"]
    with pytest.raises(ProblemsFound), begin(office, lead, Op.MOVE_DEPOSIT) as work:
        deposit_moves.refund_deposit(work, worded)
    done = move(office, lead, replace(worded, authority_files=(PHOTO,)))
    with office.reading() as session:
        row = session.get_one(DepositMove, done.move_id)
        assert (row.payee_id, row.authority) == (party_id, "顾知夏 2026-11-22 授权退给顾听澜")
    with look(office, lead) as reading:
        events = deposits.deposit_page(reading, bill_id).events
    assert [(event.happened, len(event.files)) for event in events] == [
        (Happened.REFUNDED, 1), (Happened.RECEIVED, 0),
    ]  # fmt: skip
    agree(office)


def test_of_two_payers_each_gets_back_what_was_theirs(office: Office, lead: Actor) -> None:
    lease_id, party_id = let(office, lead)
    _, sister = let(office, lead, room=1, sequence=2)
    bill_id = bill_of(office, lease_id)
    pay(office, lead, party_id, {bill_id: Money.yuan(860)})
    pay(office, lead, sister, {bill_id: Money.yuan(1000)})
    assert "860.00" in move_problems(refund(bill_id, Money.yuan(861), party_id), facts(office, bill_id))["amount"]
    move(office, lead, refund(bill_id, Money.yuan(860), party_id))
    assert move_problems(refund(bill_id, Money.yuan(1), party_id), facts(office, bill_id))["amount"]
    move(office, lead, refund(bill_id, Money.yuan(1000), sister))
    assert facts(office, bill_id).held == NIL
    agree(office)


def test_a_bank_refund_needs_its_number(office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]) -> None:
    asked = replace(refund(held[0], RENT, held[2]), method=PayMethod.WECHAT)
    assert "流水号" in move_problems(asked, facts(office, held[0]))["reference"]
    assert "payee" in move_problems(replace(asked, payee_id=None), facts(office, held[0]))


def test_a_refund_before_the_tenant_left_is_doubted_not_refused(office: Office, held: tuple[UUID, UUID, UUID]) -> None:
    asked = refund(held[0], RENT, held[2])
    assert "还没有退租" in move_doubts(asked, facts(office, held[0]))["amount"]
    assert move_problems(asked, facts(office, held[0])) == {}


# ---- 转, 没收 -------------------------------------------------------------------------------------------------------


def test_a_deposit_goes_with_the_tenant_into_the_next_lease(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID], databases: Databases, tmp_path: Path
) -> None:
    bill_id, _, party_id = held
    assert facts(office, bill_id).next_deposits == ()
    following = _second_lease(office, lead, party_id)
    offered = facts(office, bill_id).next_deposits
    assert [bill.bill_id for bill in offered] == [following]
    pay(office, lead, party_id, {following: Money.yuan(60)})
    too_much = move_problems(Transfer(bill_id, RENT, following), facts(office, bill_id))
    assert too_much == {"amount": "那张押金账单只差 1,800.00：改成 1,800.00 或更少"}
    assert "to_bill" in move_problems(Transfer(bill_id, RENT, None), facts(office, bill_id))
    most = RENT - Money.yuan(60)
    done = move(office, lead, Transfer(bill_id, most, following, "续租"))
    assert done.paid_out == NIL
    old, new = facts(office, bill_id), facts(office, following)
    assert (old.held, new.held, new.owed, new.received) == (Money.yuan(60), RENT, NIL, RENT)
    assert [(payer.party_id, payer.paid) for payer in new.payers] == [(party_id, RENT)], "whose money it was at first"
    with look(office, lead) as reading:
        assert deposits.deposit_page(reading, following).events[0].happened is Happened.TRANSFERRED_IN
    agree(office)
    move(office, lead, refund(following, RENT, party_id))
    with pytest.raises(DepositMovedOn) as refused:
        reverse(office, lead, done.payment_id)
    assert refused.value.short == most
    agree(office)
    sound(office)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def _second_lease(office: Office, lead: Actor, party_id: UUID) -> UUID:
    """Another lease of the same tenant; its deposit bill."""
    from desktop.services import check_in_forms, check_ins
    from tests.offices import terms

    request = check_in_forms.CheckIn(
        rooms_of(office)[5], terms(office.world.today()), party_id=party_id, matched=True, notice_told=True,
        bank_consent=True, keys=1, cards=1,
    )  # fmt: skip
    with begin(office, lead, Op.CHECK_IN) as work:
        return bill_of_now(work.session, check_ins.check_in(work, request).lease_id)


def bill_of_now(session: Any, lease_id: UUID) -> UUID:
    return session.scalars(  # type: ignore[no-any-return]
        sa.select(BillLine.bill_id).where(BillLine.lease_id == lease_id, BillLine.fee_type == FeeType.DEPOSIT)
    ).one()


def test_a_forfeited_deposit_becomes_income_with_reason_and_clause(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]
) -> None:
    bill_id = held[0]
    assert set(move_problems(Forfeit(bill_id, RENT, "", ""), facts(office, bill_id))) == {"reason", "clause"}
    move(office, lead, Forfeit(bill_id, RENT, "租期未满擅自搬离", "第十四条"))
    assert facts(office, bill_id).held == NIL
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        other = reading.session.scalars(
            sa.select(BillLine.amount).where(BillLine.fee_type == FeeType.OTHER)
        ).all()  # fmt: skip
    assert other == [RENT]
    agree(office)
    sound(office)


def test_rights_are_asked_and_forfeiting_has_one_of_its_own(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]
) -> None:
    clerk, cashier = sit_down(office, "front_desk"), sit_down(office, "cashier", login="shenrx", name="沈若溪")
    with pytest.raises(Refused), begin(office, clerk, Op.MOVE_DEPOSIT) as work:
        deposit_moves.deduct_deposit(work, deduct(held[0], Money.yuan(1)))
    with pytest.raises(Refused) as refused, begin(office, cashier, Op.MOVE_DEPOSIT) as work:
        deposit_moves.forfeit_deposit(work, Forfeit(held[0], RENT, "擅自搬离", "第十四条"))
    assert refused.value.right == "forfeit_deposits"


def test_earnest_money_is_ended_with_its_reservation(office: Office, held: tuple[UUID, UUID, UUID]) -> None:
    now = replace(facts(office, held[0]), fee_type=FeeType.EARNEST)
    assert "预订" in move_problems(refund(held[0], RENT, held[2]), now)["amount"]


# ---- what was shown -------------------------------------------------------------------------------------------------


def test_what_changed_meanwhile_is_told_with_both_sums(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]
) -> None:
    bill_id, _, party_id = held
    asked = refund(bill_id, RENT, party_id)
    shown = sums_of(asked, facts(office, bill_id))
    move(office, lead, deduct(bill_id, Money.yuan(300)))
    with pytest.raises(DepositChanged) as refused, begin(office, lead, Op.MOVE_DEPOSIT) as work:
        deposit_moves.refund_deposit(work, replace(asked, shown=shown))
    assert refused.value.shown == shown
    assert refused.value.now == MoveSums(RENT - Money.yuan(300), RENT, paid_out=RENT)
    assert "在管由 1,860.00 变为 1,560.00" in refused.value.message
    agree(office)


def test_a_bill_paid_meanwhile_is_told_too(office: Office, lead: Actor) -> None:
    lease_id, party_id = let(office, lead)
    bill_id, rent = bill_of(office, lease_id), bill_of(office, lease_id, FeeType.RENT)
    pay(office, lead, party_id, {bill_id: RENT})
    asked = deduct(bill_id, RENT, cause=Cause.ARREARS, reason="抵租金", against=(rent,), evidence=())
    shown = sums_of(asked, facts(office, bill_id))
    pay(office, lead, party_id, {rent: RENT * 2 + Money.yuan(60)})
    with pytest.raises(DepositChanged) as refused, begin(office, lead, Op.MOVE_DEPOSIT) as work:
        deposit_moves.deduct_deposit(work, replace(asked, shown=shown))
    assert "可抵的账单由 1,860.00 变为 1,800.00" in refused.value.message


@pytest.mark.parametrize("round_", range(3))
def test_two_desks_cannot_move_the_same_fen(office: Office, lead: Actor, round_: int) -> None:
    lease_id, party_id = let(office, lead, room=round_, sequence=round_ + 1)
    bill_id = bill_of(office, lease_id)
    pay(office, lead, party_id, {bill_id: RENT})
    other = sit_down(office, "finance_lead", login="shenrx", name="沈若溪")

    def pay_back() -> None:
        with begin(office, lead, Op.MOVE_DEPOSIT) as work:
            deposit_moves.refund_deposit(work, refund(bill_id, RENT, party_id))

    def take_off() -> None:
        with begin(office, other, Op.MOVE_DEPOSIT) as work:
            deposit_moves.deduct_deposit(work, deduct(bill_id, RENT))

    raised = at_once(pay_back, take_off)
    assert [type(error) for error in raised] == [ProblemsFound], raised
    assert facts(office, bill_id).held == NIL
    agree(office)
    sound(office)


# ---- 冲红 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["deduct", "refund", "forfeit"])
def test_a_reversal_takes_the_whole_move_back(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID], kind: str
) -> None:
    bill_id, lease_id, party_id = held
    requests: dict[str, Any] = {
        "deduct": deduct(bill_id, Money.yuan(300)), "refund": refund(bill_id, Money.yuan(300), party_id),
        "forfeit": Forfeit(bill_id, Money.yuan(300), "擅自搬离", "第十四条"),
    }  # fmt: skip
    for _ in range(2):  # and again, after it was taken back
        done = move(office, lead, requests[kind])
        reverse(office, lead, done.payment_id)
        now = facts(office, bill_id)
        assert (now.received, now.moved, now.held, now.owed) == (RENT, NIL, RENT, NIL)
        assert open_of(office, lease_id) == {}, "the bill that was made for it is taken back with it"
        assert now.payers[0].left == RENT
        agree(office)
    with look(office, lead) as reading:
        told = [(event.happened, event.standing) for event in deposits.deposit_page(reading, bill_id).events]
    assert told[0] == (Happened.REVERSED, False)
    assert told[-1] == (Happened.RECEIVED, True)
    move(office, lead, refund(bill_id, RENT, party_id))
    sound(office)


def test_a_bill_that_was_there_before_is_open_again(office: Office, lead: Actor) -> None:
    lease_id, party_id = let(office, lead)
    bill_id, rent = bill_of(office, lease_id), bill_of(office, lease_id, FeeType.RENT)
    pay(office, lead, party_id, {bill_id: RENT})
    done = move(office, lead, deduct(bill_id, RENT, cause=Cause.ARREARS, reason="抵租金", against=(rent,), evidence=()))
    assert open_of(office, lease_id)[rent] == RENT * 2
    reverse(office, lead, done.payment_id)
    assert open_of(office, lease_id)[rent] == RENT * 3
    assert facts(office, bill_id).held == RENT
    agree(office)


def test_money_that_was_moved_on_cannot_be_taken_back_behind_it(office: Office, lead: Actor) -> None:
    lease_id, party_id = let(office, lead)
    bill_id = bill_of(office, lease_id)
    paid = pay(office, lead, party_id, {bill_id: RENT})
    done = move(office, lead, deduct(bill_id, Money.yuan(300)))
    with pytest.raises(DepositMovedOn) as refused:
        reverse(office, lead, paid.payment_id)
    assert refused.value.short == Money.yuan(300)
    assert "先冲红后来的那张" in refused.value.message
    reverse(office, lead, done.payment_id)
    reverse(office, lead, paid.payment_id)
    assert facts(office, bill_id).held == NIL
    assert facts(office, bill_id).owed == RENT
    agree(office)
    sound(office)


# ---- beside the settlement ------------------------------------------------------------------------------------------


def _move_out(office: Office, lead: Actor, lease_id: UUID) -> None:
    with begin(office, lead, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, lease_id)


def _settle(office: Office, lead: Actor, lease_id: UUID) -> settlements.Settled:
    with look(office, lead) as reading:
        shown = settlements.settlement_of(reading, lease_id)
    with begin(office, lead, Op.CHANGE_LEASE) as work:
        done = settlements.settle_lease(work, lease_id, shown)
    assert (done.returned, done.still_owed) == (shown.returned, shown.still_owed)
    return done


def test_a_settlement_pays_out_what_the_moves_left(office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]) -> None:
    bill_id, lease_id, _ = held
    move(office, lead, deduct(bill_id, Money.yuan(300)))
    undone = move(office, lead, deduct(bill_id, Money.yuan(160)))
    reverse(office, lead, undone.payment_id)
    later(office, 89)
    _move_out(office, lead, lease_id)
    assert facts(office, bill_id).refund_due == office.world.today().replace(day=26), "seven days after 02-19"
    done = _settle(office, lead, lease_id)
    assert done.returned == RENT - Money.yuan(300) + KEYS
    now = facts(office, bill_id)
    assert (now.held, now.moved) == (NIL, RENT)
    with look(office, lead) as reading:
        events = deposits.deposit_page(reading, bill_id).events
    assert (events[0].happened, events[0].amount) == (Happened.SETTLED, -(RENT - Money.yuan(300)))
    agree(office)
    sound(office)


def test_a_settlement_that_was_reversed_is_paid_out_from_here(
    office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]
) -> None:
    """The counter-line of the settlement stays open: it is used up before another one is made."""
    bill_id, lease_id, party_id = held
    later(office, 89)
    _move_out(office, lead, lease_id)
    done = _settle(office, lead, lease_id)
    assert done.payment_id is not None
    reverse(office, lead, done.payment_id)
    assert (facts(office, bill_id).held, facts(office, bill_id).owed) == (RENT, -RENT)
    move(office, lead, deduct(bill_id, Money.yuan(60)))
    move(office, lead, refund(bill_id, RENT - Money.yuan(60), party_id))
    now = facts(office, bill_id)
    assert (now.held, now.owed) == (NIL, NIL)
    agree(office)
    sound(office)


# ---- the list -------------------------------------------------------------------------------------------------------


def _listed(office: Office, actor: Actor, scope: DepositScope, **more: Any) -> list[tuple[str, Money]]:
    with look(office, actor) as reading:
        rows = deposit_lists.list_deposits(reading, DepositFilter(scope, **more), Span(0, 50))
        count = deposit_lists.count_deposits(reading, DepositFilter(scope, **more))
    assert count.rows == len(rows)
    assert count.held.fen == sum(row.held.fen for row in rows)
    return [(row.title, row.held) for row in rows]


def test_scopes_conditions_and_orders(office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]) -> None:
    bill_id, lease_id, party_id = held
    second, other = let(office, lead, room=6, sequence=2)
    pay(office, lead, other, {bill_of(office, second): Money.yuan(500)})
    assert _listed(office, lead, DepositScope.HELD) == [
        ("押金", Money.yuan(500)), ("钥匙押金", KEYS), ("押金", RENT),
    ]  # fmt: skip
    assert _listed(office, lead, DepositScope.SHORT) == [("钥匙押金", NIL), ("押金", Money.yuan(500))]
    assert _listed(office, lead, DepositScope.HELD, chosen=(("kind", ("key_deposit",)),)) == [("钥匙押金", KEYS)]
    assert _listed(office, lead, DepositScope.HELD, text="302") == []
    assert len(_listed(office, lead, DepositScope.HELD, text="301")) == 2
    assert len(_listed(office, lead, DepositScope.HELD, text="听澜")) == 3
    assert len(_listed(office, lead, DepositScope.ALL, chosen=(("tenancy", ("inside",)),))) == 4
    later(office, 89)
    _move_out(office, lead, lease_id)
    assert _listed(office, lead, DepositScope.DUE) == [("押金", RENT), ("钥匙押金", KEYS)]
    assert _listed(office, lead, DepositScope.LATE) == []
    assert len(_listed(office, lead, DepositScope.DUE, chosen=(("return", ("next_7",)),))) == 2
    later(office, 7)
    assert _listed(office, lead, DepositScope.LATE) == [], "the last day is not late"
    later(office, 1)
    assert _listed(office, lead, DepositScope.LATE) == [("押金", RENT), ("钥匙押金", KEYS)]
    assert facts(office, bill_id).overdue_days(office.world.today()) == 1
    move(office, lead, refund(bill_id, RENT, party_id))
    assert _listed(office, lead, DepositScope.DONE) == [("押金", NIL)]
    with look(office, lead) as reading:
        for order in DepositOrder:
            for down in (False, True):
                one = [
                    deposit_lists.list_deposits(
                        reading, DepositFilter(DepositScope.ALL), Span(at, 1, descending=down), order
                    )[0].id
                    for at in range(4)
                ]
                whole = deposit_lists.list_deposits(
                    reading, DepositFilter(DepositScope.ALL), Span(0, 9, descending=down), order
                )
                after = deposit_lists.list_deposits(
                    reading, DepositFilter(DepositScope.ALL), Span(2, 9, after=whole[1].id, descending=down), order
                )
                assert [row.id for row in whole] == one
                assert [row.id for row in after] == one[2:]
        mine = {row.id for row in deposit_lists.deposits_of(reading, lease_id=lease_id)}
        assert mine == {row.id for row in whole if row.lease_id == lease_id}
        keys = [condition.key for condition in deposit_lists.deposit_conditions(reading)]
    assert keys == ["kind", "return", "tenancy", "building"]
    agree(office)


def test_a_cancelled_lease_leaves_no_deposit_behind(office: Office, lead: Actor) -> None:
    from tests.offices import check_in, terms

    start = office.world.today().replace(day=28)
    news = check_in(office, lead, rooms_of(office)[0], lease=terms(start))
    with begin(office, lead, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, news.lease_id, "客户改租别处")
    assert _listed(office, lead, DepositScope.ALL) == []


# ---- paper ----------------------------------------------------------------------------------------------------------


def test_the_paper_names_reason_and_clause(office: Office, lead: Actor, held: tuple[UUID, UUID, UUID]) -> None:
    done = move(office, lead, deduct(held[0], Money.yuan(300)))
    paid = move(office, lead, refund(held[0], Money.yuan(60), held[2]))
    with look(office, lead) as reading:
        reading.authorised += 1
        paper = receipt_papers.receipt_of(reading, done.payment_id)
        back = receipt_papers.receipt_of(reading, paid.payment_id)
        assert receipt_papers.preview_receipt(reading, done.payment_id).startswith(b"%PDF")
    assert (paper.title, paper.total) == ("押金扣款单", NIL)
    assert "损坏赔偿：客厅墙面被砸破 20 厘米；依据合同 6.3" in paper.remark
    assert (back.title, back.total) == ("押金退还单", Money.yuan(-60))


# ---- in every history -----------------------------------------------------------------------------------------------


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.sampled_from(["deposit", "key", "rent"]), st.integers(1, RENT.fen)),
        st.tuples(st.just("deduct"), st.sampled_from(["deposit", "key"]), st.integers(1, RENT.fen)),
        st.tuples(st.just("against"), st.just("deposit"), st.integers(1, RENT.fen)),
        st.tuples(st.just("refund"), st.sampled_from(["deposit", "key"]), st.integers(1, RENT.fen)),
        st.tuples(st.just("forfeit"), st.just("deposit"), st.integers(1, RENT.fen)),
        st.tuples(st.just("reverse"), st.just(""), st.integers(0, 12)),
        st.tuples(st.just("settle"), st.just(""), st.just(0)),
    ),
    min_size=2,
    max_size=12,
)


@pytest.fixture(scope="session")
def lived(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Offices that many examples share, one of each kind: each example has a tenant of its own."""
    made: dict[str, Any] = {"databases": databases, "folder": tmp_path_factory.mktemp("deposits")}
    yield made
    for kind in ("sqlite", "postgresql"):
        if kind in made:
            made[kind][0].close()
            databases.drop(made[kind][2])


@settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # each example moves into a room
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(story=_STEPS)
def test_held_is_received_less_moved_in_every_history(
    engine_kind: Any, lived: dict[str, Any], story: list[tuple[str, str, int]]
) -> None:
    if engine_kind not in lived:
        url = lived["databases"].clone(engine_kind)
        made = make_office(SeededWorld(MORNING), lived["folder"] / engine_kind, url, first_start(10, 8))
        lived[engine_kind] = (made, sit_down(made, "manager", "finance_lead"), url)
    office, lead, _ = lived[engine_kind]
    at = lived[f"{engine_kind} room"] = lived.get(f"{engine_kind} room", -1) + 1
    lease_id, party_id = let(office, lead, room=at, sequence=at + 1)
    bills = {
        "deposit": bill_of(office, lease_id), "key": bill_of(office, lease_id, FeeType.KEY_DEPOSIT),
        "rent": bill_of(office, lease_id, FeeType.RENT),
    }  # fmt: skip
    taken: list[UUID] = []
    for what, which, number in story:
        with suppress(DomainError):  # refused whole: what must hold is looked at below
            taken.append(_step(office, lead, lease_id, party_id, bills, taken, what, which, number))
    agree(office)
    sound(office)


def _step(
    office: Office, lead: Actor, lease_id: UUID, party_id: UUID, bills: dict[str, UUID], taken: list[UUID], what: str,
    which: str, number: int,
) -> UUID:  # fmt: skip
    amount = Money(number)
    if what == "pay":
        return pay(office, lead, party_id, {bills[which]: min(amount, RENT)}).payment_id
    if what == "reverse":
        return reverse(office, lead, taken[number % len(taken)] if taken else party_id)
    if what == "settle":
        _move_out(office, lead, lease_id)
        return _settle(office, lead, lease_id).payment_id or party_id
    request: Deduct | Any
    if what == "deduct":
        request = deduct(bills[which], amount)
    elif what == "against":
        request = deduct(bills[which], amount, cause=Cause.ARREARS, against=(bills["rent"],), evidence=())
    elif what == "forfeit":
        request = Forfeit(bills[which], amount, "擅自搬离", "第十四条")
    else:
        request = refund(bills[which], amount, party_id)
    return move(office, lead, request).payment_id
