"""A room reserved from its page: what each kind of money means is said, the offers follow, every end is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import HoldingMoney, Money, RoomState
from desktop.services import reservations
from desktop.services.acts import Op
from desktop.services.reservations import ReservationForm
from desktop.services.work import begin, look
from desktop.views.keys import top_overlay
from desktop.views.reservation_dialogs import EndDialog, ReserveDialog
from desktop.views.room import RoomPage
from desktop.views.room_actions import Act
from desktop.world import SeededWorld
from tests.offices import rooms_of, sit_down
from tests.views.house import House, house
from tests.views.test_room_page import open_room

TODAY = date(2026, 11, 22)


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Iterator[House]:
    with house(
        world, tmp_path, qtbot, on_desk, lambda office: None, lambda office: sit_down(office, "manager"), 1093
    ) as made:
        yield made


def offers(page: RoomPage) -> list[Act]:
    assert page.page is not None
    return [offer.act for offer in page.room_actions.offers(page.page.panel.tile)]


def reserve(desk: House, page: RoomPage, **fields: object) -> ReserveDialog:
    assert page.page is not None
    page.room_actions.do(Act.RESERVE, page.page.panel.tile)
    dialog = top_overlay(desk.window)
    assert isinstance(dialog, ReserveDialog)
    assert dialog.form is not None
    given: dict[str, object] = {"name": "方知意", "phone": "13900001111", "rent": Money.yuan(1860)}
    for name, value in (given | fields).items():
        dialog.form.field(name).set_value(value)
    dialog.submit()
    desk.settle()
    return dialog


def test_what_the_money_means_is_said_before_it_is_paid(desk: House) -> None:
    page = open_room(desk)
    dialog = reserve(desk, page, money=HoldingMoney.EARNEST, amount=Money.yuan(5000))
    assert "最多 4,464.00" in dialog.said.text()
    assert "双倍退" in dialog.said.text()
    assert dialog.form is not None
    assert "定金最多 4,464.00" in dialog.form.rows["amount"].message.text
    dialog.form.field("money").set_value(HoldingMoney.ADVANCE)
    assert dialog.said.text().startswith("订金：没成交就退还")
    dialog.submit()
    desk.settle()
    place = desk.window.place
    assert place is not None
    assert place.key == "till"  # the money is taken at once


def test_a_held_room_offers_what_fits_and_is_given_free(desk: House) -> None:
    page = open_room(desk)
    assert offers(page)[:2] == [Act.CHECK_IN, Act.RESERVE]
    reserve(desk, page)
    assert page.page is not None
    assert page.page.panel.tile.state is RoomState.RESERVED
    assert offers(page)[:3] == [Act.SIGN, Act.EXTEND, Act.END_RESERVATION]
    page.room_actions.do(Act.END_RESERVATION, page.page.panel.tile)
    desk.settle()
    dialog = top_overlay(desk.window)
    assert isinstance(dialog, EndDialog)
    dialog.submit()
    assert dialog.form is not None
    assert "写明原因" in dialog.form.rows["reason"].message.text
    dialog.form.field("reason").set_value("客户改租别处")
    dialog.submit()
    desk.settle()
    assert page.page.panel.tile.state is RoomState.VACANT_CLEAN
    assert "已解除" in desk.window.toast_widget.text


def test_check_in_from_a_reservation_completes_the_caller(desk: House) -> None:
    room = rooms_of(desk.office)[0]
    form = ReservationForm(room, TODAY, name="方知意", phone="13900001111")
    with begin(desk.office, desk.session.actor, Op.RESERVE_ROOM) as work:
        news = reservations.reserve_room(work, form)
    page = open_room(desk)
    assert page.page is not None
    page.room_actions.do(Act.SIGN, page.page.panel.tile)
    desk.settle()
    place = desk.window.place
    assert place is not None
    assert (place.key, place.params) == ("check_in", {"room_id": room, "party_id": news.party_id})
    with look(desk.office, desk.session.actor) as reading:
        assert reservations.reservation_of(reading, news.reservation_id).name == "方知意"
