"""Money at the till on both engines: change, credit, several tenders, parts, two desks at once, reversal, books."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from desktop.models.billing import BillLine
from desktop.models.journal import Posting
from desktop.models.payments import Allocation
from desktop.models.values import LIABILITY_FEES, NIL, Account, FeeType, Money, PayMethod, Surplus, total
from desktop.services import billing, checkup, opening, payments, reversals
from desktop.services.acts import Op
from desktop.services.errors import DomainError, NotFound, Outage, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.payments import TakePayment, TenderForm
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.offices import check_in, first_start, make_office, person, rooms_of, sit_down
from tests.services.pay_kit import CASH, POS, WECHAT, Desk, cash


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    clerk = sit_down(office, "front_desk")
    lead = sit_down(office, "finance_lead", login="zhaocw", name="赵财务")
    news = check_in(office, clerk, rooms_of(office)[0])
    yield Desk(office, lead, news.party_id, news.lease_id)
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).sound


def test_exact_cash_pays_the_bills_and_gives_a_receipt(desk: Desk) -> None:
    deposit, rent = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed, rent.id: rent.owed}, [cash(7440)])
    assert (taken.amount, taken.change, taken.credited, taken.still_owed) == (Money.yuan(7440), NIL, NIL, NIL)
    assert desk.bills() == []
    page = desk.page(taken.payment_id)
    assert page.row.number == taken.receipt_number
    assert page.row.title == "收款收据"
    assert (page.cashier, page.desk, page.row.payer) == ("赵财务", "前台 1", "顾听澜")
    assert {line.fee_type: line.amount for line in page.lines} == {
        FeeType.DEPOSIT: Money.yuan(1860),
        FeeType.RENT: Money.yuan(5580),
    }
    posted = desk.postings(taken.payment_id)
    assert posted[Account.CASH, CASH] == Money.yuan(7440)
    assert posted[Account.RECEIVABLE, None] == -Money.yuan(7440)
    assert posted[Account.DEPOSIT_HELD, None] == -Money.yuan(1860)


def test_a_deposit_alone_is_a_deposit_receipt(desk: Desk) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    assert desk.page(taken.payment_id).row.title == "押金收据"


def test_change_comes_out_of_the_cash_and_never_reaches_the_books(desk: Desk) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(2000)], Surplus.CHANGE)
    assert (taken.amount, taken.change) == (Money.yuan(1860), Money.yuan(140))
    page = desk.page(taken.payment_id)
    assert (page.given, page.change) == (Money.yuan(2000), Money.yuan(140))
    assert page.tenders == (TenderForm(CASH, Money.yuan(1860)),)
    assert desk.postings(taken.payment_id)[Account.CASH, CASH] == Money.yuan(1860)


def test_more_than_owed_without_a_choice_stores_nothing(desk: Desk) -> None:
    deposit, _ = desk.bills()
    with pytest.raises(payments.ChoiceNeeded) as caught:
        desk.pay({deposit.id: deposit.owed}, [cash(2000)])
    assert (caught.value.owed, caught.value.over) == (Money.yuan(1860), Money.yuan(140))
    assert len(desk.bills()) == 2
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    assert taken.receipt_number.endswith("-000001")  # a refusal leaves no trace, not even a number


def test_credit_stands_to_the_payer_who_need_not_be_the_debtor(desk: Desk) -> None:
    clerk = sit_down(desk.office, "front_desk", login="songsq", name="宋思齐")
    other = check_in(desk.office, clerk, rooms_of(desk.office)[1], person("顾知夏", 2, phone="13900002046"))
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(2000)], Surplus.CREDIT, payer=other.party_id)
    assert (taken.amount, taken.credited, taken.change) == (Money.yuan(2000), Money.yuan(140), NIL)
    assert desk.credit_of(other.party_id) == Money.yuan(140)
    assert desk.credit_of(desk.tenant) == NIL
    assert desk.page(taken.payment_id).row.payer == "顾知夏"
    desk.reverse(taken.payment_id)
    assert desk.credit_of(other.party_id) == NIL


def test_several_tenders_and_change_only_from_the_cash_among_them(desk: Desk) -> None:
    deposit, rent = desk.bills()
    amounts = {deposit.id: deposit.owed, rent.id: rent.owed}
    taken = desk.pay(
        amounts,
        [TenderForm(WECHAT, Money.yuan(3000), "42000019"), TenderForm(POS, Money.yuan(2000), " 8812 "), cash(2500)],
        Surplus.CHANGE,
    )
    page = desk.page(taken.payment_id)
    assert page.tenders == (
        TenderForm(WECHAT, Money.yuan(3000), "42000019"),
        TenderForm(POS, Money.yuan(2000), "8812"),
        TenderForm(CASH, Money.yuan(2440)),
    )
    posted = desk.postings(taken.payment_id)
    assert posted[Account.CASH, WECHAT] == Money.yuan(3000)
    assert posted[Account.CASH, CASH] == Money.yuan(2440)


def test_change_out_of_a_card_is_refused_and_credit_is_not(desk: Desk) -> None:
    deposit, _ = desk.bills()
    card = [TenderForm(WECHAT, Money.yuan(2000), "42000019")]
    with pytest.raises(ProblemsFound) as caught:
        desk.pay({deposit.id: deposit.owed}, card, Surplus.CHANGE)
    assert list(caught.value.problems) == ["surplus"]
    assert desk.pay({deposit.id: deposit.owed}, card, Surplus.CREDIT).credited == Money.yuan(140)


@pytest.mark.parametrize("method", sorted(payments.NEEDS_REFERENCE))
def test_whatever_is_not_cash_needs_its_number(desk: Desk, method: PayMethod) -> None:
    deposit, _ = desk.bills()
    with pytest.raises(ProblemsFound) as caught:
        desk.pay({deposit.id: deposit.owed}, [TenderForm(method, deposit.owed, "  ")])
    assert list(caught.value.problems) == ["reference"]


def test_part_of_a_bill_leaves_the_rest_open(desk: Desk) -> None:
    _, rent = desk.bills()
    taken = desk.pay({rent.id: Money.yuan(1000)}, [cash(1000)])
    assert taken.still_owed == Money.yuan(4580)
    (again,) = [row for row in desk.bills() if row.id == rent.id]
    assert (again.owed, again.amount) == (Money.yuan(4580), Money.yuan(5580))
    desk.pay({rent.id: again.owed}, [cash("4580.00")])
    with look(desk.office, desk.cashier) as reading:
        page = billing.bill_page(reading, rent.id)
    assert [amount for *_, amount in page.payments] == [Money.yuan(1000), Money.yuan(4580)]
    assert page.row.owed == NIL


@pytest.mark.parametrize(
    ("amount", "given", "field"),
    [(0, 1860, "amounts"), (-5, 1860, "amounts"), (1000, 0, "given"), (1000, 999, "given")],
)
def test_what_cannot_be_is_said_at_its_field(desk: Desk, amount: int, given: int, field: str) -> None:
    deposit, _ = desk.bills()
    with pytest.raises(ProblemsFound) as caught:
        desk.pay({deposit.id: Money.yuan(amount)}, [cash(given)], Surplus.CHANGE)
    assert field in caught.value.problems
    assert len(desk.bills()) == 2


def test_more_than_is_open_of_a_bill_means_that_it_has_changed(desk: Desk) -> None:
    deposit, _ = desk.bills()
    desk.pay({deposit.id: Money.yuan(1000)}, [cash(1000)])
    with pytest.raises(payments.BillsChanged) as caught:
        desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    assert caught.value.owed == Money.yuan(860)
    with pytest.raises(payments.BillsChanged):
        desk.pay({desk.office.world.new_id(): Money.yuan(1)}, [cash(1)])


def test_nobody_takes_or_gives_money_back_without_the_right(desk: Desk) -> None:
    deposit, _ = desk.bills()
    clerk = sit_down(desk.office, "front_desk", login="lujx", name="陆见夏")
    cashier = sit_down(desk.office, "cashier", login="shenrx", name="沈若溪")
    request = TakePayment(desk.tenant, {deposit.id: deposit.owed}, [cash(1860)])
    with pytest.raises(Refused), begin(desk.office, clerk, Op.TAKE_PAYMENT) as work:
        payments.take_payment(work, request)
    with begin(desk.office, cashier, Op.TAKE_PAYMENT) as work:
        taken = payments.take_payment(work, request)
    with pytest.raises(Refused), begin(desk.office, cashier, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, taken.payment_id, "付款方式录错")
    assert [row.owed for row in desk.bills()] == [Money.yuan(5580)]


# ---- reversal ----------------------------------------------------------------------------------------------------


def test_a_reversal_opens_the_bills_and_stands_beside_what_it_undoes(desk: Desk) -> None:
    before = desk.bills()
    taken = desk.pay({row.id: row.owed for row in before}, [cash(8000)], Surplus.CREDIT)
    back = desk.reverse(taken.payment_id)
    assert desk.bills() == before
    assert back.amount == -Money.yuan(8000)
    red, black = desk.page(back.payment_id), desk.page(taken.payment_id)
    assert red.reverses == (taken.payment_id, taken.receipt_number)
    assert black.row.reversed_by == back.receipt_number
    assert red.reason == "付款方式录错"
    assert {line.bill_id: line.amount for line in red.lines} == {line.bill_id: -line.amount for line in black.lines}
    mine, theirs = desk.postings(back.payment_id), desk.postings(taken.payment_id)
    assert mine == {key: -amount for key, amount in theirs.items()}


def test_a_payment_is_reversed_once_and_a_reversal_never(desk: Desk) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    back = desk.reverse(taken.payment_id)
    with pytest.raises(reversals.AlreadyReversed) as caught:
        desk.reverse(taken.payment_id)
    assert caught.value.number == back.receipt_number
    with pytest.raises(DomainError, match="红字收据"):
        desk.reverse(back.payment_id)
    with pytest.raises(NotFound):
        desk.reverse(desk.office.world.new_id())


@pytest.mark.parametrize("reason", ["", "  ", "错"])
def test_a_reversal_wants_a_reason(desk: Desk, reason: str) -> None:
    deposit, _ = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed}, [cash(1860)])
    with pytest.raises(ProblemsFound) as caught:
        desk.reverse(taken.payment_id, reason)
    assert list(caught.value.problems) == ["reason"]
    assert desk.page(taken.payment_id).row.reversed_by is None


def test_receipt_numbers_are_unbroken_through_refusals_and_reversals(desk: Desk) -> None:
    deposit, rent = desk.bills()
    numbers = [desk.pay({deposit.id: Money.yuan(10)}, [cash(10)]).receipt_number]
    for surplus in (None, Surplus.CHANGE):
        with pytest.raises(DomainError):
            desk.pay({rent.id: rent.owed}, [TenderForm(WECHAT, Money.yuan(6000), "42000019")], surplus)
    numbers.append(desk.pay({rent.id: Money.yuan(20)}, [cash(50)], Surplus.CHANGE).receipt_number)
    last = desk.pay({rent.id: Money.yuan(30)}, [cash(30)])
    numbers += [last.receipt_number, desk.reverse(last.payment_id).receipt_number]
    assert [int(number.rsplit("-", 1)[1]) for number in numbers] == [1, 2, 3, 4]
    assert len({number.rsplit("-", 1)[0] for number in numbers}) == 1


# ---- two desks at once -------------------------------------------------------------------------------------------


def test_two_desks_cannot_take_the_same_money(desk: Desk, tmp_path: Path) -> None:
    """Two programs on one database, both with the same bill on screen: one takes it, the other is told."""
    office = desk.office
    data = tmp_path / "office"
    second = opening.open_office(SeededWorld(office.world.now(), seed=99), data, office.engine.url)
    deposit, _ = desk.bills()
    request = TakePayment(desk.tenant, {deposit.id: deposit.owed}, [cash(1860)])
    start, news = threading.Barrier(2), list[Any]()

    def pay(at: Office) -> None:
        start.wait()
        try:
            with begin(at, desk.cashier, Op.TAKE_PAYMENT) as work:
                news.append(payments.take_payment(work, request))
        except (DomainError, Outage) as error:
            news.append(error)

    threads = [threading.Thread(target=pay, args=(at,)) for at in (office, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    second.close()
    assert sorted(type(each).__name__ for each in news) == ["BillsChanged", "PaymentTaken"], news
    assert [row.owed for row in desk.bills()] == [Money.yuan(5580)]


# ---- the journal -------------------------------------------------------------------------------------------------

steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("pay"), st.integers(0, 1), st.integers(1, 600_000), st.integers(0, 30_000),
            st.sampled_from([None, *Surplus]), st.integers(0, 100),
        ),
        st.tuples(st.just("reverse"), st.integers(0, 8)),
    ),
    min_size=1,
    max_size=9,
)  # fmt: skip


@pytest.fixture(scope="session")
def lived(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Offices that many examples share, one of each kind: each example has a tenant of its own."""
    made: dict[str, Any] = {"databases": databases, "folder": tmp_path_factory.mktemp("lived")}
    yield made
    for kind in ("sqlite", "postgresql"):
        if kind in made:
            made[kind][0].close()
            databases.drop(made[kind][2])


def _office_of(lived: dict[str, Any], kind: Any) -> tuple[Office, Actor, Any]:
    if kind not in lived:
        url = lived["databases"].clone(kind)
        office = make_office(SeededWorld(MORNING), lived["folder"] / kind, url, first_start(5, 8))
        lived[kind] = (office, sit_down(office, "manager", login="gumy", name="顾明远"), url)
    found: tuple[Office, Actor, Any] = lived[kind]
    return found


def _desk_of(lived: dict[str, Any], kind: Any) -> Desk:
    office, lead, _ = _office_of(lived, kind)
    used = lived.setdefault(f"{kind} rooms", [])
    rooms = rooms_of(office)
    at = len(used)
    used.append(at)
    form = person(sequence=at + 1, phone=f"139{at:08d}")
    news = check_in(office, lead, rooms[at], form)
    return Desk(office, lead, news.party_id, news.lease_id)


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # each example moves into a room
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(story=steps)
def test_after_any_story_the_books_agree(engine_kind: Any, lived: dict[str, Any], story: list[tuple[Any, ...]]) -> None:
    """Every entry sums to zero; what is open is what was billed less what was allocated; credit is never negative."""
    desk = _desk_of(lived, engine_kind)
    taken: list[UUID] = []
    with look(desk.office, desk.cashier) as reading:
        bills = [row.id for row in billing.bills_of(reading, lease_id=desk.lease)]
    for step in story:
        try:
            if step[0] == "pay":
                _, which, fen, extra, surplus, split = step
                amount, given = Money(fen), Money(fen + extra)
                card = Money(given.fen * split // 100)
                tenders = [TenderForm(WECHAT, card, "42000019"), TenderForm(CASH, given - card)]
                tenders = [tender for tender in tenders if tender.amount > NIL]
                taken.append(desk.pay({bills[which]: amount}, tenders, surplus).payment_id)
            elif taken:
                taken.append(desk.reverse(taken[step[1] % len(taken)]).payment_id)
        except DomainError:
            pass  # refused whole: the sums below prove that nothing of it stayed
    with desk.office.reading() as session:
        entries = session.execute(
            sa.select(Posting.entry_id, sa.func.sum(sa.type_coerce(Posting.amount, sa.BigInteger))).group_by(
                Posting.entry_id
            )
        ).all()
        assert entries
        assert {int(fen) for _, fen in entries} == {0}
        for bill_id in bills:
            billed = total(session.scalars(sa.select(BillLine.amount).where(BillLine.bill_id == bill_id)))
            allocated = total(session.scalars(sa.select(Allocation.amount).where(Allocation.bill_id == bill_id)))
            with look(desk.office, desk.cashier) as reading:
                assert billing.bill_page(reading, bill_id).row.owed == billed - allocated
            assert NIL <= allocated <= billed
        held = session.scalars(
            sa.select(Posting.amount).where(Posting.account == Account.DEPOSIT_HELD, Posting.lease_id == desk.lease)
        )
        on_deposits = session.scalars(
            sa.select(Allocation.amount)
            .join(BillLine, BillLine.id == Allocation.bill_line_id)
            .where(BillLine.lease_id == desk.lease, BillLine.fee_type.in_(LIABILITY_FEES))
        )
        assert -total(held) == total(on_deposits)
    assert desk.credit_of(desk.tenant) >= NIL
    with look(desk.office, PROGRAM) as reading:
        assert checkup.check_office(reading).sound


def test_the_receivable_account_is_what_the_bills_say(desk: Desk) -> None:
    deposit, rent = desk.bills()
    desk.pay({deposit.id: Money.yuan(500), rent.id: Money.yuan(80)}, [cash(580)])
    with desk.office.reading() as session:
        receivable = session.scalars(
            sa.select(Posting.amount).where(Posting.account == Account.RECEIVABLE, Posting.lease_id == desk.lease)
        )
        assert total(receivable) == total(row.owed for row in desk.bills())


def test_statements_worded_early_know_their_types() -> None:
    """A key to a table that was not loaded yet had no type, and a payment in a fresh program could not be stored."""
    program = (
        "import sqlalchemy as sa, desktop.services.shifts as module\n"
        "found = [each for each in vars(module).values() if isinstance(each, sa.Select)]\n"
        "assert found\n"
        "print([b.key for s in found for b in s.compile().binds.values() if isinstance(b.type, sa.types.NullType)])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
