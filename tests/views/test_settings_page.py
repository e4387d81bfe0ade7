"""The settings page: sections by right, look, printers, rules, the audit chain green and red, health check, backup."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.models.values import Right
from desktop.preferences import PrinterChoice
from desktop.preferences import Theme as Shading
from desktop.preferences import TypeSize as Size
from desktop.services import access, settings
from desktop.services.acts import Op
from desktop.services.backup_file import read_header
from desktop.services.errors import ProblemsFound
from desktop.services.office import Office
from desktop.services.work import begin, look
from desktop.services.working_time import holiday_words
from desktop.views.admin.passwords import OwnPasswordDialog
from desktop.views.admin.pin_dialog import PinDialog
from desktop.views.admin.section import SECTIONS, Section
from desktop.views.admin.settings import SettingsPage
from desktop.views.keys import top_overlay
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.views.versions import VersionsDialog
from desktop.world import SeededWorld
from tests.offices import PASSWORD, make_office, sit_down
from tests.views.admin_desk import ALT, CTRL, AdminDesk

Seat = Callable[..., AdminDesk]


@pytest.fixture
def office(world: SeededWorld, tmp_path: Path) -> Iterator[Office]:
    made = make_office(world, tmp_path / "office", f"sqlite:///{tmp_path}/office/office.db")
    yield made
    made.close()


@pytest.fixture
def seat(qtbot: QtBot, on_desk: Callable[..., QWidget], office: Office, tmp_path: Path) -> Iterator[Seat]:
    """`seat("administrator", "rules")`: somebody with this role in this section."""
    desks: list[AdminDesk] = []

    def sit(role: str = "administrator", section: str = "mine") -> AdminDesk:
        desk = AdminDesk(qtbot, office, sit_down(office, role, login="zhouyq", name="周砚秋"), tmp_path / "prints")
        desks.append(desk)
        on_desk(desk.window, 1093, 614)
        desk.window.navigate("settings", section=section)
        desk.idle()
        return desk

    yield sit
    for desk in desks:
        desk.close()


def page_of(desk: AdminDesk) -> SettingsPage:
    page = desk.window.page()
    assert isinstance(page, SettingsPage)
    return page


def section_of(desk: AdminDesk) -> Any:
    return page_of(desk).section


def words_in(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


# ---- sections ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(access.SHIPPED))
def test_each_role_sees_its_sections_and_none_fails(seat: Seat, role: str) -> None:
    desk = seat(role)
    rights = access.SHIPPED[role][1]
    wanted = [spec.key for spec in SECTIONS if spec.right is None or spec.right in rights]
    page = page_of(desk)
    assert [spec.key for spec in page.specs] == wanted
    for at, key in enumerate(wanted):
        assert at < 10, "an eleventh section needs another key than a digit"
        desk.press(Qt.Key(Qt.Key.Key_0 + (at + 1) % 10), CTRL)
        assert page.tabs.value() == key
        assert isinstance(page.section, Section)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert page.section.isAncestorOf(focus), f"{key} places the focus"
        assert not desk.window.message_bar.isVisible(), words_in(desk.window.message_bar)


def test_arrows_walk_along_the_tabs(seat: Seat) -> None:
    desk = seat()
    page = page_of(desk)
    page.tabs.setFocus()
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Right)
    assert page.tabs.value() == "rules"
    assert page.tabs.hasFocus()


def test_the_way_to_the_staff_page(seat: Seat, office: Office) -> None:
    sit_down(office, "front_desk", "cashier")
    desk = seat(section="people")
    assert "2 人" in words_in(section_of(desk))
    desk.press(Qt.Key.Key_1, ALT)
    assert desk.window.place is not None
    assert desk.window.place.key == "staff"


# ---- one's own -----------------------------------------------------------------------------------------------------


def test_the_look_changes_at_once_and_is_remembered(seat: Seat, look: Theme) -> None:
    desk = seat()
    section = section_of(desk)
    section.shade.setFocus()
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Right)
    assert look.shade is Shade.DARK
    section.type_size.setFocus()
    desk.press(Qt.Key.Key_Right)
    assert look.size is TypeSize.LARGE
    assert (desk.saved[-1].theme, desk.saved[-1].type_size) == (Shading.DARK, Size.LARGE)


def test_the_own_password_is_a_key_away(seat: Seat) -> None:
    desk = seat("front_desk")
    desk.press(Qt.Key.Key_1, ALT)
    dialog = desk.dialog()
    assert isinstance(dialog, OwnPasswordDialog)
    desk.press(Qt.Key.Key_Escape)


# ---- printers ------------------------------------------------------------------------------------------------------


def test_a_printer_is_chosen_for_each_kind_of_paper(seat: Seat, tmp_path: Path) -> None:
    desk = seat("front_desk", "printers")
    section = section_of(desk)
    section.show_printers(["HP-01", "针打-01"])
    form = section.form
    assert not section.save.isEnabled()
    form.field("printer").set_value("针打-01")
    form.field("tray").set_value("Tractor")
    form.field("offset_x_mm").set_value("2.5")
    form.field("copies").set_value("2")
    assert not section.test.isEnabled(), "a test page shows what is saved"
    desk.press(Qt.Key.Key_Return, CTRL)
    form.field("form").set_value("half")
    form.field("orientation").set_value("portrait")
    form.field("feed_mm").set_value("-0.3")
    desk.press(Qt.Key.Key_Return, CTRL)
    chosen = PrinterChoice(
        printer="针打-01", tray="Tractor", offset_x_mm=2.5, copies=2, form="half", orientation="portrait", feed_mm=-0.3
    )
    assert desk.saved[-1].printers == {"receipt": chosen}
    section.kind.set_value("lease")
    assert form.field("printer").value() == ""
    assert not form.rows["form"].isVisible(), "only receipts have forms"
    section.kind.set_value("receipt")
    assert section.choice() == chosen
    section.show_printers(["HP-01"])
    assert form.field("printer").currentText() == "针打-01（现在不在）"
    form.field("offset_y_mm").set_value("21")
    assert form.rows["offset_y_mm"].message.text == "写 20 或更小的数"
    assert not section.save.isEnabled()


def test_a_test_page_has_its_cross_where_it_says(seat: Seat, tmp_path: Path) -> None:
    import pypdfium2

    from tests.services.paper.samples import pdf_text

    desk = seat("front_desk", "printers")
    section = section_of(desk)
    section.form.field("form").set_value("third")
    section.form.field("offset_x_mm").set_value("0.5")
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.press(Qt.Key.Key_F6)
    (path,) = (tmp_path / "prints").glob("*.pdf")
    assert "测试页已送到" in section.state.text()
    text = pdf_text(path.read_bytes())[0]
    assert "241×93 三联，三等分" in text
    assert "现在填的偏移：向右 0.5，向下 0" in text
    assert "向右填 3.5 2.5 1.5 0.5 -0.5 -1.5 -2.5" in text
    document = pypdfium2.PdfDocument(path)
    try:
        page = document[0]
        wide, high = page.get_size()
        assert (round(wide * 25.4 / 72), round(high * 25.4 / 72)) == (241, 93)
        bitmap = page.render(scale=8)
        millimetre = 8 * 72 / 25.4
        first = int(12 * millimetre)
        dark = bitmap.to_numpy()[first : int(28 * millimetre), first : int(28 * millimetre), 0] < 128
        for lines in (dark.sum(axis=0), dark.sum(axis=1)):
            assert (first + lines.argmax()) / millimetre == pytest.approx(20, abs=0.15)
        bitmap.close()
        page.close()
    finally:
        document.close()


def test_a_pin_is_chosen_changed_and_dropped(seat: Seat, office: Office) -> None:
    desk = seat("front_desk")
    section = section_of(desk)
    assert "还没有设 PIN" in section.pin_state.text()
    assert not section.drop.isVisible()
    desk.press(Qt.Key.Key_2, ALT)
    dialog = desk.dialog()
    assert isinstance(dialog, PinDialog)
    assert dialog.form is not None
    desk.fill("Maple-42", "960418", "960418")
    desk.press(Qt.Key.Key_Return, CTRL)
    assert dialog.form.rows["pin"].message.text == "像生日或年份，认识您的人会试，换一个"
    assert dialog.form.field("pin").hasFocus()
    desk.fill("407186", "407187")
    desk.press(Qt.Key.Key_Return, CTRL)
    assert dialog.form.rows["repeat"].message.text == "两次输入的 PIN 不一样"
    desk.fill("407186")
    desk.press(Qt.Key.Key_Return, CTRL)
    assert dialog.form.rows["password"].message.text == "密码不对，重新输入"
    fields = [dialog.form.field(name) for name in ("password", "pin", "repeat")]
    fields[0].setText(PASSWORD)
    desk.press(Qt.Key.Key_Return, CTRL)
    assert top_overlay(desk.window) is None
    assert not [field for field in fields if isValid(field) and field.text()], "nothing stays in the fields"
    assert "要先用密码登录一次" in section.pin_state.text(), "this test sat down without the sign-in card"
    access.sign_in(office, "zhouyq", PASSWORD, desk.session.passwords)
    desk.press(Qt.Key.Key_F5)
    section.refresh()
    desk.idle()
    assert "可以用" in section.pin_state.text()
    assert section.pin.text() == "换一个 PIN"
    desk.press(Qt.Key.Key_3, ALT)
    assert "还没有设 PIN" in section.pin_state.text()
    assert "PIN 已取消" in desk.window.toast_widget.text


# ---- rules ---------------------------------------------------------------------------------------------------------


def rules(office: Office, desk: AdminDesk) -> dict[str, Any]:
    with look(office, desk.actor) as reading:
        return settings.current_settings(reading)


def test_only_what_was_changed_is_stored(seat: Seat, office: Office) -> None:
    desk = seat(section="rules")
    section = section_of(desk)
    assert section.form.field("lock_minutes").hasFocus()
    assert section.form.field("late_fee_per_mille").text() == "0.5"
    assert not section.save.isEnabled()
    desk.fill("12", "", "", "200")
    assert section.form.rows["expiring_days"].message.text == "写 1 到 180 之间的数"
    desk.press(Qt.Key.Key_Return, CTRL)
    assert rules(office, desk)["lock_minutes"] == 5, "nothing is stored while something is wrong"
    assert section.form.field("expiring_days").hasFocus()
    desk.fill("30")
    section.form.field("late_fee_per_mille").set_value("0.30")
    section.form.field("property_fee_price").set_value("1.8")
    section.form.field("receipt_paper").set_value("a4")
    section.form.field("keep_card_pictures").set_value(True)
    assert section.changes() == {
        "lock_minutes": 12, "late_fee_per_mille": "0.30", "property_fee_price": "1.8", "receipt_paper": "a4",
        "keep_card_pictures": True,
    }  # fmt: skip
    desk.press(Qt.Key.Key_Return, CTRL)
    now = rules(office, desk)
    assert (now["lock_minutes"], now["late_fee_per_mille"], now["receipt_paper"]) == (12, "0.30", "a4")
    assert now["expiring_days"] == 30
    assert section.changes() == {}
    section.form.field("property_fee_price").set_value("")
    desk.press(Qt.Key.Key_Return, CTRL)
    assert rules(office, desk)["property_fee_price"] is None


def test_a_rule_from_a_later_day_and_none_from_the_past(seat: Seat, office: Office) -> None:
    desk = seat(section="rules")
    section = section_of(desk)
    section.form.field("retention_years").set_value("5")
    section.form.field("valid_from").set_value(office.world.today() - timedelta(days=1))
    desk.press(Qt.Key.Key_Return, CTRL)
    assert section.form.rows["valid_from"].message.text == "规则不能从过去的日子起生效：选今天或以后"
    later = office.world.today() + timedelta(days=10)
    section.form.field("valid_from").set_value(later)
    desk.press(Qt.Key.Key_Return, CTRL)
    with look(office, desk.actor) as reading:
        assert settings.setting(reading, "retention_years") == 3
        assert settings.setting(reading, "retention_years", later) == 5


def test_the_hours_of_the_office_and_its_own_days_off(seat: Seat, office: Office) -> None:
    desk = seat(section="rules")
    section = section_of(desk)
    assert section.form.rows["office_holidays"].message.text == holiday_words(office.world.today())
    section.form.field("office_hours").set_value("九点")
    section.form.field("office_days_off").set_value("初六")
    desk.press(Qt.Key.Key_Return, CTRL)
    assert "写成 08:30-12:00" in section.form.rows["office_hours"].said
    assert "写成 2027-02-05" in section.form.rows["office_days_off"].said
    section.form.field("office_hours").set_value("09:00-12:00 14:00-18:00")
    section.form.field("office_days_off").set_value("2027-02-11，2027-02-10")
    section.form.field("office_weekdays").set_value("12345")
    desk.press(Qt.Key.Key_Return, CTRL)
    now = rules(office, desk)
    assert (now["office_hours"], now["office_weekdays"]) == ("09:00-12:00 14:00-18:00", "12345")
    assert now["office_days_off"] == ["2027-02-10", "2027-02-11"]
    assert section.changes() == {}


def test_minutes_of_single_kinds(seat: Seat, office: Office) -> None:
    desk = seat(section="rules")
    desk.press(Qt.Key.Key_8, Qt.KeyboardModifier.AltModifier)
    dialog: Any = desk.dialog()
    desk.qtbot.waitUntil(lambda: dialog.table.rows.rowCount() > 10)
    rows = [dialog.table.rows.row(at).words for at in range(dialog.table.rows.rowCount())]
    dialog.table.choose(rows.index("电梯"))
    dialog.form.field("answer").set_value("0")
    desk.press(Qt.Key.Key_Return, CTRL)
    assert "空着就按平时的" in dialog.form.rows["answer"].said
    dialog.form.field("answer").set_value("30")
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.qtbot.waitUntil(lambda: dialog.table.current().own == {"answer": 30})
    dialog.table.choose(rows.index("事件 · 重大"))
    assert not dialog.form.rows["answer"].isEnabled()
    dialog.cancel()


BAD_RULES: list[tuple[str, Any]] = [
    ("lock_minutes", 0), ("lock_minutes", 2.5), ("lock_minutes", None), ("lock_minutes", True), ("lock_minutes", "x"),
    ("late_fee_per_mille", "0.005"), ("late_fee_per_mille", "NaN"), ("receipt_paper", "a6"),
    ("keep_card_pictures", "yes"), ("notice_contact", "林" * 101), ("property_fee_price", "-1"),
]  # fmt: skip


@pytest.mark.parametrize("mine", [True, False])
def test_a_rule_somebody_else_has_set_is_asked_about(seat: Seat, office: Office, mine: bool) -> None:
    other = sit_down(office, "administrator", login="zhouyq9", name="周砚秋")
    desk = seat(section="rules")
    section = section_of(desk)
    section.form.set_values({"expiring_days": Decimal(20), "post_ahead_days": Decimal(3)})
    with begin(office, other, Op.CHANGE_SETTING) as work:
        settings.change_settings(work, {"expiring_days": 45}, settings.DEFAULTS)
    section._stored = {**section._stored, "expiring_days": 30}  # the notice has not come yet
    section._save()
    desk.qtbot.waitUntil(lambda: isinstance(top_overlay(desk.window), VersionsDialog))
    both: Any = desk.dialog()
    assert [(row.theirs, row.yours, row.by) for row in both.rows] == [("45", "20", "周砚秋 今天 09:00")]
    both.choices["expiring_days"].set_value(mine)
    desk.press(Qt.Key.Key_Return, CTRL)
    stored = rules(office, desk)
    assert (stored["expiring_days"], stored["post_ahead_days"]) == (20 if mine else 45, 3)


@pytest.mark.parametrize(("key", "value"), BAD_RULES)
def test_the_service_asks_again(office: Office, key: str, value: Any) -> None:
    actor = sit_down(office, "administrator", login="zhouyq", name="周砚秋")
    with pytest.raises(ProblemsFound) as caught, begin(office, actor, Op.CHANGE_SETTING) as work:
        settings.change_settings(work, {key: value, "expiring_days": 20}, settings.DEFAULTS)
    assert list(caught.value.problems) == [key]
    with look(office, actor) as reading:
        assert settings.current_settings(reading) == {
            **{name: settings.DEFAULTS[name] for name in settings.RULES}, "lock_minutes": 5
        }  # fmt: skip


def test_every_default_is_a_valid_rule() -> None:
    assert settings.setting_problems({key: settings.DEFAULTS[key] for key in settings.RULES}) == {}


# ---- audit, health, backup, devices --------------------------------------------------------------------------------


def test_the_log_pages_and_the_chain_is_green(seat: Seat, office: Office) -> None:
    actor = sit_down(office, "front_desk")
    for _ in range(250):
        access.sign_out(office, actor)
    desk = seat(section="audit")
    section = section_of(desk)
    table = section.table
    total = table.rows.rowCount()
    assert total == 253  # the office, two people, 250 times leaving
    desk.press(Qt.Key.Key_End)
    last = table.rows.row(total - 1)
    assert (last.n, last.what) == (1, "建立管理处")
    desk.press(Qt.Key.Key_Home)
    columns = table.rows.columns
    assert [columns[at].text(table.rows.row(0)) for at in (0, 2, 3, 5)] == ["253", "程序", "添加员工", "角色 管理员"]
    desk.press(Qt.Key.Key_1, ALT)
    assert section.result.accessibleName() == "完好"
    assert "253 条" in section.words.text()


def test_a_byte_changed_behind_its_back_turns_red_with_its_number(seat: Seat, office: Office) -> None:
    sit_down(office, "front_desk")
    desk = seat(section="audit")
    connection = sqlite3.connect(str(office.engine.url.database))
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'"
    ).fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("""UPDATE audit_entry SET facts = replace(facts, 'front_desk', 'cashier') WHERE n = 2""")
    connection.commit()
    connection.close()
    desk.press(Qt.Key.Key_1, ALT)
    section = section_of(desk)
    assert section.result.accessibleName() == "被改动"
    assert section.words.text().startswith("第 2 条：")
    desk.press(Qt.Key.Key_7, CTRL)
    desk.press(Qt.Key.Key_1, ALT)
    health = section_of(desk)
    assert health.result.accessibleName() == "有问题"
    told = words_in(health)
    assert "第 2 条" in told
    assert "缺少保护" in told, "the missing trigger is found too"


def test_a_sound_office_is_called_sound(seat: Seat) -> None:
    desk = seat("auditor", "checkup")
    desk.press(Qt.Key.Key_1, ALT)
    section = section_of(desk)
    assert section.result.accessibleName() == "健康"
    assert words_in(section).count("没有问题") == 13
    assert section.start.hasFocus()


def test_a_backup_is_made_into_a_folder_that_is_remembered(seat: Seat, tmp_path: Path, office: Office) -> None:
    desk = seat(section="backup")
    section = section_of(desk)
    assert "还没有备份过" in words_in(section)
    desk.press(Qt.Key.Key_Return, CTRL)
    assert section.row.message.text == "写上一个已有的文件夹"
    folder = tmp_path / "stick"
    desk.type(str(folder))
    desk.press(Qt.Key.Key_Return, CTRL)
    assert section.row.message.text == "没有这个文件夹"
    folder.mkdir()
    desk.press(Qt.Key.Key_Return, CTRL)
    assert section.result.accessibleName() == "备份好了"
    (made,) = folder.iterdir()
    assert str(made) in section.words.text()
    assert read_header(made).project_id == office.project_id
    assert desk.saved[-1].backup_folder == str(folder)
    assert "2026-11-22 09:00，今天" in words_in(section)


def test_devices_and_the_recovery_code(seat: Seat) -> None:
    desk = seat(section="devices")
    section = section_of(desk)
    assert "有效" in words_in(section)
    row = section.table.rows.row(0)
    assert (row.name, row.desk, row.here) == ("前台 1", "前台 1", True)


@pytest.mark.parametrize("size", list(TypeSize))
def test_every_section_fits_the_smallest_desk(seat: Seat, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    desk = seat()
    desk.window.resize(911, 512)
    page = page_of(desk)
    for spec in page.specs:
        page.tabs.set_value(spec.key)
        desk.idle()
        assert page.minimumSizeHint().width() <= 851, spec.key
        for words in page.section.findChildren(QLabel):
            if words.isVisible() and words.text() and not words.wordWrap():
                assert words.width() >= words.sizeHint().width(), words.text()


def test_no_section_without_a_right_shows_anything_of_others() -> None:
    open_to_all = {spec.key for spec in SECTIONS if spec.right is None}
    assert open_to_all == {"mine", "printers"}
    assert {spec.right for spec in SECTIONS} <= {None, *Right}


# ---- buildings -----------------------------------------------------------------------------------------------------


def test_buildings_are_added_after_the_first_start(seat: Seat, office: Office) -> None:
    desk = seat("manager", "places")
    section = desk.window.page().section
    step = section.step
    step.form.field("name").set_value("1 栋")
    step.form.field("name").changed.emit()
    section.save()
    desk.idle()
    assert "1 栋 已有 101、102、103 等 12 个" in section.note.text()
    step.buildings.clear()
    step.form.field("name").set_value("2 栋")
    step.form.field("name").changed.emit()
    section.save()
    desk.idle()
    from desktop.services import board

    with look(office, access.actor_of(office, desk.actor.staff_id)) as reading:
        shown = board.board(reading)
    assert [name for _, name in shown.buildings] == ["1 栋", "2 栋"]
    assert len(shown.tiles) == 12 + 24


def test_a_floor_is_added_to_a_building_that_stands_and_taken_back(seat: Seat, office: Office) -> None:
    from desktop.services import board

    desk = seat("manager", "places")
    with look(office, access.actor_of(office, desk.actor.staff_id)) as reading:
        building_id = board.board(reading).buildings[0][0]
    desk.window.navigate("settings", section="places", building_id=building_id)
    desk.idle()
    section = desk.window.page().section
    typed = section.step.form.values()
    assert (typed["name"], int(typed["floor_from"]), int(typed["floor_to"])) == ("1 栋", 4, 4)
    assert "将加到已有的 1 栋：1 层，共 4 间" in section.step.preview_words.text()
    section.step.add()
    section.save()
    desk.idle()

    def rooms() -> int:
        with look(office, access.actor_of(office, desk.actor.staff_id)) as reading:
            return len(board.board(reading).tiles)

    assert rooms() == 12 + 4
    QTest.keyClick(desk.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    desk.idle()
    assert rooms() == 12
