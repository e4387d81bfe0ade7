"""The first start by keyboard alone, on both databases: errors return to their field, a cut-off start begins anew."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Money
from desktop.services import access, board, checkup, database, opening
from desktop.services.device_key import PassphraseNeeded, WrongPassphrase
from desktop.services.errors import OfficeInUse
from desktop.services.recovery import RecoveryCode
from desktop.services.work import PROGRAM, look
from desktop.views.first_start import FirstStartPage
from desktop.views.first_start.code_steps import CodeStep, ProofStep
from desktop.views.first_start.join import JoinDialog
from desktop.views.first_start.page import make_office
from desktop.views.first_start.plan import Plan, Step
from desktop.views.first_start.rooms_step import RoomsStep
from desktop.views.keys import top_overlay
from desktop.views.main_window import MainWindow
from desktop.views.printing import FolderSink, Printing
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases, EngineKind
from tests.offices import PASSWORD, first_start
from tests.postgresql import PASSWORD as SERVER_PASSWORD
from tests.postgresql import PASSWORD_ROLE
from tests.views.conftest import type_chinese

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


class Clerk:
    """Presses keys on whatever has the focus, as somebody at the desk does."""

    def __init__(self, qtbot: QtBot, page: FirstStartPage) -> None:
        self.qtbot, self.page = qtbot, page

    def type(self, text: str) -> None:
        widget = QApplication.focusWidget()
        assert widget is not None
        for part in text:
            if part.isascii():
                self.qtbot.keyClicks(widget, part)
            else:
                type_chinese(widget, "pin", part)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(QApplication.focusWidget() or self.page.window(), key, modifier)
        QApplication.processEvents()

    def tab(self, times: int = 1) -> None:
        for _ in range(times):
            self.press(Qt.Key.Key_Tab)

    def fill(self, *texts: str) -> None:
        """Type into field after field; Enter moves on. Empty text leaves what stands there."""
        for text in texts:
            if text:
                focus = QApplication.focusWidget()
                if hasattr(focus, "selectAll"):
                    focus.selectAll()
                self.type(text)
            self.press(Qt.Key.Key_Return)

    def next(self) -> None:
        self.press(Qt.Key.Key_Return, CTRL)

    def at(self, step: Step) -> None:
        self.qtbot.waitUntil(lambda: self.page.plan.here is step, timeout=15000)

    # whole steps

    def office(self) -> None:
        self.fill("望江物业服务有限公司", "", "望江苑", "", "青川市临江区望江路88号", "0571-88001234")
        self.next()
        self.at(Step.DATABASE)

    def database(self, address: str) -> None:
        if address:
            self.press(Qt.Key.Key_Right)
            self.tab()
            self.type(address)
        self.next()
        self.at(Step.ROOMS)

    def rooms(self) -> None:
        self.fill("A 栋", "1", "3", "", "1", "4")
        self.next()
        self.at(Step.ADMIN)

    def admin(self) -> None:
        self.fill("周砚秋", "zhouyq", PASSWORD, PASSWORD, "前台 1", "7")
        self.next()

    def proof(self, code: RecoveryCode) -> None:
        view = self.page.views[Step.PROOF]
        assert isinstance(view, ProofStep)
        for place in view.fields:
            self.type(code.groups[place - 1].lower())
            self.press(Qt.Key.Key_Return)


class Desk:
    """The window with the wizard in it, and what it announced."""

    def __init__(self, window: MainWindow, page: FirstStartPage, data: Path, prints: Path) -> None:
        self.window, self.page, self.data, self.prints = window, page, data, prints
        self.made: list[tuple[Any, Any, str]] = []
        page.office_made.connect(lambda *made: self.made.append(made))

    @property
    def code(self) -> RecoveryCode:
        assert isinstance(self.page._code, RecoveryCode)
        return self.page._code


Make = Callable[..., Desk]


@pytest.fixture
def make(qtbot: QtBot, on_desk: Callable[..., QWidget], world: SeededWorld, tmp_path: Path) -> Iterator[Make]:
    """`make(unfit=, address=)`: a desk that has no office yet."""
    desks: list[Desk] = []
    printing = Printing(FolderSink(tmp_path / "prints"))

    def build(unfit: str = "", address: str = "", outside: SeededWorld | None = None) -> Desk:
        window = MainWindow(today=world.today)
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        page = FirstStartPage(window, outside or world, data, unfit, printing=printing, address=address)
        window.show_sign_in(page)
        on_desk(window, 1093, 614)
        qtbot.waitUntil(lambda: page._known is not None, timeout=15000)
        desks.append(Desk(window, page, data, tmp_path / "prints"))
        return desks[-1]

    yield build
    for desk in desks:
        for office, lock, _ in desk.made:
            office.close()
            lock.close()
        desk.window.close()
    printing.shutdown()


def address_of(databases: Databases, kind: EngineKind) -> str:
    return "" if kind == "sqlite" else databases.empty(kind).replace("+psycopg", "")


def note(desk: Desk) -> str:
    return desk.page.note.text()


# ---- the whole way -----------------------------------------------------------------------------------------------


def test_from_nothing_to_an_office_by_keys_alone(
    make: Make, qtbot: QtBot, databases: Databases, engine_kind: EngineKind
) -> None:
    address = address_of(databases, engine_kind)
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    assert not desk.window.top_bar.search.isEnabled(), "the frame around is grey"
    clerk.office()
    clerk.database(address)
    clerk.rooms()
    clerk.admin()
    clerk.at(Step.CODE)
    assert not (desk.data / "office.db").exists(), "nothing is stored before the last press"
    clerk.press(Qt.Key.Key_F6)
    view = desk.page.views[Step.CODE]
    assert isinstance(view, CodeStep)
    qtbot.waitUntil(lambda: bool(view.done), timeout=15000)
    clerk.next()
    clerk.at(Step.PROOF)
    clerk.proof(desk.code)
    clerk.next()
    qtbot.waitUntil(lambda: bool(desk.made), timeout=20000)
    office, _lock, told = desk.made[0]
    assert told == address
    assert (office.project_code, office.project_name, office.desk.name) == ("WJY", "望江苑", "前台 1")
    assert office.engine.dialect.name == engine_kind
    with look(office, PROGRAM) as reading:
        tiles = board.board(reading).tiles
        assert [tile.number for tile in tiles if tile.floor == 3] == ["301", "302", "303", "304"]
        assert len(tiles) == 12
        assert checkup.check_office(reading).sound
        from desktop.services.settings import setting

        assert setting(reading, "lock_minutes") == 7
    signed = access.sign_in(office, "zhouyq", PASSWORD, opening.passwords_for(office.world, demo=False))
    assert (signed.actor.name, signed.must_change_password) == ("周砚秋", False)
    assert "administrator" in signed.actor.roles
    admin = desk.page.views[Step.ADMIN].form
    assert admin is not None
    assert (admin.field("admin_password").value(), admin.field("repeat").value()) == ("", "")
    (paper,) = desk.prints.glob("*.pdf")
    assert printed_words(paper).issuperset(desk.code.groups)
    # The code on paper opens the office on a PC that never saw it.
    office.engine.dispose()
    if engine_kind == "postgresql":
        stranger = opening.join_by_recovery_code(
            SeededWorld(MORNING, seed=7), desk.data / "second", database.parse_url(address), desk.code, "前台 2"
        )
        assert stranger.desk.name == "前台 2"
        stranger.close()


def printed_words(path: Path) -> set[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        page = document[0]
        text = page.get_textpage()
        words = set(text.get_text_range().split())
        text.close()
        page.close()
    finally:
        document.close()
    return words


def test_a_second_program_is_kept_out_while_the_office_is_held(make: Make, qtbot: QtBot, world: SeededWorld) -> None:
    desk = make()
    request = first_start(demo=False)
    office, held = make_office(world, desk.data, "", request, RecoveryCode(code_bytes()), None, False)
    desk.made.append((office, held, ""))
    with pytest.raises(OfficeInUse):
        make_office(world, desk.data, "", request, RecoveryCode(code_bytes()), None, False)
    held.close()
    with opening.alone(desk.data, database.sqlite_url(desk.data)):
        pass


def code_bytes() -> Any:
    from desktop.services.secret import Secret

    return Secret(bytes(range(20)))


# ---- what is wrong -----------------------------------------------------------------------------------------------


def test_the_code_is_suggested_until_somebody_chooses_one(make: Make, qtbot: QtBot) -> None:
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    form = desk.page.view.form
    assert form is not None
    clerk.fill("望江物业", "")
    clerk.type("望江苑")
    assert form.field("code").value() == "WJY"
    clerk.press(Qt.Key.Key_Return)
    clerk.fill("wj9")
    form.field("project").setFocus()
    clerk.type("二期")
    assert form.field("code").value() == "WJ9"


def test_missing_and_wrong_fields_are_named_and_the_first_gets_the_focus(make: Make, qtbot: QtBot) -> None:
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    form = desk.page.view.form
    assert form is not None
    assert "公司名称" in note(desk)
    assert form.rows["organisation"].message.text == "与营业执照一致", "nothing is red before the first try"
    clerk.fill("", "91330106MA2AXXXXXX", "望江苑", "", "", "12345")
    clerk.next()
    assert desk.page.plan.here is Step.OFFICE
    assert form.field("organisation").hasFocus()
    assert (
        "没有 I" in form.rows["organisation_code"].message.text or "校验" in form.rows["organisation_code"].message.text
    )
    assert form.rows["phone"].field.property("state") == "error"
    assert "3 处" in desk.page.summary.text.text()
    clerk.press(Qt.Key.Key_Down, ALT)
    assert form.field("organisation_code").hasFocus()
    clerk.fill(" ")
    form.field("organisation_code").clear()
    assert "2 处" in desk.page.summary.text.text(), "checked again on every key"


ADDRESSES = {
    "no server": ("postgresql://anju@127.0.0.1:1/anju", "没有数据库在听"),
    "no such host": ("postgresql://anju@nowhere.invalid:5432/anju", "找不到这台服务器"),
    "another database": ("mysql://anju@127.0.0.1/anju", "只支持 PostgreSQL"),
    "no words": ("192.168.1.10", "看不懂"),
    "a password in it": ("postgresql://anju:geheim@127.0.0.1/anju", "不要写密码"),
    "no name of a database": ("postgresql://anju@127.0.0.1:5432", "缺库名"),
}


@pytest.mark.parametrize(("address", "words"), ADDRESSES.values(), ids=ADDRESSES)
def test_a_wrong_address_is_told_in_words(make: Make, qtbot: QtBot, address: str, words: str) -> None:
    desk = make(address=address)
    clerk = Clerk(qtbot, desk.page)
    clerk.office()
    form = desk.page.database.form
    assert form is not None
    clerk.next()
    qtbot.waitUntil(lambda: words in form.rows["database"].message.text, timeout=15000)
    assert desk.page.plan.here is Step.DATABASE
    assert desk.page.database.address.text() == address, "what was typed stays"
    assert desk.page.database.address.hasFocus()
    assert desk.page.primary.isEnabled()
    assert "geheim" not in form.rows["database"].message.text


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_what_the_server_says_is_told_in_words(
    make: Make,
    qtbot: QtBot,
    databases: Databases,
    engine_kind: EngineKind,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = address_of(databases, engine_kind)
    desk = make(address=address)
    Clerk(qtbot, desk.page).office()
    step = desk.page.database
    assert step.form is not None
    message = step.form.rows["database"].message

    def tried(text: str) -> str:
        step.address.set_value(text)
        Clerk(qtbot, desk.page).press(Qt.Key.Key_1, ALT)
        qtbot.waitUntil(lambda: step.try_button.isEnabled() and bool(message.text or step.result.text()), timeout=15000)
        return message.text or step.result.text()

    head, _, base = address.rpartition("/")
    user, _, host = head.rpartition("//")[2].partition("@")
    assert "没有这个库" in tried(f"{head}/nothing_here")
    assert "没有这个用户" in tried(address.replace(user, "stranger", 1))
    needing = address.replace(user, PASSWORD_ROLE, 1)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    assert "密码文件" in tried(needing)
    line = step.line.text()
    assert line == f"{host}:{base}:{PASSWORD_ROLE}:密码"
    (tmp_path / "pgpass").write_text(line.replace("密码", "wrong") + "\n")
    (tmp_path / "pgpass").chmod(0o600)
    assert "密码不对" in tried(needing)
    (tmp_path / "pgpass").write_text(line.replace("密码", SERVER_PASSWORD) + "\n")
    assert tried(needing).startswith("连上了：PostgreSQL 1")
    assert tried(address).startswith("连上了")


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_an_office_that_is_there_takes_this_pc_in_by_its_recovery_code(
    make: Make, qtbot: QtBot, database_url: str, world: SeededWorld, tmp_path: Path
) -> None:
    code = RecoveryCode(code_bytes())
    other = opening.create_office(world, tmp_path / "first", database.parse_url(database_url), first_start(), code)
    other.close()
    address = database_url.replace("+psycopg", "")
    desk = make(address=address, outside=SeededWorld(MORNING, seed=5))
    clerk = Clerk(qtbot, desk.page)
    clerk.office()
    clerk.next()
    qtbot.waitUntil(lambda: top_overlay(desk.window) is not None, timeout=15000)
    top_overlay(desk.window).by_code.click()  # nobody sits at the other PC to let this one in
    qtbot.waitUntil(lambda: isinstance(top_overlay(desk.window), JoinDialog), timeout=15000)
    dialog = top_overlay(desk.window)
    clerk.type("-".join(code.groups).replace("0", "O").lower()[:-1] + "?")
    clerk.next()
    qtbot.waitUntil(lambda: bool(dialog.form.rows["recovery_code"].message.text.startswith("恢复码")), timeout=15000)
    clerk.fill("".join(code.groups), "前台 2")
    clerk.next()
    qtbot.waitUntil(lambda: bool(desk.made), timeout=15000)
    office, _lock, told = desk.made[0]
    assert (office.desk.name, office.desk.code, told) == ("前台 2", "B", address)


def test_a_network_folder_is_refused_with_its_reason(make: Make, qtbot: QtBot) -> None:
    reason = "这是网络共享文件夹，内置数据库放在上面会损坏。"
    desk = make(unfit=reason)
    clerk = Clerk(qtbot, desk.page)
    clerk.office()
    assert not desk.page.database.local_chosen
    desk.page.database.way.setFocus()
    clerk.press(Qt.Key.Key_Left)
    assert desk.page.database.local_chosen
    assert desk.page.database.local_message.text == reason
    clerk.next()
    assert desk.page.plan.here is Step.DATABASE


def test_buildings_are_collected_checked_and_taken_away(make: Make, qtbot: QtBot) -> None:
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    clerk.office()
    clerk.database("")
    view = desk.page.view
    assert isinstance(view, RoomsStep)
    assert view.form is not None
    clerk.fill("", "-1", "12", "", "1", "4", "4,11-12", "")
    view.form.field("without_digit").setFocus()
    clerk.press(Qt.Key.Key_Down)
    assert desk.page.primary.text() == "加入 1 栋，下一步"
    clerk.press(Qt.Key.Key_N, CTRL)
    (first,) = view.buildings
    assert first.rooms[0].number == "B101"
    assert {room.floor for room in first.rooms} == {-1, 1, 2, 3, 5, 6, 7, 8, 9, 10}
    assert not any("4" in room.number for room in first.rooms)
    assert view.form.field("name").value() == "2 栋"
    assert view.form.field("name").hasFocus()
    clerk.fill("1 栋")
    assert "已加入" in view.form.rows["name"].message.text
    clerk.next()
    assert desk.page.plan.here is Step.ROOMS
    clerk.fill("公寓", "5", "3")
    assert view.form.rows["floor_to"].message.text == "最高层低于最低层，对调一下"
    assert not view.add_button.isEnabled()
    clerk.fill("9")
    view.form.field("floor_to").setFocus()
    clerk.fill("9")
    clerk.press(Qt.Key.Key_N, CTRL)
    assert [draft.name for draft in view.buildings] == ["1 栋", "公寓"]
    assert view.form.field("name").value() == "公寓 2"
    view.table.setFocus()
    view.table.choose(0)
    clerk.press(Qt.Key.Key_Delete)
    assert [draft.name for draft in view.buildings] == ["公寓"]
    clerk.next()
    clerk.at(Step.ADMIN)
    assert [draft.name for draft in view.buildings] == ["公寓"], "the untouched form is no building"


def test_a_pasted_list_names_its_wrong_lines(make: Make, qtbot: QtBot) -> None:
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    clerk.office()
    clerk.database("")
    view = desk.page.view
    assert isinstance(view, RoomsStep)
    view.way.setFocus()
    clerk.press(Qt.Key.Key_Right)
    view.paste.setFocus()
    lines = (
        ["楼栋\t房号\t面积\t户型\t月租金"]
        + [f"3栋\t{n:04d}\tx" for n in range(101, 108)]
        + ["4栋\t0101\t46.20\t一室\t1860"]
    )
    QApplication.clipboard().setText("\n".join(lines))
    clerk.press(Qt.Key.Key_V, CTRL)
    qtbot.waitUntil(lambda: view._pasted is not None, timeout=15000)
    assert [line.text for line in view.paste_lines] == [
        "第 2 行：面积「x」不是数字：只写数字",
        "第 3 行：面积「x」不是数字：只写数字",
        "第 4 行：面积「x」不是数字：只写数字",
        "还有 4 行有问题",
    ]  # fmt: skip
    clerk.next()
    assert desk.page.plan.here is Step.ROOMS
    view.paste.set_value("\n".join([lines[0], "3栋\t0903\t46.20\t一室一厅\t1,860.00", lines[-1]]))
    qtbot.waitUntil(lambda: view._pasted is not None, timeout=15000)
    clerk.next()
    clerk.at(Step.ADMIN)
    assert [draft.name for draft in view.buildings] == ["3 栋", "4 栋"]
    assert view.buildings[0].rooms[0].asking_rent == Money.yuan(1860)
    assert view.paste.value() == ""


def test_twenty_thousand_rooms_are_the_most(make: Make, qtbot: QtBot) -> None:
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    clerk.office()
    clerk.database("")
    view = desk.page.view
    assert isinstance(view, RoomsStep)
    assert view.form is not None
    clerk.fill("", "1", "200", "", "1", "101")
    assert "20000" in view.form.rows["room_to"].message.text
    clerk.next()
    assert desk.page.plan.here is Step.ROOMS


def test_two_different_passwords_and_a_weak_one(make: Make, qtbot: QtBot) -> None:
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    clerk.office()
    clerk.database("")
    clerk.rooms()
    form = desk.page.view.form
    assert form is not None
    clerk.fill("周砚秋")
    assert form.field("admin_login").value() == "zhouyanqiu", "suggested from the name"
    clerk.fill("", "zhouyanqiu1", "zhouyanqiu2", "", "0")
    clerk.next()
    assert desk.page.plan.here is Step.ADMIN
    assert form.rows["admin_password"].message.text == "密码里不要包含工号，换一个"
    assert form.rows["repeat"].message.text == "两次输入的密码不一样"
    assert form.rows["lock_minutes"].message.text
    assert form.field("admin_password").hasFocus()


def to_proof(desk: Desk, clerk: Clerk) -> ProofStep:
    clerk.office()
    clerk.database("")
    clerk.rooms()
    clerk.admin()
    clerk.at(Step.CODE)
    clerk.next()
    clerk.at(Step.PROOF)
    view = desk.page.view
    assert isinstance(view, ProofStep)
    return view


def test_wrong_groups_keep_the_office_from_being_made(make: Make, qtbot: QtBot) -> None:
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    view = to_proof(desk, clerk)
    places = list(view.fields)
    assert len(places) == 4
    shown = {words.text() for words in desk.page.stack.currentWidget().findChildren(QLabel)}
    assert not shown & set(desk.code.groups), "the code is out of sight"
    assert "、".join(map(str, places)) in note(desk)
    groups = [desk.code.groups[place - 1] for place in places]
    other = "7" if groups[1][0] != "7" else "8"
    for text in (groups[0], other + groups[1][1:], groups[3], groups[2]):
        clerk.fill(text)
    assert "第 {} 组".format("、".join(map(str, places[1:]))) in note(desk)
    assert not desk.page.primary.isEnabled()
    rows = view.form.rows if view.form is not None else {}
    assert rows[f"group_{places[1]}"].message.text == "有字看错了"
    clerk.next()
    assert desk.made == []
    clerk.press(Qt.Key.Key_Left, ALT)
    assert desk.page.plan.here is Step.CODE
    before = desk.code.groups
    clerk.next()
    assert list(view.fields) == places, "the same code and the same groups when one looks again"
    assert desk.code.groups == before
    for place, field in view.fields.items():
        field.set_value(desk.code.groups[place - 1])
    assert desk.page.primary.isEnabled()


def test_a_refusal_goes_back_to_its_field_and_everything_is_kept(make: Make, qtbot: QtBot, world: SeededWorld) -> None:
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    to_proof(desk, clerk)
    # Somebody else was quicker in the same folder.
    other = opening.create_office(
        world, desk.data, database.sqlite_url(desk.data), first_start(), RecoveryCode(code_bytes())
    )
    other.close()
    (desk.data / opening.DEMO_MARK).unlink()
    clerk.proof(desk.code)
    clerk.next()
    clerk.at(Step.DATABASE)
    assert desk.made == []
    assert "已经有一个管理处" in desk.page.database.local_message.text
    values = desk.page.views[Step.ADMIN].values()
    assert (values["admin_name"], values["admin_password"]) == ("周砚秋", PASSWORD)
    with opening.alone(desk.data, database.sqlite_url(desk.data)):
        pass  # a refused start does not keep the lock


def test_a_full_disk_says_what_is_safe(make: Make, qtbot: QtBot) -> None:
    from desktop.services.errors import DiskFull

    def fault(name: str) -> None:
        if name == "work.after_outbox":
            raise DiskFull

    desk = make(outside=SeededWorld(MORNING, fault=fault))
    clerk = Clerk(qtbot, desk.page)
    to_proof(desk, clerk)
    clerk.proof(desk.code)
    clerk.next()
    qtbot.waitUntil(lambda: desk.page.summary.isVisible(), timeout=20000)
    assert "磁盘已满" in desk.page.summary.text.text()
    assert "填写的内容都在" in desk.page.summary.text.text()
    assert desk.page.primary.isEnabled()
    desk.page._world._fault = None  # type: ignore[attr-defined]  # space was made
    clerk.next()
    qtbot.waitUntil(lambda: bool(desk.made), timeout=20000)


def test_the_code_can_be_saved_into_a_folder(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    desk = make()
    clerk = Clerk(qtbot, desk.page)
    clerk.office()
    clerk.database("")
    clerk.rooms()
    clerk.admin()
    clerk.at(Step.CODE)
    view = desk.page.view
    assert isinstance(view, CodeStep)
    clerk.press(Qt.Key.Key_1, ALT)
    assert view.folder_row.message.text == "写上要存到的文件夹"
    clerk.type(str(tmp_path / "nowhere"))
    clerk.press(Qt.Key.Key_1, ALT)
    qtbot.waitUntil(lambda: view.folder_row.message.text.startswith("写不进"), timeout=15000)
    (tmp_path / "nowhere").mkdir()
    clerk.press(Qt.Key.Key_1, ALT)
    qtbot.waitUntil(lambda: bool(view.done), timeout=15000)
    path = tmp_path / "nowhere" / "恢复码-WJY.pdf"
    assert printed_words(path).issuperset(desk.code.groups)
    if os.name != "nt":
        assert path.stat().st_mode & 0o077 == 0


# ---- a PC without a keyring --------------------------------------------------------------------------------------


class NoKeyring(SeededWorld):
    """A PC whose keyring keeps secrets in plain text."""

    def __init__(self) -> None:
        super().__init__(MORNING)
        self.keyring.backend = lambda: "keyrings.alt.file.PlaintextKeyring"  # type: ignore[method-assign]


def test_without_a_keyring_a_passphrase_is_chosen(make: Make, qtbot: QtBot) -> None:
    outside = NoKeyring()
    desk = make(outside=outside)
    clerk = Clerk(qtbot, desk.page)
    assert Step.PASSPHRASE in desk.page.plan.steps
    clerk.office()
    clerk.database("")
    clerk.rooms()
    clerk.admin()
    clerk.at(Step.PASSPHRASE)
    form = desk.page.view.form
    assert form is not None
    clerk.fill("short", "shart")
    clerk.next()
    assert desk.page.plan.here is Step.PASSPHRASE
    assert "8 个字符" in form.rows["passphrase"].message.text
    assert "不一样" in form.rows["passphrase_repeat"].message.text
    form.field("passphrase").setFocus()
    clerk.fill("望江苑 2026 钥匙", "望江苑 2026 钥匙")
    clerk.next()
    clerk.at(Step.CODE)
    clerk.next()
    clerk.proof(desk.code)
    clerk.next()
    qtbot.waitUntil(lambda: bool(desk.made), timeout=20000)
    office, lock, _ = desk.made[0]
    office.close()
    url = database.sqlite_url(desk.data)
    with pytest.raises(PassphraseNeeded):
        opening.open_office(outside, desk.data, url)
    with pytest.raises(WrongPassphrase):
        opening.open_office(outside, desk.data, url, "望江苑 2026 锁匙")
    opening.open_office(outside, desk.data, url, "望江苑 2026 钥匙").close()
    assert lock is not None


def test_keys_of_a_start_that_was_cut_off_may_be_thrown_away(make: Make, qtbot: QtBot) -> None:
    outside = NoKeyring()
    data = make(outside=outside).data
    opening.device_keys_for(outside, data, False, "vergessen-2026").device_id  # noqa: B018 - makes the file
    desk = make(outside=outside)
    clerk = Clerk(qtbot, desk.page)
    clerk.office()
    clerk.database("")
    clerk.rooms()
    clerk.admin()
    clerk.at(Step.PASSPHRASE)
    form = desk.page.view.form
    assert form is not None
    assert not form.rows["passphrase_repeat"].isVisible(), "the old one is asked, once"
    clerk.fill("not the old one")
    clerk.next()
    clerk.at(Step.CODE)
    clerk.next()
    clerk.proof(desk.code)
    clerk.next()
    clerk.at(Step.PASSPHRASE)
    qtbot.waitUntil(lambda: "密钥口令不对" in form.rows["passphrase"].message.text, timeout=20000)
    clerk.press(Qt.Key.Key_1, ALT)
    assert form.rows["passphrase_repeat"].isVisible()
    clerk.fill("another one 2026", "another one 2026")
    clerk.next()
    clerk.at(Step.CODE)
    clerk.next()
    clerk.at(Step.PROOF)
    clerk.next()
    qtbot.waitUntil(lambda: bool(desk.made), timeout=20000)


# ---- cut off in the middle ---------------------------------------------------------------------------------------

POINTS = (
    "create.before_act", "work.begin", "work.after_flush", "work.after_outbox", "work.after_changes",
    "work.after_audit", "work.before_commit", "work.after_commit",
)  # fmt: skip

CHILD = """
import os, sys
from pathlib import Path
from desktop.services.recovery import make_recovery_code
from desktop.views.first_start.page import make_office
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.offices import first_start
data, address, point = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
world = SeededWorld(MORNING, fault=lambda name: os._exit(7) if name == point else None)
make_office(world, data, address, first_start(), make_recovery_code(world), None, False)
os._exit(0)
"""


CUTS = [("sqlite", point) for point in POINTS]
CUTS += [("postgresql", point) for point in ("create.before_act", "work.before_commit", "work.after_commit")]


@pytest.mark.parametrize(("engine_kind", "point"), CUTS, indirect=["engine_kind"])
def test_a_start_cut_off_leaves_no_office_or_a_whole_one(
    databases: Databases, engine_kind: EngineKind, tmp_path: Path, world: SeededWorld, point: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    address = address_of(databases, engine_kind)
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(data), address, point], cwd=root, timeout=60, capture_output=True, check=False
    )
    assert run.returncode == 7, run.stderr.decode()
    url = database.parse_url(address) if address else database.sqlite_url(data)
    with opening.alone(data, url):
        pass  # the lock went with the process
    if point == "work.after_commit":
        # Confirmed in the database: the next start opens it.
        (data / opening.DEMO_MARK).touch()
        office = opening.open_office(world, data, url)
    else:
        with pytest.raises(database.NotAnOffice):
            opening.open_office(world, data, url)
        office, lock = make_office(world, data, address, first_start(), RecoveryCode(code_bytes()), None, False)
        lock.close()
    try:
        with look(office, PROGRAM) as reading:
            assert checkup.check_office(reading).sound
            assert len(board.board(reading).tiles) == 12
        with office.reading() as session:
            assert session.execute(sa.text("SELECT count(*) FROM project")).scalar_one() == 1
    finally:
        office.close()


# ---- the way as data ---------------------------------------------------------------------------------------------


def test_the_plan_walks_without_a_window() -> None:
    plan = Plan()
    walked = [plan.here, *(plan.go_on() for _ in range(6))]
    assert walked == [Step.OFFICE, Step.DATABASE, Step.ROOMS, Step.ADMIN, Step.CODE, Step.PROOF, Step.PROOF]
    plan.passphrase = True
    assert [plan.go_back() for _ in range(3)] == [Step.CODE, Step.PASSPHRASE, Step.ADMIN]
    assert plan.first_wrong(["passphrase", "desk", "buildings"]) is Step.ROOMS
    assert plan.first_wrong(["elsewhere"]) is None
    plan.here = Step.OFFICE
    assert plan.go_back() is Step.OFFICE


def test_the_service_asks_everything_again() -> None:
    good = first_start(demo=False)
    assert opening.first_start_problems(good) == {}
    twice = replace(good, buildings=(*good.buildings, replace(good.buildings[0], name=" 1 栋 ")))
    rooms = good.buildings[0].rooms
    doubled = replace(good, buildings=(replace(good.buildings[0], rooms=(*rooms, rooms[0])),))
    wrong = replace(good, code="wj", lock_minutes=0, phone="12", organisation_code="913301", desk=" ", organisation="")
    assert "1 栋" in opening.first_start_problems(twice)["buildings"]
    assert "房号重复" in opening.first_start_problems(doubled)["buildings"]
    fields = {"organisation", "organisation_code", "code", "phone", "desk", "lock_minutes"}
    assert set(opening.first_start_problems(wrong)) == fields


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_smallest_desk_holds_every_step(make: Make, qtbot: QtBot, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    desk = make()
    desk.window.resize(911, 512)
    clerk = Clerk(qtbot, desk.page)
    walk = [lambda: None, clerk.office, lambda: clerk.database(""), clerk.rooms, clerk.admin, clerk.next]
    for go in walk:
        go()
        QApplication.processEvents()
        view = desk.page.view
        content = view.scroller.widget()
        assert content.minimumSizeHint().width() <= view.scroller.viewport().width(), desk.page.plan.here
        for words in view.findChildren(QLabel):
            if words.isVisible() and words.text() and not words.wordWrap():
                assert words.width() >= words.sizeHint().width(), words.text()
        assert desk.window.width() == 911
