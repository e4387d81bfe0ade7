"""收费标准 in a real window, by keys alone: items, prices over time, exceptions, discounts, and a charge by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import DiscountKind, Money, Period, TierSpan
from desktop.services import billing, discount_rules, room_fees, tariffs
from desktop.services.acts import Op
from desktop.services.discount_rules import DiscountForm
from desktop.services.fee_catalogue import TariffRow
from desktop.services.office import Office
from desktop.services.room_fees import RoomFeeForm
from desktop.services.tariff_problems import TariffForm
from desktop.services.work import PROGRAM, begin, look
from desktop.views.discount_dialog import DiscountDialog
from desktop.views.fee_dialogs import FeeItemDialog, TakeOverDialog
from desktop.views.fees import FeesPage
from desktop.views.file_preview import PdfDialog
from desktop.views.one_off_dialog import OneOffDialog
from desktop.views.room_fee_dialog import RoomFeeDialog
from desktop.views.tariff_dialog import TariffDialog
from desktop.views.tariff_papers import TariffPapersDialog
from desktop.views.theme import TypeSize, theme
from desktop.views.versions import VersionsDialog
from desktop.world import SeededWorld
from tests.offices import check_in, rooms_of, sit_down
from tests.services.fee_kit import (
    BY_HAND,
    LADDER,
    NEW_YEAR,
    PARKING,
    PROPERTY,
    WATER,
    bill_room,
    catalogue,
    put_item,
    put_price,
)
from tests.views.people_kit import ALT, CONTROL, PEOPLE_PAGES, Desk, column, texts

Make = Callable[..., Desk]


@pytest.fixture
def make(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Make:
    def made(fill: Callable[[Office], Any], *roles: str, **more: Any) -> Desk:
        return Desk(
            world, tmp_path, qtbot, on_desk, fill, *roles, pages=(*PEOPLE_PAGES, "fees", "till", "board"), **more
        )

    return made


def nothing(_office: Office) -> None:
    """An office without a price list."""


def stocked(office: Office) -> dict[str, UUID]:
    """Property fee at 2.80 since the new year, parking without a price, water in tiers."""
    ids = {form.name: put_item(office, form=form) for form in (PROPERTY, PARKING, WATER, BY_HAND)}
    put_price(office, ids["住宅物业费"], "2.80", document="业主大会 12 号")
    put_price(office, ids["自来水费"], None, tiers=LADDER, tier_span=TierSpan.YEAR)
    return ids


def prices(desk: Desk, name: str = "住宅物业费") -> list[TariffRow]:
    found = catalogue(desk.office)
    item = next(row.id for row in found.items if row.name == name)
    return sorted(
        (row for rows in found.tariffs.get(item, {}).values() for row in rows), key=lambda row: row.valid_from
    )


def save(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Return, CONTROL)


# ---- items ---------------------------------------------------------------------------------------------------------


def test_an_empty_list_begins_with_the_usual_items_and_can_be_taken_back(make: Make) -> None:
    desk = make(nothing)
    page: FeesPage = desk.open("fees")
    assert page.stack.currentWidget() is page.empty
    desk.press(Qt.Key.Key_Return)
    assert isinstance(desk.dialog(), TakeOverDialog)
    save(desk)
    assert len(column(page.items, 0)) == 8
    assert column(page.items, 2)[0] == "没有单价"
    assert "已添加 8 项" in desk.toast
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert page.stack.currentWidget() is page.empty
    assert catalogue(desk.office).items == ()


def test_an_item_is_typed_corrected_and_taken_back(make: Make) -> None:
    desk = make(nothing)
    page: FeesPage = desk.open("fees")
    page.acts.add_item()
    desk.settle()
    dialog: FeeItemDialog = desk.dialog()
    save(desk)
    assert dialog.form is not None
    assert "写上名称" in dialog.form.rows["name"].said
    dialog.form.field("name").set_value("商铺物业费")
    save(desk)
    assert column(page.items, 0) == ["商铺物业费"]
    desk.press(Qt.Key.Key_Return)
    dialog = desk.dialog()
    assert dialog.form is not None
    dialog.form.field("due_days").set_value(20)
    save(desk)
    assert catalogue(desk.office).items[0].due_days == 20
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert catalogue(desk.office).items[0].due_days == 10


def test_what_a_way_of_charging_does_not_need_is_not_asked(make: Make) -> None:
    desk = make(stocked)
    page: FeesPage = desk.open("fees")
    page.acts.add_item()
    desk.settle()
    form = desk.dialog().form
    rows = form.rows
    form.field("basis").set_value(PARKING.basis)
    assert rows["measure"].field.currentWidget() is rows["measure"].field.unit
    form.field("basis").set_value(WATER.basis)
    assert rows["measure"].field.currentWidget() is rows["measure"].field.meter
    assert not rows["stub_rule"].isVisibleTo(form)
    form.field("basis").set_value(BY_HAND.basis)
    assert not rows["cycle_months"].isVisibleTo(form)
    form.field("name").set_value("停车费")
    form.field("basis").set_value(PARKING.basis)
    save(desk)
    assert "例如 车位" in rows["measure"].said


def test_a_billed_item_keeps_what_it_was_billed_with(make: Make) -> None:
    def billed(office: Office) -> None:
        ids = stocked(office)
        room = rooms_of(office)[0]
        party = check_in(office, sit_down(office, "front_desk"), room).party_id
        bill_room(office, ids["住宅物业费"], room, party, Period(date(2026, 11, 1), date(2026, 11, 30)))

    desk = make(billed)
    desk.open("fees")
    desk.press(Qt.Key.Key_Return)
    form = desk.dialog().form
    form.field("cycle_months").set_value(3)
    save(desk)
    assert "周期不能改" in form.rows["cycle_months"].said
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Delete)
    assert "已经有账单，不能删除" in "".join(texts(desk.window))
    assert len(catalogue(desk.office).items) == 4


def test_order_and_deletion_by_keys(make: Make) -> None:
    desk = make(stocked)
    page: FeesPage = desk.open("fees")
    desk.press(Qt.Key.Key_Down, ALT)
    assert column(page.items, 0)[:2] == ["地下车位费", "住宅物业费"]
    assert page.item is not None
    assert page.item.item.name == "住宅物业费"
    page.items.choose(0)
    desk.press(Qt.Key.Key_Delete)
    assert "地下车位费" not in column(page.items, 0)
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert "地下车位费" in column(page.items, 0)


# ---- prices --------------------------------------------------------------------------------------------------------


def test_a_new_price_closes_the_old_one_says_so_and_undo_opens_it_again(make: Make) -> None:
    desk = make(stocked)
    page: FeesPage = desk.open("fees")
    save(desk)
    dialog: TariffDialog = desk.dialog()
    desk.type("2027-01-01")
    assert dialog.form is not None
    dialog.form.field("unit_price").setFocus()
    desk.type("3.1")
    assert dialog.form.rows["valid_from"].said == "现在的 2.80 到 2026-12-31 为止"
    assert dialog.example.text() == "试算：89.35 m² × 3.10 × 1 个月 = 276.99"
    save(desk)
    assert [row.valid_to for row in prices(desk)] == [date(2026, 12, 31), None]
    assert "2.80 到 2026-12-31 为止" in desk.toast
    assert column(page.prices, 1) == ["2.80", "3.10"]
    assert [page.shown.tariffs[prices(desk)[0].fee_item_id][n].when for n in (0, 1)] == ["now", "coming"]  # type: ignore[union-attr]
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert [(row.unit_price, row.valid_to) for row in prices(desk)] == [(Decimal("2.8"), None)]


def test_a_gap_asks_for_a_tick_and_an_overlap_says_which_days(make: Make) -> None:
    def ended(office: Office) -> None:
        fee = put_item(office)
        put_price(office, fee, "2.80", valid_to=date(2026, 10, 31))
        put_price(office, fee, "3.50", date(2027, 2, 1), pauses=True)

    desk = make(ended)
    desk.open("fees")
    save(desk)
    dialog: TariffDialog = desk.dialog()
    form = dialog.form
    assert form is not None
    form.set_values({"valid_from": date(2026, 12, 1), "unit_price": Decimal(3)})
    save(desk)
    assert form.rows["valid_to"].said == "和 3.50（2027-02-01 起）重叠：止日填 2027-01-31 或以前"
    form.set_values({"valid_to": date(2027, 1, 31)})
    save(desk)
    assert form.rows["pauses"].isVisible()
    assert "2026-11-01 至 2026-11-30（30 天）没有价格" in form.rows["pauses"].said
    form.field("pauses").set_value([True])
    save(desk)
    assert desk.dialog() is None
    assert len(prices(desk)) == 3


def test_tiers_are_typed_by_keys(make: Make) -> None:
    desk = make(stocked)
    page: FeesPage = desk.open("fees")
    page.items.choose(2)
    desk.settle()
    save(desk)
    dialog: TariffDialog = desk.dialog()
    assert dialog.form is not None
    dialog.form.field("valid_from").set_value(date(2027, 1, 1))
    dialog.form.field("tiered").set_value(True)
    dialog.tiers.lines[0].upto.setFocus()
    for text in ("200", "3.6", "280"):
        desk.type(text)
        desk.press(Qt.Key.Key_Return)
    save(desk)
    assert "第 2 档写单价" in dialog.form.rows["tiers"].said
    dialog.tiers.lines[1].price.setFocus()
    desk.type("5")
    desk.press(Qt.Key.Key_3, ALT)
    save(desk)
    assert desk.dialog() is None
    assert prices(desk, "自来水费")[-1].tiers == ((Decimal(200), Decimal("3.6")), (None, Decimal(5)))


def test_a_ladder_that_does_not_rise_is_told(make: Make) -> None:
    desk = make(stocked)
    page: FeesPage = desk.open("fees")
    page.items.choose(2)
    desk.settle()
    desk.press(Qt.Key.Key_1, CONTROL)
    desk.press(Qt.Key.Key_Return)
    dialog: TariffDialog = desk.dialog()
    assert dialog.form is not None
    assert dialog.tiers.value() == LADDER
    dialog.tiers.lines[1].upto.set_value("100")
    save(desk)
    assert dialog.form.rows["tiers"].said == "第 2 档的上限要比前一档的 180 大"


def test_two_who_correct_one_price_choose_between_versions(make: Make) -> None:
    desk = make(stocked)
    desk.open("fees")
    desk.press(Qt.Key.Key_1, CONTROL)
    desk.press(Qt.Key.Key_Return)
    dialog: TariffDialog = desk.dialog()
    assert dialog.form is not None
    dialog.form.field("unit_price").set_value("3")
    (row,) = prices(desk)
    with begin(desk.office, PROGRAM, Op.SAVE_TARIFF) as work:
        theirs = TariffForm(row.fee_item_id, NEW_YEAR, unit_price=Decimal("2.95"), document="业主大会 13 号")
        tariffs.change_tariff(work, row.id, row.version, theirs)
    save(desk)
    versions = desk.dialog()
    assert isinstance(versions, VersionsDialog)
    assert [(each.field, each.theirs, each.yours, each.mine) for each in versions.rows] == [
        ("unit_price", "2.95", "3", True),
        ("document", "业主大会 13 号", "业主大会 12 号", False),
    ]
    save(desk)
    (row,) = prices(desk)
    assert (row.unit_price, row.document) == (Decimal(3), "业主大会 13 号")


def test_somebody_priced_it_meanwhile_and_the_dialog_learns(make: Make) -> None:
    desk = make(stocked)
    desk.open("fees")
    save(desk)
    dialog: TariffDialog = desk.dialog()
    assert dialog.form is not None
    dialog.form.set_values({"valid_from": date(2027, 3, 1), "unit_price": Decimal("3.3")})
    fee = prices(desk)[0].fee_item_id
    put_price(desk.office, fee, "3.00", date(2027, 1, 1))
    save(desk)
    assert "刚有人改过" in dialog.form.rows["valid_from"].said
    desk.settle()
    save(desk)
    assert desk.dialog() is None
    assert [row.valid_to for row in prices(desk)] == [date(2026, 12, 31), date(2027, 2, 28), None]


def test_what_was_typed_stands_there_again(make: Make) -> None:
    desk = make(stocked)
    desk.open("fees")
    save(desk)
    dialog: TariffDialog = desk.dialog()
    assert dialog.form is not None
    dialog.form.set_values({"valid_from": date(2027, 1, 1), "unit_price": Decimal("3.1")})
    desk.press(Qt.Key.Key_Escape)
    save(desk)
    form = desk.dialog().form
    assert (form.field("valid_from").value(), form.field("unit_price").value()) == (date(2027, 1, 1), Decimal("3.1"))


def test_an_approval_is_kept_and_opened(make: Make, tmp_path: Path) -> None:
    paper = tmp_path / "价格批复.pdf"
    paper.write_bytes(_pdf())
    desk = make(stocked)
    page: FeesPage = desk.open("fees")
    desk.press(Qt.Key.Key_1, CONTROL)
    desk.press(Qt.Key.Key_1, ALT)
    dialog = desk.dialog()
    assert isinstance(dialog, TariffPapersDialog)
    assert dialog.form is not None
    save(desk)
    assert "先选一个文件" in dialog.form.rows["file"].said
    dialog.form.field("file").set_value(str(tmp_path / "没有.pdf"))
    save(desk)
    assert "打不开" in dialog.form.rows["file"].said
    dialog.form.field("file").set_value(str(paper))
    save(desk)
    assert desk.dialog() is None
    assert "附件 1 个" in page.about.text()
    desk.press(Qt.Key.Key_1, ALT)
    desk.press(Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: isinstance(desk.dialog(), PdfDialog))
    desk.dialog().cancel()
    desk.dialog().cancel()


def _pdf() -> bytes:
    from io import BytesIO

    from reportlab.pdfgen.canvas import Canvas

    held = BytesIO()
    canvas = Canvas(held)
    canvas.drawString(72, 720, "price 12")
    canvas.save()
    return held.getvalue()


# ---- exceptions and discounts --------------------------------------------------------------------------------------


def test_a_room_is_found_by_its_number_and_gets_its_spaces(make: Make) -> None:
    desk = make(stocked)
    page: FeesPage = desk.open("fees")
    page.items.choose(1)
    desk.settle()
    desk.press(Qt.Key.Key_2, CONTROL)
    save(desk)
    dialog: RoomFeeDialog = desk.dialog()
    desk.type("30")
    assert "第 1 / 4 个" in dialog.room.said.text()
    desk.press(Qt.Key.Key_Down)
    assert dialog.room.words() == "1 栋 302"
    save(desk)
    assert dialog.form is not None
    assert "写几个车位" in dialog.form.rows["quantity"].said
    dialog.form.field("quantity").set_value(2)
    save(desk)
    assert column(page.fees, 0) == ["1 栋 302"]
    assert column(page.fees, 1) == ["2 车位"]
    page.fees.choose(0)
    page.fees.setFocus()
    desk.press(Qt.Key.Key_Return)
    dialog = desk.dialog()
    assert dialog.form is not None
    dialog.form.field("exempt").set_value(True)
    dialog.form.field("quantity").set_value(None)
    save(desk)
    assert "为什么免收" in dialog.form.rows["reason"].said
    dialog.form.field("reason").set_value("管理处自用")
    save(desk)
    assert column(page.fees, 1) == ["免收"]
    page.fees.setFocus()
    desk.press(Qt.Key.Key_Delete)
    assert column(page.fees, 0) == []
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert column(page.fees, 0) == ["1 栋 302"]


def test_a_room_that_is_not_there_is_told(make: Make) -> None:
    desk = make(stocked)
    page: FeesPage = desk.open("fees")
    page.items.choose(1)
    desk.settle()
    desk.press(Qt.Key.Key_2, CONTROL)
    save(desk)
    dialog: RoomFeeDialog = desk.dialog()
    desk.type("999")
    assert dialog.room.said.text() == "没有这间房"
    save(desk)
    assert dialog.form is not None
    assert "选一间房" in dialog.form.rows["room_id"].said


def test_exceptions_are_found_by_room(make: Make) -> None:
    def many(office: Office) -> None:
        fee = put_item(office, form=PARKING)
        with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
            for room in rooms_of(office):
                room_fees.add_room_fee(work, RoomFeeForm(fee, room, NEW_YEAR, quantity=Decimal(1)))

    desk = make(many)
    page: FeesPage = desk.open("fees")
    desk.press(Qt.Key.Key_2, CONTROL)
    assert len(column(page.fees, 0)) == 12
    page.find_room.setFocus()
    desk.type("20")
    assert column(page.fees, 0) == ["1 栋 201", "1 栋 202", "1 栋 203", "1 栋 204"]


def test_discounts_are_typed_put_in_order_and_taken_back(make: Make) -> None:
    def two(office: Office) -> None:
        stocked(office)
        with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
            discount_rules.add_discount(
                work, DiscountForm("甲", DiscountKind.LOYAL_RENEWAL, Decimal(5), NEW_YEAR, threshold=1, of_rent=True)
            )

    desk = make(two)
    page: FeesPage = desk.open("fees")
    desk.press(Qt.Key.Key_3, CONTROL)
    save(desk)
    dialog: DiscountDialog = desk.dialog()
    form = dialog.form
    assert form is not None
    form.set_values({"name": "早缴优惠", "kind": DiscountKind.EARLY_PAYMENT, "threshold": 5, "percent": Decimal("2.5")})
    assert dialog.said.text() == "例如应收 1,000.00，减 25.00，收 975.00"
    save(desk)
    assert "勾选从哪些费用" in form.rows["fees"].said
    form.field("fees").set_value(["rent"])
    save(desk)
    assert column(page.discounts, 0) == ["甲", "早缴优惠"]
    page.discounts.choose(1)
    page.discounts.setFocus()
    desk.press(Qt.Key.Key_1, ALT)
    assert column(page.discounts, 0) == ["早缴优惠", "甲"]
    page.discounts.choose(0)
    page.discounts.setFocus()
    desk.press(Qt.Key.Key_Delete)
    assert column(page.discounts, 0) == ["甲"]
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert column(page.discounts, 0) == ["早缴优惠", "甲"]


# ---- who may, and how it fits --------------------------------------------------------------------------------------


def test_a_cashier_looks_and_opens_approvals(make: Make) -> None:
    desk = make(stocked, "cashier")
    page: FeesPage = desk.open("fees")
    assert not page.new_price.isEnabled()
    assert "主管" in page.new_price.reason
    desk.press(Qt.Key.Key_Return)
    assert desk.dialog() is None
    desk.press(Qt.Key.Key_1, CONTROL)
    desk.press(Qt.Key.Key_Return)
    dialog = desk.dialog()
    assert isinstance(dialog, TariffPapersDialog)
    assert not dialog.primary.isEnabled()


def test_the_menu_offers_the_same_with_its_keys(make: Make) -> None:
    desk = make(stocked)
    page: FeesPage = desk.open("fees")
    page._menu(page.items.current(), page.mapToGlobal(page.rect().center()))
    menu = page.findChild(QMenu)
    assert menu is not None
    assert [action.text().split("\t")[0] for action in menu.actions()] == ["修改", "新价格", "上移", "下移", "删除"]
    menu.close()


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_page_fits_the_smallest_window_and_every_dialog_its_card(make: Make, size: TypeSize) -> None:
    desk = make(stocked, wide=911)
    theme().switch(theme().shade, size)
    page: FeesPage = desk.open("fees")
    hint = page.minimumSizeHint()
    assert (hint.width() <= 833, hint.height() <= 430) == (True, True), (hint.width(), hint.height())
    page.items.choose(2)
    desk.settle()
    for opened in (page.acts.add_item, page._new_price, page.acts.add_discount):
        opened()
        desk.settle()
        dialog = desk.dialog()
        least = dialog.minimumSizeHint()
        assert least.width() <= 900, dialog
        assert least.height() <= 480, dialog
        dialog.cancel()
        desk.settle()


# ---- a charge by hand ----------------------------------------------------------------------------------------------


def tenant(office: Office) -> UUID:
    put_item(office, form=BY_HAND)
    card = put_item(office, form=replace(BY_HAND, name="补办门卡", unit="张"))
    put_price(office, card, "30")
    return check_in(office, sit_down(office, "front_desk"), rooms_of(office)[0]).party_id


def bills(desk: Desk) -> list[tuple[str, Money]]:
    with look(desk.office, PROGRAM) as reading:
        rows = billing.bills_of(reading, party_id=desk.made)
    return [(row.title, row.amount) for row in rows if row.title in ("更换门锁", "补卡")]


def test_a_charge_by_hand_from_the_page_of_a_tenant(make: Make) -> None:
    desk = make(tenant)
    desk.open("party", party_id=desk.made)
    desk.press(Qt.Key.Key_B, CONTROL)
    dialog: OneOffDialog = desk.dialog()
    assert isinstance(dialog, OneOffDialog)
    form = dialog.form
    assert form is not None
    assert form.field("room_id").currentText() == "1 栋 301"
    save(desk)
    assert "收的是什么" in form.rows["words"].said
    assert "填写金额" in form.rows["amount"].said
    form.field("words").set_value("更换门锁")
    form.field("amount").setFocus()
    desk.type("120")
    request = dialog.request()
    save(desk)
    assert desk.dialog() is None
    assert desk.toast == "已开单：更换门锁 120.00 元"
    assert bills(desk) == [("更换门锁", Money.yuan(120))]
    page = desk.window.page()
    assert page is not None
    shell = page.shell
    dialog = OneOffDialog(shell, dialog._whom)
    shell.open(dialog)
    dialog.store(request)
    desk.settle()
    assert bills(desk) == [("更换门锁", Money.yuan(120))]
    assert "已经开过" in desk.toast


def test_the_price_of_the_list_stands_there_and_a_draft_keeps_its_bill(make: Make) -> None:
    desk = make(tenant)
    desk.open("party", party_id=desk.made)
    desk.press(Qt.Key.Key_B, CONTROL)
    dialog: OneOffDialog = desk.dialog()
    assert dialog.form is not None
    cards = next(row.id for row in catalogue(desk.office).items if row.name == "补办门卡")
    dialog.form.field("fee_item_id").set_value(cards)
    dialog.form.field("quantity").set_value(2)
    dialog.form.field("words").set_value("补卡")
    assert dialog.said.text() == "2 张 × 30.00 = 60.00 元"
    key = dialog.request().key
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_B, CONTROL)
    dialog = desk.dialog()
    assert dialog.request().words == "补卡"
    assert dialog.request().key == key
    save(desk)
    assert bills(desk) == [("补卡", Money.yuan(60))]


def test_a_front_desk_is_told_who_may(make: Make) -> None:
    desk = make(tenant, "front_desk")
    desk.open("party", party_id=desk.made)
    desk.press(Qt.Key.Key_B, CONTROL)
    assert desk.dialog() is None
    assert "请收银员或主管" in "".join(texts(desk.window))


def test_from_the_till_it_stands_in_the_list_at_once(make: Make) -> None:
    desk = make(tenant, "cashier")
    page = desk.open("till", party_id=desk.made)
    desk.press(Qt.Key.Key_B, CONTROL)
    dialog: OneOffDialog = desk.dialog()
    assert isinstance(dialog, OneOffDialog)
    assert dialog.form is not None
    assert "debtor_id" not in dialog.form.rows
    dialog.form.set_values({"words": "更换门锁", "amount": Money.yuan(120)})
    save(desk)
    desk.qtbot.waitUntil(lambda: "更换门锁" in [bill.row.title for bill in page.facts.bills])
    assert bills(desk) == [("更换门锁", Money.yuan(120))]


def test_nobody_chosen_at_the_till_somebody_is_found(make: Make) -> None:
    desk = make(tenant, "cashier")
    desk.open("till")
    desk.press(Qt.Key.Key_B, CONTROL)
    dialog: OneOffDialog = desk.dialog()
    assert dialog.form is not None
    save(desk)
    assert "选谁来付" in dialog.form.rows["debtor_id"].said
    dialog.form.field("debtor_id").setFocus()
    desk.type("301")
    assert "顾听澜" in dialog.form.field("debtor_id").said.text()
    assert dialog.form.field("room_id").currentText() == "1 栋 301"
    dialog.form.set_values({"words": "更换门锁", "amount": Money.yuan(120)})
    save(desk)
    assert bills(desk) == [("更换门锁", Money.yuan(120))]


def test_from_the_board_for_the_tenant_of_the_room_in_hand(make: Make) -> None:
    desk = make(tenant)
    page = desk.open("board", room_id=rooms_of(desk.office)[0])
    desk.qtbot.waitUntil(lambda: page.current() is not None)
    offers = page.room_actions.offers(page.current())
    assert [(each.words, each.key) for each in offers if each.act == "one_off"] == [("开单", "Ctrl+B")]
    desk.press(Qt.Key.Key_B, CONTROL)
    dialog: OneOffDialog = desk.dialog()
    assert isinstance(dialog, OneOffDialog)
    assert dialog.request().debtor_id == desk.made
    assert dialog.request().room_id == rooms_of(desk.office)[0]
