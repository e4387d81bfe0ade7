"""Enquiries and reservations: a room held once, 定金 and 订金 apart, exact money at every end, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.models.values import (
    NIL,
    Account,
    EnquiryState,
    FeeType,
    HoldingMoney,
    Money,
    PayMethod,
    ReservationState,
    RoomState,
)
from desktop.services import (
    billing,
    board,
    check_in_forms,
    check_ins,
    checkup,
    enquiries,
    enquiry_lists,
    journal,
    party_page,
    payments,
    receipts,
    reservations,
)
from desktop.services.acts import Op
from desktop.services.enquiries import EnquiryForm
from desktop.services.enquiry_lists import Which
from desktop.services.errors import ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.reservations import ReservationForm, Reserved, RoomHeld
from desktop.services.transitions import ForbiddenMove
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import person, rooms_of, sit_down, terms
from tests.services.test_replay import prove

TODAY = date(2026, 11, 22)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


def form(room: UUID, **fields: object) -> ReservationForm:
    given: dict[str, object] = {
        "room_id": room, "valid_to": TODAY + timedelta(days=7), "name": "方知意", "phone": "13900001111",
        "rent": Money.yuan(1860), "moves_in_on": TODAY + timedelta(days=5),
    }  # fmt: skip
    return ReservationForm(**(given | fields))  # type: ignore[arg-type]


def reserve(office: Office, actor: Actor, request: ReservationForm) -> Reserved:
    with begin(office, actor, Op.RESERVE_ROOM) as work:
        return reservations.reserve_room(work, request)


def pay(office: Office, actor: Actor, news: Reserved) -> None:
    assert news.bill_id is not None
    tender = payments.TenderForm(PayMethod.CASH, news.amount)
    with begin(office, actor, Op.TAKE_PAYMENT) as work:
        payments.take_payment(work, payments.TakePayment(news.party_id, {news.bill_id: news.amount}, [tender]))


def sums(office: Office, party: UUID) -> dict[Account, Money]:
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        return {account: journal.balance(reading, account, party_id=party) for account in Account}


def sound(office: Office) -> None:
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()


def tile(office: Office, room: UUID) -> board.TileFacts:
    with look(office, PROGRAM) as reading:
        return next(each for each in board.board(reading).tiles if each.room_id == room)


def test_a_held_room_shows_whom_and_when_and_is_held_once(office: Office, clerk: Actor, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    news = reserve(office, clerk, form(room))
    shown = tile(office, room)
    assert (shown.state, shown.who, shown.mark_words) == (RoomState.RESERVED, "方知意", "11-27 到")
    with pytest.raises(RoomHeld, match="为方知意留到 2026-11-29"):
        reserve(office, clerk, form(room, name="林以宁", phone="13900002222"))
    world.advance(timedelta(days=8))  # run out: the room is free again, the reservation waits for a decision
    assert tile(office, room).state is RoomState.VACANT_CLEAN
    with look(office, clerk) as reading:
        assert [row.number for row in reservations.run_out(reading)] == [news.number]
    with begin(office, clerk, Op.CHANGE_RESERVATION) as work:
        reservations.extend_reservation(work, news.reservation_id, world.today() + timedelta(days=3), 1)
    assert tile(office, room).state is RoomState.RESERVED


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_two_desks_hold_a_room_once(office: Office, clerk: Actor) -> None:
    import threading

    room, found = rooms_of(office)[0], list[object]()
    gate = threading.Barrier(2)

    def go(n: int) -> None:
        gate.wait()
        try:
            found.append(reserve(office, clerk, form(room, name=f"客人{n}", phone=f"1390000111{n}")))
        except RoomHeld as error:
            found.append(error)

    threads = [threading.Thread(target=go, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(each).__name__ for each in found) == ["Reserved", "RoomHeld"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"valid_to": TODAY - timedelta(days=1)}, "valid_to"),
        ({"valid_to": TODAY + timedelta(days=91)}, "valid_to"),
        ({"name": ""}, "name"),
        ({"phone": "123"}, "phone"),
        ({"money": HoldingMoney.EARNEST}, "amount"),
        ({"money": HoldingMoney.EARNEST, "amount": Money.yuan(500), "rent": None}, "rent"),
        ({"money": HoldingMoney.EARNEST, "amount": Money.yuan("4464.01")}, "amount"),
        ({"amount": Money.yuan(500)}, "money"),
        ({"moves_in_on": TODAY - timedelta(days=1)}, "moves_in_on"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields: dict[str, object], field: str) -> None:
    assert field in reservations.reservation_problems(form(UUID(int=1), **fields), TODAY)


def test_earnest_money_of_exactly_a_fifth_is_allowed() -> None:
    # Civil Code 586: 20 % of the contract sum, 12 × 1,860.00 = 22,320.00
    request = form(UUID(int=1), money=HoldingMoney.EARNEST, amount=Money.yuan(4464))
    assert reservations.reservation_problems(request, TODAY) == {}


def test_a_let_room_is_held_only_for_after(office: Office, clerk: Actor) -> None:
    from tests.offices import check_in

    room = rooms_of(office)[0]
    check_in(office, clerk, room, lease=terms(TODAY, months=1))
    with pytest.raises(ProblemsFound, match="租到 2026-12-21"):
        reserve(office, clerk, form(room))
    reserve(office, clerk, form(room, moves_in_on=date(2026, 12, 22)))


@pytest.mark.parametrize("money", [HoldingMoney.EARNEST, HoldingMoney.ADVANCE])
def test_signing_sets_the_money_off(office: Office, clerk: Actor, money: HoldingMoney) -> None:
    room = rooms_of(office)[0]
    news = reserve(office, clerk, form(room, money=money, amount=Money.yuan(1000)))
    pay(office, clerk, news)
    assert sums(office, news.party_id)[Account.DEPOSIT_HELD] == -Money.yuan(1000)
    document = person().document
    request = check_in_forms.CheckIn(
        room, terms(TODAY), party_id=news.party_id, shown=document, matched=True, notice_told=True, keys=1
    )
    with pytest.raises(ProblemsFound, match="为方知意留到"), begin(office, clerk, Op.CHECK_IN) as work:
        check_ins.check_in(work, replace(request, party_id=None, party=person()))
    with begin(office, clerk, Op.CHECK_IN) as work:
        signed = check_ins.check_in(work, request)
    assert signed.due_now_amount == Money.yuan(1860 * 4 - 1000)
    with look(office, clerk) as reading:
        row = reservations.reservation_of(reading, news.reservation_id)
        open_now = [bill.owed for bill in billing.bills_of(reading, lease_id=signed.lease_id, open_only=True)]
        paid = receipts.receipts_of(reading, party_id=news.party_id)
    assert row.state is ReservationState.LEASED
    assert Money(sum(each.fen for each in open_now)) == signed.due_now_amount
    assert {receipt.title for receipt in paid} == {
        "定金收据" if money is HoldingMoney.EARNEST else "订金收据", "抵扣单"
    }  # fmt: skip
    sound(office)


def test_the_card_completes_who_only_called(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    news = reserve(office, clerk, form(room))
    shown = replace(person("方知意"), phone="")
    request = check_in_forms.CheckIn(
        room, terms(TODAY), party=shown, party_id=news.party_id, matched=True, notice_told=True
    )
    with begin(office, clerk, Op.CHECK_IN) as work:
        assert check_ins.check_in(work, request).party_id == news.party_id
    with look(office, clerk) as reading:
        page = party_page.party_page(reading, news.party_id)
    assert [row.kind for row in page.relations] == ["emergency"]
    assert len(page.documents) == 1
    assert [c.value.text for c in page.contacts if c.preferred] == ["139****1111"]
    sound(office)


def test_more_than_the_first_bills_stands_to_their_credit(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    news = reserve(office, clerk, form(room, money=HoldingMoney.ADVANCE, amount=Money.yuan(9000)))
    pay(office, clerk, news)
    request = check_in_forms.CheckIn(
        room, terms(TODAY), party_id=news.party_id, shown=person().document, matched=True, notice_told=True
    )
    with begin(office, clerk, Op.CHECK_IN) as work:
        assert check_ins.check_in(work, request).due_now_amount == NIL
    after = sums(office, news.party_id)
    assert (after[Account.PREPAID], after[Account.RECEIVABLE]) == (-Money.yuan(9000 - 1860 * 4), NIL)
    sound(office)


def test_an_advance_only_goes_back(office: Office, clerk: Actor) -> None:
    news = reserve(office, clerk, form(rooms_of(office)[0], money=HoldingMoney.ADVANCE, amount=Money.yuan(800)))
    pay(office, clerk, news)
    for act in (reservations.forfeit_earnest, reservations.double_earnest):
        with pytest.raises(Exception, match="订金不适用定金规则"), begin(office, clerk, Op.CHANGE_RESERVATION) as work:
            act(work, news.reservation_id, "客户不租了")
    with pytest.raises(reservations.MoneyTaken), begin(office, clerk, Op.CHANGE_RESERVATION) as work:
        reservations.release_reservation(work, news.reservation_id, "客户不租了")
    with begin(office, clerk, Op.CHANGE_RESERVATION) as work:
        back = reservations.return_money(work, news.reservation_id, "客户不租了")
    assert back is not None
    assert back.amount == -Money.yuan(800)
    assert all(amount == NIL for amount in sums(office, news.party_id).values())
    sound(office)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fen=st.integers(1, 446_400), end=st.sampled_from(["return", "forfeit", "double"]))
def test_earnest_money_to_the_fen(office: Office, clerk: Actor, fen: int, end: str) -> None:
    room = rooms_of(office)[0]
    news = reserve(office, clerk, form(room, money=HoldingMoney.EARNEST, amount=Money(fen), phone="13900001111"))
    before = sums(office, news.party_id)
    pay(office, clerk, news)
    act = {
        "return": reservations.return_money, "forfeit": reservations.forfeit_earnest,
        "double": reservations.double_earnest,
    }[end]  # fmt: skip
    with begin(office, clerk, Op.CHANGE_RESERVATION) as work:
        done = act(work, news.reservation_id, "没有成交")
    paid_out = {"return": fen, "forfeit": 0, "double": 2 * fen}[end]
    assert done is not None
    assert done.amount == Money(-paid_out)
    after = sums(office, news.party_id)
    assert after[Account.CASH] - before[Account.CASH] == Money(fen - paid_out)
    assert after[Account.DEPOSIT_HELD] == before[Account.DEPOSIT_HELD]
    assert after[Account.RECEIVABLE] + Money(fen) == before[Account.RECEIVABLE]
    with pytest.raises(ForbiddenMove), begin(office, clerk, Op.CHANGE_RESERVATION) as work:
        act(work, news.reservation_id, "再来一次")


def test_nothing_paid_is_simply_given_free(office: Office, clerk: Actor) -> None:
    news = reserve(office, clerk, form(rooms_of(office)[0], money=HoldingMoney.EARNEST, amount=Money.yuan(500)))
    with begin(office, clerk, Op.CHANGE_RESERVATION) as work:
        reservations.release_reservation(work, news.reservation_id, "没来交钱")
    assert all(amount == NIL for amount in sums(office, news.party_id).values())
    assert tile(office, rooms_of(office)[0]).state is RoomState.VACANT_CLEAN
    sound(office)


def test_an_enquiry_becomes_a_lease_step_by_step(office: Office, clerk: Actor, world: SeededWorld) -> None:
    asked = EnquiryForm(
        "方知意", "13900001111", layout="一室一厅", people=2, rent_from=Money.yuan(1500), rent_to=Money.yuan(2000),
        follow_up_on=TODAY + timedelta(days=1), wishes="朝南",
    )  # fmt: skip
    with begin(office, clerk, Op.ADD_ENQUIRY) as work:
        first = enquiries.add_enquiry(work, asked)
    with begin(office, clerk, Op.ADD_ENQUIRY) as work:
        second = enquiries.add_enquiry(work, asked)
    with look(office, clerk) as reading:
        rows = enquiry_lists.list_enquiries(reading)
        assert len({row.party_id for row in rows}) == 1  # recognised by name and phone
        assert rows[0].words == "一室一厅 · 2 人 · 1,500–2,000 · 朝南"
        assert rows[0].phone == "139****1111"
        assert enquiry_lists.count_enquiries(reading)[Which.TODAY] == 0
        assert enquiries.fitting_rooms(reading, asked)[0][1] == Money.yuan(1860)
    world.advance(timedelta(days=1))
    with look(office, clerk) as reading:
        assert enquiry_lists.count_enquiries(reading)[Which.TODAY] == 2
    with begin(office, clerk, Op.CHANGE_ENQUIRY) as work:
        enquiries.move_enquiry(work, second, "lose", "登记重了")
    room = rooms_of(office)[1]
    news = reserve(
        office, clerk, form(room, party_id=rows[0].party_id, enquiry_id=first, moves_in_on=None, name="", phone="")
    )
    request = check_in_forms.CheckIn(
        room, terms(world.today()), party_id=news.party_id, shown=person().document, matched=True, notice_told=True
    )
    with begin(office, clerk, Op.CHECK_IN) as work:
        check_ins.check_in(work, request)
    with look(office, clerk) as reading:
        assert enquiry_lists.enquiry_of(reading, first).state is EnquiryState.LEASED
        assert enquiry_lists.enquiry_of(reading, second).lost_reason == "登记重了"
        assert enquiry_lists.count_enquiries(reading)[Which.RUNNING] == 0
    sound(office)


def test_secrets_do_not_stand_in_wishes() -> None:
    assert "wishes" in enquiries.enquiry_problems(EnquiryForm("方知意", "13900001111", wishes="打 13900002222"), TODAY)


def test_a_cashier_reserves_nothing(office: Office) -> None:
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    with pytest.raises(Refused):
        reserve(office, cashier, form(rooms_of(office)[0]))


def test_it_travels(office: Office, clerk: Actor, databases: Databases, tmp_path: Path) -> None:
    room = rooms_of(office)[0]
    news = reserve(office, clerk, form(room, money=HoldingMoney.EARNEST, amount=Money.yuan(1000)))
    pay(office, clerk, news)
    with begin(office, clerk, Op.CHANGE_RESERVATION) as work:
        reservations.double_earnest(work, news.reservation_id, "房间漏水不能交房")
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_fee_types_never_meet() -> None:
    assert {FeeType.EARNEST, FeeType.ADVANCE} == set(reservations._FEES.values())
