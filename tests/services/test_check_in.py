"""Checking in, on both databases: what is stored, what is refused, and that the acts replay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from desktop.models.values import LeaseState, Money, PayMethod, RoomState, Surplus
from desktop.services import (
    billing,
    board,
    check_in_forms,
    check_ins,
    checkup,
    lease_moves,
    leases,
    party_search,
    payments,
)
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound
from desktop.services.office import Office
from desktop.services.trouble import RoomTaken
from desktop.services.work import PROGRAM, begin, look
from tests.offices import check_in, many, person, rooms_of, sit_down, terms


def test_tile_turns_let_and_the_first_bills_are_due(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    room = rooms_of(office)[0]
    news = check_in(office, clerk, room)
    assert news.moved_in
    assert news.due_now_amount == Money.yuan(1860) * 4
    with look(office, clerk) as reading:
        tile = next(t for t in board.board(reading).tiles if t.room_id == room)
        assert (tile.state, tile.who) == (RoomState.LET, "顾听澜")
        page = leases.lease_page(reading, news.lease_id)
        assert page.row.state is LeaseState.ACTIVE
        assert page.keys_out == (("钥匙", 2), ("门卡", 2))
        assert [b.owed for b in billing.bills_of(reading, lease_id=news.lease_id)] == [
            Money.yuan(1860),
            Money.yuan(5580),
        ]


def test_a_room_is_not_let_twice(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    room = rooms_of(office)[0]
    check_in(office, clerk, room)
    with pytest.raises(RoomTaken, match="顾听澜"):
        check_in(office, clerk, room, many(1)[0])
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).sound


def test_everything_to_mend_comes_at_once(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    today = office.world.today()
    wrong = person()
    assert wrong.document is not None
    wrong = replace(wrong, phone="1381234", document=replace(wrong.document, number=wrong.document.number[:-1] + "0"))
    form = check_in_forms.CheckIn(rooms_of(office)[0], terms(today), party=wrong)
    with pytest.raises(ProblemsFound) as caught, begin(office, clerk, Op.CHECK_IN) as work:
        check_ins.check_in(work, form)
    assert {"phone", "document.number", "matched", "notice"} <= caught.value.problems.keys()


def test_expired_card_needs_a_reason(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    old = person()
    assert old.document is not None
    old = replace(old, document=replace(old.document, valid_from=date(2005, 1, 1), valid_to=date(2025, 1, 1)))
    form = check_in_forms.CheckIn(
        rooms_of(office)[0], terms(office.world.today()), party=old, matched=True, notice_told=True
    )
    with pytest.raises(ProblemsFound) as caught, begin(office, clerk, Op.CHECK_IN) as work:
        check_ins.check_in(work, form)
    assert caught.value.problems.keys() == {"expired_reason"}
    with begin(office, clerk, Op.CHECK_IN) as work:
        check_ins.check_in(work, replace(form, expired_reason="已在换证，有回执"))


def test_a_future_start_reserves_the_room_until_the_keys_are_handed_over(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    room = rooms_of(office)[0]
    start = office.world.today() + timedelta(days=3)
    news = check_in(office, clerk, room, lease=terms(start))
    assert not news.moved_in
    with look(office, clerk) as reading:
        tile = next(t for t in board.board(reading).tiles if t.room_id == room)
        assert (tile.state, tile.comes_on) == (RoomState.RESERVED, start)
    with begin(office, clerk, Op.CHECK_IN) as work:
        lease_moves.move_in(work, news.lease_id, keys=1)
    with look(office, clerk) as reading:
        assert leases.lease_page(reading, news.lease_id).row.state is LeaseState.ACTIVE


def test_more_money_than_owed_needs_a_choice(office: Office) -> None:
    clerk, cashier = sit_down(office, "front_desk"), sit_down(office, "cashier", login="qianl", name="钱柳")
    news = check_in(office, clerk, rooms_of(office)[0])
    with look(office, cashier) as reading:
        amounts = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=news.lease_id)}
    order = payments.TakePayment(news.party_id, amounts, [payments.TenderForm(PayMethod.CASH, Money.yuan(8000))])
    with pytest.raises(payments.ChoiceNeeded) as caught, begin(office, cashier, Op.TAKE_PAYMENT) as work:
        payments.take_payment(work, order)
    assert (caught.value.owed, caught.value.over) == (Money.yuan(7440), Money.yuan(560))
    with begin(office, cashier, Op.TAKE_PAYMENT) as work:
        taken = payments.take_payment(work, replace(order, surplus=Surplus.CHANGE))
    assert (taken.change, taken.still_owed, taken.receipt_number) == (Money.yuan(560), Money(0), "WJYA26-000001")


def test_found_again_by_every_way_to_type(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    news = check_in(office, clerk, rooms_of(office)[0])
    form = person()
    assert form.document is not None
    with look(office, clerk) as reading:
        for typed in (
            "听澜",
            "gutinglan",
            "gtl",
            form.document.number,
            form.document.number[-4:],
            "13812345678",
            "5678",
        ):
            assert [hit.id for hit in party_search.find_parties(reading, typed)] == [news.party_id], typed
