"""The list of tenants and the page of one, in a real window: found, opened, revealed, corrected, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.trust import AuditEntry
from desktop.services import billing, parties, party_edits, payments
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin, look
from desktop.views.labels import MaskedValue
from desktop.views.parties import PartiesPage
from desktop.views.party import PartyPage
from desktop.views.party_dialogs import (
    BankDialog,
    EditPartyDialog,
    RelationDialog,
)
from desktop.views.theme import Theme, TypeSize
from desktop.views.versions import FieldVersions, VersionsDialog
from desktop.world import SeededWorld
from tests.offices import check_in, many, person, rooms_of, sit_down, terms
from tests.views.people_kit import CONTROL, Desk, column, texts

OnDesk = Callable[..., QWidget]
DOWN, ENTER = Qt.Key.Key_Down, Qt.Key.Key_Return


@dataclass
class People:
    pays: UUID
    owes: UUID
    comes: UUID


def lived(world: SeededWorld) -> Callable[[Office], People]:
    """顾听澜 with an account has paid, 林以宁 owes since three days, 周思齐 comes next week."""

    def fill(office: Office) -> People:
        clerk, rooms, (_, owes, comes) = sit_down(office, "front_desk"), rooms_of(office), many(3)
        first = check_in(office, clerk, rooms[0], person(bank=True))
        with look(office, PROGRAM) as reading:
            due = {bill.id: bill.owed for bill in billing.bills_of(reading, party_id=first.party_id)}
        tender = payments.TenderForm(payments.PayMethod.WECHAT, first.due_now_amount, "42000")
        with begin(office, PROGRAM, Op.TAKE_PAYMENT) as work:
            payments.take_payment(work, payments.TakePayment(first.party_id, due, [tender]))
        second = check_in(office, clerk, rooms[1], owes)
        third = check_in(office, clerk, rooms[2], comes, terms(world.today() + timedelta(days=7)))
        world.advance(timedelta(days=3))
        return People(first.party_id, second.party_id, third.party_id)

    return fill


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> Desk:
    return Desk(world, tmp_path, qtbot, on_desk, lived(world))


def masked(page: PartyPage, name: str) -> MaskedValue:
    """The masked value whose eye says this."""
    return next(v for v in page.findChildren(MaskedValue) if v.isVisible() and name in v._eye.accessibleName())


# ---- the list ------------------------------------------------------------------------------------------------------


def test_the_list_opens_on_who_lives_here(desk: Desk) -> None:
    page: PartiesPage = desk.open("parties")
    assert column(page.table, 0) == ["林以宁", "顾听澜"]
    assert column(page.table, 1) == ["138****0001", "138****5678"]
    assert column(page.table, 4) == ["7,440.00", ""]
    assert page.table.hasFocus()
    assert [(option.words, option.count) for option in page.scopes._options] == [
        ("在租", "2"), ("欠费", "1"), ("待入住", "1"), ("已退租", "0"), ("全部人员", "6"),
    ]  # fmt: skip
    assert page.pay.text() == "收款 ¥7,440.00"
    desk.press(DOWN)
    assert page.pay.text() == "收款"
    desk.press(ENTER)
    assert desk.at() == ("party", {"party_id": desk.made.pays})
    desk.press(Qt.Key.Key_Escape)
    assert desk.at()[0] == "parties"
    assert page.table.current().name == "顾听澜"


def test_typing_narrows_and_escape_lets_go(desk: Desk) -> None:
    page: PartiesPage = desk.open("parties")
    desk.press(Qt.Key.Key_F, CONTROL)
    desk.type("gtl")
    assert column(page.table, 0) == ["顾听澜"]
    assert page.search.hasFocus()
    assert [option.count for option in page.scopes._options] == ["1", "0", "0", "0", "1"]
    desk.press(DOWN)
    assert page.table.hasFocus()
    desk.press(Qt.Key.Key_Escape)
    assert page.search.value() == ""
    assert len(column(page.table, 0)) == 2


def test_an_empty_list_says_why_and_offers_a_way_on(desk: Desk) -> None:
    page: PartiesPage = desk.open("parties", text="zsq")
    assert page.stack.currentWidget() is page.empty
    assert page.empty.title.text() == "在租里没有「zsq」"
    page.everybody.click()
    desk.settle()
    assert column(page.table, 0) == ["周思齐"]
    desk.press(Qt.Key.Key_4, CONTROL)
    page.search.set_value("")
    page.narrow()
    desk.settle()
    assert page.empty.title.text() == "还没有人退租"


def test_f4_takes_the_money_of_the_row_in_hand(desk: Desk) -> None:
    desk.open("parties")
    desk.press(Qt.Key.Key_2, CONTROL)
    desk.press(Qt.Key.Key_F4)
    assert desk.at() == ("till", {"party_id": desk.made.owes})


def test_a_change_elsewhere_shows_itself_and_the_row_stays(desk: Desk) -> None:
    page: PartiesPage = desk.open("parties")
    desk.press(DOWN)
    with begin(desk.office, PROGRAM, Op.CHANGE_PARTY) as work:
        party_edits.change_party(work, desk.made.pays, 1, party_edits.PartyEdit("顾听岚", None, None))
    desk.settle()
    assert column(page.table, 0) == ["林以宁", "顾听岚"]
    assert page.table.current().id == desk.made.pays


def test_a_role_without_bills_sees_no_debt(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lived(world), "repair_lead")
    page: PartiesPage = desk.open("parties")
    assert [each.title for each in page.table.rows.columns] == ["姓名", "手机", "房间", "状态", "登记号"]
    assert "欠费" not in [option.words for option in page.scopes._options]
    assert "收银员" in page.pay.reason
    record: PartyPage = desk.open("party", party_id=desk.made.owes)
    assert [option.words for option in record.tabs._options] == []
    assert not record.arrears.isVisible()
    assert not record.edit.isEnabled()


# ---- the page: what it shows ---------------------------------------------------------------------------------------


def test_the_page_shows_everything_masked(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.owes)
    paper = many(2)[1].document
    assert paper is not None
    shown = texts(page)
    assert page.title_label.text() == "林以宁"
    assert paper.number not in shown
    assert f"{paper.number[:6]}********{paper.number[-4:]}" in shown
    assert "138****0001" in shown
    assert "人证一致 2026-11-22 林小满" in shown
    assert any("个人信息处理告知" in text for text in shown)
    assert any(text.startswith("已告知 · 第 1 版 · 2026-11-22 林小满") for text in shown)
    assert [(option.words, option.count) for option in page.tabs._options] == [
        ("租约", "1"), ("账单", "2"), ("收据", "0"), ("押金", "0"), ("文件", "0"),
    ]  # fmt: skip
    assert column(page.arrears.table, 2) == ["1,860.00", "5,580.00"]
    assert column(page.arrears.table, 1) == ["3 天", "3 天"]
    assert page.arrears.foot.right.text() == "7,440.00"
    assert [figure.text() for figure in page.figures.figures] == ["0.00", "0.00", "0 / 1 期", "2 把 / 2 张"]
    assert page.leases.hasFocus()
    assert desk.window.windowTitle() == "林以宁 · 安居前台"


def test_tabs_by_key_and_rows_by_enter(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    assert not page.arrears.isVisible()
    desk.press(Qt.Key.Key_3, CONTROL)
    assert page.receipts.hasFocus()
    assert not page.figures.isVisible()
    assert column(page.receipts, 3) == ["7,440.00"]
    desk.press(ENTER)
    key, params = desk.at()
    assert (key, params["payment_id"]) == ("receipt", page.record.receipts[0].payment_id)  # type: ignore[union-attr, index]
    desk.press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    desk.press(Qt.Key.Key_4, CONTROL)
    assert column(page.deposits, 1) == ["押金 收取"]
    desk.press(Qt.Key.Key_5, CONTROL)
    assert "没有文件" in page.listing.nothing.text()
    desk.press(Qt.Key.Key_1, CONTROL)
    desk.press(ENTER)
    assert desk.at()[0] == "lease"


def test_the_tab_and_the_row_stay_through_a_change(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.owes)
    desk.press(Qt.Key.Key_2, CONTROL)
    desk.press(DOWN)
    kept = page.bills.current().id
    with begin(desk.office, PROGRAM, Op.CHANGE_PARTY) as work:
        party_edits.change_party(work, desk.made.owes, 1, party_edits.PartyEdit("林以凝", None, None))
    desk.settle()
    assert page.title_label.text() == "林以凝"
    assert page.tabs.value() == "bills"
    assert page.bills.current().id == kept
    assert page.bills.hasFocus()


# ---- revealing -----------------------------------------------------------------------------------------------------


def test_f3_reveals_one_value_the_phone_first_and_leaves_a_line(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    before = len(page.timeline.events)
    desk.press(Qt.Key.Key_F3)
    number = masked(page, "居民身份证")
    paper = person().document
    assert paper is not None
    assert "13812345678" in texts(masked(page, "手机"))
    assert not number.revealed, "the phone is asked for, and nothing else is seen on the way"
    assert page.timeline.events[0].title == "查看联系方式原文"
    assert len(page.timeline.events) == before + 1
    desk.press(Qt.Key.Key_F3)  # the next one
    assert number.revealed
    assert paper.number in texts(number)
    desk.window.navigate("parties")
    assert not number.revealed
    assert paper.number not in texts(number)
    with desk.office.reading() as session:
        fields = list(session.scalars(sa.select(AuditEntry.facts).where(AuditEntry.op == Op.REVEAL)))
    assert [facts["field"] for facts in fields] == ["contact.value", "person_document.number"]


def test_f3_reveals_the_value_in_hand(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    home = masked(page, "住址")
    home._eye.setFocus()
    desk.press(Qt.Key.Key_F3)
    assert "青川市临江区望江路 88 号" in texts(home)
    assert not masked(page, "居民身份证").revealed
    home._eye.click()  # a second click hides it again
    assert not home.revealed


@pytest.mark.parametrize(("role", "asks"), [("front_desk", True), ("repair_lead", False)])
def test_what_is_masked_asks_a_colleague_and_what_is_hidden_has_no_eye(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk, role: str, asks: bool
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lived(world), role)
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    account = next(v for v in page.findChildren(MaskedValue) if "银行账号" in v._eye.accessibleName())
    assert account._eye.isVisibleTo(account) == asks, "with a colleague's word: test_on_the_spot"


# ---- correcting ----------------------------------------------------------------------------------------------------


def test_ctrl_e_corrects_and_ctrl_z_takes_it_back(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    desk.press(Qt.Key.Key_E, CONTROL)
    dialog: EditPartyDialog = desk.dialog()
    assert dialog.form is not None
    assert dialog.form.field("phone").hasFocus(), "what changes most"
    assert dialog.form.field("phone").value() == ""  # never shown in clear to be edited
    dialog.form.field("occupation").set_value("教师")
    dialog.form.field("phone").set_value("13900001111")
    desk.press(ENTER, CONTROL)
    assert desk.dialog() is None
    assert page.leases.hasFocus()
    assert "139****1111" in texts(page)
    assert "教师" in texts(page)
    assert desk.toast == "顾听澜 的资料已改"
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert "139****1111" not in texts(page)
    assert "平面设计" in texts(page)
    assert desk.toast == "已恢复原来的资料"
    assert page.timeline.events[0].title == "撤销资料修改"


def test_undo_is_refused_politely_when_somebody_saved_since(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    desk.press(Qt.Key.Key_E, CONTROL)
    desk.dialog().form.field("occupation").set_value("教师")
    desk.press(ENTER, CONTROL)
    assert page.record is not None
    version = page.record.page.version
    with begin(desk.office, PROGRAM, Op.CHANGE_PARTY) as work:
        party_edits.change_party(work, desk.made.pays, version, party_edits.PartyEdit("顾听澜", "医生", None))
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert "医生" in texts(page)
    assert any("又改过这份资料，不能撤销" in text for text in texts(desk.window.message_bar))


def test_what_is_wrong_stands_under_its_field(desk: Desk) -> None:
    desk.open("party", party_id=desk.made.pays)
    desk.press(Qt.Key.Key_E, CONTROL)
    dialog: EditPartyDialog = desk.dialog()
    assert dialog.form is not None
    dialog.form.set_values({"phone": "1380000", "note": "打 13812345678", "emergency.relation": ""})
    desk.press(ENTER, CONTROL)
    assert dialog.form.rows["phone"].message.text == "手机号要 11 位，现在 7 位"
    assert "备注不加密" in dialog.form.rows["note"].message.text
    assert "与本人的关系" in dialog.form.rows["emergency.relation"].message.text
    assert "有 3 处需要改正" in " ".join(texts(dialog.summary))
    assert dialog.form.field("phone").hasFocus()
    desk.press(Qt.Key.Key_Escape)
    assert desk.dialog() is None


def test_two_versions_side_by_side_and_a_choice_by_field(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    desk.press(Qt.Key.Key_E, CONTROL)
    form: EditPartyDialog = desk.dialog()
    assert form.form is not None
    form.form.set_values({"name": "顾听岚", "occupation": "教师", "phone": "13700005555"})
    boss = sit_down(desk.office, "manager", login="zhouyq2", name="周砚秋")
    theirs = party_edits.PartyEdit("顾听蓝", "医生", "不在家时打姐姐电话", "13900001111")
    with begin(desk.office, boss, Op.CHANGE_PARTY) as work:
        party_edits.change_party(work, desk.made.pays, 1, theirs)
    desk.settle()
    desk.press(ENTER, CONTROL)
    dialog: VersionsDialog = desk.dialog()
    assert isinstance(dialog, VersionsDialog)
    assert any(text.startswith("周砚秋 今天") and "看两个版本后再存" in text for text in texts(dialog))
    assert [(row.name, row.theirs, row.yours, row.mine) for row in dialog.rows] == [
        ("姓名", "顾听蓝", "顾听岚", True), ("职业", "医生", "教师", True), ("备注", "不在家时打姐姐电话", "", False),
        ("常用电话", "139****1111", "13700005555", True),
    ]  # fmt: skip
    assert all(row.by.startswith("周砚秋 今天") for row in dialog.rows), "who wrote each of them, and when"
    dialog.choices["occupation"].setFocus()
    desk.press(Qt.Key.Key_Left)
    desk.press(ENTER, CONTROL)
    assert desk.dialog() is None
    shown = texts(page)
    assert page.title_label.text() == "顾听岚"
    assert {"医生", "137****5555", "不在家时打姐姐电话"} <= set(shown)


def test_going_back_from_two_versions_keeps_what_was_typed(desk: Desk) -> None:
    desk.open("party", party_id=desk.made.pays)
    desk.press(Qt.Key.Key_E, CONTROL)
    form: EditPartyDialog = desk.dialog()
    assert form.form is not None
    form.form.field("name").set_value("顾听岚")
    with begin(desk.office, PROGRAM, Op.CHANGE_PARTY) as work:
        party_edits.change_party(work, desk.made.pays, 1, party_edits.PartyEdit("顾听蓝", None, None))
    desk.settle()
    desk.press(ENTER, CONTROL)
    desk.press(Qt.Key.Key_Escape)
    assert desk.dialog() is form
    assert form.form.field("name").value() == "顾听岚"
    assert form.primary.isEnabled()


def test_the_account_needs_its_own_consent_and_goes_with_it(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.owes)
    page.changes.set_bank()
    dialog: BankDialog = desk.dialog()
    assert dialog.form is not None
    dialog.form.set_values({"bank": "建设银行", "number": "6217000010000000001", "holder": "别的人"})
    dialog.submit()
    assert "单独同意" in dialog.form.rows["consent"].message.text
    assert dialog.form.rows["number"].message.text.startswith("卡号校验位不符")
    assert "委托书" in dialog.form.rows["holder"].message.text
    dialog.form.field("consent").setChecked(True)
    dialog.submit()
    desk.settle()
    assert desk.dialog() is None
    assert "建设银行" in texts(page)
    page.changes.withdraw_bank()
    desk.dialog().answer(True)
    desk.settle()
    assert "建设银行" not in texts(page)
    assert any(text.startswith("已撤回") for text in texts(page))


def test_somebody_related_is_added_and_opened(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    page.changes.relate()
    dialog: RelationDialog = desk.dialog()
    assert dialog.form is not None
    dialog.form.set_values({"name": "陆远", "words": "配偶"})
    dialog.submit()
    desk.settle()
    assert page.record is not None
    other = next(row for row in page.record.page.relations if row.kind == "household")
    page.facts.opened.emit(other.party_id)
    desk.settle()
    assert page.title_label.text() == "陆远"
    assert desk.at() == ("party", {"party_id": other.party_id})


# ---- sizes ---------------------------------------------------------------------------------------------------------


def test_pages_and_dialogs_fit_the_smallest_desk_at_every_size(desk: Desk, look: Theme) -> None:
    pages = [desk.open("parties"), desk.open("party", party_id=desk.made.owes)]
    page = pages[1]
    record = page.record.page
    for size in TypeSize:
        look.switch(look.shade, size)
        desk.settle()
        for each in pages:
            hint = each.minimumSizeHint()
            assert hint.width() <= 833, (size, each)
            assert hint.height() <= 430, (size, each)
        by = "周砚秋 今天 14:30"
        rows = [FieldVersions(name, "家庭住址", "青川市" * 9, "临江区" * 9, True, by) for name in "abcdef"]
        for dialog in (
            EditPartyDialog(page.shell, record),
            RelationDialog(page.shell, record), BankDialog(page.shell, record),
            VersionsDialog(desk.window, "周砚秋 今天 14:30 改过这条资料，看两个版本后再存", rows),
        ):  # fmt: skip
            hint = dialog.minimumSizeHint()
            assert hint.width() <= 900
            assert hint.height() <= 480
            dialog.open()
            dialog.cancel()


def test_narrow_the_history_becomes_a_tab(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lived(world), wide=911)
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    assert not page.history.isVisible()
    assert page.tabs._options[-1].words == "往来记录"
    desk.press(Qt.Key.Key_6, CONTROL)
    assert page.folded.isVisible()
    assert page.timeline.isVisible()
    assert page.timeline.events[-1].title == "办理入住"


def test_one_ring_and_tab_goes_in_reading_order(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    assert QApplication.focusWidget() is page.leases
    seen: list[QWidget] = []
    for _ in range(40):
        desk.press(Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
        if here is None or here in seen:
            break
        seen.append(here)
    inside = [each for each in seen if page.isAncestorOf(each)]
    assert page.edit in inside
    assert page.tabs in inside
    assert page.facts.whole in inside


def test_a_company_shows_its_legal_person(desk: Desk) -> None:
    form = replace(
        person("青川市望江装饰有限公司"), kind=parties.PartyKind.ORGANISATION, document=None, sex=None, birth=None,
        ethnicity=None, emergency=None,
    )  # fmt: skip
    with begin(desk.office, PROGRAM, Op.REGISTER_PARTY) as work:
        company = parties.register_party(work, form)
    page: PartyPage = desk.open("party", party_id=company)
    page.changes.relate()
    assert desk.dialog().form.field("kind").value() == "legal_person"
    desk.press(Qt.Key.Key_Escape)
    assert "还没有租约" in page.listing.nothing.text()
