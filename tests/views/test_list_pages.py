"""What every list page can do, by keys in a real window: conditions, views, columns, order, copying, printing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from desktop.models.personal import SavedView
from desktop.models.trust import AuditEntry
from desktop.models.values import Money
from desktop.services import places, saved_views
from desktop.services.acts import Op
from desktop.services.bill_lists import BillState
from desktop.services.saved_views import ListLook, SaveView
from desktop.services.work import PROGRAM, begin
from desktop.views.bills import BillsPage
from desktop.views.columns import Ask
from desktop.views.list_copies import as_text
from desktop.views.theme import Shade, Theme, TypeSize
from tests.offices import PIN, sit_down, with_pin
from tests.views.conftest import type_chinese
from tests.views.till_kit import ALT, CONTROL, Counter, counter

KEY = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "finance_lead") as made:
        yield made


@pytest.fixture
def front_desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "front_desk") as made:
        with_pin(made.office, sit_down(made.office, "manager", login="shenyz", name="沈月舟"))
        yield made


def shown(page: Any) -> list[Any]:
    return [page.table.rows.row(at) for at in range(page.table.rows.rowCount())]


def bills(desk: Counter, **params: Any) -> BillsPage:
    page: BillsPage = desk.open("bills", **params)
    desk.qtbot.waitUntil(lambda: not page.table.rows.rowCount() or page.table.rows.row(0) is not None)
    return page


def menu(desk: Counter) -> QMenu:
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    return popup


def keys(desk: Counter, *pressed: Any) -> None:
    for each in pressed:
        desk.press(*each) if isinstance(each, tuple) else desk.press(each)


# ---- conditions ----------------------------------------------------------------------------------------------------


def test_digits_choose_and_the_list_follows_at_once(desk: Counter) -> None:
    page = bills(desk)
    assert not page.strip.isVisible()
    desk.press(KEY.Key_F10)
    assert page.strip.is_open
    assert desk.focus is page.strip.conditions
    assert [pick.words for pick in page.strip.conditions.picks] == ["楼栋", "账龄", "费用", "应缴日", "租约", "标记"]
    desk.press(KEY.Key_2)
    assert [pick.words for pick in page.strip.choices.picks][:2] == ["没到期", "逾期 30 天内"]
    desk.press(KEY.Key_2)
    assert {row.debtor for row in shown(page)} == {"沈知微"}
    desk.press(KEY.Key_1)  # one or the other
    assert {row.debtor for row in shown(page)} == {"沈知微", "林以宁"}
    keys(desk, KEY.Key_2, KEY.Key_Backspace, KEY.Key_1, KEY.Key_Space)
    assert desk.focus is page.strip.choices
    assert {row.debtor for row in shown(page)} == {"林以宁"}
    desk.press(KEY.Key_Escape)
    assert not page.strip.is_open
    assert page.strip.isVisible()
    assert desk.focus is page.table
    assert page.foot_row.left.text() == "2 张"
    desk.press(KEY.Key_Escape)  # on the page: every condition is let go
    assert not page.strip.isVisible()
    assert len(shown(page)) == 4


def test_one_value_only_goes_back_for_the_next_condition(desk: Counter) -> None:
    page = bills(desk)
    keys(desk, KEY.Key_F10, KEY.Key_4, KEY.Key_3)
    assert desk.focus is page.strip.conditions
    assert dict(page.strip.chosen) == {"due": ("month",)}
    keys(desk, KEY.Key_4, KEY.Key_6)
    assert dict(page.strip.chosen) == {"due": ("year",)}
    desk.press(KEY.Key_Backspace)  # on a condition: without it
    assert page.strip.chosen == ()
    desk.press(KEY.Key_Return)  # nothing to keep: back into the list
    assert not page.strip.is_open


def test_a_chip_is_taken_away_and_an_empty_list_says_how(desk: Counter) -> None:
    page = bills(desk)
    keys(desk, KEY.Key_F10, KEY.Key_2, KEY.Key_4, KEY.Key_Escape)
    assert page.stack.currentWidget() is page.empty
    assert page.empty.title.text() == "没有符合条件的未付账单"
    assert "F10" in page.empty.why.text()
    chip = page.strip._chips.itemAt(0).widget()
    assert chip.text() == "账龄 逾期 90 天以上"
    chip.click()
    desk.settle()
    assert len(shown(page)) == 4


def test_of_many_buildings_a_part_of_the_name_is_typed(desk: Counter) -> None:
    with begin(desk.office, PROGRAM, Op.ADD_PLACES) as work:
        for n in range(2, 41):
            places.add_building(work, places.BuildingDraft(f"{n} 栋", [places.RoomDraft("101", 1)]))
        places.add_building(work, places.BuildingDraft("听雪楼", [places.RoomDraft("101", 1)]))
    page = bills(desk)
    keys(desk, KEY.Key_F10, KEY.Key_1)
    assert desk.focus is page.strip.finder
    assert page.strip.more.text() == "共 41 个"
    desk.type("1 2")
    assert [pick.words for pick in page.strip.choices.picks][:1] == ["12 栋"]
    for key in (KEY.Key_Backspace,) * 3:
        desk.press(key)
    type_chinese(page.strip.finder, "tingxue", "听雪")
    desk.settle()
    assert [pick.words for pick in page.strip.choices.picks] == ["听雪楼"]
    desk.press(KEY.Key_Return)
    assert page.strip.conditions.picks[0].words == "楼栋 听雪楼"
    assert page.stack.currentWidget() is page.empty
    assert desk.focus is page.strip.finder  # the clerk goes on choosing
    type_chinese(page.strip.finder, "1 dong", "1栋")
    desk.settle()
    desk.press(KEY.Key_Return)
    assert len(shown(page)) == 4
    keys(desk, KEY.Key_Backspace, KEY.Key_Escape)
    assert page.strip._chips.itemAt(0).widget().text() == "楼栋 1 栋、听雪楼"


@pytest.mark.parametrize("size", list(TypeSize))
def test_open_and_closed_the_page_fits_its_window(desk: Counter, look: Theme, size: TypeSize) -> None:
    for key in ("bills", "receipts"):
        page = desk.open(key)
        desk.press(KEY.Key_F10)
        look.switch(Shade.LIGHT, size)
        desk.settle()
        hint = page.minimumSizeHint()
        assert hint.width() <= 833, key
        assert hint.height() <= 430, key
        desk.press(KEY.Key_Escape)


# ---- views ---------------------------------------------------------------------------------------------------------


def kept_view(desk: Counter, page: BillsPage) -> None:
    """逾期 30 天内 as a view, under the name that is proposed."""
    page.late_counter.click()
    keys(desk, KEY.Key_F10, KEY.Key_2, KEY.Key_2, KEY.Key_Return)
    assert desk.dialog.form.field("title").value() == "逾期 30 天内"
    desk.press(KEY.Key_Return)
    assert desk.dialog is None


def test_enter_keeps_a_view_and_two_keys_bring_it_back(desk: Counter) -> None:
    page = bills(desk)
    kept_view(desk, page)
    assert page.views.button.text() == "逾期 30 天内"
    assert "F11 1" in desk.window.toast_widget.text
    page.search.set_value("x")
    desk.open("board")
    page = bills(desk, state="open")
    assert page.strip.chosen == ()
    assert page.views.button.text() == "视图"
    desk.press(KEY.Key_F11)
    QTest.keyClick(menu(desk), KEY.Key_1)
    desk.settle()
    assert page.state is BillState.OVERDUE
    assert dict(page.strip.chosen) == {"age": ("30",)}
    assert {row.debtor for row in shown(page)} == {"沈知微"}
    assert page.views.button.text() == "逾期 30 天内"
    desk.press(KEY.Key_Escape)
    assert page.strip.chosen == ()
    assert page.views.button.text() == "视图"


def test_a_view_that_was_changed_can_be_brought_up_to_date(desk: Counter) -> None:
    page = bills(desk)
    kept_view(desk, page)
    keys(desk, KEY.Key_F10, KEY.Key_3)
    type_chinese(page.strip.finder, "zujin", "租金")  # more kinds of fees than figures: they are found by name
    desk.settle()
    keys(desk, KEY.Key_Return, KEY.Key_Escape)
    assert page.views.button.text() == "视图"
    desk.press(KEY.Key_F11)
    (update,) = [action for action in menu(desk).actions() if action.text().startswith("更新")]
    update.trigger()
    menu(desk).close()
    desk.settle()
    assert page.views.current is not None
    assert dict(page.views.current.look.chosen) == {"age": ("30",), "fee": ("rent",)}
    assert page.views.button.text() == "逾期 30 天内"


def test_views_are_renamed_shared_and_taken_away(desk: Counter) -> None:
    page = bills(desk)
    kept_view(desk, page)
    page.views.arrange()
    desk.settle()
    dialog = desk.dialog
    desk.press(KEY.Key_1, ALT)
    title = desk.dialog.form.field("title")
    title.selectAll()
    type_chinese(title, "cui", "要催的")
    desk.press(KEY.Key_Return)
    assert dialog.table.current().title == "要催的"
    desk.press(KEY.Key_2, ALT)
    assert dialog.table.current().shared
    assert dialog.share.text() == "收回自用"
    desk.press(KEY.Key_3, ALT)
    assert dialog.table.rows.rowCount() == 0
    assert dialog.table.nothing.isVisible()
    desk.press(KEY.Key_Z, CONTROL)
    assert [row.title for row in shown(dialog)] == ["要催的"]
    dialog.cancel()


def test_what_a_colleague_shares_is_there_at_once(desk: Counter) -> None:
    page = bills(desk)
    lead = sit_down(desk.office, "manager", login="shenyz", name="沈月舟")
    with begin(desk.office, lead, Op.SAVE_VIEW) as work:
        view_id = saved_views.save_view(work, SaveView("bills", "要催的", ListLook("overdue")))
        saved_views.share_view(work, view_id)
    desk.settle()
    desk.press(KEY.Key_F11)
    assert "要催的（大家的）" in menu(desk).actions()[0].text()
    QTest.keyClick(menu(desk), KEY.Key_1)
    desk.settle()
    assert {row.debtor for row in shown(page)} == {"沈知微"}


def test_a_view_saved_over_can_be_had_back(desk: Counter) -> None:
    page = bills(desk)
    kept_view(desk, page)
    desk.window.toast_widget.dismiss()
    keys(desk, KEY.Key_F10, KEY.Key_4, KEY.Key_3, KEY.Key_Return)
    desk.dialog.form.field("title").set_value("逾期 30 天内")
    desk.press(KEY.Key_Return)
    assert dict(page.views.current.look.chosen) == {"age": ("30",), "due": ("month",)}  # type: ignore[union-attr]
    desk.press(KEY.Key_Z, CONTROL)
    assert dict(page.views.current.look.chosen) == {"age": ("30",)}  # type: ignore[union-attr]


def test_a_title_that_is_taken_or_empty_is_said(desk: Counter) -> None:
    page = bills(desk)
    kept_view(desk, page)
    page.views.save()
    desk.settle()
    dialog = desk.dialog
    dialog.form.field("title").set_value("逾期 30 天内")
    assert "换成现在的样子" in dialog.form.rows["title"].message.text
    dialog.form.field("title").set_value("")
    desk.press(KEY.Key_Return)
    assert desk.dialog is dialog
    dialog.cancel()


# ---- columns and order ---------------------------------------------------------------------------------------------


def titles(page: Any) -> list[str]:
    return [column.title for at, column in enumerate(page.table.rows.columns) if not page.table.isColumnHidden(at)]


def test_columns_are_chosen_by_keys_and_kept_for_the_person(desk: Counter) -> None:
    page = bills(desk)
    before = titles(page)
    page.views.choose_columns()
    desk.settle()
    dialog = desk.dialog
    keys(desk, KEY.Key_Down, KEY.Key_Space)  # the room goes
    keys(desk, KEY.Key_Down, (KEY.Key_Up, CONTROL), (KEY.Key_Up, CONTROL))  # the debtor comes first
    keys(desk, (KEY.Key_Right, CONTROL), KEY.Key_End, KEY.Key_Space)  # wider; the fee too
    keys(desk, (KEY.Key_Return, CONTROL))
    assert desk.dialog is not dialog
    wanted = ["应付人", *[title for title in before if title not in ("应付人", "房间")], "费用"]
    assert titles(page) == wanted
    wide = page.table.columnWidth(0)
    with desk.office.reading() as session:
        row = session.scalars(sa.select(SavedView)).one()
        assert (row.title, row.columns[0]) == ("", ["debtor", wide])
    desk.window.set_session(None)
    desk.window.set_session(desk.session, desk.actor.rights, desk.actor.name)
    page = bills(desk)
    assert titles(page) == wanted
    assert page.table.columnWidth(0) == wide


def test_the_last_column_cannot_be_hidden(desk: Counter) -> None:
    page = bills(desk)
    page.views.choose_columns()
    desk.settle()
    dialog = desk.dialog
    for _ in range(7):
        keys(desk, KEY.Key_Space, KEY.Key_Down)
    assert sum(row.shown for row in dialog._rows) == 1
    assert "至少留一列" in dialog.summary.text.text()
    desk.press(KEY.Key_1, ALT)
    assert sum(row.shown for row in dialog._rows) == 7
    dialog.cancel()


def test_alt_and_a_digit_sort_and_the_order_is_kept(desk: Counter) -> None:
    page = bills(desk)
    desk.press(KEY.Key_7, ALT)
    desk.qtbot.waitUntil(lambda: shown(page)[0].owed == Money.yuan(1860))
    desk.press(KEY.Key_7, ALT)
    desk.qtbot.waitUntil(lambda: shown(page)[0].owed == Money.yuan(5580))
    desk.press(KEY.Key_1, ALT)  # titles do not sort
    assert "不能排序" in desk.window.toast_widget.text
    desk.open("board")
    desk.window.set_session(None)
    desk.window.set_session(desk.session, desk.actor.rights, desk.actor.name)
    page = bills(desk)
    assert (page.table.rows.sort_key, page.table.rows.descending) == ("owed", True)
    assert shown(page)[0].owed == Money.yuan(5580)


def test_a_width_drawn_with_the_mouse_is_kept(desk: Counter) -> None:
    page = bills(desk)
    head = page.table.horizontalHeader()
    head.resizeSection(3, 150)
    desk.qtbot.waitUntil(lambda: page.views._keeping.isActive())
    desk.open("board")  # leaving keeps it at once
    with desk.office.reading() as session:
        kept = session.scalars(sa.select(SavedView.columns)).one()
    assert ["due", 150] in kept
    page = bills(desk)
    assert page.table.columnWidth(3) == 150


# ---- copying and printing ------------------------------------------------------------------------------------------


def entries(desk: Counter) -> list[Any]:
    with desk.office.reading() as session:
        found = session.scalars(sa.select(AuditEntry).where(AuditEntry.op == "export_list").order_by(AuditEntry.n))
        return [entry.facts for entry in found]


def test_selected_rows_are_copied_with_their_headings(desk: Counter) -> None:
    page = bills(desk)
    keys(desk, (KEY.Key_Down, SHIFT), (KEY.Key_C, CONTROL))
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0] == ["账单", "期间或用量", "房间", "应付人", "应缴日", "状态", "金额", "未付"]
    assert len(lines) == 3
    assert lines[1][3] == "沈知微"
    assert all(len(line) == 8 for line in lines)
    assert "2 行" in desk.window.toast_widget.text
    (facts,) = entries(desk)
    assert (facts["list"], facts["rows"], facts["how"]) == ("bills", 2, "copied")
    keys(desk, (KEY.Key_A, CONTROL), (KEY.Key_C, CONTROL))
    assert len(QGuiApplication.clipboard().text().split("\n")) == 5
    assert page.table.rows.rowCount() == 4


def test_what_a_workbook_would_run_is_made_plain() -> None:
    from desktop.views.columns import Column

    text = Column("姓名", str)
    assert as_text([text], ["=1+1", "-1,860.00", "-danger", "@x", "a\tb\nc", "+86 138"]).split("\n") == [
        "姓名", "'=1+1", "-1,860.00", "'-danger", "'@x", "a b c", "'+86 138"
    ]  # fmt: skip


def test_without_the_right_a_colleague_is_asked_and_nothing_is_copied(front_desk: Counter) -> None:
    bills(front_desk)
    QGuiApplication.clipboard().setText("before")
    front_desk.press(KEY.Key_C, CONTROL)
    dialog = front_desk.dialog
    assert type(dialog).__name__ == "ApprovalDialog", front_desk.message
    dialog.cancel()
    front_desk.settle()
    assert QGuiApplication.clipboard().text() == "before"
    assert entries(front_desk) == []
    front_desk.press(KEY.Key_C, CONTROL)
    front_desk.type(PIN)
    front_desk.press(KEY.Key_Return)
    assert QGuiApplication.clipboard().text().startswith("账单\t")
    assert entries(front_desk)[0]["approved"] == "export_lists"


def test_the_selection_or_the_whole_list_is_printed(desk: Counter) -> None:
    bills(desk)
    keys(desk, (KEY.Key_Down, SHIFT), KEY.Key_F6)
    assert [button.text() for button in desk.dialog.buttons] == ["全部 4 行", "选中的 2 行"]
    desk.press(KEY.Key_Return)
    desk.qtbot.waitUntil(lambda: len(desk.printed()) == 1)
    assert entries(desk)[0]["how"] == "printed"
    keys(desk, KEY.Key_Down, KEY.Key_F6)
    assert [button.text() for button in desk.dialog.buttons] == ["选中的 1 行", "全部 4 行"]
    desk.press(KEY.Key_Return)
    desk.qtbot.waitUntil(lambda: len(desk.printed()) == 2)
    assert [facts["rows"] for facts in entries(desk)] == [2, 4]


def test_masked_stays_masked(desk: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    page: Any = bills(desk)
    assert page.help_topic == "bills"
    from desktop.services import party_lists
    from desktop.services.paging import Span
    from desktop.services.party_lists import PartyFilter, PartyScope
    from desktop.views.parties import PartiesPage

    rows = desk.session.read(party_lists.list_parties, PartyFilter(PartyScope.EVERYBODY), Span(0, 10))
    made = PartiesPage(desk.window._seat)
    desk.qtbot.addWidget(made)
    copied = as_text(made.table.known, rows)
    assert "****" in copied
    assert "13900000003" not in copied


# ---- receipts ------------------------------------------------------------------------------------------------------


def test_receipts_of_today_are_listed_and_opened(desk: Counter) -> None:
    page = desk.open("receipts")
    assert page.empty.title.text() == "还没有收据"
    desk.pay_elsewhere()
    desk.settle()
    desk.pay_elsewhere(desk.now)
    desk.settle()
    assert [row.payer for row in shown(page)] == ["林以宁", "沈知微"]
    assert (page.foot_row.left.text(), page.foot_row.right.text()) == ("2 张", "合计 3,720.00")
    first, second = shown(page)
    assert list(page.source.page(Ask(1, 5, after=first))) == [second]
    assert list(page.source.page(Ask(0, 1, before=second))) == [first]
    keys(desk, KEY.Key_F10, KEY.Key_2, KEY.Key_4, KEY.Key_Escape)
    assert page.empty.title.text() == "没有符合条件的收据"
    desk.press(KEY.Key_Escape)
    assert len(shown(page)) == 2
    keys(desk, (KEY.Key_F, CONTROL))
    desk.type(second.number[-3:])
    assert [row.number for row in shown(page)] == [second.number]
    keys(desk, KEY.Key_Down, KEY.Key_Return)
    assert desk.place == ("receipt", {"payment_id": second.payment_id})
