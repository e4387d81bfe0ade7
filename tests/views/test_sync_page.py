"""The page 同步 by keys: both values and one choice, a note for what was looked at, a session at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Money
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.sync.desk import facts_of, record_trouble
from desktop.services.sync.head_office import HeadOffice, Unreachable, Why
from desktop.services.sync.meeting import open_task
from desktop.services.sync.runner import Runner
from desktop.services.work import PROGRAM, begin
from desktop.views.sync import SyncPage
from desktop.views.sync_watch import SyncWatch
from tests.databases import Databases
from tests.offices import rooms_of, sit_down
from tests.services.sync_kit import Met, enrol, set_rent
from tests.views.admin_desk import ALT, CTRL, AdminDesk

KEY = Qt.Key


@pytest.fixture
def met(tmp_path: Path, databases: Databases) -> Iterator[Met]:
    made = Met(tmp_path, databases, "sqlite")
    yield made
    made.close()


Sit = Callable[..., AdminDesk]


@pytest.fixture
def sit(qtbot: QtBot, on_desk: Callable[..., QWidget], met: Met, tmp_path: Path) -> Iterator[Sit]:
    desks: list[AdminDesk] = []

    def start(role: str = "manager") -> AdminDesk:
        actor = sit_down(met.early.office, role, login="zhouyq", name="周砚秋")
        made = AdminDesk(qtbot, met.early.office, actor, tmp_path / "prints")
        desks.append(made)
        on_desk(made.window, 1093, 614)
        made.window.navigate("sync")
        made.idle()
        return made

    yield start
    for made in desks:
        made.close()


def page_of(desk: AdminDesk) -> SyncPage:
    page = desk.window.page()
    assert isinstance(page, SyncPage)
    return page


def light(desk: AdminDesk) -> tuple[str, str, str]:
    shown = desk.window.status.lights["sync"]
    return shown._text, shown._detail, shown.tone


def test_both_values_and_the_present_one_is_kept(sit: Sit, met: Met) -> None:
    desk = sit()
    page = page_of(desk)
    assert page.table.hasFocus()
    facts = {fact.name: fact.value for fact in page.facts._stand}
    assert (facts["现在的"], facts["另一个"]) == ("¥2,000.00", "¥1,900.00")
    desk.press(KEY.Key_1, ALT)
    assert page.table.rows.rowCount() == 0
    assert met.rent(met.early) == Money.yuan(2000)
    assert "没有要您看的" in page.table.nothing.text()


def test_the_other_one_is_taken_by_a_key(sit: Sit, met: Met) -> None:
    desk = sit()
    desk.press(KEY.Key_2, ALT)
    assert met.rent(met.early) == Money.yuan(1900)
    assert "¥1,900.00" in desk.window.toast_widget.text
    assert page_of(desk).table.rows.rowCount() == 0


def test_what_was_written_meanwhile_is_shown_before_one_chooses_again(sit: Sit, met: Met) -> None:
    desk = sit()
    with begin(met.early.office, PROGRAM, Op.CHANGE_LEASE) as work:
        set_rent(work, met.term_id, Money.yuan(2100))
    desk.press(KEY.Key_2, ALT)
    facts = {fact.name: fact.value for fact in page_of(desk).facts._stand}
    assert facts["现在的"] == "¥2,100.00"
    assert met.rent(met.early) == Money.yuan(2100)


def test_what_met_otherwise_is_noted(sit: Sit, met: Met) -> None:
    office = met.early.office
    one, other = rooms_of(office)[:2]
    with begin(office, PROGRAM, Op.APPLY_CHANGES) as work:
        work.authorised += 1
        open_task(work, "twice", "room", one, {"other": other.hex, "key": ["number"]})
        work.record()
    desk = sit()
    page = page_of(desk)
    desk.press(KEY.Key_Down)
    assert page.done.isVisible()
    assert not page.keep.isVisible()
    desk.press(KEY.Key_3, ALT)
    dialog = desk.dialog()
    desk.press(KEY.Key_Return, CTRL)
    assert "写一句" in dialog.form.rows["note"].said  # type: ignore[attr-defined]
    desk.type("已核对")
    desk.press(KEY.Key_Return, CTRL)
    assert page.table.rows.rowCount() == 1


def test_a_clerk_sees_and_may_not_choose(sit: Sit, met: Met) -> None:
    desk = sit("front_desk")
    page = page_of(desk)
    assert page.table.rows.rowCount() == 1
    desk.press(KEY.Key_2, ALT)
    assert met.rent(met.early) == Money.yuan(2000)
    assert page.table.rows.rowCount() == 1


def test_without_head_office_it_says_so(sit: Sit) -> None:
    page = page_of(sit())
    assert "没有登记到总部" in page.detail_label.text()
    assert not page.now.isEnabled()


@contextmanager
def nobody(_office: Office) -> Iterator[HeadOffice]:
    raise Unreachable(Why.NO_LINE)
    yield


def test_a_session_at_once_and_why_it_did_not_come_to_its_end(sit: Sit, met: Met) -> None:
    office = met.early.office
    enrol(office)
    runner = Runner(office, reach=nobody)
    runner.start()
    try:
        desk = sit()
        page = page_of(desk)
        desk.qtbot.waitUntil(page.why.isVisible, timeout=30000)
        assert "请检查本机网络" in page.why.text()
        desk.press(KEY.Key_3, CTRL)
        assert page.sessions.hasFocus()
        before = len(runner.recent)
        desk.press(KEY.Key_Return, CTRL)
        desk.qtbot.waitUntil(lambda: len(runner.recent) > before, timeout=30000)
        desk.idle()
        assert page.sessions.rows.rowCount() >= 1
    finally:
        runner.stop(30)


# ---- the light -------------------------------------------------------------------------------------------------------


def test_the_light_tells_what_waits_why_and_how_long_alone(sit: Sit, met: Met) -> None:
    office = met.early.office
    enrol(office)
    desk = sit()
    watch = SyncWatch(desk.window, office)
    watch.show_facts(facts_of(office))
    words, since, tone = light(desk)
    assert words.endswith("笔待上传")
    assert since.startswith("自 ")
    assert tone == "info"
    record_trouble(office, Why.NO_LINE.value)
    watch.show_facts(facts_of(office))
    assert light(desk)[0] == "连不上总部"
    assert light(desk)[1].endswith("笔待上传")
    met.early.world.advance(timedelta(days=2, hours=1))
    watch._tried = True
    watch.show_facts(facts_of(office))
    assert light(desk) == ("2 天没同步", "连不上总部", "warn")
    notice = desk.window.banner_strip.notice
    assert notice is not None
    assert "照常" in notice.text
    met.early.world.advance(timedelta(days=6))
    watch.show_facts(facts_of(office))
    assert light(desk) == ("8 天没同步", "连不上总部", "danger")
    assert "超过 7 天" in desk.window.banner_strip.notice.text  # type: ignore[union-attr]
    watch.stop()


def test_the_key_of_the_light_opens_the_page(sit: Sit) -> None:
    desk = sit()
    desk.window.navigate("parties")
    desk.idle()
    desk.press(KEY.Key_F7, Qt.KeyboardModifier.ShiftModifier)
    assert desk.window.place is not None
    assert desk.window.place.key == "sync"
