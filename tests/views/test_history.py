"""往来记录 on real pages: a call written by keys, corrected, taken away and back; strands, pins, what Enter opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.services.timeline import Strand
from desktop.views.note_dialog import NoteDialog
from desktop.views.party import PartyPage
from desktop.world import SeededWorld
from tests.views.people_kit import CONTROL, Desk, texts
from tests.views.test_party_pages import lived


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Desk:
    return Desk(world, tmp_path, qtbot, on_desk, lived(world))


def write(desk: Desk, text: str) -> None:
    """Ctrl+N, the words, Ctrl+Enter."""
    desk.press(Qt.Key.Key_N, CONTROL)
    dialog: NoteDialog = desk.dialog()
    assert dialog.text.hasFocus()
    dialog.text.set_value(text)
    desk.press(Qt.Key.Key_Return, CONTROL)


def test_a_note_by_three_keys_and_undone(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    before = len(page.timeline.events)
    write(desk, "钥匙放门卫")
    assert desk.dialog() is None
    assert page.timeline.events[0].title == "备注"
    assert page.timeline.events[0].detail.startswith("钥匙放门卫")
    assert desk.toast == "已记下备注"
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert len(page.timeline.events) == before


def test_the_kind_of_a_note_by_one_key_while_it_is_written(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    desk.press(Qt.Key.Key_N, CONTROL)
    dialog: NoteDialog = desk.dialog()
    desk.press(Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert dialog.kind.value() == "out"
    assert dialog.text.hasFocus(), "the clerk writes on"
    assert dialog.text.value() == ""
    dialog.text.set_value("周三来交")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert page.timeline.events[0].title == "去电"


def test_what_must_not_stand_in_a_note_is_said_at_its_field(desk: Desk) -> None:
    desk.open("party", party_id=desk.made.pays)
    write(desk, "卡号 6217000010000000003")
    dialog: NoteDialog = desk.dialog()
    assert "不能写银行卡号" in dialog.form.rows["text"].message.text  # type: ignore[union-attr]
    assert dialog.text.value().startswith("卡号")  # what was typed stays
    dialog.text.set_value("卡号给财务了")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.dialog() is None


def test_pinned_for_everybody_and_taken_down(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    desk.press(Qt.Key.Key_N, CONTROL)
    dialog: NoteDialog = desk.dialog()
    dialog.text.set_value("有狗，进门先打电话")
    dialog.form.field("more").set_value(("pinned",))  # type: ignore[union-attr]
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert "有狗，进门先打电话" in texts(page.stream)
    page.stream._unpin(page.record.pinned[0].id)  # type: ignore[union-attr]
    desk.settle()
    assert "有狗，进门先打电话" not in texts(page.stream)


def test_narrowed_to_talks_and_opened_by_enter(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    write(desk, "一")
    page.stream.strand.set_value(Strand.TALKS)
    desk.settle()
    assert [event.title for event in page.timeline.events] == ["备注"]
    page.timeline.setFocus()
    desk.press(Qt.Key.Key_Return)
    dialog: NoteDialog = desk.dialog()
    assert dialog.text.value() == "一"
    dialog.text.set_value("二")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert page.timeline.events[0].detail.startswith("二")  # still narrowed, and anew
    page.stream.strand.set_value(Strand.REPAIRS)
    desk.settle()
    assert page.stream.empty.text() == "没有「报修」记录：上面换成全部再看"


def test_a_payment_leads_to_its_receipt(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    at = next(n for n, event in enumerate(page.timeline.events) if event.title.startswith("收款"))
    page.timeline.setFocus()
    for _ in range(at):
        desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    assert desk.at()[0] == "receipt"


def test_an_auditor_reads_and_writes_nothing(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lived(world), "auditor")
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    assert not page.stream.write.isVisible()
    desk.press(Qt.Key.Key_N, CONTROL)
    assert desk.dialog() is None
