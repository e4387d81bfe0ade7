"""The search popup in a real window: one query a keystroke, its keys, what is dropped, what goes with the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.notes import Note
from desktop.models.parties import Party, Vehicle
from desktop.models.values import NoteKind, PayMethod, total
from desktop.services import payments, receipts, till
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.search import Found
from desktop.services.search_hits import HitKind
from desktop.services.work import PROGRAM, begin, look
from desktop.views.keys import top_overlay
from desktop.views.note_dialog import NoteDialog
from desktop.views.painting import width
from desktop.views.printing import FolderSink, Printing
from desktop.views.search import SearchPopup
from desktop.views.theme import Theme, TypeSize, theme
from desktop.world import SeededWorld
from tests.offices import check_in, many, person, rooms_of, sit_down
from tests.views.conftest import type_chinese
from tests.views.house import House, house


@pytest.fixture
def make(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> Iterator[Callable[..., tuple[House, SearchPopup]]]:
    """顾听澜 owes in 301, 沈知微 and 林以宁 live in 302 and 303; the desk stands on the board."""
    open_: list[object] = []

    def fill(office: Office) -> None:
        ids, people = rooms_of(office), many(2)
        check_in(office, PROGRAM, ids[0])
        for room, form in zip(ids[1:], people, strict=False):
            check_in(office, PROGRAM, room, form)
        world.advance(timedelta(days=2))

    def build(roles: tuple[str, ...] = ("manager",), wide: int = 1093) -> tuple[House, SearchPopup]:
        made = house(world, tmp_path, qtbot, on_desk, fill, lambda office: sit_down(office, *roles), wide)
        open_.append(made)
        desk = made.__enter__()
        popup = SearchPopup(desk.window)
        desk.open_board()
        desk.window.focus_search()
        return desk, popup

    yield build
    for made in reversed(open_):
        made.__exit__(None, None, None)  # type: ignore[attr-defined]


def type_in(desk: House, popup: SearchPopup, text: str) -> None:
    box = desk.window.top_bar.search
    box.clear()
    QTest.keyClicks(box, text)
    desk.qtbot.waitUntil(lambda: popup.isVisible() and popup.list.found.text == text)


def test_hits_stand_under_the_box_while_the_focus_stays_in_it(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    type_in(desk, popup, "gtl")
    box = desk.window.top_bar.search
    assert box.hasFocus()
    assert popup.card.mapTo(desk.window, QPoint(0, 0)).y() > box.mapTo(desk.window, QPoint(0, box.height())).y()
    assert popup.card.width() == theme().scaled(662)
    assert [group.kind for group in popup.list.found.groups] == [HitKind.PARTY, HitKind.LEASE]
    hit = popup.hit()
    assert hit is not None
    assert (hit.title, hit.third, str(hit.owed)) == ("顾听澜", "138****5678", "7,440.00")
    assert "顾听澜" in box.accessibleDescription()
    assert "欠 7,440.00 元" in box.accessibleDescription()


def test_chinese_is_searched_when_it_is_committed_and_not_before(
    make: Callable[..., tuple[House, SearchPopup]],
) -> None:
    desk, popup = make()
    box = desk.window.top_bar.search
    type_chinese(box, "ting'lan")
    desk.qtbot.wait(60)
    assert not popup.isVisible()
    type_chinese(box, "ting'lan", "听澜")
    desk.qtbot.waitUntil(popup.isVisible)
    assert popup.hit().title == "顾听澜"  # type: ignore[union-attr]


def test_an_answer_that_was_overtaken_is_dropped(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    type_in(desk, popup, "szw")
    late = popup._asked - 1
    popup._answered(late, Found("s"))
    assert popup.list.found.text == "szw"
    popup.dismiss()
    popup._answered(late, Found("s"))
    assert not popup.isVisible(), "a late answer does not bring it back"


def test_enter_opens_and_arrows_and_tab_walk(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    type_in(desk, popup, "gtl")
    box = desk.window.top_bar.search
    party = popup.hit()
    QTest.keyClick(box, Qt.Key.Key_Tab)
    assert popup.hit().kind is HitKind.LEASE  # type: ignore[union-attr]
    assert box.hasFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert popup.hit() == party, "round and round"
    QTest.keyClick(box, Qt.Key.Key_Backtab)
    lease = popup.hit()
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert desk.at() == ("lease", {"lease_id": lease.id})  # type: ignore[union-attr]
    assert not popup.isVisible()
    assert box.text() == ""
    desk.window.focus_search()
    type_in(desk, popup, "gtl")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert desk.at() == ("party", {"party_id": party.id})  # type: ignore[union-attr]


def test_a_plate_leads_to_whose_vehicle_it_is(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    with begin(desk.office, PROGRAM, Op.CHANGE_PARTY) as work:
        owner = work.session.scalars(sa.select(Party.id).where(Party.name == "顾听澜")).one()
        work.add(Vehicle(party_id=owner, plate="川A·8K3Z7", colour="白"))
    type_in(desk, popup, "8k3z")
    assert [group.kind for group in popup.list.found.groups] == [HitKind.VEHICLE]
    hit = popup.hit()
    assert hit is not None
    assert (hit.title, hit.name, hit.third) == ("川A·8K3Z7", "顾听澜", "白")
    popup.grab()  # its icon and head are painted
    QTest.keyClick(desk.window.top_bar.search, Qt.Key.Key_Return)
    assert desk.at() == ("party", {"party_id": owner})


def test_a_second_key_does_the_usual_thing_without_opening(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    type_in(desk, popup, "gtl")
    hit = popup.hit()
    assert popup._hints["F4"].isVisible()
    assert not popup._hints["F2"].isVisible()
    QTest.keyClick(desk.window.top_bar.search, Qt.Key.Key_F4)
    assert desk.at() == ("till", {"party_id": hit.party_id})  # type: ignore[union-attr]
    desk.window.focus_search()
    type_in(desk, popup, "304")
    hit = popup.hit()
    assert popup._hints["F2"].isVisible()
    QTest.keyClick(desk.window.top_bar.search, Qt.Key.Key_F2)
    assert desk.at() == ("check_in", {"room_id": hit.id})  # type: ignore[union-attr]


def test_f6_prints_the_receipt_in_hand_without_opening_it(
    make: Callable[..., tuple[House, SearchPopup]], tmp_path: Path
) -> None:
    desk, popup = make()
    with begin(desk.office, PROGRAM, Op.TAKE_PAYMENT) as work:
        payer = work.session.scalars(sa.select(Party.id).where(Party.name == "顾听澜")).one()
        owed = {bill.row.id: bill.row.owed for bill in till.till_facts(work, payer).bills}
        tender = payments.TenderForm(PayMethod.CASH, total(owed.values()))
        taken = payments.take_payment(work, payments.TakePayment(payer, owed, [tender]))
    printing = Printing(FolderSink(tmp_path / "prints"))
    desk.session.printing = printing
    type_in(desk, popup, taken.receipt_number)
    assert popup._hints["F6"].isVisible()
    QTest.keyClick(desk.window.top_bar.search, Qt.Key.Key_F6)
    desk.settle()
    assert desk.at()[0] == "board"
    assert desk.board.tiles.hasFocus()
    assert desk.window.toast_widget.text == f"收据 {taken.receipt_number}：正在打印"
    with look(desk.office, PROGRAM) as reading:
        assert len(receipts.receipt_page(reading, taken.payment_id).prints) == 1
    desk.window.focus_search()
    type_in(desk, popup, "gtl")
    assert not popup._hints["F6"].isVisible(), "a tenant is not a receipt"
    printing.shutdown()


def test_a_call_is_noted_from_the_line_in_hand(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    before = desk.at()
    type_in(desk, popup, "gtl")
    hit = popup.hit()
    assert hit is not None
    assert popup._hints["Ctrl+N"].isVisible()
    QTest.keyClick(desk.window.top_bar.search, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert (desk.at(), popup.isVisible()) == (before, False), "she stays where she was"
    dialog = top_overlay(desk.window)
    assert isinstance(dialog, NoteDialog)
    assert (dialog.about.party_id, dialog.kind.value()) == (hit.party_id, "out")
    assert dialog.text.hasFocus()
    dialog.text.set_value("九点来取钥匙")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.waitUntil(lambda: "已记下" in desk.window.toast_widget.text)
    with desk.office.reading() as session:
        note = session.scalars(sa.select(Note).where(Note.party_id == hit.party_id)).one()
        assert (note.kind, note.text, note.incoming) == (NoteKind.CALL, "九点来取钥匙", False)


def test_the_empty_box_offers_what_was_open_and_what_is_pinned(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    box = desk.window.top_bar.search
    assert not popup.isVisible(), "nothing was opened yet"
    type_in(desk, popup, "gtl")
    QTest.keyClick(box, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    desk.settle()
    assert "已置顶「顾听澜」" in desk.window.toast_widget.text
    QTest.keyClick(box, Qt.Key.Key_Tab)
    lease = popup.hit()
    QTest.keyClick(box, Qt.Key.Key_Return)
    desk.window.navigate("board")

    desk.window.focus_search()
    desk.qtbot.waitUntil(popup.isVisible)
    assert [(group.head, len(group.hits)) for group in popup.list.found.groups] == [("置顶", 1), ("最近打开", 1)]
    assert popup._words["Ctrl+D"].text() == "取消置顶"
    popup.grab()
    QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert desk.at() == ("lease", {"lease_id": lease.id})  # type: ignore[union-attr]
    desk.window.focus_search()
    desk.qtbot.waitUntil(popup.isVisible)
    assert [group.head for group in popup.list.found.groups] == ["置顶"], "no way is needed to where one is"
    QTest.keyClick(box, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.waitUntil(lambda: not popup.isVisible())
    QTest.keyClicks(box, "gt")
    desk.qtbot.waitUntil(lambda: popup.isVisible() and popup.list.found.text == "gt")
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert not popup.isVisible()


def test_keys_the_role_may_not_use_are_not_offered(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make(("auditor",))
    type_in(desk, popup, "gtl")
    assert not popup._hints["F4"].isVisible()
    QTest.keyClick(desk.window.top_bar.search, Qt.Key.Key_F4)
    assert desk.at()[0] == "board"
    assert not popup._hints["Ctrl+N"].isVisible()


def test_a_click_opens(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    type_in(desk, popup, "301")
    spot = popup.list.box().center().toPoint()
    QTest.mouseClick(popup.list, Qt.MouseButton.LeftButton, pos=spot)
    assert desk.at() == ("room", {"room_id": rooms_of(desk.office)[0]})


def test_nothing_found_says_how_else_to_look(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    type_in(desk, popup, "zzzz")
    assert "zzzz" in popup.none.text()
    assert popup.none.isVisible()
    QTest.keyClick(desk.window.top_bar.search, Qt.Key.Key_Return)
    assert desk.at()[0] == "board"
    QTest.keyClick(desk.window.top_bar.search, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert desk.board.tiles.hasFocus()


def test_a_locked_desk_keeps_neither_hits_nor_question(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    type_in(desk, popup, "gtl")
    desk.window.show_sign_in(QWidget())
    assert not popup.isVisible()
    assert desk.window.top_bar.search.text() == ""
    desk.window.leave_sign_in()
    assert not popup.isVisible()


@pytest.mark.parametrize("size", list(TypeSize))
def test_it_fits_the_narrow_window_and_columns_hold_the_usual_words(
    make: Callable[..., tuple[House, SearchPopup]], look: Theme, size: TypeSize
) -> None:
    desk, popup = make(wide=911)
    look.switch(size=size)
    type_in(desk, popup, "3")
    assert popup.card.mapTo(desk.window, popup.card.rect().bottomRight()).x() <= desk.window.width()
    assert popup.card.mapTo(desk.window, popup.card.rect().bottomRight()).y() <= desk.window.height()
    assert popup.keys.isVisible()
    column = popup.list.width() * (0.585 - 0.365) - 10
    assert width(theme().font("small"), "12 栋 1203 · 在租") <= column
    for _ in popup.list.found.hits:
        QTest.keyClick(desk.window.top_bar.search, Qt.Key.Key_Down)
        inside = popup.scroller.viewport().rect()
        middle = popup.list.mapTo(popup.scroller.viewport(), popup.list.box().center().toPoint())
        assert inside.contains(inside.center().x(), middle.y()), "the hit in hand is in view"


def test_no_clear_number_is_painted_or_spoken(make: Callable[..., tuple[House, SearchPopup]]) -> None:
    desk, popup = make()
    form = person()
    assert form.document is not None
    type_in(desk, popup, form.document.number)
    said = " ".join(f"{hit}" for hit in popup.list.found.hits) + desk.window.top_bar.search.accessibleDescription()
    assert form.document.number not in said
    assert form.phone not in said
    assert QApplication.focusWidget() is desk.window.top_bar.search
