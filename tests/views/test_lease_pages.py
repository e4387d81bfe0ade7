"""The list of leases and the page of one, in a real window: schedule, papers, photos, and the moves of a lease."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import LeaseState, MeterKind, Money, PayMethod
from desktop.services import (
    attachments,
    billing,
    check_in_forms,
    check_ins,
    lease_moves,
    leases,
    payments,
    receipts,
    reversals,
)
from desktop.services.acts import Op
from desktop.services.handover import ReadingForm
from desktop.services.office import Office
from desktop.services.settlements import Settlement
from desktop.services.work import PROGRAM, begin, look
from desktop.views.columns import GroupHead
from desktop.views.file_preview import PdfDialog, PictureDialog
from desktop.views.labels import MaskedValue
from desktop.views.lease import LeasePage
from desktop.views.lease_dialogs import CancelDialog, MoveInLeaseDialog, MoveOutDialog
from desktop.views.leases import LeasesPage
from desktop.views.settle_dialog import SettleDialog
from desktop.views.theme import Theme, TypeSize
from desktop.world import SeededWorld
from tests.offices import check_in, many, person, rooms_of, sit_down, terms
from tests.views.people_kit import CONTROL, Desk, column, texts

OnDesk = Callable[..., QWidget]
DOWN, ENTER = Qt.Key.Key_Down, Qt.Key.Key_Return


@dataclass
class Leases:
    pays: UUID
    owes: UUID
    comes: UUID
    ends: UUID


def photo() -> bytes:
    """A picture of a wall: 400 × 300, one colour."""
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor(180, 200, 210))
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(held.data())


def pay(office: Office, party_id: UUID, lease_id: UUID) -> None:
    with look(office, PROGRAM) as reading:
        open_ = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=lease_id, open_only=True)}
    amount = Money(sum(owed.fen for owed in open_.values()))
    with begin(office, PROGRAM, Op.TAKE_PAYMENT) as work:
        tender = payments.TenderForm(PayMethod.WECHAT, amount, "42000")
        payments.take_payment(work, payments.TakePayment(party_id, open_, [tender]))


def lived(world: SeededWorld) -> Callable[[Office], Leases]:
    """顾听澜 has paid and has photos, 林以宁 owes for three days, 周思齐 comes today, 许朗 leaves in two days."""

    def fill(office: Office) -> Leases:
        clerk, rooms, people, today = sit_down(office, "front_desk"), rooms_of(office), many(4), world.today()
        form = check_in_forms.CheckIn(
            rooms[0], terms(today), party=person(), matched=True, notice_told=True, keys=2, cards=1,
            readings=[ReadingForm(MeterKind.WATER, Decimal("356.5"))],
            photos=[
                attachments.FileForm("客厅", "image/png", photo()), attachments.FileForm("坏了", "image/png", b"no"),
            ],
        )  # fmt: skip
        with begin(office, clerk, Op.CHECK_IN) as work:
            pays = check_ins.check_in(work, form)
        pay(office, pays.party_id, pays.lease_id)
        owes = check_in(office, clerk, rooms[1], people[1])
        comes = check_in(office, clerk, rooms[2], people[2], terms(today + timedelta(days=3)))
        short = leases.LeaseTerms(today, today + timedelta(days=5), Money.yuan(900))
        ends = check_in(office, clerk, rooms[3], people[3], short)
        for news in (comes, ends):
            pay(office, news.party_id, news.lease_id)
        world.advance(timedelta(days=3))
        return Leases(pays.lease_id, owes.lease_id, comes.lease_id, ends.lease_id)

    return fill


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> Desk:
    return Desk(world, tmp_path, qtbot, on_desk, lived(world))


def state_of(desk: Desk, lease_id: UUID) -> LeaseState:
    with look(desk.office, PROGRAM) as reading:
        return leases.lease_page(reading, lease_id).row.state


# ---- the list ------------------------------------------------------------------------------------------------------


def test_the_list_says_where_who_until_when_and_how_it_stands(desk: Desk) -> None:
    page: LeasesPage = desk.open("leases")
    assert column(page.table, 0) == ["1 栋 304", "1 栋 302", "1 栋 301"]
    assert column(page.table, 6) == ["将到期 剩 2 天", "在租", "在租"]
    assert column(page.table, 5) == ["", "7,440.00", ""]
    assert [(option.words, option.count) for option in page.scopes._options] == [
        ("在租", "3"), ("将到期", "1"), ("期满未退", "0"), ("待入住", "1"), ("待结算", "0"), ("全部", "4"),
    ]  # fmt: skip
    assert [choice.words for choice in page.strip.known[0].choices] == ["1 栋"]
    desk.world.advance(timedelta(days=3))
    desk.press(Qt.Key.Key_F5)
    assert column(page.table, 6)[0] == "期满未退 1 天"
    desk.press(DOWN)
    assert page.pay.text() == "收款 ¥7,440.00"
    desk.press(ENTER)
    assert desk.at() == ("lease", {"lease_id": desk.made.owes})


def test_lists_by_key_search_and_building(desk: Desk) -> None:
    page: LeasesPage = desk.open("leases")
    desk.press(Qt.Key.Key_4, CONTROL)
    assert column(page.table, 1) == ["周思齐"]
    desk.press(Qt.Key.Key_6, CONTROL)
    desk.press(Qt.Key.Key_F, CONTROL)
    desk.type("xulang")
    assert column(page.table, 1) == ["许朗"]
    desk.press(Qt.Key.Key_Escape)
    assert len(column(page.table, 1)) == 4
    for key in (Qt.Key.Key_F10, Qt.Key.Key_1, Qt.Key.Key_1, Qt.Key.Key_Escape):
        desk.press(key)
    assert len(column(page.table, 1)) == 4
    desk.press(Qt.Key.Key_3, CONTROL)
    assert page.empty.title.text() == "没有符合条件的租约"
    page.everything.click()
    desk.settle()
    assert len(column(page.table, 1)) == 4


def test_a_click_on_a_head_sorts(desk: Desk) -> None:
    page: LeasesPage = desk.open("leases", scope="all")
    assert column(page.table, 1) == ["许朗", "周思齐", "林以宁", "顾听澜"]
    page.table._head_clicked(1)
    desk.settle()
    assert column(page.table, 1) == ["顾听澜", "林以宁", "许朗", "周思齐"]
    page.table._head_clicked(3)
    desk.settle()
    assert column(page.table, 1)[0] == "许朗"


# ---- the page ------------------------------------------------------------------------------------------------------


def test_the_page_shows_terms_schedule_people_and_days(desk: Desk) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.owes)
    shown = texts(page)
    assert page.title_label.text() == "1 栋 302 · 林以宁"
    for words in (
        "2026-11-22 至 2027-11-21", "12 个月", "¥1,860.00", "押一付三 · 每期首日", "含在租金内", "每天 0.5‰", "居住",
        "第 1 版模板", "138****0001",
    ):  # fmt: skip
        assert words in shown, words
    titles = column(page.schedule.table, 0)
    assert titles[0] == "押金"
    assert isinstance(page.schedule.table.rows.row(1), GroupHead)
    assert titles[2:] == ["第 1 期", "第 2 期", "第 3 期", "第 4 期"]
    assert column(page.schedule.table, 4)[0:1] + column(page.schedule.table, 4)[2:] == [
        "逾期",
        "逾期",
        "未出账",
        "未出账",
        "未出账",
    ]
    assert page.schedule.foot.left.text() == "租金 4 期，已收清 0 期"
    assert page.schedule.foot.right.text() == "租金合计 22,320.00"
    assert [figure.text() for figure in page.figures.figures] == ["1,860.00", "0.00", "7,440.00", "02-22 5,580.00"]
    assert page.first.text() == "收款 ¥7,440.00"
    assert page.schedule.table.hasFocus()
    desk.press(Qt.Key.Key_F4)
    assert desk.at()[0] == "till"


def test_it_opens_on_the_first_bill_that_is_not_settled(desk: Desk) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.pays)
    assert page.schedule.table.current().planned.title == "第 2 期"
    desk.press(Qt.Key.Key_Up)
    desk.press(ENTER)
    key, params = desk.at()
    assert (key, params["bill_id"]) == ("bill", page.record.periods[1].bill_id)  # type: ignore[union-attr]
    desk.press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert page.schedule.table.current().planned.title == "第 1 期"


def test_f3_reveals_the_phone(desk: Desk) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.pays)
    desk.press(Qt.Key.Key_F3)
    phone = next(value for value in page.findChildren(MaskedValue) if value.isVisible())
    assert "13812345678" in texts(phone)
    assert page.record is not None
    desk.window.navigate("leases")
    assert "13812345678" not in texts(phone)


def test_handover_and_files(desk: Desk, tmp_path: Path) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.pays)
    before = set(tmp_path.rglob("*"))
    desk.press(Qt.Key.Key_3, CONTROL)
    assert column(page.handover.table, 3) == ["356.5 m³"]
    assert page.handover.keys_line.text() == "在租客手里：钥匙 2 把 · 门卡 1 张"
    desk.press(Qt.Key.Key_4, CONTROL)
    assert sorted(column(page.files, 0)) == ["坏了", "客厅"]
    page._open_file(next(row for row in page.record.page.files if row.title == "客厅"))  # type: ignore[union-attr]
    desk.settle()
    dialog: PictureDialog = desk.dialog()
    assert dialog.picture._whole.width() == 400
    assert dialog.picture._whole.toImage().pixelColor(200, 150) == QColor(180, 200, 210)
    assert dialog.primary.hasFocus()
    desk.press(ENTER)
    assert desk.dialog() is None
    page._open_file(next(row for row in page.record.page.files if row.title == "坏了"))  # type: ignore[union-attr]
    desk.settle()
    assert any("不是图片或 PDF" in text for text in texts(desk.window.message_bar))
    # Looking at a photo writes nothing to the disk.
    made = set(tmp_path.rglob("*")) - before
    assert not [path for path in made if path.suffix not in (".db-wal", ".db-shm")]


def test_printed_stored_and_opened_again(desk: Desk) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.pays)
    desk.press(Qt.Key.Key_P, CONTROL)
    shown: PdfDialog = desk.dialog()
    assert isinstance(shown, PdfDialog)
    text = "".join(p.get_textpage().get_text_bounded() for p in pypdfium2.PdfDocument(shown._pdf))
    paper = person().document
    assert paper is not None
    assert "顾听澜" in text
    assert paper.number not in text  # the preview is masked
    desk.press(Qt.Key.Key_F6)  # what is printed is not
    assert desk.dialog() is None
    files = desk.printed()
    whole = "".join(p.get_textpage().get_text_bounded() for p in pypdfium2.PdfDocument(files[0]))
    assert paper.number in whole
    assert desk.toast.startswith("正在打印 租约 ")
    desk.press(Qt.Key.Key_F6)
    assert desk.toast.endswith("，补打 1")
    assert len(desk.printed()) == 2
    desk.press(Qt.Key.Key_4, CONTROL)
    assert sorted(column(page.files, 1)) == ["房况照片", "房况照片", "租约"]
    page._open_file(next(row for row in page.record.page.files if row.kind == "lease_pdf"))  # type: ignore[union-attr]
    desk.settle()
    assert isinstance(desk.dialog(), PdfDialog)
    assert page.timeline.events[0].title == "查看租约原件"
    desk.press(Qt.Key.Key_Escape)
    assert [event.title for event in page.timeline.events[:3]] == ["查看租约原件", "打印租约（补打 1）", "打印租约"]


# ---- the moves -----------------------------------------------------------------------------------------------------


def test_a_signed_lease_is_handed_over_by_keyboard(desk: Desk) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.comes)
    assert page.first.text() == "交房入住"
    desk.press(Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    dialog: MoveInLeaseDialog = desk.dialog()
    assert dialog.form is not None
    assert dialog.form.field(f"reading.{MeterKind.WATER}").hasFocus()
    desk.type("12.5")
    dialog.form.field("keys").set_value(99)
    desk.press(ENTER, CONTROL)
    assert "写 20 或更小的数" in dialog.form.rows["keys"].message.text
    dialog.form.field("keys").set_value(3)
    desk.press(ENTER, CONTROL)
    assert desk.dialog() is None
    assert state_of(desk, desk.made.comes) is LeaseState.ACTIVE
    assert desk.toast == "已交房，周思齐 入住"
    desk.press(Qt.Key.Key_3, CONTROL)
    assert page.handover.keys_line.text() == "在租客手里：钥匙 3 把"
    assert column(page.handover.table, 3) == ["12.5 m³"]
    assert page.first.text() == "收款"


def test_notice_given_and_taken_back(desk: Desk) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.owes)
    page.moves.make("give_notice")
    desk.press(ENTER, CONTROL)
    assert state_of(desk, desk.made.owes) is LeaseState.NOTICE
    assert page.moves.possible() == ["withdraw_notice", "move_out", "renew"]
    assert str(desk.world.today()) in texts(page.facts)
    page.moves.make("withdraw_notice")
    desk.press(ENTER, CONTROL)
    assert state_of(desk, desk.made.owes) is LeaseState.ACTIVE
    assert [event.title for event in page.timeline.events[:2]] == ["撤回退租通知", "登记退租通知"]


def test_cancelled_only_with_a_reason_and_unpaid(desk: Desk) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.comes)
    page.moves.make("cancel")
    dialog: CancelDialog = desk.dialog()
    assert dialog.form is not None
    dialog.primary.click()
    assert "写明撤销原因" in dialog.form.rows["reason"].message.text
    dialog.form.field("reason").set_value("客户改租别处")
    dialog.primary.click()
    desk.settle()
    # Money was taken: it is reversed first, and the dialog stays with what was typed.
    assert desk.dialog() is dialog
    assert any("先冲红收款" in text for text in texts(dialog.summary))
    dialog.cancel()
    with look(desk.office, PROGRAM) as reading:
        paid = receipts.receipts_of(reading, lease_id=desk.made.comes)[0].payment_id
    with begin(desk.office, PROGRAM, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, paid, "租约撤销")
    desk.settle()
    page.moves.make("cancel")
    desk.dialog().form.field("reason").set_value("客户改租别处")
    desk.dialog().primary.click()
    desk.settle()
    assert state_of(desk, desk.made.comes) is LeaseState.CANCELLED
    assert page.more.reason == "这份租约已经办结"
    assert set(column(page.schedule.table, 4)) & {"已冲回"} == {"已冲回"}


def test_out_settled_and_closed(desk: Desk) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.pays)
    page.moves.make("move_out")
    dialog: MoveOutDialog = desk.dialog()
    assert dialog.form is not None
    assert any("收回 2 把钥匙、1 张门卡" in text for text in texts(dialog))
    assert any("提前搬离" in text for text in texts(dialog))
    desk.type("400")
    desk.press(ENTER, CONTROL)
    assert state_of(desk, desk.made.pays) is LeaseState.MOVED_OUT
    assert page.first.text() == "退租结算"
    page.first.click()
    settle: SettleDialog = desk.dialog()
    assert settle.form is not None
    assert any(text == "押金在管 1,860.00，未付 0.00" for text in texts(settle))
    desk.press(ENTER, CONTROL)
    assert "流水号" in settle.form.rows["reference"].message.text
    settle.form.field("reference").set_value("20261125001")
    desk.press(ENTER, CONTROL)
    assert desk.dialog() is None
    assert state_of(desk, desk.made.pays) is LeaseState.SETTLED
    assert desk.toast.startswith("已结算，退还 1,860.00，收据 ")
    page.moves.make("close")
    desk.press(ENTER, CONTROL)
    assert state_of(desk, desk.made.pays) is LeaseState.CLOSED
    assert page.moves.possible() == []


def test_the_menu_offers_what_the_machine_allows_with_a_colleagues_word(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lived(world), "front_desk")
    page: LeasePage = desk.open("lease", lease_id=desk.made.comes)
    assert page.moves.possible() == ["move_in", "cancel"], "cancelling asks a manager on the spot"
    desk.press(Qt.Key.Key_M, CONTROL)
    menu = page.findChild(QMenu)
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["交房入住", "撤销租约"]
    menu.close()
    page = desk.open("lease", lease_id=desk.made.owes)
    assert page.moves.possible() == ["give_notice", "move_out", "renew"]
    assert "收银员" in page.first.reason


def test_who_only_looks_is_offered_no_move(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lived(world), "auditor")
    page: LeasePage = desk.open("lease", lease_id=desk.made.owes)
    assert page.moves.possible() == []
    assert "主管" in page.more.reason


def test_a_room_still_lived_in_is_not_handed_over(desk: Desk) -> None:
    """Two leases never overlap by their dates; who stays past the end keeps the next one waiting."""
    with begin(desk.office, PROGRAM, Op.CHECK_IN) as work:
        form = check_in_forms.CheckIn(
            rooms_of(desk.office)[3], terms(work.world.today() + timedelta(days=3)), party=many(6)[5], matched=True,
            notice_told=True,
        )  # fmt: skip
        news = check_ins.check_in(work, form)
    desk.world.advance(timedelta(days=3))
    page: LeasePage = desk.open("lease", lease_id=news.lease_id)
    page.moves.make("move_in")
    dialog = desk.dialog()
    desk.press(ENTER, CONTROL)
    assert desk.dialog() is dialog
    assert any("许朗还没有退租" in text for text in texts(dialog))


# ---- sizes ---------------------------------------------------------------------------------------------------------


def test_pages_and_dialogs_fit_the_smallest_desk_at_every_size(desk: Desk, look: Theme) -> None:
    pages = [desk.open("leases"), desk.open("lease", lease_id=desk.made.owes)]
    page = pages[1]
    row, shell = page.record.page.row, page.shell
    for size in TypeSize:
        look.switch(look.shade, size)
        desk.settle()
        for each in pages:
            hint = each.minimumSizeHint()
            assert hint.width() <= 833
            assert hint.height() <= 430
        dialogs = (
            CancelDialog(shell, row), MoveInLeaseDialog(shell, row, Money.yuan(7440)),
            MoveOutDialog(shell, row, (("钥匙", 2), ("门卡", 1))),
            SettleDialog(shell, row, Settlement(Money.yuan(1860), Money.yuan(9000))),
        )  # fmt: skip
        for dialog in dialogs:
            hint = dialog.minimumSizeHint()
            assert hint.width() <= 900
            assert hint.height() <= 480
            dialog.open()
            dialog.cancel()


def test_narrow_the_head_still_holds_everything(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lived(world), wide=911)
    page: LeasePage = desk.open("lease", lease_id=desk.made.owes)
    right = page.mapToGlobal(page.rect().topRight()).x()
    for button in (page.preview, page.print, page.more, page.first):
        assert button.width() >= button.sizeHint().width(), button.text()
        assert button.mapToGlobal(button.rect().topRight()).x() <= right
    desk.press(Qt.Key.Key_5, CONTROL)
    assert page.folded.isVisible()
    assert QApplication.focusWidget() is page.tabs


def test_a_settlement_that_does_not_cover_what_is_open_says_so(desk: Desk) -> None:
    with begin(desk.office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, desk.made.owes)
    page: LeasePage = desk.open("lease", lease_id=desk.made.owes)
    page.first.click()
    dialog: SettleDialog = desk.dialog()
    assert "租客还要补" in texts(dialog)
    desk.press(ENTER, CONTROL)  # nothing is paid out, so no reference is asked for
    assert desk.toast.startswith("已结算，租客还欠 ")


def test_money_taken_elsewhere_is_told_before_anything_is_settled(desk: Desk) -> None:
    """The other PC takes what was owed while the dialog stands open: both sums are told, what was typed stays."""
    with begin(desk.office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, desk.made.owes)
    page: LeasePage = desk.open("lease", lease_id=desk.made.owes)
    page.first.click()
    dialog: SettleDialog = desk.dialog()
    assert dialog.form is not None
    assert "押金在管 0.00，未付 5,580.00" in texts(dialog), "the deposit that was never paid is not asked for"
    dialog.form.field("reference").set_value("8812")
    pay(desk.office, page.record.page.row.tenant_id, desk.made.owes)
    desk.press(ENTER, CONTROL)
    assert desk.dialog() is dialog
    assert any("押金在管由 0.00 变为 1,860.00，未付由 5,580.00 变为 0.00" in text for text in texts(dialog))
    assert {"押金在管 1,860.00，未付 0.00", "退给租客"} <= set(texts(dialog))
    assert dialog.form.values()["reference"] == "8812"
    assert state_of(desk, desk.made.owes) is LeaseState.MOVED_OUT
    desk.press(ENTER, CONTROL)
    assert state_of(desk, desk.made.owes) is LeaseState.SETTLED
    assert desk.toast.startswith("已结算，退还 1,860.00，收据 ")
