"""今日 by keys: what is overdue first, the page that does it by Enter, answers by one key, an empty day in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.due import DueState
from desktop.services import check_in_draft, drafts, due_engine, due_lists
from desktop.services.due_lists import DueRow
from desktop.services.office import Office
from desktop.services.today import LITTLE_ROOM, Scope
from desktop.services.work import PROGRAM, look
from desktop.views.due_dialogs import NeedlessDialog
from desktop.views.today import TodayPage
from desktop.world import SeededWorld
from tests.offices import check_in, many, rooms_of, terms
from tests.services.due_kit import facts, later, report_repair
from tests.views.people_kit import ALT, CONTROL, Desk

NONE = Qt.KeyboardModifier.NoModifier


def busy(office: Office) -> None:
    """Bills 8 days overdue, leases that end in 22 days, one that begins today, a repair nobody answered."""
    begun = office.world.today()
    for n, form in enumerate(many(2)):
        check_in(office, PROGRAM, rooms_of(office)[n], form, terms(begun, 1))
    check_in(office, PROGRAM, rooms_of(office)[3], many(4)[3], terms(begun + timedelta(days=8)))
    later(office, days=8)
    report_repair(office, urgent=True)
    later(office, minutes=40)


@pytest.fixture
def sit(
    qtbot: QtBot, on_desk: Callable[..., QWidget], world: SeededWorld, tmp_path: Path
) -> Iterator[Callable[..., Desk]]:
    """`sit("front_desk")`: somebody before the page of a busy office, or of one filled by `fill`."""
    desks: list[Desk] = []

    def start(*roles: str, fill: Callable[[Office], Any] = busy, wide: int = 1093) -> Desk:
        desks.append(Desk(world, tmp_path, qtbot, on_desk, fill, *roles, wide=wide, pages=("today",)))
        desks[-1].open("today")
        return desks[-1]

    yield start
    for desk in desks:
        desk.office.close()


def words(window: QWidget) -> str:
    """Everything that is told: labels, and names of what paints itself."""
    found = [each for each in window.findChildren(QWidget) if each.isVisible()]
    return " ".join(each.text() if isinstance(each, QLabel) else each.accessibleName() for each in found)


def page(desk: Desk) -> TodayPage:
    shown = desk.window._pages["today"]
    assert isinstance(shown, TodayPage)
    return shown


def shown(desk: Desk) -> list[DueRow]:
    rows = page(desk).table.rows
    return [rows.row(at) for at in range(rows.rowCount())]


def scope(desk: Desk, wanted: Scope) -> None:
    """By its key."""
    at = [option.value for option in page(desk).tabs._options].index(wanted)
    desk.press(Qt.Key(Qt.Key.Key_1.value + at), CONTROL)
    assert page(desk).tabs.value() is wanted


# ---- what stands there -----------------------------------------------------------------------------------------------


def test_what_is_overdue_stands_first_and_is_in_hand(sit: Callable[..., Desk]) -> None:
    desk = sit("manager", "cashier", "front_desk")
    scope(desk, Scope.ALL)
    rows = shown(desk)
    assert [row.late for row in rows] == sorted((row.late for row in rows), reverse=True)
    assert page(desk).table.hasFocus()
    assert page(desk).table.current() == rows[0]
    late = sum(row.late for row in rows)
    assert f"要办 {len(rows)} 件 · 逾期 {late} 件" in page(desk).detail_label.text()
    words_of = {row.rule: page(desk)._when(row) for row in reversed(rows)}
    assert words_of["bill_open"] == "逾期 8 天"
    assert words_of["lease_end"].startswith("剩 ")
    assert words_of["move_in"] == "今天"
    assert words_of["repair_answer"] == "已过 10 分钟"
    assert words_of["backup_late"] == "已 8 天"


def test_the_first_tab_is_what_concerns_the_role(sit: Callable[..., Desk]) -> None:
    desk = sit("front_desk")
    assert page(desk).tabs.value() is Scope.MINE
    assert {row.role for row in shown(desk)} == {"front_desk"}
    scope(desk, Scope.ALL)
    assert "backup_late" not in {row.rule for row in shown(desk)}, "rights decide"
    assert Scope.OFFICE not in [option.value for option in page(desk).tabs._options]


def test_it_may_be_opened_at_one_kind(sit: Callable[..., Desk]) -> None:
    desk = sit("manager", "cashier")
    desk.open("board")
    desk.open("today", scope="bills")
    assert page(desk).tabs.value() is Scope.BILLS
    assert {row.rule for row in shown(desk)} == {"bill_open"}
    assert page(desk).table.hasFocus()


def test_the_page_follows_what_happens_elsewhere(sit: Callable[..., Desk]) -> None:
    desk = sit("manager", "cashier")
    scope(desk, Scope.REPAIRS)
    [row] = shown(desk)
    desk.world.advance(timedelta(minutes=20))
    due_engine.run_pass(desk.office)  # the minute's turn: the repair goes up a rung
    desk.settle()
    [after] = shown(desk)
    assert after.level == row.level + 1
    assert page(desk).table.current() is not None


# ---- one key to do it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "wanted", "place", "param"),
    [
        (("manager", "cashier"), Scope.BILLS, "till", "bill_ids"),
        (("front_desk",), Scope.BILLS, "bill", "bill_id"),
        (("front_desk",), Scope.LEASES, "lease", "lease_id"),
        (("administrator",), Scope.OFFICE, "settings", "section"),
    ],
)
def test_enter_opens_the_page_that_does_it(
    sit: Callable[..., Desk], roles: tuple[str, ...], wanted: Scope, place: str, param: str
) -> None:
    desk = sit(*roles)
    scope(desk, wanted)
    row = page(desk).table.current()
    desk.press(Qt.Key.Key_Return)
    key, params = desk.at()
    assert key == place
    told = params[param]
    assert told in (row.subject_id, (row.subject_id,), "backup")
    desk.press(Qt.Key.Key_Home, ALT)
    assert desk.at()[0] == "today"
    assert page(desk).tabs.value() is wanted, "as she left it"


def test_a_repair_opens_its_order(sit: Callable[..., Desk]) -> None:
    desk = sit("front_desk")
    scope(desk, Scope.REPAIRS)
    row = page(desk).table.current()
    assert page(desk).go.text() == "看报修"
    desk.press(Qt.Key.Key_Return)
    assert desk.at() == ("repair", {"order_id": row.subject_id})


# ---- answers ---------------------------------------------------------------------------------------------------------


def test_done_by_one_key(sit: Callable[..., Desk]) -> None:
    desk = sit("manager", "cashier")
    scope(desk, Scope.BILLS)
    before = shown(desk)
    row = page(desk).table.current()
    desk.press(Qt.Key.Key_1, ALT)
    assert [each.id for each in shown(desk)] == [each.id for each in before if each.id != row.id]
    assert page(desk).table.hasFocus()
    states = {fact.state for fact in facts(desk.office, "bill_open") if fact.subject_id == row.subject_id}
    assert states == {DueState.DONE}


def test_put_off_until_tomorrow_seen_under_later_and_fetched_back(sit: Callable[..., Desk]) -> None:
    desk = sit("manager", "cashier")
    scope(desk, Scope.BILLS)
    row = page(desk).table.current()
    desk.press(Qt.Key.Key_2, ALT)
    assert row.id not in {each.id for each in shown(desk)}
    scope(desk, Scope.LATER)
    assert [each.id for each in shown(desk)] == [row.id]
    assert page(desk).later.text() == "现在办"
    desk.press(Qt.Key.Key_2, ALT)
    scope(desk, Scope.BILLS)
    assert row.id in {each.id for each in shown(desk)}


def test_not_needed_wants_a_reason(sit: Callable[..., Desk]) -> None:
    desk = sit("manager", "cashier")
    scope(desk, Scope.BILLS)
    row = page(desk).table.current()
    desk.press(Qt.Key.Key_3, ALT)
    assert isinstance(desk.dialog(), NeedlessDialog)
    desk.press(Qt.Key.Key_Escape)
    assert row.id in {each.id for each in shown(desk)}
    desk.press(Qt.Key.Key_3, ALT)
    desk.press(Qt.Key.Key_2, ALT)
    assert row.id not in {each.id for each in shown(desk)}
    reasons = {fact.reason for fact in facts(desk.office, "bill_open") if fact.subject_id == row.subject_id}
    assert reasons == {"和租客说好了，不用办"}


def test_what_a_colleague_answered_meanwhile_is_said_and_goes(sit: Callable[..., Desk]) -> None:
    from desktop.services.acts import Op
    from desktop.services.work import begin

    desk = sit("manager", "cashier")
    scope(desk, Scope.BILLS)
    row = page(desk).table.current()
    listeners, desk.office._listeners[:] = list(desk.office._listeners), []  # her notice has not come yet
    with begin(desk.office, PROGRAM, Op.ANSWER_DUE) as work:
        due_lists.answer_due(work, row.id)
    desk.office._listeners[:] = listeners
    desk.press(Qt.Key.Key_1, ALT)
    assert "这件事不用再办了" in words(desk.window)
    assert row.id not in {each.id for each in shown(desk)}


# ---- nothing to do ---------------------------------------------------------------------------------------------------


def test_an_empty_day_says_so_and_leads_on(sit: Callable[..., Desk]) -> None:
    desk = sit("front_desk", fill=lambda office: due_engine.run_pass(office))
    assert page(desk).stack.currentWidget() is page(desk).empty
    assert "到期的事都办完了" in words(desk.window)
    assert page(desk).board.hasFocus()
    desk.press(Qt.Key.Key_Return)
    assert desk.at()[0] == "board"


def test_when_only_others_have_something_to_do(sit: Callable[..., Desk]) -> None:
    def fill(office: Office) -> None:
        later(office, days=2)

    desk = sit("manager", "cashier", fill=fill)
    assert "您的事都办完了" in words(desk.window)
    assert page(desk).all.hasFocus()
    desk.press(Qt.Key.Key_Return)
    assert [row.rule for row in shown(desk)] == ["backup_late"]
    assert page(desk).table.hasFocus()


# ---- beside it -------------------------------------------------------------------------------------------------------


def with_draft(office: Office) -> None:
    busy(office)
    office.world.free = LITTLE_ROOM - 1  # type: ignore[attr-defined]


def test_drafts_and_the_desk_stand_beside_the_list(sit: Callable[..., Desk]) -> None:
    desk = sit("front_desk", fill=with_draft)
    draft_id = desk.world.new_id()
    drafts.save_draft(
        desk.office, desk.actor, check_in_draft.KIND, draft_id, "顾听澜 → 1 栋 303",
        check_in_draft.encode(check_in_draft.CheckInDraft()),
    )  # fmt: skip
    page(desk).refresh(frozenset())
    desk.settle()
    assert page(desk).panel.isVisible()
    told = words(desk.window)
    for sentence in ("没办完的", "到期提醒在运行", "该备份了", "还没有备份过", "还剩不到 2 GB"):
        assert sentence in told, sentence
    desk.press(Qt.Key.Key_4, ALT)
    assert desk.at() == ("check_in", {"draft_id": draft_id})


def test_in_a_narrow_window_the_panel_waits_for_its_key(sit: Callable[..., Desk]) -> None:
    desk = sit("front_desk", fill=with_draft, wide=911)
    assert not page(desk).panel.isVisible()
    desk.qtbot.waitUntil(lambda: page(desk).more.text() == "系统 2")  # reminders and disk tell of themselves one by one
    desk.press(Qt.Key.Key_0, CONTROL)
    assert page(desk).panel.isVisible()
    desk.press(Qt.Key.Key_0, CONTROL)
    assert not page(desk).panel.isVisible()


def test_the_page_fits_the_smallest_desk(sit: Callable[..., Desk]) -> None:
    desk = sit("manager", "cashier", "front_desk", "administrator", wide=911)
    hint = page(desk).minimumSizeHint()
    assert hint.width() <= 833
    assert hint.height() <= 430


def test_what_an_auditor_may_not(sit: Callable[..., Desk]) -> None:
    desk = sit("auditor")
    assert page(desk).tabs.value() is Scope.ALL
    for button in (page(desk).done, page(desk).later, page(desk).needless):
        assert not button.isEnabled()
        assert "只能看" in button.reason
    with look(desk.office, desk.actor) as reading:
        assert len(shown(desk)) == sum(due_lists.due_counts(reading).values())
