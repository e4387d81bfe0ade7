"""One-off charges: one bill a form however often it is sent, its arithmetic, and what is said while one types."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.billing import Bill, BillLine
from desktop.models.values import FeeType, Money, PayMethod
from desktop.services import billing, checkup, one_off, owners, payments
from desktop.services.acts import Op
from desktop.services.errors import DomainError, NotFound, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.one_off import OneOff, one_off_problems
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, person, rooms_of, sit_down
from tests.services.fee_kit import BY_HAND, PROPERTY, put_item, put_price
from tests.services.test_replay import prove

TODAY = date(2026, 11, 22)
PHONE = "138" + "00001111"
DUE = TODAY + timedelta(days=10)


@pytest.fixture
def cashier(office: Office) -> Actor:
    return sit_down(office, "cashier", login="shenrx", name="沈若溪")


def post(office: Office, actor: Actor, request: OneOff) -> one_off.OneOffBilled:
    with begin(office, actor, Op.POST_BILLS) as work:
        return one_off.bill_one_off(work, request)


def charge(office: Office, **changed: Any) -> OneOff:
    """Somebody in the first room owes a lock."""
    room = rooms_of(office)[0]
    news = check_in(office, sit_down(office, "front_desk"), room)
    asked = OneOff(
        uuid4(), news.party_id, put_item(office, form=BY_HAND), DUE, "更换门锁", room, news.lease_id, Money.yuan(120)
    )
    return replace(asked, **changed)


def test_a_sum_is_billed_and_can_be_paid(office: Office, cashier: Actor) -> None:
    request = charge(office)
    news = post(office, cashier, request)
    assert (news.title, news.amount, news.again) == ("更换门锁", Money.yuan(120), False)
    with look(office, cashier) as reading:
        page = billing.bill_page(reading, news.bill_id)
        line = reading.session.scalars(sa.select(BillLine).where(BillLine.bill_id == news.bill_id)).one()
    assert (page.row.title, page.row.owed, page.row.due) == ("更换门锁", Money.yuan(120), DUE)
    assert (page.row.lease_id, page.row.room) == (request.lease_id, "1 栋 301")
    assert (line.fee_item_id, line.fee_type, str(line.quantity), line.unit) == (
        request.fee_item_id,
        FeeType.OTHER,
        "1.000000",
        "次",
    )
    assert page.lines[0].explanation == ("当面约定 120.00",)
    with begin(office, cashier, Op.TAKE_PAYMENT) as work:
        payments.take_payment(
            work,
            payments.TakePayment(
                page.row.debtor_id, {news.bill_id: Money.yuan(120)},
                [payments.TenderForm(PayMethod.CASH, Money.yuan(120))],
            ),
        )  # fmt: skip
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()


def test_a_price_times_a_quantity_is_rounded_once(office: Office, cashier: Actor) -> None:
    request = charge(office, amount=None, quantity=Decimal("2.5"), unit_price=Decimal("0.33"))
    put_price(office, request.fee_item_id or uuid4(), "0.33", tax_rate=Decimal("0.06"))
    news = post(office, cashier, request)
    assert news.amount == Money(83)  # 0.825 yuan, half away from zero
    with look(office, cashier) as reading:
        line = reading.session.scalars(sa.select(BillLine).where(BillLine.bill_id == news.bill_id)).one()
    assert (line.quantity, line.unit_price, line.tax_rate) == (Decimal("2.5"), Decimal("0.33"), Decimal("0.06"))
    assert line.explanation == ["2.5 次 × 0.33 = 0.83"]


def test_the_same_form_makes_one_bill(office: Office, cashier: Actor) -> None:
    request = charge(office)
    first, again = post(office, cashier, request), post(office, cashier, request)
    assert (again.bill_id, again.again, again.amount) == (first.bill_id, True, first.amount)
    # What was typed on after the first Enter changes nothing: the bill stands.
    assert post(office, cashier, replace(request, amount=Money.yuan(999))).bill_id == first.bill_id
    with look(office, PROGRAM) as reading:
        assert reading.session.scalar(
            sa.select(sa.func.count()).select_from(Bill).where(Bill.source_key.like("oneoff:%"))
        ) == 1  # fmt: skip
    other = post(office, cashier, replace(request, key=uuid4()))
    assert other.bill_id != first.bill_id


def test_sent_twice_at_one_moment_it_makes_one_bill(office: Office, cashier: Actor) -> None:
    request = charge(office)
    start = threading.Barrier(2)

    def send() -> one_off.OneOffBilled:
        start.wait(10)
        return post(office, cashier, request)

    with ThreadPoolExecutor(2) as both:
        news = [each.result(60) for each in [both.submit(send), both.submit(send)]]
    assert len({each.bill_id for each in news}) == 1
    assert sorted(each.again for each in news) == [False, True]


def test_somebody_without_a_room_may_owe(office: Office, cashier: Actor) -> None:
    request = charge(office, room_id=None, lease_id=None)
    with look(office, cashier) as reading:
        facts = one_off.one_off_facts(reading, request.debtor_id)
    assert [place.words for place in facts.places] == ["1 栋 301"]
    assert facts.places[0].lease_id is not None
    assert post(office, cashier, request).amount == Money.yuan(120)


def test_rooms_of_an_owner_and_the_price_that_stands(office: Office, cashier: Actor) -> None:
    request = charge(office)
    room = rooms_of(office)[3]
    assert request.debtor_id is not None
    assert request.fee_item_id is not None
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        owners.set_owners(work, room, (), [owners.OwnerForm(request.debtor_id, Decimal(1))], date(2026, 1, 1))
    put_price(office, request.fee_item_id, "80")
    with look(office, cashier) as reading:
        facts = one_off.one_off_facts(reading, request.debtor_id)
        nobody = one_off.one_off_facts(reading, None)
    assert [(place.words, place.lease_id is None) for place in facts.places] == [
        ("1 栋 301", False),
        ("1 栋 304", True),
    ]
    assert facts.price(request.fee_item_id, room) == Decimal(80)
    assert (nobody.price(request.fee_item_id, None), nobody.places) == (Decimal(80), ())
    assert nobody.price(uuid4(), None) is None


def test_what_is_wrong_is_said(office: Office, cashier: Actor) -> None:
    request = charge(office)
    with look(office, cashier) as reading:
        facts = one_off.one_off_facts(reading, request.debtor_id)
    by_quantity = {"amount": None, "quantity": Decimal(1), "unit_price": Decimal(1)}
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"debtor_id": None}, "debtor_id", "选谁来付"),
        ({"fee_item_id": None}, "fee_item_id", "收费标准"),
        ({"fee_item_id": UUID(int=9)}, "fee_item_id", "不是今天在用"),
        ({"words": " "}, "words", "收的是什么"),
        ({"words": "字" * 31}, "words", "最多 30"),
        ({"words": "打 13812345678"}, "words", "不能写"),
        ({"due": TODAY - timedelta(days=1)}, "due", "今天或以后"),
        ({"amount": Money(0)}, "amount", "大于 0"),
        ({"amount": Money(-1)}, "amount", "冲红"),
        ({"amount": Money.yuan(1_000_001)}, "amount", "小数点"),
        (by_quantity | {"quantity": None}, "quantity", "大于 0"),
        (by_quantity | {"quantity": Decimal(0)}, "quantity", "大于 0"),
        (by_quantity | {"quantity": Decimal("1.0001")}, "quantity", "3 位"),
        (by_quantity | {"unit_price": None}, "unit_price", "填写单价，单位是元"),
        (by_quantity | {"unit_price": Decimal("-1")}, "unit_price", "不能小于 0"),
        (by_quantity | {"unit_price": Decimal("0.0001")}, "unit_price", "大于 0"),
    ]
    for changed, field, words in cases:
        assert words in one_off_problems(replace(request, **changed), facts)[field], changed
    assert one_off_problems(request, facts) == {}


def test_the_act_asks_again(office: Office, cashier: Actor) -> None:
    request = charge(office)
    other = rooms_of(office)[1]
    stranger = check_in(
        office, sit_down(office, "front_desk", login="xiaoyi", name="前台乙"), other, person("林以宁", 9)
    )
    for changed, field in (
        ({"amount": Money(0)}, "amount"),
        ({"fee_item_id": put_item(office, form=PROPERTY)}, "fee_item_id"),
        ({"room_id": other}, "room_id"),
        ({"debtor_id": stranger.party_id}, "room_id"),
    ):
        with pytest.raises(ProblemsFound) as caught:
            post(office, cashier, replace(request, **changed))
        assert set(caught.value.problems) == {field}
    with pytest.raises(NotFound):
        post(office, cashier, replace(request, debtor_id=uuid4()))
    with pytest.raises(Refused):
        post(office, sit_down(office, "auditor", login="luzw", name="陆知微"), request)


@given(
    st.decimals(Decimal("0.001"), 10_000, places=3), st.decimals(Decimal("0.000001"), 1000, places=6)
)  # fmt: skip
def test_the_product_is_rounded_once_half_away_from_zero(quantity: Decimal, price: Decimal) -> None:
    money = OneOff(UUID(int=1), None, None, TODAY, quantity=quantity, unit_price=price).money
    assert money is not None
    exact = quantity * price * 100
    assert abs(Decimal(money.fen) - exact) <= Decimal("0.5")
    assert money.fen >= exact or exact - money.fen < Decimal("0.5")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_one_off_charge_replays(
    office: Office, cashier: Actor, databases: Databases, tmp_path: Path, kind: str
) -> None:
    post(office, cashier, charge(office))
    prove(office, databases.clone(kind), tmp_path / "copy")  # type: ignore[arg-type]


# ---- taken back ------------------------------------------------------------------------------------------------------


def take_back(office: Office, actor: Actor, bill_id: UUID, reason: str = "开错了人") -> Money:
    with begin(office, actor, Op.POST_BILLS) as work:
        return one_off.take_back_one_off(work, one_off.TakeBackOneOff(bill_id, reason))


def test_a_wrong_charge_is_taken_back_beside_itself(office: Office, cashier: Actor) -> None:
    request = charge(office)
    news = post(office, cashier, request)
    assert take_back(office, cashier, news.bill_id) == Money.yuan(120)
    with look(office, cashier) as reading:
        page = billing.bill_page(reading, news.bill_id)
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()
    assert [line.amount for line in page.lines] == [Money.yuan(120), Money.yuan(-120)]
    assert page.lines[1].explanation == ("开错了人",)
    assert page.row.owed == Money(0)
    with pytest.raises(DomainError, match="已经撤回过"):
        take_back(office, cashier, news.bill_id)
    assert post(office, cashier, request).again, "the same form is no new charge"


@pytest.mark.parametrize("reason", ["", " 错 ", f"给 {PHONE} 打过电话"])
def test_taking_back_wants_a_reason_that_may_be_read(office: Office, cashier: Actor, reason: str) -> None:
    news = post(office, cashier, charge(office))
    with pytest.raises(ProblemsFound) as refused:
        take_back(office, cashier, news.bill_id, reason)
    assert set(refused.value.problems) == {"reason"}


def test_a_paid_charge_and_a_bill_of_a_lease_are_not_taken_back(office: Office, cashier: Actor) -> None:
    request = charge(office)
    news = post(office, cashier, request)
    assert request.debtor_id is not None
    with begin(office, cashier, Op.TAKE_PAYMENT) as work:
        tender = payments.TenderForm(PayMethod.CASH, Money.yuan(20))
        payments.take_payment(work, payments.TakePayment(request.debtor_id, {news.bill_id: Money.yuan(20)}, [tender]))
    with pytest.raises(billing.BillPaid):
        take_back(office, cashier, news.bill_id)
    with look(office, cashier) as reading:
        rent = next(row for row in billing.bills_of(reading, lease_id=request.lease_id) if row.id != news.bill_id)
    with pytest.raises(NotFound):
        take_back(office, cashier, rent.id)
    with pytest.raises(Refused):
        take_back(office, replace(cashier, rights=frozenset()), news.bill_id)
