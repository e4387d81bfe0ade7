"""The check-in through the real window by keys alone: the whole way, and every turn it may take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.models.values import Money, PayMethod, RoomState
from desktop.preferences import PrinterChoice
from desktop.services import board, checkup, drafts, leases, party_page, receipts
from desktop.services.check_in_draft import KIND, ORDER, Step, Stub
from desktop.services.office import Office
from desktop.services.work import PROGRAM, look
from desktop.views.printing import FolderSink, PrinterSink
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.world import SeededWorld
from tests.offices import check_in, make_office, many, person, rooms_of
from tests.views.check_in_kit import CONTROL, NUMBER, Desk, drawn_card, new_desk

MANAGER = ("manager",)


@pytest.fixture
def office(world: SeededWorld, tmp_path: Path) -> Iterator[Office]:
    """A real office in a file."""
    folder = tmp_path / "office"
    folder.mkdir()
    made = make_office(world, folder, f"sqlite:///{folder / 'office.db'}")
    yield made
    made.close()


@pytest.fixture
def sit(qtbot: QtBot, office: Office, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Sit down at a desk with some roles (manager when none are named)."""
    desks: list[Desk] = []

    def down(*roles: str, sink: Any = None) -> Desk:
        desks.append(new_desk(qtbot, office, tmp_path, *(roles or MANAGER), sink=sink))
        return desks[-1]

    yield down
    for desk in desks:
        desk.close()


def read(desk: Desk, function: Any, *arguments: Any, **named: Any) -> Any:
    with look(desk.office, PROGRAM) as reading:
        return function(reading, *arguments, **named)


def pdf_text(path: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


# ---- the whole way -------------------------------------------------------------------------------------------------


def test_typed_from_f2_to_the_receipt(sit: Callable[..., Desk]) -> None:
    """Keyboard only; the keys are counted so that nobody makes the way longer unnoticed."""
    desk = sit()
    desk.start()
    desk.to_payment()
    assert desk.page.view.due() == Money.yuan(7440)
    desk.enter()
    desk.until(lambda: desk.step is Step.PRINT)
    desk.go_on()
    desk.until(lambda: len(list(desk.prints.glob("*.pdf"))) == 2)
    # F2, 18 digits, Enter, name (9 letters and the choice), Alt 9, Ctrl Enter, 11 digits, Alt 1, Ctrl Enter,
    # 3 digits, Enter, Ctrl Enter twice, Enter, Ctrl Enter
    assert desk.keys == 1 + 18 + 1 + 10 + 1 + 1 + 11 + 1 + 1 + 3 + 1 + 2 + 1 + 1
    assert desk.page.finished
    shown = read(desk, board.board)
    tile = next(tile for tile in shown.tiles if tile.number == "201")
    assert (tile.state, tile.who) == (RoomState.LET, "顾听澜")
    assert read(desk, checkup.check_office).sound
    page = read(desk, leases.lease_page, tile.lease_id)
    receipt = read(desk, receipts.receipts_of, lease_id=tile.lease_id)[0]
    assert (page.deposit_held, receipt.amount) == (Money.yuan(1860), Money.yuan(7440))
    receipt_pdf, lease_pdf = sorted(desk.prints.glob("*.pdf"))
    text = pdf_text(receipt_pdf)
    assert receipt.number in text
    assert "柒仟肆佰肆拾元整" in text
    assert "顾听澜" in pdf_text(lease_pdf)
    desk.until(lambda: read_drafts(desk) == [])  # the last sheet has come, then the draft goes
    desk.go_on()
    assert (desk.step, desk.page.draft.empty) == (Step.READ, True)


def test_from_card_pictures_to_the_payment(sit: Callable[..., Desk]) -> None:
    """Two files copied, one Ctrl V; what is doubtful asks for one key each; the pictures go with the review."""
    desk = sit()
    desk.start()
    desk.clip(drawn_card("front"), drawn_card("back"))
    desk.press(Qt.Key.Key_V, CONTROL)
    desk.until(lambda: desk.step is Step.REVIEW)
    draft = desk.page.draft
    assert (draft.name, draft.number, draft.birth) == ("顾听澜", NUMBER, "1996-04-18")
    assert (draft.issuer, draft.valid_to) == ("青川市公安局临江分局", "2029-05-06")
    assert set(desk.page.pictures.faces) == {"front", "back"}
    assert set(draft.doubts) == {"address", "issuer"}, "the invented province is in no table of regions"
    assert desk.missing == "还有 2 项未确认"
    desk.go_on()
    assert desk.step is Step.REVIEW
    assert desk.focus is desk.page.view.inputs["address"]
    desk.enter()
    assert desk.focus is desk.page.view.inputs["issuer"]
    desk.alt(2)
    assert draft.doubts == {}
    desk.alt(9)
    desk.go_on()
    assert desk.step is Step.CONTACT
    assert (desk.page.pictures.faces, desk.page.pictures.crops) == ({}, {})
    desk.type("13812345678")
    desk.alt(1)
    desk.go_on()
    desk.type("301")
    desk.enter()
    desk.go_on()
    desk.go_on()
    desk.until(lambda: desk.step is Step.PAYMENT)
    # F2, Ctrl V, Ctrl Enter (the jump to the first doubt, needless), Enter, Alt 2, Alt 9, Ctrl Enter, 11 digits,
    # Alt 1, Ctrl Enter, 3 digits, Enter, Ctrl Enter twice; then Enter and Ctrl Enter as in the typed way
    assert desk.keys == 1 + 1 + 1 + 1 + 1 + 1 + 1 + 11 + 1 + 1 + 3 + 1 + 2
    party = read(desk, party_page.party_page, desk.page.view.open.lease.tenant_id)
    assert party.documents[0].valid_to == date(2029, 5, 6)
    assert party.documents[0].matched_at is not None


def test_enter_leads_from_field_to_field_and_writes_over_nothing(sit: Callable[..., Desk]) -> None:
    """The button that copies the card's address stood in the way: a second Enter wrote over the address just typed."""
    desk = sit()
    desk.start()
    desk.type(NUMBER)
    desk.enter()
    desk.type("顾听澜", "gutinglan")
    desk.enter()  # past what the number has filled in
    desk.type("样例省青川市临江区望江路88号3幢502", "yangli")
    desk.alt(9)
    desk.go_on()
    for text in ("13812345678", "designer", "17 Liulang", "Gu Zhixia", "sister", "13900002046", "CCB", "6217"):
        desk.type(text)
        desk.enter()
    draft = desk.page.draft
    assert (draft.home_address, draft.emergency_name, draft.bank_number) == ("17 Liulang", "Gu Zhixia", "6217")
    assert (draft.address, draft.sex) == ("样例省青川市临江区望江路88号3幢502", "女")


def test_a_second_picture_adds_the_other_side(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.start()
    desk.clip_image(drawn_card("back"))
    desk.press(Qt.Key.Key_V, CONTROL)
    desk.until(lambda: "back" in desk.page.pictures.faces)
    assert desk.step is Step.READ
    assert "再放入人像面" in desk.page.view.path_row.said
    desk.clip_image(drawn_card("front"))
    desk.press(Qt.Key.Key_V, CONTROL)
    desk.until(lambda: desk.step is Step.REVIEW)
    assert desk.page.draft.valid_from == "2019-05-06"
    assert desk.page.draft.name == "顾听澜"


def test_a_picture_may_be_dropped_anywhere_on_the_page(sit: Callable[..., Desk], tmp_path: Path) -> None:
    desk = sit()
    desk.start()
    card = tmp_path / "front.jpg"
    card.write_bytes(drawn_card("front"))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(card))])
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    dragged = QDragEnterEvent(QPoint(200, 200), Qt.DropAction.CopyAction, mime, button, none)
    QApplication.sendEvent(desk.page, dragged)
    assert dragged.isAccepted()
    dropped = QDropEvent(QPointF(200, 200), Qt.DropAction.CopyAction, mime, button, none)
    QApplication.sendEvent(desk.page, dropped)
    desk.until(lambda: desk.step is Step.REVIEW)
    assert desk.page.draft.number == NUMBER


def test_opened_from_a_room_the_room_is_chosen(sit: Callable[..., Desk]) -> None:
    """From the board the fourth step is passed; a look back finds the room there."""
    desk = sit()
    room = rooms_of(desk.office)[5]
    desk.window.navigate("check_in", room_id=room)
    desk.settle()
    desk.type(NUMBER)
    desk.enter()
    desk.type("顾听澜", "gutinglan")
    desk.alt(9)
    desk.go_on()
    desk.type("13812345678")
    desk.alt(1)
    desk.go_on()
    assert desk.step is Step.TERMS
    assert (desk.page.draft.room_id, desk.page.draft.rent) == (room, "1,860.00")
    desk.page.step_back()
    desk.settle()
    assert desk.step is Step.ROOM
    assert desk.page.view.table.current().id == room


def test_a_lease_that_begins_later_has_no_handover_today(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.start()
    desk.to_terms()
    desk.fill("start", "2026-12-01")
    assert desk.page.draft.end == "2027-11-30"
    assert desk.page.primary.text() == "签约，去收款"
    desk.go_on()
    desk.until(lambda: desk.step is Step.PAYMENT)
    tile = next(tile for tile in read(desk, board.board).tiles if tile.number == "201")
    assert tile.state is RoomState.RESERVED


def test_the_schedule_on_screen_is_what_is_posted(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.start()
    desk.to_terms()
    rows = desk.page.view.rows
    rows["stub"].field.set_value(Stub.MERGED)
    desk.fill("rent", "2000")
    assert desk.page.draft.deposit == "2,000.00"
    shown = [(line.due, line.amount) for line in desk.page.view.schedule.lines if line.today]
    assert "超过 3 个月" in desk.page.view.warn_words.text()
    desk.go_on()
    desk.go_on()
    desk.until(lambda: desk.step is Step.PAYMENT)
    assert [(str(bill.due), str(bill.owed)) for bill in desk.page.view.open.bills] == shown


# ---- the money -----------------------------------------------------------------------------------------------------


def test_more_than_owed_asks_what_becomes_of_it(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.start()
    desk.to_payment()
    desk.type("7500")
    desk.enter()
    assert desk.step is Step.PAYMENT, "money is not taken before the choice is made"
    assert "找零，还是存入预存" in desk.page.view.form.strip.words.text()
    desk.alt(2)
    desk.until(lambda: desk.step is Step.PRINT)
    receipt = read(desk, receipts.receipt_page, desk.page.draft.payment_id)
    assert (receipt.credited, receipt.change) == (Money.yuan(60), Money.yuan(0))


def test_mixed_means_and_a_missing_reference(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.start()
    desk.to_payment()
    form = desk.page.view.form
    desk.type("2000")
    desk.alt(1)
    assert form.method.value() is PayMethod.WECHAT
    desk.enter()
    assert desk.focus is form.reference
    desk.enter()
    assert "流水号" in form.message.text
    desk.type("4821")
    desk.enter()
    desk.until(lambda: desk.step is Step.PRINT)
    receipt = read(desk, receipts.receipt_page, desk.page.draft.payment_id)
    assert [(t.method, t.amount, t.reference) for t in receipt.tenders] == [
        (PayMethod.CASH, Money.yuan(2000), ""), (PayMethod.WECHAT, Money.yuan(5440), "4821"),
    ]  # fmt: skip


def test_a_clerk_without_the_right_leaves_the_bills_for_the_till(sit: Callable[..., Desk]) -> None:
    desk = sit("front_desk")
    desk.start()
    desk.to_payment()
    assert not desk.page.view.form.isVisible()
    assert desk.page.primary.text() == "交给收银，下一步"
    lease_id = desk.page.draft.lease_id
    desk.go_on()
    desk.until(lambda: desk.step is Step.PRINT)
    assert "收银台" in desk.page.view.done_words.text()
    assert not desk.page.view.receipt.isVisible()
    desk.go_on()
    desk.until(lambda: len(list(desk.prints.glob("*.pdf"))) == 1)
    assert read(desk, receipts.receipts_of, lease_id=lease_id) == []


def test_a_printer_that_is_gone_loses_nothing(sit: Callable[..., Desk]) -> None:
    desk = sit(sink=PrinterSink(lambda _kind: PrinterChoice("前台针打")))
    desk.start()
    desk.to_payment()
    desk.enter()
    desk.until(lambda: desk.step is Step.PRINT)
    desk.go_on()
    desk.until(lambda: len(desk.printing.unprinted) == 2)
    view = desk.page.view
    assert "前台针打" in view.trouble.text()
    assert "文件已存好" in view.trouble.text()
    assert view.retry_button.isVisible()
    assert read(desk, receipts.receipt_page, desk.page.draft.payment_id).row.number
    desk.printing.use(FolderSink(desk.prints))
    desk.alt(3)
    desk.until(lambda: len(list(desk.prints.glob("*.pdf"))) == 2)
    desk.until(lambda: not view.trouble.isVisible())


# ---- drafts --------------------------------------------------------------------------------------------------------


def read_drafts(desk: Desk) -> list[drafts.DraftRow]:
    with look(desk.office, desk.actor) as reading:
        return drafts.list_drafts(reading, KIND)


def test_escape_puts_aside_and_two_drafts_wait(sit: Callable[..., Desk], world: SeededWorld) -> None:
    desk = sit()
    desk.start()
    desk.type(NUMBER)
    desk.enter()
    desk.type("沈知微", "shenzhiwei")
    desk.press(Qt.Key.Key_Escape)
    assert desk.window.place is not None
    assert desk.window.place.key == "board"
    world.advance(timedelta(minutes=5))
    desk.start()
    desk.to_terms()
    desk.fill("rent", "1900")
    desk.press(Qt.Key.Key_Escape)
    assert [row.title for row in read_drafts(desk)] == ["顾听澜 · 1 栋 201", "沈知微"]
    desk.start()
    assert (desk.step, desk.page.draft.empty) == (Step.READ, True)
    desk.alt(1)
    assert (desk.step, desk.page.draft.rent, desk.page.draft.phone) == (Step.TERMS, "1900", "13812345678")
    assert desk.page.view.rows["rent"].field.text() == "1,900.00"
    desk.press(Qt.Key.Key_Escape)
    desk.start()
    desk.alt(2)
    assert (desk.step, desk.page.draft.name) == (Step.REVIEW, "沈知微")


def test_the_draft_is_kept_while_one_types(sit: Callable[..., Desk], qtbot: QtBot) -> None:
    desk = sit()
    desk.start()
    desk.typed_person()
    desk.page.draft.layout = "kept"
    desk.page.typed()
    desk.page.keeper.timer.setInterval(20)
    desk.page.keeper.timer.start()
    qtbot.waitUntil(lambda: not desk.page.keeper.dirty)
    desk.settle()
    assert desk.page.keeper.words.text() == "草稿已保存 09:00"
    assert [row.title for row in read_drafts(desk)] == ["顾听澜"]


def test_a_draft_holds_no_picture_and_no_clear_secret(sit: Callable[..., Desk], office: Office) -> None:
    desk = sit()
    desk.start()
    desk.clip_image(drawn_card("front"))
    desk.press(Qt.Key.Key_V, CONTROL)
    desk.until(lambda: desk.step is Step.REVIEW)
    with look(office, desk.actor) as reading:
        body = drafts.read_draft(reading, desk.page.keeper.draft_id)
    assert len(body) < 4000
    assert b"\xff\xd8" not in body
    everything = b"".join(path.read_bytes() for path in office.data_dir.rglob("*") if path.is_file())
    assert NUMBER.encode() not in everything


def test_after_a_crash_the_money_is_asked_for_once(sit: Callable[..., Desk]) -> None:
    """The program dies right after the lease was stored: the draft stands at the payment, the lease once."""
    desk = sit()
    desk.start()
    desk.to_payment()
    lease_id, actor = desk.page.draft.lease_id, desk.actor
    again = Desk(desk.qtbot, desk.office, actor, desk.prints.parent)
    try:
        again.start()
        again.alt(1)
        again.until(lambda: again.step is Step.PAYMENT and again.page.view.open is not None)
        assert again.page.draft.lease_id == lease_id
        again.enter()
        again.until(lambda: again.step is Step.PRINT)
        payment_id = again.page.draft.payment_id
    finally:
        again.close()
    # The first window still stands before the payment and tries again: the money is there already.
    desk.front()
    desk.page.view.form.focus_given()
    desk.enter()
    desk.until(lambda: desk.step is Step.PRINT)
    assert desk.page.draft.payment_id == payment_id
    assert len(read(desk, receipts.receipts_of, lease_id=lease_id)) == 1


def test_a_returning_tenant_is_offered_and_taken(sit: Callable[..., Desk], office: Office) -> None:
    desk = sit()
    from dataclasses import replace

    known = person("顾听澜")
    assert known.document is not None
    known = replace(known, document=replace(known.document, number=NUMBER))
    first = check_in(office, desk.actor, rooms_of(office)[0], known)
    desk.start()
    desk.type(NUMBER)
    desk.enter()
    view = desk.page.view
    assert view.known.isVisible()
    assert view.inputs["name"].value() == "顾听澜"
    assert view.known.use.value()
    desk.alt(9)
    desk.go_on()
    assert desk.step is Step.CONTACT
    assert not view.asked or desk.missing == "还差 已告知"
    desk.alt(1)
    desk.go_on()
    desk.type("201")
    desk.enter()
    desk.go_on()
    desk.go_on()
    desk.until(lambda: desk.step is Step.PAYMENT)
    assert desk.page.view.open.lease.tenant_id == first.party_id


# ---- trouble of the world ------------------------------------------------------------------------------------------


def test_the_room_is_let_meanwhile(sit: Callable[..., Desk], office: Office) -> None:
    """Somebody else was quicker: back to the rooms with everything kept."""
    desk = sit()
    desk.start()
    desk.to_terms("201")
    desk.fill("rent", "1900")
    desk.go_on()
    taken = next(tile.room_id for tile in read(desk, board.board).tiles if tile.number == "201")
    office.unlisten(desk.window.tables_changed.emit)  # the notice of it has not come through yet
    check_in(office, desk.actor, taken, many(1)[0])
    desk.go_on()
    desk.until(lambda: desk.step is Step.ROOM)
    office.listen(desk.window.tables_changed.emit)
    assert "出租给沈知微" in desk.page.view.message.text
    desk.settle()
    desk.page.view.search.clear()
    desk.type("202")
    desk.enter()
    assert (desk.step, desk.page.draft.rent) == (Step.TERMS, "1900")
    desk.go_on()
    desk.go_on()
    desk.until(lambda: desk.step is Step.PAYMENT)
    assert desk.page.view.open.lease.room == "1 栋 202"


def test_a_locked_database_stops_and_goes_on(sit: Callable[..., Desk], office: Office) -> None:
    import sqlite3

    desk = sit()
    desk.start()
    desk.to_terms()
    desk.go_on()
    other = sqlite3.connect(str(office.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        desk.go_on()
        desk.until(lambda: desk.window.message_bar.isVisible())
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert desk.step is Step.HANDOVER
    assert "没有保存" in desk.window.message_bar.text.text()
    assert desk.page.primary.isEnabled()
    desk.go_on()
    desk.until(lambda: desk.step is Step.PAYMENT)
    assert read(desk, checkup.check_office).sound


def test_no_key_holds_the_window_up(sit: Callable[..., Desk]) -> None:
    """Every key of the terms rates the whole lease anew: well below what a hand feels."""
    desk = sit()
    desk.start()
    desk.to_terms()
    desk.fill("end", "2036-11-21")
    desk.page.view.rows["rent"].field.setFocus()
    spent = []
    for text in ("1", "12", "123", "1234", "12345", "1234.5", "1234.50"):
        began = time.thread_time()  # what this thread worked: a busy machine may let it wait
        desk.page.view.rows["rent"].field.setText(text)
        spent.append(time.thread_time() - began)
    assert sorted(spent)[len(spent) // 2] < 0.1, spent


# ---- its size ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_page_fits_the_smallest_desk(sit: Callable[..., Desk], look: Theme, size: TypeSize) -> None:
    look.switch(Shade.DARK, size)
    desk = sit()
    desk.start()
    for step in ORDER:
        assert desk.page.views[step].step is step
    least = desk.page.minimumSizeHint()
    assert (least.width() <= 851, least.height() <= 430) == (True, True), least
